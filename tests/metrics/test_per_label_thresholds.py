"""Thresholds of labels are their own best ones, drawn to the overall one where there is little to tune on."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.metrics.thresholds import tune_per_label, tune_threshold


def example(n_docs=200, seed=0):
    """Draw three labels that differ in how probable their positives look; the last one is rare."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n_docs, 3)) < np.array([0.5, 0.4, 0.03])
    centre = np.array([0.7, 0.2, 0.5])
    proba = np.clip(centre * (0.4 + 0.6 * labels) + rng.normal(0, 0.05, labels.shape), 0.01, 0.99)
    return proba, labels


def test_mixture_by_hand():
    """Ten positives and strength ten: half-way on the log-odds scale between the own threshold and the overall one."""
    proba = np.where(np.arange(20) < 10, 0.9, 0.7)[:, np.newaxis]
    labels = (np.arange(20) < 10)[:, np.newaxis]
    odds = (np.log(0.8 / 0.2) + np.log(0.2 / 0.8)) / 2
    assert tune_per_label(proba, labels, 0.2) == pytest.approx([1 / (1 + np.exp(-odds))], abs=1e-6)
    weight = 10 / (10 + 30)
    odds = weight * np.log(0.8 / 0.2) + (1 - weight) * np.log(0.1 / 0.9)
    assert tune_per_label(proba, labels, 0.1, strength=30.0) == pytest.approx([1 / (1 + np.exp(-odds))], abs=1e-6)


def test_limits_of_the_strength():
    """Strength 0 gives each label's own best threshold, a huge one the overall one."""
    proba, labels = example()
    overall = tune_threshold(proba, labels).threshold
    own = [tune_threshold(proba[:, [label]], labels[:, [label]]).threshold for label in range(3)]
    assert tune_per_label(proba, labels, overall, strength=0.0) == pytest.approx(own, abs=2e-6)
    assert tune_per_label(proba, labels, overall, strength=1e12) == pytest.approx([overall] * 3, abs=2e-6)


def test_a_threshold_lies_between_its_own_and_the_overall_one_and_rare_labels_move_less():
    """Every label's threshold is between the two; the rarer the label, the smaller the share of the way it goes."""
    proba, labels = example()
    overall = tune_threshold(proba, labels).threshold
    found = tune_per_label(proba, labels, overall)

    def odds(threshold):
        return np.log(threshold / (1 - threshold))

    own = np.array([tune_threshold(proba[:, [label]], labels[:, [label]]).threshold for label in range(3)])
    share = (odds(found) - odds(overall)) / (odds(own) - odds(overall))
    n = labels.sum(axis=0)
    assert share == pytest.approx(n / (n + 10), abs=1e-3)


def test_a_label_without_positives_keeps_the_overall_threshold():
    """There is nothing to tune it on."""
    proba, labels = example()
    labels[:, 1] = False
    assert tune_per_label(proba, labels, 0.37)[1] == 0.37


def test_nothing_worth_predicting_stays_so():
    """Where the overall threshold is infinite so are all; where only a label's own is, it takes the overall one."""
    proba, labels = example()
    assert np.isinf(tune_per_label(proba, labels, np.inf)).all()
    proba[:, 0] = 0.0
    assert tune_per_label(proba, labels, 0.25)[0] == 0.25


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_probabilities_of_zero_and_one_give_finite_thresholds(value):
    """A threshold at the very edge is usable: it stays within (0, 1)."""
    labels = np.array([[True], [False]])
    found = tune_per_label(np.array([[1.0], [value]]), labels, 0.999999)
    assert 0.0 < found[0] < 1.0
