"""Training documents with a few words swapped, deleted or inserted, or their sentences in another order.

References
----------
Wei & Zou (2019), EDA: Easy data augmentation techniques for boosting performance on text classification tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthlift.corpus import Corpus, Document, Origin
from synthlift.corpus.shingles import normalised
from synthlift.errors import BadConfiguration
from synthlift.generators.tokens import is_word, join, matched, sentences, tokenise

__all__ = ["EdaGenerator"]

MAX_TRIES = 16

Vocabularies = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class EdaGenerator:
    """Edit training documents at random, one operation a document, without a thesaurus.

    The operation is drawn from four: swap pairs of words, delete words, insert words of the training documents that
    share a label, put the sentences in another order. The paper takes synonyms, for which each language would need its
    thesaurus, where this takes words of the label, and has no order of sentences. A child differs from its parent by
    more than case and punctuation. One that equals another training text is drawn again a few times and then kept.

    Parameters
    ----------
    share : float
        Of the words, how many are swapped or inserted, at least one, and the chance of each to be deleted;
        over 0, at most 1.

    Raises
    ------
    BadConfiguration
        For a share outside that range.
    """

    share: float = 0.1

    def __post_init__(self) -> None:
        if not 0.0 < self.share <= 1.0:
            raise BadConfiguration(f"got share {self.share!r} of words to edit, expected over 0 and at most 1")

    def generate(self, train: Corpus, n: int, *, rng: np.random.Generator) -> Corpus:
        """Return `n` children, as many of each document of `train`, give or take one; none where it has no text."""
        parents = [(document, tokens) for document in train if (tokens := tokenise(document.text))]
        if n <= 0 or not parents:
            return Corpus((), train.labels)
        vocabularies = _vocabularies(parents)
        known = {normalised(document.text) for document, _ in parents}
        rounds = [rng.permutation(len(parents)) for _ in range(-(-n // len(parents)))]
        children = []
        for i, row in enumerate(np.concatenate(rounds)[:n]):
            parent, tokens = parents[row]
            own = [vocabularies[label] for label in parent.labels or ("",)]
            text = _child(tokens, own, self.share, known, rng)
            origin = Origin("eda", (parent.id,))
            children.append(Document(f"eda-{i:06d}", text, parent.labels, parent.group, origin))
        return Corpus(tuple(children), train.labels)


def _vocabularies(parents: Sequence[tuple[Document, list[str]]]) -> dict[str, list[str]]:
    """Return the distinct words, else marks, of each label's documents; under "" of those without labels."""
    found: dict[str, dict[str, None]] = {}
    for document, tokens in parents:
        for label in document.labels or ("",):
            found.setdefault(label, {}).update(dict.fromkeys(tokens))
    return {label: [token for token in own if is_word(token)] or list(own) for label, own in found.items()}


def _child(
    tokens: list[str], vocabularies: Vocabularies, share: float, known: set[str], rng: np.random.Generator
) -> str:
    """Return an edited text that is none of the known, or, after some tries, none but another document's."""
    own = normalised(join(tokens))
    differs = ""
    for _ in range(MAX_TRIES):
        text = join(_edited(tokens, vocabularies, share, rng))
        key = normalised(text)
        if key not in known:
            return text
        if key != own:
            differs = text
    return differs or join(_inserted(tokens, vocabularies, share, rng))  # which is longer, so never the parent


def _edited(tokens: list[str], vocabularies: Vocabularies, share: float, rng: np.random.Generator) -> list[str]:
    match int(rng.integers(4)):
        case 0:
            return _swapped(tokens, share, rng)
        case 1:
            return _deleted(tokens, share, rng)
        case 2:
            return _inserted(tokens, vocabularies, share, rng)
        case _:
            return _shuffled(tokens, rng)


def _swapped(tokens: list[str], share: float, rng: np.random.Generator) -> list[str]:
    """Exchange a share of the words with others, at least one pair; marks stay where they are."""
    edited, words = list(tokens), _words(tokens)
    if len(words) > 1:
        for _ in range(_n_edits(share, words)):
            left, right = (words[i] for i in rng.integers(len(words), size=2))
            edited[left], edited[right] = edited[right], edited[left]
    return edited


def _deleted(tokens: list[str], share: float, rng: np.random.Generator) -> list[str]:
    """Leave out each word with the chance `share`, at least one, never all of several; emptied brackets go as well."""
    words = _words(tokens)
    if len(words) < 2:
        return list(tokens)
    gone = {row for row, left_out in zip(words, rng.random(len(words)) < share, strict=True) if left_out}
    if len(gone) in (0, len(words)):
        gone ^= {words[int(rng.integers(len(words)))]}
    edited = [token for row, token in enumerate(tokens) if row not in gone]
    return matched(edited) if matched(tokens) == tokens else edited


def _inserted(tokens: list[str], vocabularies: Vocabularies, share: float, rng: np.random.Generator) -> list[str]:
    """Put words of the parent's labels before random tokens or at the end, as many as a share of its words."""
    edited = list(tokens)
    for _ in range(_n_edits(share, _words(tokens))):
        vocabulary = vocabularies[int(rng.integers(len(vocabularies)))]
        edited.insert(int(rng.integers(len(edited) + 1)), vocabulary[int(rng.integers(len(vocabulary)))])
    return edited


def _shuffled(tokens: list[str], rng: np.random.Generator) -> list[str]:
    """Put the sentences in random order."""
    cut = sentences(tokens)
    return [token for row in rng.permutation(len(cut)) for token in cut[row]]


def _words(tokens: list[str]) -> list[int]:
    return [row for row, token in enumerate(tokens) if is_word(token)]


def _n_edits(share: float, words: list[int]) -> int:
    return max(1, int(share * len(words)))
