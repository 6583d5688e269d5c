"""Jaccard relevance and its ideal: by hand, and against sets and sorting."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.metrics import relevance
from synthlift.metrics.relevance import Jaccard, ideal_gain
from synthlift.randomness import stream


def by_sets(queries, documents):
    """Compare label sets as Python's sets, pair by pair."""
    left, right = ([set(np.flatnonzero(row)) for row in side] for side in (queries, documents))
    return np.array([[len(a & b) / len(a | b) if a | b else 0.0 for b in right] for a in left])


def test_by_hand():
    """{0, 1} and {1, 2} share one of three; equal sets are 1; nothing is not relevant to nothing."""
    labels = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0]], dtype=bool)
    query, document = (axis.ravel() for axis in np.indices((3, 3)))
    index = Jaccard.of(labels, labels)(query, document).reshape(3, 3)
    assert index == pytest.approx(np.array([[1, 1 / 3, 0], [1 / 3, 1, 0], [0, 0, 0]]))


@pytest.mark.parametrize("n_labels", [1, 8, 9, 64, 70])
def test_pairs_are_those_of_sets(n_labels):
    """Any number of labels, whether or not it fills its bytes."""
    rng = stream(n_labels)
    queries, documents = rng.random((6, n_labels)) < 0.3, rng.random((9, n_labels)) < 0.3
    query, document = (axis.ravel() for axis in np.indices((6, 9)))
    index = Jaccard.of(queries, documents)(query, document).reshape(6, 9)
    assert index == pytest.approx(by_sets(queries, documents), abs=1e-15)


@pytest.mark.parametrize("n_pairs", [1, 200, 1 << 22])
@pytest.mark.parametrize("k", [1, 10, 60])
def test_the_ideal_is_the_best_of_all_documents_but_oneself(monkeypatch, n_pairs, k):
    """It is sorting every relevance, without the document that asks; whatever is held at a time, k above n too."""
    monkeypatch.setattr(relevance, "N_PAIRS", n_pairs)
    rng = stream(k)
    documents = rng.random((40, 6)) < 0.3
    queries = np.vstack([documents[:10], rng.random((15, 6)) < 0.3])
    own = np.r_[np.arange(10), np.full(15, -1)]
    expected = by_sets(queries, documents)
    expected[np.arange(10), np.arange(10)] = 0.0
    expected = -np.sort(-np.hstack([expected, np.zeros((25, 60))]), axis=1)[:, :k]
    assert ideal_gain(queries, documents, own, k) == pytest.approx(expected, abs=1e-15)


def test_the_only_document_of_a_set_is_not_its_own_ideal():
    """A document that alone has its set finds no 1; asked by another one of the same set it is there."""
    documents = np.array([[1, 0], [1, 1]], dtype=bool)
    queries = documents[[0, 0]]
    assert ideal_gain(queries, documents, np.array([0, -1]), 2).tolist() == [[0.5, 0.0], [1.0, 0.5]]


def test_an_own_document_of_other_labels_is_left_out_too():
    """Labels of the query and of its row in the collection may differ, as where one side is masked."""
    documents = np.array([[1, 0], [1, 1]], dtype=bool)
    assert ideal_gain(documents[:1], documents, np.array([1]), 2).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(("n_queries", "n_docs", "n_labels"), [(0, 3, 2), (3, 0, 2), (3, 4, 0), (0, 0, 0)])
def test_nothing_is_relevant_where_nothing_is(n_queries, n_docs, n_labels):
    """No queries, no documents, no labels: zeros."""
    empty = np.zeros((n_queries, n_labels), dtype=bool), np.zeros((n_docs, n_labels), dtype=bool)
    gain = ideal_gain(*empty, np.full(n_queries, -1), 3)
    assert np.array_equal(gain, np.zeros((n_queries, 3)))
