"""Exact search among sparse vectors: as `synthlift.metrics.search`, where most products of two documents are zeros."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.errors import NotApplicable
from synthlift.metrics.ranking import Ranking, Tied, placed
from synthlift.metrics.search import TOLERANCE, Gain

__all__ = ["ranked_sparse"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# cosines held at a time
N_COSINES = 1 << 20


def ranked_sparse(queries: sparse.csr_array, documents: sparse.csr_array, gain: Gain, k: int, own: IntArray) -> Ranking:
    """Return the first k places of each query, by cosine; tied documents share theirs.

    Products are summed in double precision and in the order of the query's terms, so equal documents are tied.

    Parameters
    ----------
    queries, documents : csr_array, shape (n_queries, n_terms), (n_docs, n_terms)
        Rows of unit length, or zero.
    gain : callable
        Given rows of queries and rows of documents, both ``(n_pairs,)``, it returns each pair's gain, ``(n_pairs,)``.
    k : int
        Places, >= 1; more than there are documents are left empty.
    own : ndarray of int, shape (n_queries,)
        The row of the document that is the query itself, which is no answer to it; -1 where there is none.

    Raises
    ------
    NotApplicable
        For a number that is not finite.
    ValueError
        For rows that are neither zero nor of unit length, and for matrices of other terms.
    """
    if queries.shape[1] != documents.shape[1]:
        got = f"got queries of shape {queries.shape} and documents of shape {documents.shape}"
        raise ValueError(f"{got}, expected two matrices with equally many columns")
    for vectors in (queries, documents):
        _check_lengths(vectors)
    n_queries, n_docs = queries.shape[0], documents.shape[0]
    transposed = documents.T.tocsr()
    found = [(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))]
    step = max(1, N_COSINES // max(n_docs, 1))
    for start in range(0, n_queries, step):
        rows = slice(start, start + step)
        cosine = (queries[rows] @ transposed).toarray()
        itself = np.flatnonzero(own[rows] >= 0)
        cosine[itself, own[rows][itself]] = -np.inf
        query, document = _candidates(cosine, k)
        score = cosine[query, document]
        found.append((query + start, score, gain(query + start, document)))
    query, score, gains = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return placed(Tied(query, score, gains, np.ones(len(query), dtype=np.int64)), n_queries, k)


def _check_lengths(vectors: sparse.csr_array) -> None:
    if not np.isfinite(vectors.data).all():
        raise NotApplicable("got a vector with a number that is not finite")
    squared = np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel()
    off = np.flatnonzero((np.abs(squared - 1.0) > TOLERANCE) & (squared > 0.0))
    if off.size:
        raise ValueError(f"got a vector of length {np.sqrt(squared[off[0]]):.3g} in row {off[0]}, expected 1 or 0")


def _candidates(cosine: FloatArray, k: int) -> tuple[IntArray, IntArray]:
    """Return row and column of all cosines that are not below their row's kth largest."""
    n_docs = cosine.shape[1]
    last = np.partition(cosine, -k, axis=1)[:, [-k]] if n_docs > k else np.full((len(cosine), 1), -np.inf)
    row, column = np.nonzero((cosine >= last) & (cosine > -np.inf))
    return row, column
