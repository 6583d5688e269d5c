"""How often documents name their own labels: shares over documents with intervals, and the difference of two.

References
----------
Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in Medicine 17
(method 10: from the limits of either share).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.shares import clustered_mean

__all__ = ["NAMED", "UNNAMEABLE", "UNNAMED", "Difference", "Overlap", "naming", "overlap", "overlap_difference"]

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

# A document has a keyword of one of its labels, has none, or has no label that has keywords.
NAMED, UNNAMED, UNNAMEABLE = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Overlap:
    """The share of documents that have a keyword of one of their labels, with its 95 % interval.

    `n` counts the documents that could have one; `reason` is set where a number is missing.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two shares with its 95 % interval; None where either is missing."""

    value: float | None
    low: float | None
    high: float | None


def naming(found: BoolArray, labels: BoolArray, has_any: BoolArray) -> IntArray:
    """Tell of each document whether it names one of its labels: `NAMED`, `UNNAMED` or `UNNAMEABLE`, ``(n_docs,)``.

    Parameters
    ----------
    found, labels : ndarray of bool, shape (n_docs, n_labels)
        Whether a document has a keyword of a label, and whether it carries it.
    has_any : ndarray of bool, shape (n_labels,)
        Whether a label has keywords.

    Raises
    ------
    ValueError
        For other shapes.

    Examples
    --------
    >>> own = np.array([[True, False], [True, False], [False, True]])
    >>> naming(np.array([[True, False], [False, True], [False, False]]), own, np.array([True, False])).tolist()
    [1, 0, -1]
    """
    if found.shape != labels.shape or has_any.shape != labels.shape[1:]:
        got = f"{found.shape}, {labels.shape} and {has_any.shape}"
        raise ValueError(f"got shapes {got}, expected documents by labels twice, and labels")
    state = np.where((found & labels).any(axis=1), NAMED, UNNAMED)
    return np.where((labels & has_any).any(axis=1), state, UNNAMEABLE).astype(np.int64)


def overlap(state: IntArray, cluster: IntArray) -> Overlap:
    """Return the share of documents that name a label of theirs, of those that could.

    Parameters
    ----------
    state : ndarray of int, shape (n_docs,)
        As `naming` returns it.
    cluster : ndarray of int, shape (n_docs,)
        Families or groups: documents of one are not independent.
    """
    can = state != UNNAMEABLE
    share = clustered_mean((state[can] == NAMED).astype(float), cluster[can])
    n = int(can.sum())
    if share is None:
        return Overlap(None, None, None, n, "fewer than two independent documents whose labels have keywords")
    return Overlap(share.value, share.low, share.high, n)


def overlap_difference(one: Overlap, other: Overlap) -> Difference:
    """Return ``one - other`` of two independent samples.

    >>> d = overlap_difference(Overlap(0.8, 0.7, 0.88, 90), Overlap(0.5, 0.4, 0.6, 90))
    >>> round(d.value, 3), round(d.low, 3), round(d.high, 3)
    (0.3, 0.159, 0.428)
    """
    if one.value is None or other.value is None:
        return Difference(None, None, None)
    value = one.value - other.value
    below = math.hypot(one.value - float(one.low or 0.0), float(other.high or 0.0) - other.value)
    above = math.hypot(float(one.high or 0.0) - one.value, other.value - float(other.low or 0.0))
    return Difference(value, value - below, value + above)
