r"""A law of error in N real and M synthetic documents, fitted to a measured grid.

.. math:: \mathrm{error}(N, M) = e + c \left(N + \frac{w M}{1 + M / k}\right)^{-g}

with error = 1 - score. Synthetic documents count as `w` real ones each, less and less as M nears k: alone they never
reach what real ones do. Many (e, c, g) draw nearly the same curve, so none of the three is told singly.

References
----------
Jain, Montanari & Sasoglu (2024), Scaling laws for learning with real and surrogate data.
Muennighoff et al. (2023), Scaling data-constrained language models (repeated data that saturates).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares, nnls

from synthlift.stats.surface import Quantity, Surface, quantity

__all__ = ["Law", "Unfit", "fit_law"]

FloatArray = NDArray[np.float64]

N_DRAWS = 400
FEWEST_REAL, FEWEST_SYNTHETIC = 3, 4
REACH = 2.0
FAR = 100.0  # times the grid's largest M: such a k is no saturation
TOLERANCE = 1e-9
STARTS = [(w, u, 0.4) for w in (0.03, 0.5) for u in (0.01, 1.0)]


@dataclass(frozen=True, slots=True)
class Unfit:
    """No law, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Law:
    """A fitted law, and those of the bootstrap's draws.

    Attributes
    ----------
    parameters : ndarray, shape (1 + n_draws, 5)
        The fit, then that of each draw: e, ``c scale^-g``, w, ``scale / k``, g. They are for `scores`, not to be read
        one by one.
    scale : float
        Documents, the geometric mean of N on the grid.
    least_real, most_real, most_synthetic : float
        Documents that are foretold: from half the grid's least N, and M = 0, to twice its most.
    misfit : float
        Root mean square of what the fit leaves of the grid's mean scores.
    """

    parameters: FloatArray
    scale: float
    least_real: float
    most_real: float
    most_synthetic: float
    misfit: float

    @property
    def worth(self) -> Quantity:
        """The first synthetic document's worth in real ones, w."""
        return self.exchange_rate(0.0)

    def exchange_rate(self, n_synthetic: float) -> Quantity:
        """Return the mean worth of M synthetic documents in real ones, ``w / (1 + M / k)``; it is the same at any N."""
        rate = self.parameters[:, 2] / (1.0 + self.parameters[:, 3] * n_synthetic / self.scale)
        nothing = "worth nothing, or less: the law knows no harm, the exchange rate off the curve does"
        return quantity(rate[0], rate[1:], None if rate[0] > 0.0 else nothing)

    @property
    def saturation(self) -> Quantity:
        """The k at which each synthetic document counts half; None where it is beyond a hundred times the grid."""
        least = self.scale / (FAR * self.most_synthetic / REACH)
        share = quantity(self.parameters[0, 3], self.parameters[1:, 3])
        value, low, high = (
            self.scale / u if u is not None and u > least else None for u in (share.value, share.high, share.low)
        )
        reason = share.reason
        if value is None or (reason is None and high is None):
            reason = f"no saturation within {FAR:g} times the grid is " + ("seen" if value is None else "ruled out")
        return Quantity(value, low, high, reason)

    def scores(self, n_real: FloatArray, n_synthetic: FloatArray) -> FloatArray:
        """Return the scores of the fit and of each draw at any points, ``(1 + n_draws, n_points)``."""
        x, y = n_real / self.scale, n_synthetic / self.scale
        return np.array([1.0 - _error(row, x, y) for row in self.parameters])

    def predict(self, n_real: float, n_synthetic: float) -> Quantity:
        """Return the score expected at (N, M); refused out of reach."""
        if not (self.least_real <= n_real <= self.most_real and 0.0 <= n_synthetic <= self.most_synthetic):
            reach = f"N {self.least_real:g} to {self.most_real:g}, M up to {self.most_synthetic:g}"
            reason = f"N = {n_real:g}, M = {n_synthetic:g} is out of reach: the grid foretells {reach}"
            return Quantity(None, None, None, reason)
        scores = self.scores(np.array([n_real]), np.array([n_synthetic]))[:, 0]
        return quantity(scores[0], scores[1:])


