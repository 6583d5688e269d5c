"""The head of neighbours: equal to scikit-learn's, blind to copies, chosen on held-out documents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from synthlift.classifiers.embedding import EmbeddingClassifier
from synthlift.classifiers.neighbours import NeighbourHead
from synthlift.corpus import TrainingSet
from synthlift.errors import BadConfiguration, NotApplicable
from synthlift.randomness import stream
from synthlift.testing import check_classifier, example_training_set


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def fitted(training: TrainingSet) -> EmbeddingClassifier:
    return EmbeddingClassifier(head="knn").fit(training, rng=stream(0, "fit"))


def test_conformance() -> None:
    """The public conformance check of classifiers passes."""
    check_classifier(lambda: EmbeddingClassifier(head="knn"))


def test_it_is_the_weighted_vote_of_scikit_learn() -> None:
    """With equal weights, its probabilities are those of KNeighborsClassifier with cosines as weights."""
    rng = np.random.default_rng(1)
    known, asked = unit(rng.random((30, 6))), unit(rng.random((12, 6)))
    labels = rng.random((30, 3)) < 0.4
    head = NeighbourHead(known, labels, np.ones((30, 1)), 5, np.empty((0, 3)))
    peer = KNeighborsClassifier(5, metric="cosine", weights=lambda distance: 1.0 - distance).fit(known, labels)
    expected = np.stack([one[:, 1] for one in peer.predict_proba(asked)], axis=1)
    np.testing.assert_allclose(head.proba(asked), expected, atol=1e-12)


def test_a_weight_counts_as_often_as_it_says() -> None:
    """Two neighbours at equal distance, one of weight 3: its label has 3 of 4 votes; far from all, the prior."""
    known = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    head = NeighbourHead(known, np.array([[True], [False]]), np.array([[3.0], [1.0]]), 5, np.empty((0, 1)))
    np.testing.assert_allclose(head.proba(np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])), [[0.75], [0.75]])
    assert head.proba(-known)[0, 0] == 0.75


@pytest.mark.parametrize("k", [2, 3, 7])
def test_copies_of_everything_change_no_bit(k: int) -> None:
    """A training set copied k times predicts what the set itself does: volume alone cannot help."""
    labels = np.random.default_rng(2).random((40, 3)) < 0.4
    texts = [f"{'red rose ' * a}{'blue sky ' * b}{'deep sea ' * c}w{i}" for i, (a, b, c) in enumerate(labels.tolist())]
    training = TrainingSet(tuple(texts), labels, np.arange(40), np.ones(40, bool))
    rows = np.tile(np.arange(40), k)
    copied = TrainingSet(tuple(texts * k), labels[rows], rows, np.arange(len(rows)) < 40)
    one, many = fitted(training), fitted(copied)
    assert one.facts_ == many.facts_
    np.testing.assert_array_equal(one.predict_proba(training.texts), many.predict_proba(training.texts))
    np.testing.assert_array_equal(one.held_out_proba_, many.held_out_proba_)


@pytest.mark.parametrize(("clusters", "size", "noise", "best"), [(16, 7, 0.0, {5}), (3, 60, 0.3, {20, 40})])
def test_how_many_are_asked_is_chosen_on_held_out_documents(
    clusters: int, size: int, noise: float, best: set[int]
) -> None:
    """Labels of a few documents each are read off the few nearest; noisy ones of many documents off the many."""
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(clusters), size)
    texts = tuple(f"topic{c} word{c} term{c} {rng.integers(1000)}" for c in cluster)
    labels = np.eye(clusters, dtype=bool)[cluster] ^ (rng.random((len(cluster), clusters)) < noise)
    training = TrainingSet(texts, labels, np.arange(len(cluster)), np.ones(len(cluster), bool))
    assert fitted(training).facts_["k"] in best


@pytest.mark.parametrize("changed", [{"loss": "focal"}, {"n_steps": 10}])
def test_what_is_trained_is_not_applicable(changed: dict[str, object]) -> None:
    """A loss or steps are none of its business, and it says so."""
    with pytest.raises(NotApplicable, match="looked up"):
        fitted(replace(example_training_set(), **changed))


def test_another_head_is_refused() -> None:
    """A head that there is not names those that there are."""
    with pytest.raises(BadConfiguration, match="expected one of logistic, knn"):
        EmbeddingClassifier(head="tree")
