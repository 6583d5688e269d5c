"""Exact search: the documents of highest cosine to each query, without the matrix of all cosines.

Products in single precision, block by block, say which few documents can be among the first k, with a bound on their
rounding; the cosines of those are taken anew in double precision. So the answer does not depend on blocks or on the
library that multiplies, and equal documents are tied.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from synthlift.errors import NotApplicable
from synthlift.metrics.ranking import Ranking, Tied, merged, placed

__all__ = ["Gain", "ranked"]

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
Vectors = NDArray[np.floating]
# rows of queries and of documents, as many of either -> the gain of each pair
Gain = Callable[[IntArray, IntArray], FloatArray]

N_QUERIES = 1024
N_DOCUMENTS = 2048
N_PAIRS = 16384
# of a squared length that is called 1: single precision leaves that of a unit vector far nearer
TOLERANCE = 1e-3
# below every cosine, and above what stands for the query itself
LOWEST = -2.0


def ranked(queries: Vectors, documents: Vectors, gain: Gain, k: int, own: IntArray | None = None) -> Ranking:
    """Return the first k places of each query, by cosine; tied documents share theirs.

    Memory is a block of products, whatever the number of documents and of ties. A query or document of length 0 has
    cosine 0 to all.

    Parameters
    ----------
    queries, documents : ndarray of float, shape (n_queries, n_dimensions), (n_docs, n_dimensions)
        Rows of unit length, or zero.
    gain : callable
        Given rows of queries and rows of documents, both ``(n_pairs,)``, it returns each pair's gain, ``(n_pairs,)``.
    k : int
        Places, >= 1; more than there are documents are left empty.
    own : ndarray of int, shape (n_queries,), optional
        The row of the document that is the query itself, which is no answer to it; -1 where there is none.

    Raises
    ------
    NotApplicable
        For a number that is not finite.
    ValueError
        For rows that are neither zero nor of unit length, and for shapes, rows or places that cannot be.
    """
    own = np.full(len(queries), -1, dtype=np.int64) if own is None else own
    _check(queries, documents, k, own)
    ranking = placed(_nothing(), len(queries), k)
    for start in range(0, len(queries), N_QUERIES):
        rows = slice(start, start + N_QUERIES)
        best = _search(queries[rows], documents, _shifted(gain, start), k, own[rows])
        ranking.score[rows], ranking.gain[rows], ranking.count[rows] = best.score, best.gain, best.count
    return ranking


def _nothing() -> Tied:
    none = np.empty(0, dtype=np.int64)
    return Tied(none, np.empty(0), np.empty(0), none)


def _shifted(gain: Gain, start: int) -> Gain:
    return lambda query, document: gain(query + start, document)


def _check(queries: Vectors, documents: Vectors, k: int, own: IntArray) -> None:
    if k < 1:
        raise ValueError(f"got k = {k}, expected at least 1 place")
    if queries.ndim != 2 or documents.ndim != 2 or queries.shape[1] != documents.shape[1]:
        got = f"got queries of shape {queries.shape} and documents of shape {documents.shape}"
        raise ValueError(f"{got}, expected two matrices with equally many columns")
    if own.shape != (len(queries),) or np.any((own < -1) | (own >= len(documents))):
        expected = f"one row below {len(documents)}, or -1, for each of {len(queries)} queries"
        raise ValueError(f"got own rows of shape {own.shape}, expected {expected}")
    for name, vectors in (("query", queries), ("document", documents)):
        for start in range(0, len(vectors), N_DOCUMENTS):
            block = vectors[start : start + N_DOCUMENTS]
            squared = np.einsum("ij,ij->i", block, block)
            if not np.isfinite(squared).all():
                raise NotApplicable(f"got a {name} vector with a number that is not finite")
            off = np.flatnonzero((np.abs(squared - 1.0) > TOLERANCE) & (squared > 0.0))
            if off.size:
                length = float(np.sqrt(squared[off[0]]))
                raise ValueError(f"got a {name} vector of length {length:.3g} in row {start + off[0]}, expected 1 or 0")


def _search(queries: Vectors, documents: Vectors, gain: Gain, k: int, own: IntArray) -> Ranking:
    best = placed(_nothing(), len(queries), k)
    single = queries.astype(np.float32)
    # of d products and their sum, with twice the bound for operands that were rounded
    error = (queries.shape[1] + 4) * float(np.finfo(np.float32).eps)
    buffer = np.empty((len(queries), N_DOCUMENTS), dtype=np.float32)
    for start in range(0, len(documents), N_DOCUMENTS):
        block = documents[start : start + N_DOCUMENTS]
        scores = np.matmul(single, block.astype(np.float32, copy=False).T, out=buffer[:, : len(block)])
        itself = np.flatnonzero((own >= start) & (own < start + len(block)))
        scores[itself, own[itself] - start] = -np.inf
        query, column = _candidates(scores, best.score[:, -1], error, k)
        if not query.size:
            continue
        exact = _cosines(queries, block, query, column)
        touched, local = np.unique(query, return_inverse=True)
        found = Tied(local, exact, gain(query, column + start), np.ones(len(query), dtype=np.int64))
        new = merged([best.at(touched), placed(found, len(touched), k)])
        best.score[touched], best.gain[touched], best.count[touched] = new.score, new.gain, new.count
    return best


def _candidates(scores: SingleArray, last: FloatArray, error: float, k: int) -> tuple[IntArray, IntArray]:
    """Return row and column of all products that may belong to a place, given the exact scores of the last places."""
    floor = np.maximum(last - error, LOWEST)
    row = np.flatnonzero(scores.max(axis=1) >= floor)
    near, floor = scores[row], floor[row]
    if near.shape[1] > k and (floor == LOWEST).any():  # places are empty yet: the block's own kth place is a bound
        floor = np.maximum(floor, np.partition(near, -k, axis=1)[:, -k] - 2.0 * error)
    at, column = np.nonzero(near >= floor[:, np.newaxis].astype(np.float32))
    return row[at], column


def _cosines(queries: Vectors, documents: Vectors, query: IntArray, document: IntArray) -> FloatArray:
    """Return the cosine of each pair in double precision; equal documents get equal ones, to the last bit."""
    exact = np.empty(len(query))
    for start in range(0, len(query), N_PAIRS):
        pairs = slice(start, start + N_PAIRS)
        products = np.multiply(queries[query[pairs]], documents[document[pairs]], dtype=np.float64)
        exact[pairs] = products.sum(axis=1)
    return exact
