"""Gram matrices of documents: dense where few documents make it cheap, two sparse products otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["DenseGram", "Gram", "LowRankGram", "SparseGram", "gram"]

FloatArray = NDArray[np.float64]
Rows = NDArray[np.intp]

# multiply-adds a second, measured on one core with 64 columns: a dense product runs this much faster than a sparse one
DENSE_OVER_SPARSE = 10.0


@dataclass(frozen=True, slots=True)
class DenseGram:
    """The Gram matrix itself, ``(n, n)``."""

    matrix: FloatArray

    def __matmul__(self, columns: FloatArray) -> FloatArray:
        return self.matrix @ columns

    def take(self, rows: Rows) -> DenseGram:
        """Return the Gram matrix of a subset of documents."""
        return DenseGram(np.ascontiguousarray(self.matrix[np.ix_(rows, rows)]))

    def cross(self, left: Rows, right: Rows, columns: FloatArray) -> FloatArray:
        """Return ``K[left, right] @ columns`` for two disjoint sets of documents."""
        return self.matrix[np.ix_(left, right)] @ columns


@dataclass(frozen=True, slots=True)
class SparseGram:
    """The Gram matrix as ``X X' + diag(own)``.

    Terms of one document only meet nothing but themselves, so they are taken out of `features` and their squares summed
    in `own`: most of the columns of short texts go that way.
    """

    features: sparse.csr_array
    transposed: sparse.csr_array
    own: FloatArray

    def __matmul__(self, columns: FloatArray) -> FloatArray:
        product: FloatArray = self.features @ (self.transposed @ columns)
        product += self.own[:, np.newaxis] * columns
        return product

    def take(self, rows: Rows) -> SparseGram:
        """Return the Gram matrix of a subset of documents."""
        features = self.features[rows]
        return SparseGram(features, features.T.tocsr(), self.own[rows])

    def cross(self, left: Rows, right: Rows, columns: FloatArray) -> FloatArray:
        """Return ``K[left, right] @ columns`` for two disjoint sets of documents."""
        product: FloatArray = self.features[left] @ (self.features[right].T @ columns)
        return product


@dataclass(frozen=True, slots=True)
class LowRankGram:
    """The Gram matrix of dense vectors, ``Z Z'``, never formed."""

    vectors: FloatArray

    def __matmul__(self, columns: FloatArray) -> FloatArray:
        return self.vectors @ (self.vectors.T @ columns)

    def take(self, rows: Rows) -> LowRankGram:
        """Return the Gram matrix of a subset of documents."""
        return LowRankGram(self.vectors[rows])

    def cross(self, left: Rows, right: Rows, columns: FloatArray) -> FloatArray:
        """Return ``K[left, right] @ columns`` for two disjoint sets of documents."""
        return self.vectors[left] @ (self.vectors[right].T @ columns)


Gram = DenseGram | SparseGram | LowRankGram


def gram(features: sparse.csr_array) -> DenseGram | SparseGram:
    """Return the Gram matrix of the rows of `features` in its cheaper form.

    A dense product costs ``n^2`` multiply-adds a column, a sparse one twice the non-zeros of shared terms.

    Examples
    --------
    >>> X = sparse.csr_array(np.array([[1.0, 2.0, 0.0], [1.0, 0.0, 3.0]]))
    >>> gram(X) @ np.eye(2)
    array([[ 5.,  1.],
           [ 1., 10.]])
    """
    n_docs = features.shape[0]
    document_frequency = np.bincount(features.indices, minlength=features.shape[1])
    shared = features[:, document_frequency > 1]
    own = _squares(features) - _squares(shared)
    if n_docs**2 <= DENSE_OVER_SPARSE * 2 * shared.nnz:
        matrix = (shared @ shared.T).toarray()
        matrix[np.diag_indices(n_docs)] += own
        return DenseGram(matrix)
    return SparseGram(shared, shared.T.tocsr(), np.maximum(own, 0.0))


def _squares(features: sparse.csr_array) -> FloatArray:
    sums: FloatArray = np.asarray(features.multiply(features).sum(axis=1), dtype=float).ravel()
    return sums
