"""Latent semantic analysis of the training texts: TF-IDF projected on its leading directions.

References
----------
Deerwester, Dumais, Furnas, Landauer & Harshman (1990), Indexing by latent semantic analysis, JASIS 41.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from synthlift.classifiers.tfidf import Tfidf

__all__ = ["Lsa"]

FloatArray = NDArray[np.float64]

N_DIMENSIONS = 100
# up to here the whole eigendecomposition of the Gram matrix is quicker than an iterative one
FEW = 2000


class Lsa:
    """Unit vectors of texts in the leading right singular directions of the weighted training matrix.

    Documents count as often as they stand in the training set, so a corpus copied k times has the same directions.

    Parameters
    ----------
    tfidf : Tfidf
    multiplicity : ndarray of float, shape (n_texts,)

    Attributes
    ----------
    vectors : ndarray, shape (n_texts, n_dimensions)
        Of the training rows; a text without a known term is zero.
    """

    def __init__(self, tfidf: Tfidf, multiplicity: NDArray[np.float64]) -> None:
        self._tfidf = tfidf
        weight = np.sqrt(multiplicity / multiplicity.max())
        weighted = tfidf.features.multiply(weight[:, np.newaxis]).tocsr()
        self._directions = _leading(weighted)
        self.vectors = self._unit(tfidf.features @ self._directions)

    def transform(self, texts: Sequence[str]) -> FloatArray:
        """Return the unit vectors of other texts, ``(n_texts, n_dimensions)``."""
        return self._unit(self._tfidf.transform(texts) @ self._directions)

    @staticmethod
    def _unit(vectors: FloatArray) -> FloatArray:
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(length > 1e-12, length, 1.0)


def _leading(weighted: sparse.csr_array) -> FloatArray:
    """Return the leading right singular vectors, ``(n_terms, n_dimensions)``; none for directions without weight."""
    n_texts, n_terms = weighted.shape
    if n_texts <= FEW:
        value, left = np.linalg.eigh((weighted @ weighted.T).toarray())
    elif n_terms <= FEW:
        value, right = np.linalg.eigh((weighted.T @ weighted).toarray())
        kept = _carries_weight(value[-N_DIMENSIONS:])
        leading: FloatArray = right[:, -N_DIMENSIONS:][:, kept]
        return leading
    else:
        # a fixed start makes the iteration repeatable
        left, singular, _ = svds(weighted, k=N_DIMENSIONS, v0=np.ones(min(weighted.shape)))
        value = singular**2
    value, left = value[-N_DIMENSIONS:], left[:, -N_DIMENSIONS:]
    kept = _carries_weight(value)
    directions: FloatArray = (weighted.T @ left[:, kept]) / np.sqrt(value[kept])
    return directions


def _carries_weight(value: FloatArray) -> NDArray[np.bool_]:
    carries: NDArray[np.bool_] = value > 1e-9 * max(float(value.max(initial=0.0)), 1e-300)
    return carries
