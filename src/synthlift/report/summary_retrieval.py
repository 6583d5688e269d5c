"""Records of summary.json about searches: with synthetic documents in the index, and by what a condition has learnt."""

from __future__ import annotations

from typing import Literal

from synthlift.report.summary_cells import Cell, Number, Record

__all__ = ["RetrievalIndex", "RetrievalRepresentation"]


class RetrievalIndex(Record):
    """nDCG@10 of an index of real documents without (`real`) and with (`mixed`) a generator's among them.

    `family` is the prompt family that alone was added, null where all texts were. Read strictly, a synthetic document
    is no answer; leniently, it is as relevant as its label set is, and a value may exceed 1. `low` and `high` are for
    new test documents, `p` is of the paired randomisation test: of these very rankings.
    """

    generator: str
    family: str | None
    reading: Literal["strict", "lenient"]
    real: Number
    mixed: Number
    difference: Number
    low: Number
    high: Number
    p: Number
    n_documents: int | None
    n_added: int | None
    n_queries: int | None
    n_queries_left_out: int | None


class RetrievalRepresentation(Cell):
    """nDCG@10 of real documents that no condition has seen, ranked by the vectors of a condition's own classifier.

    `difference` is from `real`, its interval and `p` are for new test documents and runs.
    """

    condition: str
    value: Number
    difference: Number
    low: Number
    high: Number
    p: Number
    n_documents: int | None
    n_queries: int | None
    n_queries_left_out: int | None
    n_replicates: int
