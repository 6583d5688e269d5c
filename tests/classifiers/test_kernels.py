"""A Gram matrix is the same matrix in each of its forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from synthlift.classifiers import kernels
from synthlift.classifiers.kernels import DenseGram, SparseGram, gram


def features(seed: int, n: int = 17, n_terms: int = 40) -> sparse.csr_array:
    rng = np.random.default_rng(seed)
    dense = rng.random((n, n_terms)) * (rng.random((n, n_terms)) < 0.15)
    dense[3] = 0.0  # a document without any term
    return sparse.csr_array(dense)


@pytest.mark.parametrize("preference", [0.0, 1e9])
def test_both_forms_are_the_matrix_of_inner_products(monkeypatch: pytest.MonkeyPatch, preference: float) -> None:
    """Products, subsets and cross products agree with ``X X'`` computed in full."""
    monkeypatch.setattr(kernels, "DENSE_OVER_SPARSE", preference)
    X = features(0)
    K = (X @ X.T).toarray()
    kernel = gram(X)
    assert isinstance(kernel, DenseGram if preference else SparseGram)
    columns = np.random.default_rng(1).normal(size=(17, 3))
    np.testing.assert_allclose(kernel @ columns, K @ columns, atol=1e-12)
    rows = np.array([0, 2, 3, 9, 16])
    np.testing.assert_allclose(kernel.take(rows) @ columns[:5], K[np.ix_(rows, rows)] @ columns[:5], atol=1e-12)
    left, right = np.array([1, 3, 16]), np.array([0, 2, 5, 8])
    np.testing.assert_allclose(kernel.cross(left, right, columns[:4]), K[np.ix_(left, right)] @ columns[:4], atol=1e-12)


@pytest.mark.parametrize("preference", [0.0, 1e9])
def test_nothing_held_out_and_no_term_at_all_give_empty_and_zero_products(
    monkeypatch: pytest.MonkeyPatch, preference: float
) -> None:
    """No rows to the left give no rows; texts without a term have a kernel of zeros."""
    monkeypatch.setattr(kernels, "DENSE_OVER_SPARSE", preference)
    none = np.array([], dtype=np.intp)
    assert gram(features(2)).cross(none, np.arange(4), np.ones((4, 2))).shape == (0, 2)
    assert not (gram(sparse.csr_array((5, 0))) @ np.ones((5, 2))).any()


def test_many_documents_of_few_shared_terms_stay_sparse_and_few_documents_are_dense() -> None:
    """The form follows the cost: n squared against the non-zeros."""
    many = sparse.random_array((3000, 500), density=0.002, format="csr", rng=np.random.default_rng(0))
    assert isinstance(gram(sparse.csr_array(many)), SparseGram)
    assert isinstance(gram(features(3, n=10, n_terms=400)), DenseGram)


def test_terms_of_one_document_only_count_on_the_diagonal() -> None:
    """They meet nothing but themselves, whichever the form."""
    X = sparse.csr_array(np.array([[1.0, 2.0, 0.0], [1.0, 0.0, 3.0]]))
    kernel = gram(X)
    np.testing.assert_allclose(kernel @ np.eye(2), [[5.0, 1.0], [1.0, 10.0]])
    np.testing.assert_allclose(kernel.take(np.array([1])) @ np.eye(1), [[10.0]])
