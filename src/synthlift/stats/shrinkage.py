"""Partial pooling of many noisy differences: each is drawn to their common mean as far as its noise deserves.

References
----------
Efron & Morris (1975), Data analysis using Stein's estimator and its generalizations, JASA 70.
Paule & Mandel (1982), Consensus values and weighting factors, J. Res. NBS 87 (the between-label variance).
Morris (1983), Parametric empirical Bayes inference, JASA 78 (intervals that admit the mean is estimated).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtri

__all__ = ["Shrunk", "shrink"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Pooled estimates, each ``(n,)``, and the spread between them that was found."""

    value: FloatArray
    low: FloatArray
    high: FloatArray
    mean: float
    between: float


def shrink(value: FloatArray, variance: FloatArray, alpha: float = 0.05) -> Shrunk:
    """Shrink each value to the weighted mean by empirical Bayes.

    With between-label variance t (Paule-Mandel: the weighted sum of squares equals n - 1) a value keeps the share
    ``B = t / (t + v)`` of its distance to the mean. The interval's variance is ``B v + (1 - B)^2 Var(mean)`` plus
    Morris' term for not knowing t.

    Parameters
    ----------
    value, variance : ndarray, shape (n,)
        Differences and their sampling variances, >= 0.

    Examples
    --------
    >>> shrink(np.array([0.0, 0.2]), np.array([0.01, 0.01])).value.round(3).tolist()
    [0.05, 0.15]
    """
    n = len(value)
    noise = np.maximum(variance, 1e-12)
    between = _between(value, noise)
    weight = 1.0 / (between + noise)
    mean = float((weight * value).sum() / weight.sum())
    kept = between * weight
    spread = kept * noise + (1.0 - kept) ** 2 / weight.sum()
    if n > 3:
        # Morris' correction: what the estimate of t itself may be off by
        spread = spread + 2.0 / (n - 3) * (1.0 - kept) ** 2 * (value - mean) ** 2
    half = float(ndtri(1.0 - alpha / 2.0)) * np.sqrt(spread)
    pooled = mean + kept * (value - mean)
    return Shrunk(pooled, pooled - half, pooled + half, mean, between)


def _between(value: FloatArray, noise: FloatArray) -> float:
    n = len(value)

    def excess(between: float) -> float:
        weight = 1.0 / (between + noise)
        mean = (weight * value).sum() / weight.sum()
        return float((weight * (value - mean) ** 2).sum() - (n - 1))

    if n < 2 or excess(0.0) <= 0.0:
        return 0.0
    top = float(np.var(value) * n + noise.max())
    while excess(top) > 0.0:
        top *= 2.0
    return float(brentq(excess, 0.0, top))
