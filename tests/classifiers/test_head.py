"""The head tunes on held-out real rows, and rows that are equal are one row with a weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike

from synthlift.classifiers import head
from synthlift.classifiers.head import distinct_rows, fit_head, refuse_what_is_not_convex
from synthlift.classifiers.kernels import DenseGram, LowRankGram
from synthlift.classifiers.logistic import fit_logistic
from synthlift.corpus import TrainingSet
from synthlift.errors import NotApplicable
from synthlift.metrics.thresholds import tune_threshold


def training_set(
    texts: Sequence[str], labels: ArrayLike, original: Sequence[int] | None = None, n_real: int | None = None
) -> TrainingSet:
    n = len(texts)
    return TrainingSet(
        tuple(texts), np.asarray(labels, dtype=bool), np.arange(n) if original is None else np.asarray(original),
        np.arange(n) < (n if n_real is None else n_real),
    )  # fmt: skip


def example(n: int = 40, n_copies: int = 0, seed: int = 0) -> tuple[TrainingSet, np.ndarray]:
    """Draw vectors with two labels that follow from them, noisily, and the training set of as many texts."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 3))
    labels = vectors[:, :2] + rng.normal(0, 0.7, (n, 2)) > 0.3
    rows = [*range(n), *rng.integers(0, n, n_copies).tolist()]
    training = training_set([f"t{row}" for row in rows], labels[rows], original=rows, n_real=n)
    return training, vectors


def fitted(training: TrainingSet, vectors: np.ndarray) -> head.Head:
    return fit_head(LowRankGram(vectors), training, distinct_rows(training), np.random.default_rng(3))


def test_equal_text_labels_and_original_are_one_row() -> None:
    """Another label, or another original, keeps rows apart; so does no original at all."""
    training = training_set(
        ["a", "b", "a", "a", "a", "c", "c"], [[1], [0], [1], [0], [1], [0], [0]], original=[0, 1, 0, 0, 4, -1, -1]
    )
    rows = distinct_rows(training)
    assert rows.first.tolist() == [0, 1, 3, 4, 5, 6]
    assert rows.of.tolist() == [0, 1, 0, 2, 3, 4, 5]
    assert rows.multiplicity.tolist() == [2.0, 1.0, 1.0, 1.0, 1.0, 1.0]


def test_weights_of_equal_rows_are_added_up() -> None:
    """A document of weight 3 is the document and two copies; a weight per label is the same for each label."""
    training, vectors = example()
    rng = np.random.default_rng(1)
    times = rng.integers(1, 4, len(training))
    rows = [*range(40), *np.repeat(np.arange(40), times - 1).tolist()]
    repeated = training_set([training.texts[r] for r in rows], training.labels[rows], original=rows, n_real=40)
    by_copies = fitted(repeated, vectors)
    by_weight = fitted(replace(training, sample_weight=times.astype(float)), vectors)
    by_label = fitted(replace(training, label_weight=np.tile(times[:, np.newaxis], 2).astype(float)), vectors)
    for other in (by_weight, by_label):
        assert other.facts == by_copies.facts
        assert other.held_out_proba == pytest.approx(by_copies.held_out_proba, abs=1e-9)
        assert other.solution.alpha == pytest.approx(by_copies.solution.alpha, abs=1e-9)


def test_label_weights_reach_the_solution() -> None:
    """Weighing one label's positives up raises its intercept and probabilities, and leaves the other label alone."""
    training, vectors = example()
    weight = np.where(training.labels, np.array([8.0, 1.0]), 1.0)
    plain, weighted = fitted(training, vectors), fitted(replace(training, label_weight=weight), vectors)
    assert (weighted.held_out_proba[:, 0] > plain.held_out_proba[:, 0]).mean() > 0.9
    if plain.facts["C"] == weighted.facts["C"]:
        assert weighted.held_out_proba[:, 1] == pytest.approx(plain.held_out_proba[:, 1], abs=1e-6)


