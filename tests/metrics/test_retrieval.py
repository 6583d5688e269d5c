"""Both proxies of retrieval against scikit-learn, by hand, and what synthetic documents in the index do."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from synthlift.metrics.retrieval import Labelled, index, representation
from synthlift.metrics.retrieval_difference import compare
from synthlift.randomness import stream
from synthlift.stats.randomisation import dealt


def labelled(rng: np.random.Generator, n: int) -> Labelled:
    vectors = rng.normal(size=(n, 8))
    return Labelled(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), rng.random((n, 5)) < 0.4)


def jaccard(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    both, either = a.astype(int) @ b.T.astype(int), (a[:, None] | b[None]).sum(axis=2)
    return np.where(either > 0, both / np.maximum(either, 1), 0.0)


def test_ndcg_is_that_of_scikit_learn():
    """Graded by overlap of label sets, ranked by cosine, cut at ten; queries without an ideal are counted."""
    queries, real = labelled(stream(0), 40), labelled(stream(1), 60)
    found = representation(queries, real)
    relevance, cosine = jaccard(queries.labels, real.labels), queries.vectors @ real.vectors.T
    has = relevance.sum(axis=1) > 0
    expected = [ndcg_score(relevance[[row]], cosine[[row]], k=10) for row in np.flatnonzero(has)]
    assert found.ndcg == pytest.approx(expected, abs=1e-9)
    assert found.value == pytest.approx(np.mean(expected), abs=1e-9)
    assert (found.query.tolist(), found.n_left_out) == (np.flatnonzero(has).tolist(), int((~has).sum()))


def test_the_query_itself_is_no_answer():
    """Its own row is passed over in the ranking and in the ideal: the same as if it were not there."""
    real = labelled(stream(2), 30)
    one = representation(Labelled(real.vectors[:1], real.labels[:1]), real, np.array([0]))
    without = representation(Labelled(real.vectors[:1], real.labels[:1]), Labelled(real.vectors[1:], real.labels[1:]))
    assert one.value == pytest.approx(without.value, abs=1e-12)


def test_synthetic_documents_push_real_ones_down_in_the_strict_reading_alone():
    """By hand: one right synthetic document before the right real one is 1 / log2(3) strictly, and more leniently."""
    vectors = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    labels = np.array([[True, False], [True, False], [False, True]])
    queries, real = Labelled(vectors[:1], labels[:1]), Labelled(vectors[1:], labels[1:])
    made = {"plain": Labelled(vectors[:1], labels[:1]), "other": Labelled(vectors[2:], labels[2:])}
    found = index(queries, real, made)
    assert found.real.value == pytest.approx(1.0)
    everything, plain, other = found.added
    assert [(one.family, one.n_documents) for one in found.added] == [(None, 2), ("plain", 1), ("other", 1)]
    assert plain.strict.value == pytest.approx(1 / np.log2(3))
    assert plain.lenient.value == pytest.approx(1 + 1 / np.log2(3))
    assert everything.strict.value == pytest.approx(plain.strict.value)
    assert other.strict.value == pytest.approx(1.0)


def test_without_a_relevant_document_there_is_a_reason():
    """Label sets that share nothing: no value, never NaN, and every query is counted as left out."""
    queries = Labelled(np.eye(2), np.array([[True, False], [True, False]]))
    found = representation(queries, Labelled(np.eye(2), np.array([[False, True], [False, True]])))
    assert (found.value, found.n_left_out, found.ndcg.size) == (None, 2, 0)
    assert "shares a label" in found.reason


def test_the_randomisation_test_is_exact_in_size_and_sees_a_difference():
    """Under the null p is below 0.1 in about a tenth of 200 comparisons; a better ranking has the smallest p."""
    real, small = labelled(stream(3), 80), []
    deals = dealt(40, stream(4), 199)
    for draw in range(200):
        queries = labelled(stream(5, draw), 40)
        other = Labelled(labelled(stream(6, draw), 40).vectors, queries.labels)
        pair = [representation(one, real) for one in (queries, other)]
        small.append(compare(pair[:1], pair[1:], np.arange(40), deals).p <= 0.1)
    assert 0.04 < np.mean(small) < 0.17
    queries = labelled(stream(7), 40)
    sets = [jaccard(queries.labels, real.labels), stream(8).random((40, 80))]
    unit = [one / np.maximum(np.linalg.norm(one, axis=1, keepdims=True), 1e-12) for one in sets]
    best, worst = (representation(Labelled(one, queries.labels), Labelled(np.eye(80), real.labels)) for one in unit)
    found = compare([best], [worst], np.arange(40), deals)
    assert found.value > 0.2
    assert found.p == pytest.approx(1 / 200)
