"""The interval of a ratio of two means that share replicates and test groups.

References
----------
Fieller (1954), Some problems in interval estimation, J. R. Stat. Soc. B 16.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from synthlift.stats.two_way import two_way

__all__ = ["Ratio", "ratio"]

FloatArray = NDArray[np.float64]
FARTHEST = 1e6


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio with its interval."""

    value: float
    low: float
    high: float


def ratio(
    numerator: tuple[FloatArray, FloatArray], denominator: tuple[FloatArray, FloatArray], alpha: float = 0.05
) -> Ratio | None:
    """Return numerator over denominator, or None where the denominator's interval holds 0 (then so may any ratio).

    The interval is the set of ratios q for which ``numerator - q denominator`` is not told from zero.

    Parameters
    ----------
    numerator, denominator : tuple of ndarray
        Values ``(n_replicates,)`` and influences ``(n_replicates, n_groups)``, as for `two_way`.
    """
    below = two_way(*denominator)
    low, high = below.interval(alpha)
    if low <= 0.0 <= high:
        return None
    value = two_way(*numerator).value / below.value

    def excess(q: float) -> float:
        difference = two_way(numerator[0] - q * denominator[0], numerator[1] - q * denominator[1])
        return abs(difference.value) - (difference.bound(1.0 - alpha / 2.0) - difference.value)

    return Ratio(value, _root(excess, value, -1.0), _root(excess, value, 1.0))


def _root(excess: Callable[[float], float], value: float, direction: float) -> float:
    """Walk from the ratio itself, where nothing is told from zero, until something is."""
    if excess(value) >= 0.0:
        return value
    step = max(abs(value), 1.0) * 0.1
    while step < FARTHEST and excess(value + direction * step) < 0.0:
        step *= 2.0
    if step >= FARTHEST:
        return math.copysign(FARTHEST, direction)
    inner, outer = sorted((value, value + direction * step))
    return float(brentq(excess, inner, outer, xtol=1e-9))
