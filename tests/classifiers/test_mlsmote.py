"""Rows between vectors are made as MLSMOTE says, and from nothing that a fold holds out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthlift.classifiers.embedding import EmbeddingClassifier
from synthlift.classifiers.head import distinct_rows, posed
from synthlift.classifiers.kernels import LowRankGram
from synthlift.classifiers.mlsmote import _nearest, interpolate, interpolated
from synthlift.corpus import TrainingSet
from synthlift.randomness import stream


class _Fixed(np.random.Generator):
    """A generator whose chances are given: orders as they are, the first of any choice, a quarter of the way."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def permutation(self, x):
        return np.asarray(x)

    def choice(self, a):
        return a[0]

    def random(self):
        return 0.25


def by_hand():
    """Return 12 rows on a line: label 0 everywhere, label 1 at rows 0 to 7, label 2 at rows 0, 3, 5 and 11."""
    vectors = np.array([0, 1, 2, 4, 5, 10, 11, 12, 13, 14, 15, 30], dtype=float)[:, np.newaxis]
    labels = np.zeros((12, 3), dtype=bool)
    labels[:, 0], labels[:8, 1], labels[[0, 3, 5, 11], 2] = True, True, True
    return vectors, labels


def test_rows_are_those_worked_out_by_hand():
    """The one minority label's carriers take turns, each a quarter of the way to its nearest fellow.

    Ratios are 1, 1.5 and 3, their mean 1.83: label 2 alone is above it. Its carriers stand at 0, 4, 10 and 30, so the
    nearest are 4, 0, 4 and 10. All four are seed or neighbour, and more than half of them have labels 0, 1 and 2.
    """
    vectors, labels = by_hand()
    made = interpolate(vectors, labels, 6, _Fixed())
    assert made.vectors.ravel().tolist() == [1.0, 3.0, 8.5, 25.0, 1.0, 3.0]
    assert made.labels.tolist() == [[True, True, True]] * 6


@pytest.mark.parametrize(("carrying", "has"), [([0, 3], False), ([0, 3, 5], True)])
def test_a_label_of_half_the_seed_and_neighbours_is_not_carried(carrying, has):
    """More than half is needed: two of four are too few, three are enough."""
    vectors, labels = by_hand()
    labels[:, 1] = True
    labels[[row for row in (0, 3, 5, 11) if row not in carrying], 1] = False
    assert (interpolate(vectors, labels, 4, _Fixed()).labels[:, 1] == has).all()


def test_only_the_five_nearest_fellow_carriers_are_neighbours():
    """A seed's neighbours are nearest first, never itself, and of equally near ones the first."""
    line = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])[:, np.newaxis]
    assert _nearest(line)[:4].tolist() == [[1, 2, 3, 4, 5], [0, 2, 3, 4, 5], [1, 3, 0, 4, 5], [2, 4, 1, 5, 0]]
    assert _nearest(np.zeros((3, 2))).tolist() == [[1, 2], [0, 2], [0, 1]]


def test_blocks_of_the_distance_matrix_change_nothing(monkeypatch):
    """Neighbours are the same whether distances are made at once or in pieces."""
    vectors = np.random.default_rng(0).normal(size=(50, 4))
    whole = _nearest(vectors)
    monkeypatch.setattr("synthlift.classifiers.mlsmote.BLOCK", 7)
    assert np.array_equal(_nearest(vectors), whole)


def test_minority_labels_take_turns_and_are_always_carried():
    """Two minority labels get as many rows each; a row between two carriers carries the label."""
    labels = np.zeros((40, 4), dtype=bool)
    labels[:, :2] = True
    labels[:6, 2], labels[6:12, 3] = True, True
    made = interpolate(np.random.default_rng(0).normal(size=(40, 3)), labels, 20, stream(0, "m"))
    assert made.labels.sum(axis=0).tolist() == [20, 20, 10, 10]


@pytest.mark.parametrize("labels", [np.zeros((6, 2)), np.ones((6, 2)), np.tri(6, 2, -4), np.zeros((0, 2))])
def test_without_a_minority_of_two_nothing_is_made(labels):
    """No label, even labels, or rare ones of a single carrier: no rows."""
    made = interpolate(np.zeros((len(labels), 2)), labels.astype(bool), 10, stream(0, "m"))
    assert made.vectors.shape == (0, 2)
    assert made.labels.shape == (0, labels.shape[1])


def test_no_held_out_row_is_a_parent():
    """Each document has a direction of its own, so a made row shows its parents: all of them train in its fold."""
    n = 60
    rng = np.random.default_rng(0)
    labels = rng.random((n, 4)) < np.array([0.6, 0.5, 0.2, 0.15])
    # documents 2k and 2k + 1 are one family, and leave together
    training = TrainingSet(tuple(f"t{i}" for i in range(n)), labels, np.arange(n) // 2 * 2, np.ones(n, bool))
    problem = posed(LowRankGram(np.eye(n)), training, distinct_rows(training), stream(0, "fit"))
    grown, vectors = interpolated(problem, np.eye(n), 50, stream(0, "fit"))
    assert len(grown.whole) == n + 50
    assert np.array_equal(grown.whole[:n], problem.whole)
    for fold, before in zip(grown.folds, problem.folds, strict=True):
        assert np.array_equal(fold.held, before.held)
        made = fold.train[fold.train >= n]
        assert len(made) == round(50 * len(before.train) / n)
        parents = np.flatnonzero((vectors[made] != 0).any(axis=0))
        assert parents.size > 5
        assert not np.isin(parents, fold.held).any()
        assert set(parents) <= set(before.train)
    in_use = np.concatenate([grown.whole[n:], *(fold.train[fold.train >= n] for fold in grown.folds)])
    assert sorted(in_use) == list(range(n, len(vectors)))  # no row serves two fits


def imbalanced(n=80):
    """Return texts with a common label and one that few have."""
    rng = np.random.default_rng(1)
    labels = rng.random((n, 3)) < np.array([0.6, 0.5, 0.12])
    words = ("ruby crimson", "azure navy", "rain river")
    texts = tuple(
        " ".join([*(words[label] for label in np.flatnonzero(row)), f"w{rng.integers(30)}", f"w{rng.integers(30)}"])
        for row in labels
    )
    return TrainingSet(texts, labels, np.arange(n), np.ones(n, bool))


def test_the_classifier_makes_what_is_asked_and_says_how_many():
    """Rows between LSA vectors raise the probability of the rare label, repeatably, and are counted."""
    plain = EmbeddingClassifier().fit(imbalanced(), rng=stream(0, "fit"))
    asked = replace(imbalanced(), n_interpolated=100)
    more, again = (EmbeddingClassifier().fit(asked, rng=stream(0, "fit")) for _ in range(2))
    assert more.facts_["n_interpolated"] == 100
    assert "n_interpolated" not in plain.facts_
    assert np.array_equal(more.held_out_proba_, again.held_out_proba_)
    texts = ["w1 w2", "ruby w3", "azure w4"]
    assert (more.predict_proba(texts)[:, 2] > plain.predict_proba(texts)[:, 2]).all()
    none = EmbeddingClassifier().fit(
        replace(asked, labels=np.repeat(asked.labels[:, :1], 3, axis=1)), rng=stream(0, "f")
    )
    assert none.facts_["n_interpolated"] == 0
