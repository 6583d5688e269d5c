"""Inner folds: what leaves together, what is held out once, and what conditions share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synthlift.classifiers.folds import Fold, inner_folds
from synthlift.corpus import TrainingSet
from synthlift.randomness import stream


def training_set(
    labels: NDArray[np.bool_], original: Sequence[int] | None = None, is_real: Sequence[bool] | None = None
) -> TrainingSet:
    n = len(labels)
    return TrainingSet(
        texts=tuple(f"text {row}" for row in range(n)),
        labels=labels,
        original=np.arange(n) if original is None else np.asarray(original, dtype=np.int64),
        is_real=np.ones(n, bool) if is_real is None else np.asarray(is_real),
    )


def folds(training: TrainingSet, seed: int = 0) -> list[Fold]:
    return list(inner_folds(training, stream(seed, "fit")))


def random_labels(n: int, n_labels: int = 3, seed: int = 0) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random((n, n_labels)) < 0.3


@st.composite
def families(draw: st.DrawFn) -> TrainingSet:
    """Draw real rows, some in one group, and added ones with and without a parent, in the order conditions use."""
    n_real = draw(st.integers(2, 14))
    group = draw(st.lists(st.integers(0, 9), min_size=n_real, max_size=n_real))
    first = [group.index(key) for key in group]
    parents = draw(st.lists(st.integers(-1, n_real - 1), max_size=12))
    original = [*first, *(first[parent] if parent >= 0 else -1 for parent in parents)]
    is_real = [row < n_real for row in range(len(original))]
    return training_set(random_labels(len(original)), original, is_real)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(families())
def test_a_held_out_document_leaves_with_all_that_descends_from_it(training: TrainingSet) -> None:
    """No fold trains on a copy, a child or a group member of what it holds out; all else stays in."""
    for fold in folds(training):
        held = training.tuning_rows[fold.positions]
        gone = np.setdiff1d(np.arange(len(training)), fold.train)
        assert set(held) <= set(gone)
        assert set(training.original[gone]) == set(training.original[held])
        assert not set(training.original[fold.train]) & set(training.original[held])


@settings(derandomize=True, max_examples=60, deadline=None)
@given(families())
def test_each_tuning_row_is_held_out_once(training: TrainingSet) -> None:
    """The positions of all folds are the tuning rows, each of them one time."""
    positions = np.concatenate([fold.positions for fold in folds(training)])
    assert sorted(positions.tolist()) == list(range(len(training.tuning_rows)))


def test_documents_without_an_original_stay_in_every_fold() -> None:
    """A synthetic document that nobody wrote from a held-out one is always trained on."""
    training = training_set(random_labels(13), [*range(10), -1, -1, -1], [True] * 10 + [False] * 3)
    for fold in folds(training):
        assert {10, 11, 12} <= set(fold.train.tolist())


def test_five_folds_of_a_hundred_documents_have_twenty_each() -> None:
    """Sizes are even, to the document where every label allows it."""
    sizes = [len(fold.positions) for fold in folds(training_set(random_labels(100)))]
    assert len(sizes) == 5
    assert max(sizes) - min(sizes) <= 2


def test_a_rare_label_is_spread_over_the_folds() -> None:
    """Five documents of a label stand in five folds, one each, whatever the seed."""
    labels = np.zeros((60, 2), bool)
    labels[:5, 0] = True
    labels[3:40, 1] = True
    for seed in range(10):
        training = training_set(labels)
        assert [int(labels[fold.positions, 0].sum()) for fold in folds(training, seed)] == [1] * 5


def test_fewer_families_than_folds_make_fewer_folds() -> None:
    """Three families in eight documents are three folds, each of which leaves something to learn from."""
    training = training_set(random_labels(8), [0, 0, 0, 3, 3, 5, 5, 5])
    found = folds(training)
    assert len(found) == 3
    assert all(len(fold.train) > 0 for fold in found)


def test_one_family_leaves_nothing_to_learn_from() -> None:
    """Its only fold trains on nothing; who fits on it has to say so."""
    (fold,) = folds(training_set(random_labels(3), [0, 0, 0]))
    assert fold.train.size == 0
    assert len(fold.positions) == 3


def test_without_real_rows_all_rows_are_held_out_by_family() -> None:
    """The `synthetic` condition is tuned on itself: every row once, families together."""
    training = training_set(random_labels(12), [0, 0, 2, 3, 3, 5, 6, 7, 8, 9, 10, 11], [False] * 12)
    found = folds(training)
    assert sorted(np.concatenate([fold.positions for fold in found]).tolist()) == list(range(12))
    for fold in found:
        assert not set(training.original[fold.train]) & set(training.original[fold.positions])


@pytest.mark.parametrize("seed", [0, 1])
def test_conditions_of_a_replicate_share_their_folds(seed: int) -> None:
    """From equal streams, real, replicated and real + synthetic hold out the same real documents together."""
    labels = random_labels(20, seed=3)
    group = [0, 0, *range(2, 20)]
    real = training_set(labels, group)
    copies = training_set(labels[[*range(20), *range(20)]], group * 2, [True] * 20 + [False] * 20)
    added = training_set(
        np.concatenate([labels, ~labels[:7]]), [*group, -1, 4, 4, 0, -1, 9, 19], [True] * 20 + [False] * 7
    )
    wanted = [fold.positions.tolist() for fold in folds(real, seed)]
    assert [fold.positions.tolist() for fold in folds(copies, seed)] == wanted
    assert [fold.positions.tolist() for fold in folds(added, seed)] == wanted
    assert [fold.positions.tolist() for fold in folds(real, seed + 10)] != wanted
