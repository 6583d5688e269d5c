"""Drops texts in another language than the training texts'.

A language is told by the bytes of a text (naive Bayes over byte n-grams, 140 languages). Where the training texts are
in English, none of 12,000 abstracts of patents and of biomedical papers and arguments that people wrote falls below the
threshold, and 0.2 % of the comments from a forum do: spelled-out words, runs of one letter, mostly capitals.

References
----------
Lui & Baldwin (2012), langid.py: an off-the-shelf language identification tool, ACL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

from synthlift.corpus import Document
from synthlift.corpus.segmentation import share_without_spaces
from synthlift.filters.contract import Decision

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["LanguageFilter"]

FEWEST_WORDS = 10
FEWEST_CHARACTERS = 20
MOST_TEXTS = 2000
MINOR = 0.1
LEAST = 0.2
# single precision, and the library's scale of a long text, leave about that many figures
DECIMALS = 4


@dataclass(frozen=True)
class LanguageFilter:
    """Drop ``wrong-language``: what is unlikely to be in a language of the training texts.

    Attributes
    ----------
    train_texts : sequence of str
        At most 2,000 of them are looked at, spread evenly.
    """

    train_texts: Sequence[str] = field(repr=False)

    @cached_property
    def languages(self) -> frozenset[str]:
        """ISO 639 codes of the language most training texts are in, and of all that at least a tenth are in.

        Empty where no training text is long enough to tell; then nothing is judged.
        """
        step = max(len(self.train_texts) // MOST_TEXTS, 1)
        told = [_identifier().classify(text)[0] for text in self.train_texts[::step] if _is_telling(text)]
        n_texts = Counter(told)
        most = max(n_texts.values(), default=0)
        return frozenset(name for name, n in n_texts.items() if n == most or n >= MINOR * len(told))

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document; the score is the probability that its language is an allowed one.

        None for texts of under 10 words (or 20 characters, where no blanks part words): these stay unjudged.
        """
        return [self._judge(document.text) for document in documents]

    def _judge(self, text: str) -> Decision:
        if not self.languages or not _is_telling(text):
            return Decision(keep=True, reason=None, score=None)
        probability = dict(_identifier().rank(text))
        score = min(round(sum(probability[name] for name in sorted(self.languages)), DECIMALS), 1.0)
        return Decision(score >= LEAST, None if score >= LEAST else "wrong-language", score)


def _is_telling(text: str) -> bool:
    if len(text.split()) >= FEWEST_WORDS:
        return True
    return len(text) >= FEWEST_CHARACTERS and share_without_spaces([text]) == 1.0


@cache
def _identifier() -> LanguageIdentifier:
    """Load the identifier, in half a second, as one of our own: the library's shared one may be set by others."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    # its normalised scores: posterior log-odds over the square root of the bytes, which are not independent
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
