"""What one generator's texts do to a search when they stand in the index beside the real documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus
from synthlift.corpus.groups import whole_groups
from synthlift.metrics.per_document import document_mean
from synthlift.metrics.retrieval import Added, Labelled, Retrieval, index
from synthlift.metrics.retrieval_difference import compare
from synthlift.randomness import stream
from synthlift.run.representations import lsa_space
from synthlift.stats.randomisation import dealt
from synthlift.stats.two_way import TwoWay, two_way
from synthlift.study.workload import Workload

__all__ = ["index_records"]

IntArray = NDArray[np.int64]
Record = dict[str, Any]

MOST_QUERIES = 1000
# real documents that the space is fitted on, at most
MOST_FITTED = 2000
NOTHING = "no synthetic document was kept"
ONE_GROUP = "low, high: one group of test documents: no spread to estimate an interval from"
ALIKE = "low, high: the same in all test groups: no spread to estimate an interval from"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The group of each query, 0 to ``n_groups - 1``, and the exchanges of a randomisation test."""

    group: IntArray
    deals: NDArray[np.float32]


def index_records(workload: Workload, generator: str) -> list[Record]:
    """Compare an index of real documents with and without a generator's, as records of `retrieval_index`.

    Searched are all real documents that are not of the test, spare ones too: who has them has them in the index.
    Queries are test documents, whole groups, at most 1,000; vectors are LSA of at most 2,000 of the real documents.
    """
    rng = stream(workload.seed, "retrieval")  # the same queries for every generator
    rows = whole_groups(workload.test_group, MOST_QUERIES, rng)
    _, group = np.unique(workload.test_group[rows], return_inverse=True)
    n_groups = int(group.max(initial=-1)) + 1
    real = Corpus((*workload.train, *workload.spare), workload.train.labels)
    fitted = np.sort(rng.permutation(len(real))[:MOST_FITTED])
    vectors = lsa_space(real.take(fitted).texts, workload.analyzer)

    def labelled(corpus: Corpus) -> Labelled:
        return Labelled(vectors(corpus.texts), corpus.label_matrix())

    families = _families(workload.sources[generator].corpus)
    found = index(
        labelled(workload.test.take(rows)), labelled(real), {name: labelled(one) for name, one in families.items()}
    )
    asked = _Asked(group.astype(np.int64), dealt(n_groups, rng))
    # of one family alone the whole is that family
    added = found.added if len(families) > 1 else found.added[:1]
    return [
        {"generator": generator, "n_documents": len(real), **record}
        for one in added
        for record in _both_readings(found.real, one, asked)
    ]


def _families(corpus: Corpus) -> dict[str, Corpus]:
    """Part documents by prompt family, in alphabetical order; what names none is a family of its own."""
    rows: dict[str, list[int]] = {}
    for row, document in enumerate(corpus):
        family = document.origin.family if document.origin is not None else None
        rows.setdefault(family or "", []).append(row)
    return {family: corpus.take(rows[family]) for family in sorted(rows)}


def _both_readings(real: Retrieval, added: Added, asked: _Asked) -> Iterator[Record]:
    for reading, mixed in (("strict", added.strict), ("lenient", added.lenient)):
        yield {
            "family": added.family,
            "reading": reading,
            "n_added": added.n_documents,
            "n_queries": len(mixed.query),
            "n_queries_left_out": mixed.n_left_out,
            **_difference(real, mixed if added.n_documents else None, asked),
        }


def _difference(real: Retrieval, mixed: Retrieval | None, asked: _Asked) -> Record:
    if mixed is None:
        absent = dict.fromkeys(("mixed", "difference", "low", "high", "p"))
        return {"real": real.value, **absent, "reason": NOTHING if real.reason is None else real.reason}
    tested = compare([mixed], [real], asked.group, asked.deals)
    known: Record = {"real": real.value, "mixed": mixed.value, "difference": tested.value, "p": tested.p}
    if tested.value is None:
        return {**known, "low": None, "high": None, "reason": tested.reason}
    if asked.deals.shape[1] < 2:
        return {**known, "low": None, "high": None, "reason": ONE_GROUP}
    estimate = _estimate(real, mixed, asked)
    if estimate.variance == 0.0 and estimate.value != 0.0:
        return {**known, "low": None, "high": None, "reason": ALIKE}
    low, high = estimate.interval()
    return {**known, "low": low, "high": high, "reason": None}


def _estimate(real: Retrieval, mixed: Retrieval, asked: _Asked) -> TwoWay:
    """Return the mean difference for new test documents: one index, so there are no replicates."""
    mean = document_mean(mixed.ndcg - real.ndcg, asked.group[real.query], asked.deals.shape[1])
    return two_way(np.array([mean.value]), mean.influence[np.newaxis])
