"""The words that name a label: those of its name and description that tell it from others, found in texts by stem.

With the analyzer `char` a keyword is a run of characters, found wherever it stands: scripts that put no blank between
words have no stems.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.corpus import Corpus
from synthlift.corpus.shingles import Analyzer
from synthlift.corpus.stems import stem

__all__ = ["NO_KEYWORD", "Keywords", "label_keywords"]

BoolArray = NDArray[np.bool_]

NO_KEYWORD = "no label has a word that could stand in a text: say what labels mean with --descriptions"
# A word that more of the labels have in their names, or of the real training documents *without* the label in their
# texts, tells no label from others. Of few documents chance alone would put a tenth over the line.
MOST_LABELS, MOST_DOCUMENTS, FEW_DOCUMENTS = 0.5, 0.1, 2
BLOCK = 4096
_FEWEST_LETTERS, _FEWEST_SIGNS = 3, 2
# letters, with the vowel signs and points of scripts that write them as marks of their own
_MARKS = "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0900-\u0963\u0971-\u0dff\u0e30-\u0e4e\u0eb0-\u0ecd\u1000-\u1049"
_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
_WORD_AND_BLANK = re.compile(rf"({_WORD.pattern})(\s?)")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Words of English that name nothing; those of other languages are told by the documents that they stand in.
_FUNCTION_WORDS = (
    "a about above across after against all along also among an and any are around as at be because been before being "
    "below between both but by can could do does doing done during each either elsewhere etc every few for from "
    "further had has have having he her here hers him his how however if in including into is it its itself less like "
    "made make many may might more most much must neither no nor not of off often on once one only onto or other "
    "others otherwise our out over own per same she should since so some such than that the their them then there "
    "thereby therefor therefore therein thereof these they this those though three through thus to too toward towards "
    "two under until up upon us use used uses using very via was we were what when where whereby wherein whether "
    "which while who whose why will with within without would you your"
)


@dataclass(frozen=True)
class Keywords:
    """The keywords of each label.

    Attributes
    ----------
    words : mapping of str to mapping of str to str
        Per label, in the order of the corpus: from what is looked for in texts to the word of the name. Labels without
        keywords have an empty mapping.
    analyzer : {"word", "char"}
    """

    words: Mapping[str, Mapping[str, str]]
    analyzer: Analyzer

    @property
    def has_any(self) -> BoolArray:
        """Whether each label has keywords, ``(n_labels,)``."""
        return np.array([bool(own) for own in self.words.values()], dtype=bool)

    def found(self, texts: Sequence[str]) -> BoolArray:
        """Return whether each text has a keyword of each label, ``(n_texts, n_labels)``."""
        found = np.zeros((len(texts), len(self.words)), dtype=bool)
        for row, text in enumerate(texts):
            columns = [column for key in self._keys_in(text) for column in self._columns[key]]
            found[row, columns] = True
        return found

    def without(self, text: str) -> str:
        """Return the text without any keyword, of whichever label; the rest stays as it is."""
        text = unicodedata.normalize("NFC", text)
        if self.analyzer == "char":
            return self._runs.sub("", text) if self._columns else text
        return _WORD_AND_BLANK.sub(lambda m: "" if _key(m[1]) in self._columns else m[0], text).strip()

    @cached_property
    def _columns(self) -> dict[str, list[int]]:
        columns: dict[str, list[int]] = {}
        for column, own in enumerate(self.words.values()):
            for key in own:
                columns.setdefault(key, []).append(column)
        return columns

    @cached_property
    def _runs(self) -> re.Pattern[str]:
        longest_first = sorted(self._columns, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)

    def _keys_in(self, text: str) -> Iterable[str]:
        if self.analyzer == "char":
            folded = unicodedata.normalize("NFC", text).casefold()
            return [key for key in self._columns if key in folded]
        return _keys(text) & self._columns.keys()


def label_keywords(descriptions: Mapping[str, str], train: Corpus, analyzer: Analyzer = "word") -> Keywords:
    """Choose the keywords of each label of a corpus.

    They are the words of its name and description but for English function words, words of fewer than three letters
    (two signs in scripts without capitals), words in the names of over half of the labels, and words in over a tenth
    of the training documents that do not carry the label.

    Parameters
    ----------
    descriptions : mapping of str to str
        What labels mean, of those for which it is known.
    train : Corpus
        Real training documents.
    analyzer : {"word", "char"}

    Examples
    --------
    >>> from synthlift.corpus import Document
    >>> train = Corpus.of([Document("a", "Printers.", ("PRN",)), Document("b", "The cell.", ("C12",))])
    >>> dict(label_keywords({"PRN": "Printing of the paper"}, train).words["PRN"])
    {'prn': 'prn', 'print': 'printing', 'paper': 'paper'}
    """
    key = _key if analyzer == "word" else _folded
    named = {label: _named(f"{label} {descriptions.get(label, '')}", key) for label in train.labels}
    n_names = Counter(word for own in named.values() for word in own)
    most_names = MOST_LABELS * len(named) if len(named) > 1 else 1
    chosen = Keywords(
        {label: {k: w for k, w in own.items() if n_names[k] <= most_names} for label, own in named.items()}, analyzer
    )
    return _telling(chosen, train)


def _named(name: str, key: Callable[[str], str]) -> dict[str, str]:
    """Return the words of a name that may be keywords, by what they are looked for as."""
    words = (_folded(word) for word in _WORD.findall(unicodedata.normalize("NFC", _HUMP.sub(" ", name))))
    return {key(word): word for word in words if _may_name(word)}


def _may_name(word: str) -> bool:
    fewest = _FEWEST_SIGNS if word.upper() == word.lower() else _FEWEST_LETTERS
    return len(word) >= fewest and not word.isdecimal() and word not in _function_words()


def _telling(keywords: Keywords, train: Corpus) -> Keywords:
    """Leave out what stands in too many of the documents without the label."""
    column = {key: place for place, key in enumerate(dict.fromkeys(k for own in keywords.words.values() for k in own))}
    each = Keywords({key: {key: key} for key in column}, keywords.analyzer)
    lacks = ~train.label_matrix()
    elsewhere, texts = np.zeros((lacks.shape[1], len(column))), train.texts
    for start in range(0, len(train), BLOCK):
        at = slice(start, start + BLOCK)
        elsewhere += lacks[at].T.astype(float) @ each.found(texts[at]).astype(float)
    most = np.maximum(MOST_DOCUMENTS * lacks.sum(axis=0), FEW_DOCUMENTS)
    kept = {
        label: {key: word for key, word in own.items() if elsewhere[row, column[key]] <= most[row]}
        for row, (label, own) in enumerate(keywords.words.items())
    }
    return Keywords(kept, keywords.analyzer)


@cache
def _function_words() -> frozenset[str]:
    return frozenset(_FUNCTION_WORDS.split())


def _keys(text: str) -> set[str]:
    return {_key(word) for word in set(_WORD.findall(unicodedata.normalize("NFC", text)))}


def _key(word: str) -> str:
    return stem(_folded(word))


def _folded(word: str) -> str:
    return word.casefold()
