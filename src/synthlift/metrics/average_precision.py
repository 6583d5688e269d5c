"""Average precision over labels, with jackknife influence in one pass over each ranking."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.classification import Influenced

__all__ = ["average_precision", "mean_average_precision"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def mean_average_precision(
    proba: FloatArray, labels: BoolArray, group: NDArray[np.int64], n_groups: int
) -> Influenced | None:
    """Return the mean average precision of the labels that some test document carries (mAP); None without one.

    A group's influence is the sum of its documents' delete-one influences, ``(n - 1)/n (mean - AP without it)``.
    """
    supported = np.flatnonzero(labels.any(axis=0))
    if supported.size == 0:
        return None
    values = np.zeros(supported.size)
    influence = np.zeros(n_groups)
    for index, label in enumerate(supported):
        values[index], without = _leave_one_out(proba[:, label], labels[:, label])
        n_docs = len(without)
        share = (without.mean() - without) * (n_docs - 1) / n_docs
        influence += np.bincount(group, weights=share, minlength=n_groups)
    return Influenced(float(values.mean()), influence / supported.size)


def average_precision(score: FloatArray, labels: BoolArray) -> float:
    """Return the average precision of one label with at least one positive; tied scores share the rank of the last.

    >>> round(average_precision(np.array([0.9, 0.8, 0.7]), np.array([True, False, True])), 4)
    0.8333
    """
    return _leave_one_out(score, labels)[0]


def _leave_one_out(score: FloatArray, labels: BoolArray) -> tuple[float, FloatArray]:
    """Return average precision and what it would be without each document, ``(n_docs,)``.

    With T(k) true among the first k, AP is the mean over positives of ``T(e)/e``, e the end of the positive's run of
    equal scores. Without document j, earlier runs keep their term, and its own and later ones have
    ``(T(e) - y_j)/(e - 1)``: sums from the front and from the back.
    """
    n_docs = len(score)
    order = np.argsort(-score, kind="stable")
    y = labels[order].astype(float)
    ranked = score[order]
    ends = np.flatnonzero(np.append(ranked[:-1] != ranked[1:], True))
    run = np.searchsorted(ends, np.arange(n_docs))
    end = ends[run] + 1.0
    true = np.cumsum(y)[ends[run]]
    n_positive = y.sum()
    term = y * true / end
    value = float(term.sum() / n_positive)
    later = np.maximum(end - 1.0, 1.0)
    front = np.concatenate(([0.0], np.cumsum(term)))
    back_true = np.concatenate((np.cumsum((y * true / later)[::-1])[::-1], [0.0]))
    back_one = np.concatenate((np.cumsum((y / later)[::-1])[::-1], [0.0]))
    start = np.concatenate(([0], ends[:-1] + 1))[run]
    total = front[start] + back_true[start] - y * back_one[start]
    # the document's own term is among those of its run
    total -= y * (true - y) / later
    left = n_positive - y
    without = np.empty(n_docs)
    without[order] = np.where(left > 0, total / np.maximum(left, 1.0), value)
    return value, without
