"""All scores of a set of answers carry their names, values and influences."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, label_ranking_average_precision_score

from synthlift.metrics.metric import Metric
from synthlift.metrics.scores import ranked_scores, thresholded_scores


def example(seed=0, n_docs=40, n_labels=5):
    """Draw answers; documents 0 and 1 carry no label, and nobody carries the last one."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n_docs, n_labels)) < 0.4
    labels[:2], labels[:, -1] = False, False
    proba = np.clip(labels * 0.4 + rng.random((n_docs, n_labels)) * 0.6, 0, 1).round(2)
    group = np.concatenate([np.arange(11), rng.integers(0, 11, n_docs - 11)])
    return proba, labels, group


def test_values_are_scikit_learns():
    """Micro, macro over the labels that occur, sample-F1, mAP and LRAP agree; so do the share of empty answers."""
    proba, labels, group = example()
    predicted = proba >= 0.5
    found = thresholded_scores(predicted, labels, group) | ranked_scores(proba, labels, group)
    expected = {
        "micro-F1": f1_score(labels, predicted, average="micro"),
        "macro-F1": f1_score(labels[:, :-1], predicted[:, :-1], average="macro"),
        "sample-F1": f1_score(labels, predicted, average="samples", zero_division=1.0),
        "empty-share": np.mean(predicted.sum(axis=1) == 0),
        "mAP": average_precision_score(labels[:, :-1], proba[:, :-1], average="macro"),
        "LRAP": label_ranking_average_precision_score(labels, proba),
        "Brier": np.mean((proba - labels) ** 2),
    }
    assert {name: score.value for name, score in found.items()} == pytest.approx(expected)


def test_every_influence_has_a_value_per_group_and_sums_to_zero():
    """Shapes and sums hold for all scores."""
    proba, labels, group = example(1)
    for score in (thresholded_scores(proba >= 0.5, labels, group) | ranked_scores(proba, labels, group)).values():
        assert score.influence.shape == (11,)
        assert score.influence.sum() == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", ["micro-F1", "macro-F1", "sample-F1", "empty-share", "LRAP", "Brier"])
def test_influences_predict_what_leaving_a_group_out_does(name):
    """To first order ``score - influence`` is the score without the group; they agree in size and sign."""
    proba, labels, group = example(2, n_docs=600)

    def value(rows):
        counted = np.unique(group[rows], return_inverse=True)[1]
        scores = thresholded_scores(proba[rows] >= 0.5, labels[rows], counted)
        return (scores | ranked_scores(proba[rows], labels[rows], counted))[name].value

    whole = (thresholded_scores(proba >= 0.5, labels, group) | ranked_scores(proba, labels, group))[name]
    moved = np.array([whole.value - value(np.flatnonzero(group != one)) for one in range(11)])
    assert np.corrcoef(moved, whole.influence)[0, 1] > 0.99
    assert np.std(moved) == pytest.approx(np.std(whole.influence), rel=0.2)


def test_where_nothing_is_true_scores_of_labels_are_undefined():
    """Micro, macro and mAP are None; the means over documents stay, and say that nothing predicted is right."""
    nothing = np.zeros((3, 2), dtype=bool)
    found = thresholded_scores(nothing, nothing, np.arange(3)) | ranked_scores(nothing * 0.0, nothing, np.arange(3))
    assert [name for name, score in found.items() if score is None] == ["micro-F1", "macro-F1", "mAP"]
    assert (found["sample-F1"].value, found["empty-share"].value, found["LRAP"].value) == (1.0, 1.0, 1.0)


def test_one_document_has_scores():
    """A single document, its only group, is scored like any other."""
    found = thresholded_scores(np.array([[True, False]]), np.array([[True, True]]), np.array([0]))
    assert found["micro-F1"].value == pytest.approx(2 / 3)
    assert found["macro-F1"].value == pytest.approx(1 / 2)


def test_names_are_spellings_of_metrics():
    """Every name reads back as a metric, with a threshold where labels are predicted."""
    proba, labels, group = example()
    for name in thresholded_scores(proba >= 0.5, labels, group):
        assert str(Metric.parse(f"{name}@tuned")) == f"{name}@tuned"
    for name in ranked_scores(proba, labels, group):
        assert str(Metric.parse(name)) == name
