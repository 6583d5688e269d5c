"""A workload is made of plain values that reach a worker process as they were."""

from __future__ import annotations

import pickle

import numpy as np

from synthlift.corpus import Corpus, Document, Origin
from synthlift.study.workload import Source, Workload


def test_a_workload_travels_to_a_worker_unchanged() -> None:
    """Corpora, groups, sources and identity survive the trip, label matrices computed before it or not."""
    train = Corpus.of([Document("1", "red fox", ("x",)), Document("2", "blue", ("y",), "family")])
    synthetic = Corpus.of([Document("s", "red", ("x",), None, Origin("tool", ("1",)))], train.labels)
    train.label_matrix()
    workload = Workload(
        train=train,
        train_group=np.array([0, 1]),
        validation=train.take([]),
        spare=train.take([]),
        spare_group=np.zeros(0, np.int64),
        test=train.take([1]),
        test_group=np.array([0]),
        sources={"tool": Source(synthetic, {"s": "1"}, {"s": 0})},
        seed=7,
        identity="abc",
    )
    again = pickle.loads(pickle.dumps(workload))  # noqa: S301 (our own bytes, as a worker gets them)
    assert again.train == workload.train
    assert again.train.fingerprint == workload.train.fingerprint
    assert again.sources == workload.sources
    assert (again.seed, again.identity) == (7, "abc")
    assert np.array_equal(again.train.label_matrix(), workload.train.label_matrix())
    assert np.array_equal(again.train_group, workload.train_group)
