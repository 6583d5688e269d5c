"""Drops texts that are much shorter or longer than those that people wrote."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthlift.corpus import Document
from synthlift.corpus.segmentation import share_without_spaces
from synthlift.corpus.shingles import Analyzer
from synthlift.errors import BadConfiguration
from synthlift.filters.contract import Decision

__all__ = ["LengthFilter"]

MOSTLY = 0.5
TAIL = 0.01
SLACK = 2.0


@dataclass(frozen=True, slots=True)
class LengthFilter:
    """Drop ``too-short`` and ``too-long`` texts.

    Attributes
    ----------
    min_words, max_words : int
        The shortest and the longest that stay.
    unit : {"word", "char"}
        What is counted; ``char`` (blanks do not count) for scripts that put no blank between words.

    Raises
    ------
    BadConfiguration
        Where no length could satisfy both.
    """

    min_words: int
    max_words: int
    unit: Analyzer = "word"

    def __post_init__(self) -> None:
        if not 0 <= self.min_words <= self.max_words:
            raise BadConfiguration(
                f"filters.length: got {self.min_words} to {self.max_words}, expected the fewest words and then the "
                "most: give two numbers in order"
            )

    @classmethod
    def of(cls, train_texts: Sequence[str]) -> LengthFilter:
        """Return the filter that allows half the 1 % quantile of the training texts' lengths to twice the 99 % one.

        Characters are counted where half of the texts or more have no blanks between words.

        Raises
        ------
        BadConfiguration
            Where there is no text.

        Examples
        --------
        >>> LengthFilter.of(["a red fox runs", "a blue whale swims here now"])
        LengthFilter(min_words=2, max_words=12, unit='word')
        """
        if not train_texts:
            raise BadConfiguration("filters.length: got no training texts, expected some, or two numbers: give those")
        unit: Analyzer = "char" if share_without_spaces(train_texts) >= MOSTLY else "word"
        shortest, longest = np.quantile([_length(text, unit) for text in train_texts], [TAIL, 1.0 - TAIL])
        return cls(max(math.floor(shortest / SLACK), 1), max(math.ceil(longest * SLACK), 1), unit)

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document; the score is its length in words (or characters)."""
        return [self._judge(float(_length(document.text, self.unit))) for document in documents]

    def _judge(self, length: float) -> Decision:
        if length < self.min_words:
            return Decision(keep=False, reason="too-short", score=length)
        if length > self.max_words:
            return Decision(keep=False, reason="too-long", score=length)
        return Decision(keep=True, reason=None, score=length)


def _length(text: str, unit: Analyzer) -> int:
    words = text.split()
    return len(words) if unit == "word" else sum(map(len, words))