def fit_law(
    surface: Surface, rng: np.random.Generator, *, saturating: bool = True, n_draws: int = N_DRAWS
) -> Law | Unfit:
    """Fit the law by bounded least squares of the mean scores, the best of several starts, and refit it to each draw.

    Parameters
    ----------
    surface : Surface
        At least three different N and four different M, M = 0 among them.
    saturating : bool
        False leaves k out (infinite), to see how much rosier the law is without it.
    n_draws : int
        Draws of the bootstrap.
    """
    drawn = surface.draws(n_draws, rng)
    if (reason := _too_little(surface) or _flat(surface, drawn)) is not None:
        return Unfit(reason)
    scale = float(np.exp(np.log(surface.n_real[surface.n_real > 0]).mean()))
    x, y = surface.n_real / scale, surface.n_synthetic / scale
    steepest = 4.0 / float(y[y > 0].min()) if saturating else 0.0
    starts = [_start(x, y, 1.0 - surface.mean, (w, min(u, steepest), g)) for w, u, g in STARTS]
    fits = [_fitted(x, y, 1.0 - surface.mean, start, steepest) for start in starts]
    errors = [float(((_error(fit, x, y) - 1.0 + surface.mean) ** 2).mean()) for fit in fits]
    best = fits[int(np.argmin(errors))]
    refits = [_fitted(x, y, 1.0 - scores, best, steepest) for scores in drawn]
    return Law(
        np.array([best, *refits]),
        scale,
        float(surface.n_real.min()) / REACH,
        float(surface.n_real.max()) * REACH,
        float(surface.n_synthetic.max()) * REACH,
        min(errors) ** 0.5,
    )


def _too_little(surface: Surface) -> str | None:
    """Return what the grid lacks for a fit."""
    n_sizes = len(np.unique(surface.n_real)), len(np.unique(surface.n_synthetic))
    expected = f"at least {FEWEST_REAL} N by {FEWEST_SYNTHETIC} M are fitted"
    if n_sizes[0] < FEWEST_REAL or n_sizes[1] < FEWEST_SYNTHETIC:
        return f"{n_sizes[0]} N by {n_sizes[1]} M: {expected}"
    if len(surface.n_real) < FEWEST_REAL * FEWEST_SYNTHETIC:
        return f"{len(surface.n_real)} points: {expected}"
    if np.count_nonzero(surface.n_synthetic == 0) < 2:
        return "fewer than 2 sizes of real documents alone: synthetic ones have nothing to be counted in"
    return None


def _flat(surface: Surface, drawn: FloatArray) -> str | None:
    """Return why no law can be seen, where more real documents alone do not raise the score."""
    at = np.flatnonzero(surface.n_synthetic == 0)
    few, many = at[np.argmin(surface.n_real[at])], at[np.argmax(surface.n_real[at])]
    gain = quantity(surface.mean[many] - surface.mean[few], drawn[:, many] - drawn[:, few])
    least = gain.value if gain.low is None else gain.low
    if least is not None and least > 0.0:
        return None
    sizes = f"{surface.n_real[few]:g} to {surface.n_real[many]:g}"
    return f"real documents from {sizes} do not raise the score for certain: nothing to exchange synthetic ones for"


def _error(row: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    e, c, w, u, g = row
    error: FloatArray = e + c * np.maximum(x + w * y / (1.0 + u * y), 1e-9) ** -g
    return error


def _slopes(row: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the derivatives of the error by each parameter, ``(n_points, 5)``."""
    _, c, w, u, g = row
    counted = y / (1.0 + u * y)
    size = np.maximum(x + w * counted, 1e-9)
    power = size**-g
    by_size = -g * c * power / size
    return np.column_stack(
        [np.ones_like(x), power, by_size * counted, -by_size * w * counted**2, -c * power * np.log(size)]
    )


def _start(x: FloatArray, y: FloatArray, error: FloatArray, at: tuple[float, float, float]) -> FloatArray:
    """Return a start with the e and c that fit best, given w, scale / k and g."""
    unit = np.array([0.0, 1.0, *at])
    e, c = nnls(np.column_stack([np.ones_like(x), _error(unit, x, y)]), error)[0]
    return np.array([e, c, *at])


def _fitted(x: FloatArray, y: FloatArray, error: FloatArray, start: FloatArray, steepest: float) -> FloatArray:
    """Return the nearest least-squares fit; `steepest` bounds scale / k, and 0 leaves it out."""
    # e is an error; w: worth at most ten real ones; g: no learning curve is known to be as steep as 3
    low, high = np.array([0.0, 0.0, 0.0, 0.0, 0.02]), np.array([1.0, 10.0, 10.0, steepest, 3.0])
    free = high > low
    row = start.copy()

    def whole(values: FloatArray) -> FloatArray:
        row[free] = values
        return row

    def residuals(values: FloatArray) -> FloatArray:
        return _error(whole(values), x, y) - error

    def slopes(values: FloatArray) -> FloatArray:
        return _slopes(whole(values), x, y)[:, free]

    fit = least_squares(
        residuals,
        np.clip(start, low + 1e-6, np.maximum(high - 1e-6, low))[free],
        jac=slopes,
        bounds=(low[free], high[free]),
        xtol=TOLERANCE,
        ftol=TOLERANCE,
        gtol=TOLERANCE,
    )  # fmt: skip
    return whole(fit.x).copy()
