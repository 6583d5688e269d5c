"""Search among sparse vectors: what search among the same vectors, dense, finds."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import sparse

from synthlift.errors import NotApplicable
from synthlift.metrics import sparse_search
from synthlift.metrics.retrieval import Labelled, LabelledTerms, representation
from synthlift.metrics.search import ranked
from synthlift.metrics.sparse_search import ranked_sparse
from synthlift.randomness import stream


def terms(rng: np.random.Generator, n: int, n_terms: int = 30) -> sparse.csr_array:
    """Draw unit rows of a few terms each; some rows have none."""
    weight = rng.random((n, n_terms)) * (rng.random((n, n_terms)) < 0.15)
    length = np.linalg.norm(weight, axis=1, keepdims=True)
    return sparse.csr_array(weight / np.where(length > 0.0, length, 1.0))


def row_number(_query: np.ndarray, document: np.ndarray) -> np.ndarray:
    """Give every document another gain, so that gains say which ones were found."""
    return document.astype(float)


@pytest.mark.parametrize("held", [1 << 20, 50])
@pytest.mark.parametrize("k", [1, 10, 70])
def test_it_finds_what_dense_search_finds(monkeypatch: pytest.MonkeyPatch, k: int, held: int) -> None:
    """Scores, gains and ties, whatever the blocks, k below and above the number of documents, empty rows among them."""
    monkeypatch.setattr(sparse_search, "N_COSINES", held)
    rng = stream(1)
    queries, documents = terms(rng, 9), terms(rng, 60)
    own = np.array([0, 5, -1, 7, -1, -1, 59, 2, -1])
    found = ranked_sparse(queries, documents, row_number, k, own)
    expected = ranked(queries.toarray(), documents.toarray(), row_number, k, own)
    assert found.score == pytest.approx(expected.score, abs=1e-14)
    assert found.gain == pytest.approx(expected.gain, abs=1e-9)
    assert np.array_equal(found.count, expected.count)


def test_equal_documents_are_tied() -> None:
    """Ten documents, each six times: every place is a tie of six."""
    rng = stream(2)
    kind = rng.permutation(np.repeat(np.arange(10), 6))
    documents = terms(rng, 10)[kind]
    found = ranked_sparse(terms(rng, 4), documents, lambda _query, document: kind[document] * 1.0, 10, np.full(4, -1))
    assert (found.count[:, 9] % 6 == 3).all()
    assert np.array_equal(found.gain[:, 0], found.gain[:, 5])


def test_a_representation_is_measured_the_same_sparse_and_dense() -> None:
    """nDCG@10 of each query does not depend on how the vectors are kept; both kinds at once are refused."""
    rng = stream(3)
    vectors, labels = terms(rng, 40), rng.random((40, 5)) < 0.4
    own = np.arange(12)
    one = representation(LabelledTerms(vectors[:12], labels[:12]), LabelledTerms(vectors, labels), own)
    dense = Labelled(vectors.toarray(), labels)
    other = representation(Labelled(dense.vectors[:12], labels[:12]), dense, own)
    assert one.ndcg == pytest.approx(other.ndcg, abs=1e-12)
    with pytest.raises(ValueError, match="both of one kind"):
        representation(LabelledTerms(vectors, labels), dense)


def test_what_cannot_be_searched_is_refused() -> None:
    """Other terms, rows of another length and numbers that are not finite; no queries have no places."""
    one, own = terms(stream(4), 3), np.full(3, -1)
    with pytest.raises(ValueError, match=re.escape("got queries of shape (3, 30) and documents of shape (3, 4)")):
        ranked_sparse(one, sparse.csr_array((3, 4)), row_number, 1, own)
    with pytest.raises(ValueError, match="length 2 in row 0, expected 1 or 0"):
        ranked_sparse(one, sparse.csr_array(2.0 * np.eye(3, 30)), row_number, 1, own)
    broken = one.copy()
    broken.data[0] = np.nan
    with pytest.raises(NotApplicable, match="not finite"):
        ranked_sparse(broken, one, row_number, 1, own)
    assert ranked_sparse(one[:0], one, row_number, 2, own[:0]).score.shape == (0, 2)
