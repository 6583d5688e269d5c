"""What a synthetic document is worth in real ones, read off the curve of real documents alone; no law is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from synthlift.stats.surface import Quantity, Surface, quantity

__all__ = ["Exchange", "exchange_rate"]

FloatArray = NDArray[np.float64]

N_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Exchange:
    """The exchange rate at one point (N, M): ``(N' - N) / M``.

    Attributes
    ----------
    rate : Quantity
        A limit that lies off the curve is None: the interval is open on that side.
    bound : str
        ``"="``; ``">="`` where the score is above all that real documents alone reached, so that `rate` is what the
        curve's end allows; ``"<="`` where it is below all of them.
    """

    rate: Quantity
    bound: str = "="


def exchange_rate(surface: Surface, n_real: float, n_synthetic: float, rng: np.random.Generator) -> Exchange:
    """Return how many real documents each of M synthetic ones stood in for, beside N real ones.

    N' is where the curve of real documents alone (the points with M = 0) first reaches the score at (N, M). The curve
    is their isotonic regression, joined by straight lines in log N, along which learning curves bend least. Off its
    ends it says only on which side; nothing is extrapolated.

    Parameters
    ----------
    surface : Surface
    n_real, n_synthetic : float
        A measured point, M > 0.

    Raises
    ------
    ValueError
        Where (N, M) was not measured, or M is 0.

    Examples
    --------
    >>> surface = Surface(np.array([10, 100, 10]), np.array([0, 0, 90]), np.array([[0.5, 0.7, 0.6]]))
    >>> told = exchange_rate(surface, 10, 90, np.random.default_rng(0))
    >>> round(told.rate.value * 90 + 10, 2)  # N' = sqrt(10 * 100)
    31.62
    """
    at = np.flatnonzero((surface.n_real == n_real) & (surface.n_synthetic == n_synthetic))
    if not at.size or n_synthetic <= 0:
        raise ValueError(f"got N = {n_real:g}, M = {n_synthetic:g}, expected a measured point with M > 0")
    alone = np.flatnonzero(surface.n_synthetic == 0)
    if len(alone) < 2:
        few = f"{len(alone)} sizes of real documents alone, at least 2 make a curve"
        return Exchange(Quantity(None, None, None, few))
    alone = alone[np.argsort(surface.n_real[alone])]
    sizes = surface.n_real[alone]

    def reached(scores: FloatArray) -> float:
        return _reached(sizes, scores[alone], float(scores[at[0]]))

    size = quantity(reached(surface.mean), np.array([reached(scores) for scores in surface.draws(N_DRAWS, rng)]))
    first, last = float(sizes[0]), float(sizes[-1])

    def rate(size: float) -> float:
        return (min(max(size, first), last) - n_real) / n_synthetic

    value, low, high = reached(surface.mean), size.low, size.high
    bound: str = "="
    reason: str | None = size.reason
    if value < first or value > last:
        side, bound = ("below", "<=") if value < first else ("above", ">=")
        reason = f"the score is {side} all of real documents alone: the rate is {bound} this"
    elif low is not None and high is not None and (low < first or high > last):
        reason = "the interval runs off the curve of real documents alone, and is open there"
    lowest = None if low is None or low < first else rate(low)
    highest = None if high is None or high > last else rate(high)
    return Exchange(Quantity(rate(value), lowest, highest, reason), bound)


def _reached(sizes: FloatArray, scores: FloatArray, score: float) -> float:
    """Return the least size at which the monotone curve has the score; 0 below it, twice its end above it."""
    curve = isotonic_regression(scores).x
    if score < curve[0]:
        return 0.0
    if score > curve[-1]:
        return float(2.0 * sizes[-1])
    after = int(np.searchsorted(curve, score))  # the first size that has it
    if after == 0:
        return float(sizes[0])
    share = (score - curve[after - 1]) / (curve[after] - curve[after - 1])
    return float(sizes[after - 1] * (sizes[after] / sizes[after - 1]) ** share)
