"""Scores measured at points of N real and M synthetic documents, and how far they may be off.

The spread comes from a multiplier bootstrap: whole replicates, and whole test groups, get random weights, so points
that share them move together. The weights are Student's, not normal: the percentile interval of a plain mean is then
the t interval, however few replicates there are, where resampling them would cover 84 % at R = 5.

References
----------
Owen (2007), The pigeonhole bootstrap, Ann. Appl. Stat. 1: rows and columns apart, too wide by the interaction.
Mammen (1993), Bootstrap and wild bootstrap for high dimensional linear models, Ann. Stat. 21.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_SPREAD", "Quantity", "Surface", "quantity", "told_apart"]

FloatArray = NDArray[np.float64]

ALPHA = 0.05
NO_SPREAD = "one replicate, or all alike: no spread to take an interval from"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its 95 % interval; what is None has its reason in `reason`."""

    value: float | None
    low: float | None
    high: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Surface:
    """What was measured: every replicate has a score at every point.

    Attributes
    ----------
    n_real, n_synthetic : ndarray, shape (n_points,)
        N and M, in documents; no point twice.
    score : ndarray, shape (n_replicates, n_points)
        The more the better, at most 1.
    influence : ndarray, shape (n_replicates, n_points, n_groups), or None
        Each test group's share of each score, as for `two_way`; None where only replicates are to vary.

    Raises
    ------
    ValueError
        Where shapes disagree, a number is not finite, a score is above 1, or a point is negative, empty or repeated.
    """

    n_real: FloatArray
    n_synthetic: FloatArray
    score: FloatArray
    influence: FloatArray | None = None

    def __post_init__(self) -> None:
        n_points = len(self.n_real)
        if self.n_synthetic.shape != (n_points,) or self.score.ndim != 2 or self.score.shape[1:] != (n_points,):
            raise ValueError(
                f"got N {self.n_real.shape}, M {self.n_synthetic.shape} and scores {self.score.shape}, "
                "expected (n_points,), (n_points,) and (n_replicates, n_points)"
            )
        if self.influence is not None and (
            self.influence.shape[:-1] != self.score.shape or self.influence.shape[-1] < 2
        ):
            raise ValueError(f"got influences {self.influence.shape}, expected {self.score.shape} by 2 groups or more")
        if not (np.isfinite(self.score).all() and self.score.size and self.score.max() <= 1.0):
            raise ValueError("got scores that are none, not finite or above 1, expected numbers up to 1")
        points = np.column_stack([self.n_real, self.n_synthetic])
        if not (np.isfinite(points).all() and points.min() >= 0.0 and points.sum(axis=1).min() > 0.0):
            raise ValueError("got a point that is negative, not finite or empty, expected N, M >= 0 and N + M > 0")
        if len(np.unique(points, axis=0)) < n_points:
            raise ValueError("got a point (N, M) twice, expected each once: replicates are rows of `score`")

    @property
    def mean(self) -> FloatArray:
        """Mean score of each point over replicates, ``(n_points,)``."""
        mean: FloatArray = self.score.mean(axis=0)
        return mean

    def draws(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Return mean scores as they might have come out, ``(n_draws, n_points)``; no rows where nothing varies."""
        n_replicates = len(self.score)
        parts = []
        if n_replicates > 1:
            parts.append((self.score - self.mean) / np.sqrt(n_replicates * (n_replicates - 1)))
        if self.influence is not None:
            n_groups = self.influence.shape[-1]
            parts.append(self.influence.mean(axis=0).T * np.sqrt(n_groups / (n_groups - 1)))
        parts = [part for part in parts if part.any()]
        drawn = np.tile(self.mean, (n_draws if parts else 0, 1))
        for part in parts:
            drawn += _student(n_draws, len(part), rng) @ part
        return drawn


def _student(n_draws: int, n_units: int, rng: np.random.Generator) -> FloatArray:
    """Return weights of units ``(n_draws, n_units)``; a sum of centred units under them is Student's, n_units - 1."""
    degrees = n_units - 1
    scale = np.sqrt(degrees / rng.chisquare(degrees, (n_draws, 1)))
    weights: FloatArray = rng.standard_normal((n_draws, n_units)) * scale
    return weights


def quantity(value: float, drawn: FloatArray, reason: str | None = None) -> Quantity:
    """Return a value with the percentile interval of its draws ``(n_draws,)``, or with none where there are no draws.

    >>> quantity(0.5, np.linspace(0.0, 1.0, 101))
    Quantity(value=0.5, low=0.025, high=0.975, reason=None)
    """
    if not len(drawn):
        return Quantity(float(value), None, None, reason or NO_SPREAD)
    low, high = np.quantile(drawn, [ALPHA / 2.0, 1.0 - ALPHA / 2.0])
    return Quantity(float(value), float(low), float(high), reason)


def told_apart(value: FloatArray, drawn: FloatArray) -> bool:
    """Return whether any two of several values differ by more than the 95 % interval of the widest difference.

    The largest of many differences is large by chance: it is judged by the range of the draws about their values. With
    few replicates that is cautious: of 11 equal values 0.3 % or less are told apart, not 5 %.

    Parameters
    ----------
    value : ndarray, shape (n_values,)
    drawn : ndarray, shape (n_draws, n_values)
        No rows: nothing is told apart.
    """
    if not len(drawn):
        return False
    return bool(np.ptp(value) > np.quantile(np.ptp(drawn - value, axis=1), 1.0 - ALPHA))
