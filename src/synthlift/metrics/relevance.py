"""How relevant a document is to another one: the Jaccard index of their label sets, and the best that can be had.

Documents of one label set are alike, so what is ideal is found once for each distinct set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.metrics.ranking import Tied, placed

__all__ = ["Jaccard", "ideal_gain"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

# Jaccard indices held at a time
N_PAIRS = 1 << 22


@dataclass(frozen=True, slots=True)
class Jaccard:
    """Shared labels over labels of either, of pairs of a query and a document; 0 where neither has a label.

    Attributes
    ----------
    queries, documents : ndarray of uint8, shape (n_queries, n_bytes), (n_docs, n_bytes)
        Label matrices, eight labels a byte: `numpy.packbits` along a row.
    """

    queries: NDArray[np.uint8]
    documents: NDArray[np.uint8]

    @classmethod
    def of(cls, queries: BoolArray, documents: BoolArray) -> Jaccard:
        """Take label matrices, ``(n_queries, n_labels)`` and ``(n_docs, n_labels)``."""
        return cls(np.packbits(queries, axis=1), np.packbits(documents, axis=1))

    def __call__(self, query: IntArray, document: IntArray) -> FloatArray:
        """Return the index of each pair of rows, ``(n_pairs,)``.

        >>> Jaccard.of(np.array([[True, True, False]]), np.array([[False, True, True]]))(np.array([0]), np.array([0]))
        array([0.33333333])
        """
        left, right = self.queries[query], self.documents[document]
        shared = np.bitwise_count(left & right).sum(axis=1, dtype=np.int64)
        either = np.bitwise_count(left | right).sum(axis=1, dtype=np.int64)
        index: FloatArray = shared / np.maximum(either, 1)
        return index


def ideal_gain(queries: BoolArray, documents: BoolArray, own: IntArray, k: int) -> FloatArray:
    """Return the largest gains that k documents can have for each query, descending, ``(n_queries, k)``.

    Parameters
    ----------
    queries, documents : ndarray of bool, shape (n_queries, n_labels), (n_docs, n_labels)
    own : ndarray of int, shape (n_queries,)
        The document that is the query itself and not among them, or -1.
    k : int
    """
    if not len(queries) or not len(documents):
        return np.zeros((len(queries), k))
    sets, kind, count = _distinct(documents)
    own_kind = np.where(own >= 0, kind[own], -1)
    asked, asked_kind, _ = _distinct(queries)
    # queries of one label set have one ideal, but for those that are documents themselves
    pairs, of_query = np.unique(np.stack([asked_kind, own_kind], axis=1), axis=0, return_inverse=True)
    ideal = np.empty((len(pairs), k))
    step = max(1, N_PAIRS // max(len(count), int(asked.sum(axis=1).max() + 1) * int(sets.sum(axis=1).max() + 1)))
    for start in range(0, len(pairs), step):
        at = slice(start, start + step)
        ideal[at] = _best(asked[pairs[at, 0]], sets, count, pairs[at, 1], k)
    return ideal[of_query.reshape(-1)]


def _distinct(labels: BoolArray) -> tuple[sparse.csr_array, IntArray, IntArray]:
    """Return the distinct label sets, ``(n_sets, n_labels)``, each document's, and how many documents have each."""
    packed = np.packbits(labels, axis=1)
    _, first, kind, count = np.unique(packed, axis=0, return_index=True, return_inverse=True, return_counts=True)
    return sparse.csr_array(labels[first].astype(np.int64)), kind.reshape(-1), count


def _best(asked: sparse.csr_array, sets: sparse.csr_array, count: IntArray, own: IntArray, k: int) -> FloatArray:
    """Return the k largest gains of each asked set, `own` being the set that one document is missing from, or -1.

    For one query the gain follows from how many labels are shared and how many the document has, so documents are
    counted by both and never sorted.
    """
    overlap = (asked @ sets.T).tocoo()
    query, kind = overlap.coords
    asked_size, size = asked.sum(axis=1), sets.sum(axis=1)
    shape = (len(asked_size), int(asked_size.max()) + 1, int(size.max()) + 1)
    cell = np.ravel_multi_index((query, overlap.data, size[kind]), shape)
    n_documents = np.bincount(cell, weights=count[kind] - (kind == own[query])).astype(np.int64)
    held = np.flatnonzero(n_documents)
    query, shared, size = np.unravel_index(held, shape)
    score = shared / (asked_size[query] + size - shared)
    return placed(Tied(query, score, score * n_documents[held], n_documents[held]), len(asked_size), k).gain
