"""Groups: documents that must not straddle a split, because one all but tells the other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from synthlift.corpus.shingles import NearPairs

__all__ = ["connected", "same", "whole_groups"]

IntArray = NDArray[np.int64]


def same(keys: Sequence[Hashable | None]) -> tuple[IntArray, IntArray]:
    """Return pairs that connect all rows of equal key; None is equal to nothing.

    >>> [pair.tolist() for pair in same(["a", None, "b", "a", None])]
    [[0], [3]]
    """
    first: dict[Hashable, int] = {}
    left, right = [], []
    for row, key in enumerate(keys):
        if key is None:
            continue
        start = first.setdefault(key, row)
        if start != row:
            left.append(start)
            right.append(row)
    return np.array(left, dtype=np.int64), np.array(right, dtype=np.int64)


def connected(n_rows: int, *pairs: tuple[IntArray, IntArray] | NearPairs) -> IntArray:
    """Return the group of each row, numbered by first appearance, joining the rows of every pair.

    >>> connected(4, (np.array([1]), np.array([3]))).tolist()
    [0, 1, 2, 1]
    """
    sides = [(p.left, p.right) if isinstance(p, NearPairs) else p for p in pairs]
    left = np.concatenate([side[0] for side in sides]) if sides else np.zeros(0, dtype=np.int64)
    right = np.concatenate([side[1] for side in sides]) if sides else np.zeros(0, dtype=np.int64)
    graph = sparse.coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n_rows, n_rows))
    _, component = connected_components(graph, directed=False)
    _, first, member = np.unique(component, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[member]


def whole_groups(group: IntArray, most: int, rng: np.random.Generator) -> IntArray:
    """Return the rows of whole groups, ascending, drawn until they hold `most` documents; all where there are no more.

    Parameters
    ----------
    group : ndarray of int, shape (n_docs,)
        >= 0.
    most : int
    rng : numpy.random.Generator
    """
    if len(group) <= most:
        return np.arange(len(group))
    order = rng.permutation(np.unique(group))
    size = np.bincount(group)[order].cumsum()
    return np.flatnonzero(np.isin(group, order[size <= most]))
