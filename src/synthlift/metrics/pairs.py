"""Squared distances of all pairs of rows, a block at a time: memory does not grow with the number of pairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "Block", "between", "within"]

FloatArray = NDArray[np.float64]
Block = tuple[slice, slice, FloatArray]

BLOCK = 1024


def within(rows: FloatArray) -> Iterator[Block]:
    """Yield rows, columns and squared distances of the blocks on and above the diagonal.

    Each block may be written over, and is by the next one. Pairs below the diagonal are those above it; a row's
    distance to itself is rounding and not always 0.

    Parameters
    ----------
    rows : ndarray of float, shape (n_rows, n_dimensions)
        About the origin: far from it the squares swallow the distances.
    """
    yield from _blocks(rows, rows, is_same=True)


def between(left: FloatArray, right: FloatArray) -> Iterator[Block]:
    """Yield rows, columns and squared distances of all blocks of two samples, as `within` does of one."""
    yield from _blocks(left, right, is_same=False)


def _blocks(left: FloatArray, right: FloatArray, *, is_same: bool) -> Iterator[Block]:
    room = np.empty(min(BLOCK, len(left)) * min(BLOCK, len(right)))
    left_norm, right_norm = (np.einsum("ij,ij->i", one, one) for one in (left, right))
    for i in range(0, len(left), BLOCK):
        rows = slice(i, min(i + BLOCK, len(left)))
        for j in range(i if is_same else 0, len(right), BLOCK):
            columns = slice(j, min(j + BLOCK, len(right)))
            shape = rows.stop - i, columns.stop - j
            squared = room[: shape[0] * shape[1]].reshape(shape)
            np.matmul(left[rows], right[columns].T, out=squared)
            squared *= -2.0
            squared += left_norm[rows, np.newaxis]
            squared += right_norm[columns]
            np.maximum(squared, 0.0, out=squared)
            yield rows, columns, squared
