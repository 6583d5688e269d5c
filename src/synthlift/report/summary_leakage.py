"""Records of summary.json about the words that name labels: which they are, who has them, and what they are worth."""

from __future__ import annotations

from typing import Literal

from synthlift.report.summary_cells import Cell, Number, Record

__all__ = ["KeywordOverlap", "LabelKeywords", "Leakage"]


class Leakage(Cell):
    """The gain over copies on all test documents, on those without a keyword of a label of theirs, or with one.

    `contrast` is of the treatment, or of `masked`: the treatment without keywords in its synthetic texts.
    """

    contrast: str
    documents: Literal["all", "without", "with"]
    metric: str
    threshold: str | None
    value: Number
    low: Number
    high: Number
    p: Number
    n_replicates: int
    n_test_documents: int


class KeywordOverlap(Record):
    """The share of documents with a keyword of a label of theirs, of `n` whose labels have keywords.

    The difference is that of a generator's documents from the test documents.
    """

    documents: Literal["train", "test", "synthetic"]
    generator: str | None
    value: Number
    low: Number
    high: Number
    difference: Number
    difference_low: Number
    difference_high: Number
    n: int


class LabelKeywords(Record):
    """The words that name a label, each as it stands in name or description; texts are searched for all its forms."""

    label: str
    words: list[str]
