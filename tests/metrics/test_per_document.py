"""Scores that are means over documents, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, f1_score, label_ranking_average_precision_score

from synthlift.metrics.per_document import brier, document_mean, empty_share, lrap, sample_f1

KINDS = ("rounded", "constant", "smooth")


def example(seed, kind, n_docs=20, n_labels=5):
    """Draw probabilities and labels; some documents carry no label, some all."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n_docs, n_labels)) < 0.3
    labels[0], labels[-1] = False, True
    proba = rng.random((n_docs, n_labels))
    return {"rounded": proba.round(1), "constant": np.full(proba.shape, 0.3), "smooth": proba}[kind], labels


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(10))
def test_ranking_precision_is_scikit_learns(seed, kind):
    """LRAP agrees over all documents and for each one, with ties, constant scores, no labels and all labels."""
    proba, labels = example(seed, kind)
    found = lrap(proba, labels)
    assert found.mean() == pytest.approx(label_ranking_average_precision_score(labels, proba))
    singly = [label_ranking_average_precision_score(labels[[row]], proba[[row]]) for row in range(len(labels))]
    assert found == pytest.approx(np.array(singly))


def test_ranking_precision_by_hand():
    """True labels at ranks 1 and 3 of four give (1 + 2/3)/2; tied with the false one above, rank 2 and 3."""
    labels = np.array([[True, False, True, False]])
    assert lrap(np.array([[0.9, 0.8, 0.7, 0.1]]), labels) == pytest.approx(np.array([5 / 6]))
    assert lrap(np.array([[0.8, 0.8, 0.7, 0.1]]), labels) == pytest.approx(np.array([(1 / 2 + 2 / 3) / 2]))


def test_ranking_precision_of_one_label_is_one():
    """With a single label there is nothing to rank."""
    assert lrap(np.array([[0.2], [0.9]]), np.array([[True], [False]])).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("seed", range(10))
def test_sample_f1_is_scikit_learns(seed):
    """Sample-F1 agrees, documents without true and without predicted labels included."""
    proba, labels = example(seed, "rounded")
    predicted = proba >= 0.7
    predicted[0] = False  # nothing true either: right
    predicted[1], labels[1] = True, False
    found = sample_f1(predicted, labels)
    assert found.mean() == pytest.approx(f1_score(labels, predicted, average="samples", zero_division=1.0))
    assert found[:2].tolist() == [1.0, 0.0]


def test_brier_is_the_mean_of_scikit_learns_over_labels():
    """The Brier score agrees with one call per label, probabilities 0 and 1 included."""
    proba, labels = example(3, "rounded")
    singly = [brier_score_loss(labels[:, label], proba[:, label]) for label in range(labels.shape[1])]
    assert brier(proba, labels).mean() == pytest.approx(np.mean(singly))
    assert brier(np.array([[0.5, 0.0]]), np.array([[True, True]])) == pytest.approx(np.array([0.625]))


def test_empty_share_counts_documents_without_a_prediction():
    """One document of two is empty, whatever is true."""
    assert empty_share(np.array([[False, False], [False, True]])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("n_groups", [1, 2, 7])
def test_a_groups_influence_is_the_slope_of_the_mean_in_its_weight(n_groups):
    """Weighing a group's documents 1 + e moves the mean by e times its influence; influences sum to zero."""
    rng = np.random.default_rng(n_groups)
    values = rng.random(30)
    group = np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, 30 - n_groups)])
    found = document_mean(values, group, n_groups)
    assert found.value == pytest.approx(values.mean())
    assert found.influence.sum() == pytest.approx(0.0, abs=1e-15)
    step = 1e-6
    for one in range(n_groups):
        up, down = (np.average(values, weights=np.where(group == one, 1 + e, 1.0)) for e in (step, -step))
        assert found.influence[one] == pytest.approx((up - down) / (2 * step), abs=1e-9)


def test_one_document_moves_nothing():
    """A single document has its value and influence zero; a group without documents has influence zero."""
    found = document_mean(np.array([0.4]), np.array([0]), 2)
    assert (found.value, found.influence.tolist()) == (0.4, [0.0, 0.0])
