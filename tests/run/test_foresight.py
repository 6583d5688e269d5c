"""What a study will see, told beforehand: about what its own intervals say, and less with more test documents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthlift.corpus import Corpus, Document
from synthlift.randomness import stream
from synthlift.run.foresight import foresee
from synthlift.study.config import Study
from synthlift.study.workload import Workload

LABELS = ("a", "b", "c")
STUDY = Study(generators=("g",))


def documents(n: int, *key: object) -> Corpus:
    rng = stream(*key)
    made = []
    for i in range(n):
        label = LABELS[rng.integers(3)]
        words = [f"{label}{rng.integers(20)}" for _ in range(2)] + [f"w{rng.integers(50)}" for _ in range(8)]
        made.append(Document(f"{key[-1]}{i}", " ".join(words), (label,), None, None))
    return Corpus(tuple(made), LABELS)


def workload(n_train: int, n_test: int) -> Workload:
    train, test, none = documents(n_train, 1, "train"), documents(n_test, 1, "test"), Corpus((), LABELS)
    return Workload(
        train, np.arange(n_train), none, none, np.zeros(0, np.int64), test, np.arange(n_test), {}, 0, "none"
    )


def test_more_test_documents_and_more_replicates_show_smaller_effects():
    """A quarter of the effect needs more than either; the direction is what is promised."""
    few, many = foresee(workload(80, 60), STUDY, 80), foresee(workload(80, 600), STUDY, 80)
    assert few is not None
    assert many is not None
    assert 0.0 < many.effect < few.effect
    assert (few.n_documents, few.n_pairs, few.n_test_documents) == (40, 5, 60)
    patient = foresee(workload(80, 600), STUDY.model_copy(update={"replicates": 100}), 80)
    assert patient is not None
    assert patient.effect < many.effect


def test_a_regime_below_half_the_pool_is_told_at_its_own_size():
    """Two disjoint draws of the regime fit into the pool."""
    told = foresee(workload(120, 60), STUDY, 30)
    assert told is not None
    assert told.n_documents == 30


@pytest.mark.parametrize("n_train", [5, 19])
def test_too_few_documents_tell_nothing(n_train):
    """Below two draws of ten documents no number is given."""
    assert foresee(workload(n_train, 30), STUDY, n_train) is None


def test_one_test_group_tells_nothing():
    """One group shows no spread."""
    load = workload(80, 30)
    assert foresee(replace(load, test_group=np.zeros(30, np.int64)), STUDY, 80) is None
