"""The threshold that turns probabilities into labels, tuned on held-out training documents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIXED", "TunedThreshold", "tune_per_label", "tune_threshold"]

FIXED = 0.5


@dataclass(frozen=True, slots=True)
class TunedThreshold:
    """A threshold and the micro-F1 it reached on the documents it was tuned on."""

    threshold: float
    micro_f1: float


def tune_threshold(proba: NDArray[np.float64], labels: NDArray[np.bool_]) -> TunedThreshold:
    """Return the one threshold that maximises micro-F1; ``proba >= threshold`` is a prediction.

    Every value that separates two neighbouring probabilities is tried: with few documents the best ones lie near 0.02,
    where a coarse grid has one point. The midpoint is rounded to six decimals, so that the last bits of a probability
    decide nothing. Of equal ones the highest is taken. Where nothing is worth predicting (no positive label, or none
    whose probability is above the rounding) it is infinity.

    Parameters
    ----------
    proba : ndarray of float, shape (n_docs, n_labels)
    labels : ndarray of bool, shape (n_docs, n_labels)

    Examples
    --------
    >>> tune_threshold(np.array([[0.9, 0.2], [0.1, 0.3]]), np.array([[True, False], [False, True]]))
    TunedThreshold(threshold=0.25, micro_f1=1.0)
    """
    n_positive = int(labels.sum())
    if n_positive == 0:
        return TunedThreshold(np.inf, 0.0)
    order = np.argsort(-proba, axis=None, kind="stable")
    p = proba.ravel()[order]
    tp = np.cumsum(labels.ravel()[order])
    # where two values are closer than the rounding, no threshold of six decimals separates them
    lower = np.append(p[1:], 0.0)
    middle = np.round((p + lower) / 2.0, 6)
    separates = (middle <= p) & (middle > lower)
    f1 = np.where(separates, 2.0 * tp / (np.arange(1, len(p) + 1) + n_positive), -1.0)
    best = int(np.argmax(f1))
    if f1[best] <= 0.0:
        return TunedThreshold(np.inf, 0.0)
    return TunedThreshold(float(middle[best]), float(f1[best]))


def tune_per_label(
    proba: NDArray[np.float64], labels: NDArray[np.bool_], overall: float, strength: float = 10.0
) -> NDArray[np.float64]:
    """Return one threshold per label, shrunk to the overall one.

    Each label's own best threshold (by its F1) is mixed with `overall` on the log-odds scale with weight
    ``n / (n + strength)``, n its positive documents: a label of two documents keeps nearly the overall threshold, one
    of a hundred nearly its own.

    Parameters
    ----------
    proba, labels : ndarray, shape (n_docs, n_labels)
    overall : float
        From `tune_threshold`; where it is infinite so are all.
    strength : float
        Documents at which the two weigh the same.
    """
    thresholds = np.full(labels.shape[1], overall)
    if not np.isfinite(overall):
        return thresholds
    for label in np.flatnonzero(labels.any(axis=0)):
        own = tune_threshold(proba[:, label : label + 1], labels[:, label : label + 1]).threshold
        if np.isfinite(own):
            weight = labels[:, label].sum() / (labels[:, label].sum() + strength)
            thresholds[label] = _mixed(own, overall, float(weight))
    return thresholds


def _mixed(own: float, overall: float, weight: float) -> float:
    odds = [np.log(t / (1.0 - t)) for t in np.clip([own, overall], 1e-6, 1.0 - 1e-6)]
    return round(float(1.0 / (1.0 + np.exp(-(weight * odds[0] + (1.0 - weight) * odds[1])))), 6)
