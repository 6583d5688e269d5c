"""Classification scores with the influence of each test group, from which every interval is a few sums.

The influence of a group on an F1 is its linearised share ``(2 tp_g - F z_g) / z`` with ``z = 2 tp + fp + fn``; the
influences of all groups sum to zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["GroupCounts", "Influenced", "group_counts", "macro_f1", "micro_f1"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Influenced:
    """A score and how much each test group moves it.

    Attributes
    ----------
    value : float
    influence : ndarray, shape (n_groups,)
        Sums to zero.
    """

    value: float
    influence: FloatArray


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """Counts by test group and label, each ``(n_groups, n_labels)``.

    Attributes
    ----------
    tp : ndarray
        True positives.
    z : ndarray
        ``2 tp + fp + fn``, that is predicted plus true labels.
    """

    tp: FloatArray
    z: FloatArray


def group_counts(
    predicted: NDArray[np.bool_], labels: NDArray[np.bool_], group: NDArray[np.int64], n_groups: int
) -> GroupCounts:
    """Count by group.

    Parameters
    ----------
    predicted, labels : ndarray of bool, shape (n_docs, n_labels)
    group : ndarray of int, shape (n_docs,)
        Group of each document, 0 to ``n_groups - 1``.
    n_groups : int
    """
    n_docs = len(group)
    member = sparse.csr_array((np.ones(n_docs), (group, np.arange(n_docs))), shape=(n_groups, n_docs))
    tp: FloatArray = member @ (predicted & labels).astype(float)
    z: FloatArray = member @ (predicted.astype(float) + labels.astype(float))
    return GroupCounts(tp, z)


def micro_f1(counts: GroupCounts) -> Influenced | None:
    """Return micro-F1 over all labels; None where nothing is true and nothing predicted.

    Examples
    --------
    >>> yes, no = np.array([[True, False]]), np.array([[True, True]])
    >>> micro_f1(group_counts(yes, no, np.array([0]), 1)).value.__round__(4)
    0.6667
    """
    each = np.ones(counts.z.shape[1])
    tp, z = counts.tp @ each, counts.z @ each  # sums of whole numbers: exact, and quicker than sum(axis=1)
    total = z.sum()
    if total == 0:
        return None
    value = 2.0 * tp.sum() / total
    return Influenced(float(value), (2.0 * tp - value * z) / total)


def macro_f1(counts: GroupCounts, supported: NDArray[np.bool_]) -> Influenced | None:
    """Return the mean F1 of the labels that some test document carries; None where there is no such label.

    Parameters
    ----------
    counts : GroupCounts
    supported : ndarray of bool, shape (n_labels,)
        A supported label has ``z > 0``, so its F1 is defined; one that is never predicted scores 0.
    """
    if not supported.any():
        return None
    total = np.where(supported, counts.z.sum(axis=0), 1.0)
    f1 = np.where(supported, 2.0 * counts.tp.sum(axis=0) / total, 0.0)
    n_supported = int(supported.sum())
    # the mean over labels of (2 tp - F z) / z, summed as two products: a matrix of its own would take far longer
    share = np.where(supported, 1.0 / (total * n_supported), 0.0)
    influence: FloatArray = 2.0 * (counts.tp @ share) - counts.z @ (f1 * share)
    return Influenced(float(f1.sum() / n_supported), influence)
