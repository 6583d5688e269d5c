r"""How many real and how many synthetic documents to buy for a sum of money, by a fitted law.

The law's error falls with ``N + w M / (1 + M / k)`` alone, so the best split needs neither e, c nor g: money goes to
synthetic documents until the next one's worth, ``w / (1 + M / k)^2``, is the ratio of the two prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.stats.law import Law
from synthlift.stats.surface import Quantity, quantity, told_apart

__all__ = ["Allocation", "Frontier", "Prices", "allocate", "frontier"]

FloatArray = NDArray[np.float64]

N_SPLITS = 21


@dataclass(frozen=True, slots=True)
class Prices:
    """What one document costs, in any one currency.

    Attributes
    ----------
    real : float
        To collect and label a real one, > 0.
    synthetic, audit : float
        To generate a synthetic one, and to have it looked at, each per document *kept*, >= 0.
    """

    real: float
    synthetic: float
    audit: float = 0.0

    def __post_init__(self) -> None:
        prices = (self.real, self.synthetic, self.audit)
        if not (np.isfinite(prices).all() and self.real > 0.0 and min(prices) >= 0.0):
            raise ValueError(f"got prices {prices}, expected real > 0, synthetic >= 0 and audit >= 0")


@dataclass(frozen=True, slots=True)
class Allocation:
    """The best split of a budget.

    Attributes
    ----------
    budget : float
    n_real, n_synthetic : Quantity
        Documents in all, those owned included, not rounded; the interval is that of the best split of each draw.
        `n_synthetic` has a reason beside its value where the law's reach, and not the money, holds it back.
    score : Quantity
        Expected at `n_real` and `n_synthetic`.
    over_real : Quantity
        How much more that is than with all money spent on real documents.
    flat : bool or None
        True where no way to split the budget is told from any other; None where there is no interval.
    reason : str or None
        Why there is no split, or what holds it back.
    """

    budget: float
    n_real: Quantity
    n_synthetic: Quantity
    score: Quantity
    over_real: Quantity
    flat: bool | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Frontier:
    """The best that each budget buys, for a chart; arrays of shape ``(n_budgets,)``, ascending.

    Attributes
    ----------
    budget, n_real, n_synthetic, score : ndarray
    low, high : ndarray or None
        Of the score; None where there is no interval.
    real_alone : ndarray
        The score with all money spent on real documents.
    reason : str or None
        Which budgets were left out.
    """

    budget: FloatArray
    n_real: FloatArray
    n_synthetic: FloatArray
    score: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    real_alone: FloatArray
    reason: str | None = None


def allocate(law: Law, prices: Prices, budget: float, owned: tuple[float, float] = (0.0, 0.0)) -> Allocation:
    """Return the N and M that promise the best score for the money, as far as the law foretells.

    Parameters
    ----------
    law : Law
    prices : Prices
    budget : float
        To be spent now, >= 0.
    owned : tuple of float
        Real and synthetic documents that are had already, and cost nothing more.

    Raises
    ------
    ValueError
        Where the budget, or a number of documents owned, is negative or not finite.
    """
    if not (np.isfinite([budget, *owned]).all() and min(budget, *owned) >= 0.0):
        raise ValueError(f"got budget {budget:g} and {owned[0]:g} + {owned[1]:g} documents, expected numbers >= 0")
    line = _Line(law, prices, budget, owned)
    if (reason := line.refusal()) is not None:
        nothing = Quantity(None, None, None, reason)
        return Allocation(budget, nothing, nothing, nothing, nothing, None, reason)
    best = line.best()
    tried = np.array([best[0], line.fewest, *np.linspace(line.fewest, line.most, N_SPLITS)])
    scores = law.scores(line.n_real(tried), tried)
    gain = scores[:, 0] - scores[:, 1]
    limit = line.limit()
    return Allocation(
        budget,
        quantity(line.n_real(best)[0], line.n_real(best)[1:]),
        quantity(best[0], best[1:], line.held(best[0])),
        quantity(scores[0, 0], scores[1:, 0]),
        quantity(gain[0], gain[1:]) if limit is None else Quantity(None, None, None, limit),
        not told_apart(scores[0], scores[1:]) if len(scores) > 1 else None,
        limit,
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """The points (N, M) that spend the whole budget, within reach of the law."""

    law: Law
    prices: Prices
    budget: float
    owned: tuple[float, float]

    @property
    def price(self) -> float:
        """Of a synthetic document; next to nothing where it is free, so that it can divide."""
        return max(self.prices.synthetic + self.prices.audit, 1e-12 * self.prices.real)

    def n_real(self, n_synthetic: FloatArray) -> FloatArray:
        """Return the N that the money left by M buys."""
        left = self.budget - self.price * (n_synthetic - self.owned[1])
        return np.clip(self.owned[0] + left / self.prices.real, self.least_real, self.law.most_real)

    @property
    def least_real(self) -> float:
        return max(self.law.least_real, self.owned[0])

    @property
    def fewest(self) -> float:
        """The least M: more only where real documents are bought up to the law's reach."""
        spare = self.budget - self.prices.real * (self.law.most_real - self.owned[0])
        return float(min(self.owned[1] + max(spare, 0.0) / self.price, self.law.most_synthetic))

    @property
    def most(self) -> float:
        spare = self.budget - self.prices.real * (self.least_real - self.owned[0])
        return float(min(self.owned[1] + spare / self.price, self.law.most_synthetic))

    def refusal(self) -> str | None:
        """Return why no point of the line is within reach."""
        if self.owned[0] > self.law.most_real or self.owned[1] > self.law.most_synthetic:
            return "more documents are owned than the law foretells, twice the grid: measure a larger one"
        needed = self.prices.real * (self.least_real - self.owned[0])
        if self.budget < needed:
            return f"the law foretells from N = {self.least_real:g} on, which costs {needed:g}: raise the budget"
        return None

    def limit(self) -> str | None:
        """Return what keeps money from being spent on real documents alone, or None."""
        if self.budget <= self.prices.real * (self.law.most_real - self.owned[0]):
            return None
        return f"the budget buys more real documents than the law foretells ({self.law.most_real:g}): the best up to it"

    def held(self, n_synthetic: float) -> str | None:
        """Return why M is no optimum but the end of what the law foretells, or None."""
        if n_synthetic < self.most or (self.most < self.law.most_synthetic and self.owned[0] >= self.law.least_real):
            return None
        return "held at the reach of the law: more synthetic documents might be better, measure a larger grid"

    def best(self) -> FloatArray:
        """Return the best M of the fit and of each draw."""
        w, u = self.law.parameters[:, 2], self.law.parameters[:, 3]
        marginal = np.sqrt(w * self.prices.real / self.price) - 1.0
        best = marginal * self.law.scale / np.maximum(u, 1e-12)
        return np.clip(best, self.fewest, self.most)


def frontier(law: Law, prices: Prices, budgets: Sequence[float], owned: tuple[float, float] = (0.0, 0.0)) -> Frontier:
    """Return the best score for each budget, of those that the law foretells however they are split."""
    splits = [allocate(law, prices, budget, owned) for budget in sorted(budgets)]
    kept = [split for split in splits if split.reason is None]
    left_out = [f"{split.budget:g}: {split.reason}" for split in splits if split.reason is not None]
    score = _values([split.score.value for split in kept])
    spread = len(law.parameters) > 1
    return Frontier(
        np.array([split.budget for split in kept], dtype=float),
        _values([split.n_real.value for split in kept]),
        _values([split.n_synthetic.value for split in kept]),
        score,
        _values([split.score.low for split in kept]) if spread else None,
        _values([split.score.high for split in kept]) if spread else None,
        score - _values([split.over_real.value for split in kept]),
        "; ".join(left_out) or None,
    )


def _values(numbers: Sequence[float | None]) -> FloatArray:
    return np.array(numbers, dtype=float)
