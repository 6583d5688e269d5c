"""The interval of one correlation by Fisher's z, and when there is none.

References
----------
Fisher (1921), On the "probable error" of a coefficient of correlation, Metron 1.
Bonett & Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman correlations,
Psychometrika 65.
"""

from __future__ import annotations

import math

from scipy.special import ndtri

__all__ = ["FEWEST", "ON_A_LINE", "check_correlation", "fisher_limits", "on_a_line", "too_few"]

FEWEST = 4
ON_A_LINE = "a correlation of 1 or -1: Fisher's z is infinite, there is no interval"
# a correlation of points on a line differs from 1 by rounding alone
_ROUNDING = 1e-12


def too_few(n: int, n_covariates: int = 0) -> str | None:
    """Return why n points are too few for an interval, or None where they are enough."""
    fewest = FEWEST + n_covariates
    return f"{n} points, Fisher's z needs at least {fewest}" if n < fewest else None


def on_a_line(r: float) -> bool:
    """Tell whether r is 1 or -1, up to rounding: Fisher's z is infinite there."""
    return 1.0 - abs(r) <= _ROUNDING


def fisher_limits(r: float, n: int, *, ranks: bool = False, alpha: float = 0.05) -> tuple[float, float]:
    """Return the limits of r at ``1 - alpha``, for -1 < r < 1 and n >= 4.

    Parameters
    ----------
    r : float
    n : int
        Points; of a partial correlation, less the number of covariates.
    ranks : bool
        Of a Spearman correlation, whose variance is larger by ``1 + r^2 / 2`` (Bonett & Wright).

    Examples
    --------
    >>> [round(limit, 3) for limit in fisher_limits(0.5, 28)]
    [0.156, 0.736]
    """
    half = float(ndtri(1.0 - alpha / 2.0)) * math.sqrt((1.0 + r * r / 2.0 if ranks else 1.0) / (n - 3))
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def check_correlation(*correlations: float) -> None:
    """Raise ValueError where a number is no correlation."""
    for r in correlations:
        if not abs(r) <= 1.0:
            raise ValueError(f"got a correlation of {r!r}, expected a number from -1 to 1")