def test_weights_in_other_units_change_nothing() -> None:
    """The penalty is per mean loss: a factor common to all weights divides out."""
    training, vectors = example()
    weight = np.random.default_rng(0).random((40, 2)) + 0.1
    one = fitted(replace(training, label_weight=weight), vectors)
    other = fitted(replace(training, label_weight=64.0 * weight), vectors)
    assert one.facts == other.facts
    assert np.array_equal(one.held_out_proba, other.held_out_proba)


def test_the_penalty_is_the_best_of_the_grid_by_held_out_micro_f1() -> None:
    """A search over the grid, each fold fitted afresh, finds the same C and the same held-out probabilities."""
    training, vectors = example(60)
    # noise directions and small vectors, so that the best penalty is neither the largest nor the smallest
    vectors = 0.03 * np.hstack([vectors, np.random.default_rng(0).normal(size=(60, 12))])
    found = fitted(training, vectors)
    gram = vectors @ vectors.T
    scores, answers = {}, {}
    for half_decade in head.HALF_DECADES:
        C = 10.0 ** (half_decade / 2)
        proba = np.zeros(training.labels.shape)
        for fold in head.inner_folds(training, np.random.default_rng(3)):
            weight = np.full((len(fold.train), 1), 1.0 / len(fold.train))
            inner = DenseGram(gram[np.ix_(fold.train, fold.train)])
            solution = fit_logistic(inner, training.labels[fold.train], weight, C)
            margins = gram[np.ix_(fold.positions, fold.train)] @ solution.alpha + solution.intercept
            proba[fold.positions] = 1.0 / (1.0 + np.exp(-margins))
        answers[C], scores[C] = proba, tune_threshold(proba, training.labels).micro_f1
    best = max(scores, key=lambda C: (scores[C], -C))
    assert head.HALF_DECADES[0] < 2 * np.log10(best) < head.HALF_DECADES[-1]
    assert found.facts["C"] == best
    assert found.held_out_proba == pytest.approx(answers[best], abs=1e-3)  # the solver's tolerance


class _Scripted:
    """Held-out answers whose micro-F1 is given by half-decade."""

    def __init__(self, score: dict[int, int]) -> None:
        self.labels = np.ones((1000, 1), dtype=bool)
        self.asked: list[int] = []
        self._score = score

    def proba(self, C: float) -> np.ndarray:
        half_decade = round(2 * np.log10(C))
        self.asked.append(half_decade)
        return np.where(np.arange(1000) < self._score[half_decade], 0.9, 0.0)[:, np.newaxis]


@pytest.mark.parametrize(
    ("hits", "best", "asked_beyond"),
    [
        ({}, 5, [4]),  # all alike: the smallest C, and one look further
        ({8: 600}, 8, []),  # an optimum inside
        ({12: 600, 13: 700, 14: 800, 15: 900}, 14, [13, 14]),  # at the edge: two steps, no more
        ({12: 600, 13: 601}, 12, [13]),  # a step that does not pay is not taken
        ({5: 600, 4: 700, 3: 650}, 4, [4, 3]),
    ],
)
def test_an_optimum_at_the_edge_widens_the_grid(hits: dict[int, int], best: int, asked_beyond: list[int]) -> None:
    """The path of C goes on outwards while that pays, twice at most."""
    script = _Scripted(dict.fromkeys(range(20), 500) | hits)
    C, _ = head._choose(script)
    assert pytest.approx(10.0 ** (best / 2)) == C
    assert script.asked[len(head.HALF_DECADES) :] == asked_beyond


def test_one_family_cannot_be_tuned() -> None:
    """Where all rows descend from one document none can be held out, and it is said."""
    training = training_set(["a", "b", "c"], [[1], [0], [1]], original=[0, 0, 0])
    with pytest.raises(NotApplicable, match="one family"):
        fitted(training, np.eye(3))


def test_refusals_name_what_was_asked() -> None:
    """Focal loss and optimiser steps are refused, plain sets are not."""
    training, _ = example(6)
    refuse_what_is_not_convex(training)
    with pytest.raises(NotApplicable, match="focal"):
        refuse_what_is_not_convex(replace(training, loss="focal"))
    with pytest.raises(NotApplicable, match="steps"):
        refuse_what_is_not_convex(replace(training, n_steps=5))
