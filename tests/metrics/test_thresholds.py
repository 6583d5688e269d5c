"""The tuned threshold, against brute force over every midpoint."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.metrics import f1_score

from synthlift.metrics.thresholds import tune_threshold


def micro(proba, labels, threshold):
    """Return micro-F1 at a threshold, by scikit-learn."""
    return f1_score(labels.ravel(), (proba >= threshold).ravel(), zero_division=0)


def brute_force(proba, labels):
    """Try every midpoint, rounded to six decimals, that separates its neighbours; of equal ones take the highest."""
    values = [0.0, *sorted(set(proba.ravel().tolist()))]
    best, best_f1 = np.inf, 0.0
    for lower, upper in reversed(list(itertools.pairwise(values))):
        threshold = round((lower + upper) / 2, 6)
        if not lower < threshold <= upper:
            continue
        f1 = micro(proba, labels, threshold)
        if f1 > best_f1 + 1e-12:
            best, best_f1 = threshold, f1
    return best, best_f1


@pytest.mark.parametrize("decimals", [1, 2, 16])
@pytest.mark.parametrize("seed", range(15))
def test_brute_force(seed, decimals):
    """On small random problems, many ties included, threshold and micro-F1 are those of a full search."""
    rng = np.random.default_rng([seed, decimals])
    proba = np.clip(np.round(rng.beta(0.5, 3.0, (6, 3)), decimals), 0.001, 1.0)
    labels = rng.random((6, 3)) < proba
    found = tune_threshold(proba, labels)
    threshold, f1 = brute_force(proba, labels)
    assert found.threshold == pytest.approx(threshold, abs=1e-12)
    assert found.micro_f1 == pytest.approx(f1)


@pytest.mark.parametrize("seed", range(10))
def test_the_score_is_reached_by_predicting(seed):
    """``proba >= threshold`` reaches the micro-F1 that is reported, whatever was rounded."""
    rng = np.random.default_rng(seed)
    proba = rng.random((30, 4)) ** 12  # crowded near 0, far closer than the rounding
    labels = rng.random((30, 4)) < 0.3
    found = tune_threshold(proba, labels)
    assert found.micro_f1 == pytest.approx(micro(proba, labels, found.threshold))


@pytest.mark.parametrize("seed", range(10))
def test_no_threshold_of_a_fine_grid_is_better(seed):
    """No threshold in steps of a millionth does better where probabilities are crowded below 0.0002."""
    rng = np.random.default_rng(seed)
    proba = rng.random((10, 3)) * 2e-4
    labels = rng.random((10, 3)) < proba / 2e-4
    grid = np.arange(1, 202) / 1e6
    best = max(micro(proba, labels, threshold) for threshold in grid)
    assert tune_threshold(proba, labels).micro_f1 == pytest.approx(best, abs=1e-12)


def test_of_equal_ones_the_highest():
    """Two thresholds reach 2/3; the higher one is taken."""
    found = tune_threshold(np.array([[0.9], [0.6], [0.5], [0.2]]), np.array([[True], [False], [False], [True]]))
    assert (found.threshold, found.micro_f1) == (0.75, pytest.approx(2 / 3))


def test_equal_probabilities_stay_together():
    """No threshold runs between equal probabilities, one true and one not."""
    found = tune_threshold(np.array([[0.4, 0.4, 0.1]]), np.array([[True, False, False]]))
    assert (found.threshold, found.micro_f1) == (0.25, pytest.approx(2 / 3))


def test_all_equal_probabilities_are_all_predicted():
    """Where all probabilities are equal, all or nothing: all."""
    found = tune_threshold(np.full((2, 2), 0.3), np.array([[True, False], [False, False]]))
    assert (found.threshold, found.micro_f1) == (0.15, pytest.approx(0.4))


def test_values_closer_than_the_rounding_are_not_separated():
    """0.3000002 and 0.3000001 are one value to six decimals: the threshold goes below both, or above."""
    found = tune_threshold(np.array([[0.3000002, 0.3000001]]), np.array([[True, False]]))
    assert (found.threshold, found.micro_f1) == (0.15, pytest.approx(2 / 3))


@pytest.mark.parametrize("shift", [-1e-15, 1e-15])
def test_last_bits_decide_nothing(shift):
    """Noise in the last bits of a probability leaves the threshold as it was."""
    proba = np.array([[0.31, 0.127, 0.126], [0.04, 0.63, 0.005]])
    labels = np.array([[True, True, False], [False, True, False]])
    assert tune_threshold(proba + shift, labels) == tune_threshold(proba, labels)


@pytest.mark.parametrize("proba", [[[0.9, 0.2]], [[0.0, 0.0]], [[1.0, 1.0]]])
def test_without_positives_nothing_is_predicted(proba):
    """Without a positive label the threshold is infinite and the score 0."""
    found = tune_threshold(np.array(proba), np.zeros((1, 2), dtype=bool))
    assert (found.threshold, found.micro_f1) == (np.inf, 0.0)


def test_positives_of_probability_zero_are_not_worth_a_false_one():
    """Where the only positives have probability 0, predicting others scores 0 and so does nothing: nothing it is."""
    found = tune_threshold(np.array([[0.9, 0.0]]), np.array([[False, True]]))
    assert (found.threshold, found.micro_f1) == (np.inf, 0.0)


def test_certain_and_impossible():
    """Probabilities of exactly 1 and 0 are told apart half way."""
    found = tune_threshold(np.array([[1.0, 0.0]]), np.array([[True, False]]))
    assert (found.threshold, found.micro_f1) == (0.5, 1.0)


def test_order_does_not_matter():
    """Documents and labels in any order give the same threshold."""
    rng = np.random.default_rng(0)
    proba, labels = np.round(rng.random((12, 4)), 1), rng.random((12, 4)) < 0.4
    rows, columns = rng.permutation(12), rng.permutation(4)
    assert tune_threshold(proba[np.ix_(rows, columns)], labels[np.ix_(rows, columns)]) == tune_threshold(proba, labels)
