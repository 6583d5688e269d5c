"""Intervals of a share, a mean of values in [0, 1] or a median, where values come in families.

References
----------
Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47.
Kish (1965), Survey sampling (effective sample size).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

__all__ = ["Share", "clustered_mean", "clustered_median", "wilson"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Share:
    """A number in [0, 1] with its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(value: float, n: float, quantile: float | None = None) -> Share:
    """Return the Wilson score interval of a share of `n` trials; `n` may be an effective number.

    >>> s = wilson(0.5, 100)
    >>> round(s.low, 4), round(s.high, 4)
    (0.4038, 0.5962)
    """
    z = float(ndtri(0.975)) if quantile is None else quantile
    centre = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    # at 0 and 1 the limit is the value itself, which rounding misses
    return Share(value, max(0.0, min(value, centre - half)), min(1.0, max(value, centre + half)))


def clustered_mean(values: FloatArray, cluster: IntArray) -> Share | None:
    """Return the mean of values in [0, 1], ``(n,)``, whose families, ``(n,)``, are independent and its members not.

    Wilson's interval with the effective number of documents, value (1 - value) over the variance between families,
    and Student's t. None with fewer than two families.
    """
    family = np.unique(cluster, return_inverse=True)[1]
    n_families = int(family.max()) + 1 if len(family) else 0
    if n_families < 2:
        return None
    value = float(values.mean())
    moved = np.bincount(family, weights=values - value) / len(values)
    variance = float(moved @ moved) * n_families / (n_families - 1)
    spread = value * (1.0 - value)
    # where all are alike there are as many independent answers as families
    effective = spread / variance if variance > 0.0 and spread > 0.0 else float(n_families)
    return wilson(value, effective, float(stdtrit(n_families - 1, 0.975)))


def clustered_median(values: FloatArray, cluster: IntArray) -> Share | None:
    """Return the median with Woodruff's interval: the quantiles at the limits of the share that lies below it."""
    # by rank, not by value: with a third of all values equal to the median no half would lie below it
    below = np.argsort(np.argsort(values, kind="stable"), kind="stable") < len(values) / 2
    share = clustered_mean(below.astype(float), cluster)
    if share is None:
        return None
    low, high = np.quantile(values, [share.low, share.high]).tolist()
    median = float(np.median(values))
    return Share(median, min(low, median), max(high, median))
