"""Average precision, against scikit-learn, and its influence, against leaving each document out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from synthlift.metrics.average_precision import average_precision, mean_average_precision


def example(seed, decimals=16, n_docs=25, n_labels=4):
    """Draw scores, tied where rounded, and labels of which the last nobody carries and the first only one document."""
    rng = np.random.default_rng(seed)
    proba = rng.random((n_docs, n_labels)).round(decimals)
    labels = rng.random((n_docs, n_labels)) < 0.3
    labels[:, -1] = False
    labels[:, 0] = np.arange(n_docs) == seed % n_docs
    labels[0, 1:-1] = True
    return proba, labels


def brute_force(proba, labels, group, n_groups):
    """Return mAP and jackknife influences by computing average precision again without each document."""
    supported = np.flatnonzero(labels.any(axis=0))
    n = len(labels)
    influence = np.zeros(n_groups)
    values = []
    for label in supported:
        score, y = proba[:, label], labels[:, label]
        values.append(average_precision_score(y, score))
        # without its only document a label has no average precision: nothing is moved
        without = [
            average_precision_score(np.delete(y, j), np.delete(score, j)) if np.delete(y, j).any() else values[-1]
            for j in range(n)
        ]
        for j in range(n):
            influence[group[j]] += (np.mean(without) - without[j]) * (n - 1) / n / len(supported)
    return np.mean(values), influence


@pytest.mark.parametrize("decimals", [0, 1, 16])
@pytest.mark.parametrize("seed", range(8))
def test_value_is_scikit_learns(seed, decimals):
    """Average precision of every label that occurs agrees, heavy ties included."""
    proba, labels = example(seed, decimals)
    for label in range(3):
        expected = average_precision_score(labels[:, label], proba[:, label])
        assert average_precision(proba[:, label], labels[:, label]) == pytest.approx(expected)


def test_constant_scores_give_the_prevalence():
    """Where all scores are equal there is one rank, the last."""
    labels = np.arange(10) < 3
    assert average_precision(np.full(10, 0.2), labels) == pytest.approx(0.3)
    assert average_precision(np.full(10, 0.2), np.ones(10, bool)) == pytest.approx(1.0)


@pytest.mark.parametrize("decimals", [0, 1, 16])
@pytest.mark.parametrize("seed", range(4))
def test_influence_is_the_brute_force_jackknife(seed, decimals):
    """One pass gives what leaving each document out gives, summed over the documents of a group."""
    proba, labels = example(seed, decimals)
    group = np.random.default_rng(seed).integers(0, 9, len(labels))
    found = mean_average_precision(proba, labels, group, 9)
    value, influence = brute_force(proba, labels, group, 9)
    assert found.value == pytest.approx(value)
    assert found.influence == pytest.approx(influence, abs=1e-12)
    assert found.influence.sum() == pytest.approx(0.0, abs=1e-12)


def test_influence_is_the_slope_for_many_documents():
    """With many documents the jackknife agrees with the slope of the weighted score, to a few percent of its size."""
    proba, labels = example(0, n_docs=250)
    labels[:, 0] = labels[:, 1]
    found = mean_average_precision(proba, labels, np.arange(250), 250)
    step, slopes = 1e-5, np.zeros(250)
    for document in range(250):
        up, down = (
            np.mean([
                average_precision_score(
                    labels[:, label], proba[:, label], sample_weight=np.where(np.arange(250) == document, 1 + e, 1.0)
                )
                for label in range(3)
            ])
            for e in (step, -step)
        )  # fmt: skip
        slopes[document] = (up - down) / (2 * step)
    assert np.linalg.norm(found.influence - slopes) < 0.1 * np.linalg.norm(slopes)


def test_one_document():
    """A single positive document scores 1 and moves nothing; a single negative one has no score."""
    found = mean_average_precision(np.array([[0.3]]), np.array([[True]]), np.array([0]), 1)
    assert (found.value, found.influence.tolist()) == (1.0, [0.0])
    assert mean_average_precision(np.array([[0.3]]), np.array([[False]]), np.array([0]), 1) is None
