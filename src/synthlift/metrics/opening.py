"""How many documents of a sample begin alike: a header or a stock phrase that real documents do not have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["commonest_opening"]

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def commonest_opening(opening: IntArray) -> BoolArray:
    """Return which documents have the opening that most of them have; the lowest number of several.

    Parameters
    ----------
    opening : ndarray of int, shape (n_docs,)
        Equal numbers begin alike; -1 where a document is too short to have an opening.

    Examples
    --------
    >>> commonest_opening(np.array([7, 4, 7, -1])).tolist()
    [True, False, True, False]
    """
    known = opening[opening >= 0]
    if not known.size:
        return np.zeros(len(opening), dtype=bool)
    values, counts = np.unique(known, return_counts=True)
    return np.asarray(opening == values[np.argmax(counts)])
