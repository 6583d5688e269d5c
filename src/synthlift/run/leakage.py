"""How often documents name their own labels: real ones, and those of a generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthlift.corpus.keywords import NO_KEYWORD
from synthlift.metrics.leakage import Overlap, overlap, overlap_difference
from synthlift.study.workload import Workload

__all__ = ["leakage_records"]

Record = dict[str, Any]


def leakage_records(workload: Workload, generator: str) -> list[Record]:
    """Return the share of a generator's documents that name a label of theirs, beside that of real ones.

    Three records of `keyword_overlap` in summary.json: of training and test documents, which are the same for all
    generators, and of the synthetic ones with their difference from the test documents, none of which is a parent.
    """
    source = workload.sources[generator]
    family = np.array([source.family[identity] for identity in source.corpus.ids], dtype=np.int64)
    train = overlap(workload.naming(workload.train), workload.train_group)
    test = overlap(workload.naming(workload.test), workload.test_group)
    written = overlap(workload.naming(source.corpus), family)
    none = None if workload.keywords.has_any.any() else NO_KEYWORD
    records = [_record("train", None, train, none), _record("test", None, test, none)]
    apart = overlap_difference(written, test)
    compared = {"difference": apart.value, "difference_low": apart.low, "difference_high": apart.high}
    reason = none or (f"difference: test documents: {test.reason}" if test.reason else None)
    return [*records, {**_record("synthetic", generator, written, reason), **compared}]


def _record(documents: str, generator: str | None, found: Overlap, reason: str | None) -> Record:
    compared = dict.fromkeys(("difference", "difference_low", "difference_high"))
    uncompared = None if generator is not None else "difference: real documents, which the others are compared with"
    return {
        "documents": documents,
        "generator": generator,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        **compared,
        "n": found.n,
        "reason": reason or found.reason or uncompared,
    }
