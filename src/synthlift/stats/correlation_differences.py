r"""Do two correlations differ? A test by Fisher's z, and Zou's interval of the difference itself.

With limits :math:`l_i, u_i` of each correlation and c the correlation between the two estimates,

.. math:: r_1 - r_2 - \sqrt{(r_1-l_1)^2 + (u_2-r_2)^2 - 2c(r_1-l_1)(u_2-r_2)}

is the lower limit; the upper one has :math:`u_1 - r_1` and :math:`r_2 - l_2`. In samples of their own c is 0.

References
----------
Zou (2007), Toward using confidence intervals to compare correlations, Psychological Methods 12, 399-413.
Dunn & Clark (1969), Correlation coefficients measured on the same individuals, JASA 64 (z where c is not 0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from synthlift.stats.fisher_z import ON_A_LINE, check_correlation, fisher_limits, on_a_line, too_few

__all__ = ["Comparison", "compare_correlations", "compare_nonoverlapping", "compare_overlapping"]

# matrices of rounded correlations may miss being one by this much
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two correlations compared.

    Attributes
    ----------
    z, p : float or None
        Fisher's z of the difference, and its two-sided p.
    difference : float
        The first correlation less the second.
    low, high : float or None
        Zou's 95 % interval of `difference`.
    reason : str or None
        Set where the others are None.
    """

    z: float | None
    p: float | None
    difference: float
    low: float | None
    high: float | None
    reason: str | None = None


def compare_correlations(r1: float, n1: int, r2: float, n2: int) -> Comparison:
    """Compare the correlations of two samples that share nothing.

    Of regimes with the same generators this is only what others publish: see `compare_overlapping`.

    Parameters
    ----------
    r1, r2 : float
    n1, n2 : int
        Points.

    Raises
    ------
    ValueError
        For a number that is no correlation, or a negative n.

    Examples
    --------
    >>> found = compare_correlations(0.95, 14, -0.73, 14)
    >>> round(found.z, 2), round(found.difference, 2), round(found.low, 2), round(found.high, 2)
    (6.47, 1.68, 1.26, 1.86)
    """
    check_correlation(r1, r2)
    return _compare((r1, n1), (r2, n2), 0.0)


def compare_overlapping(r_jk: float, r_jh: float, r_kh: float, n: int) -> Comparison:
    """Compare two correlations of the same n points that have one variable, j, in common.

    Parameters
    ----------
    r_jk, r_jh : float
        The two that are compared.
    r_kh : float
        The correlation of the two other variables.
    n : int

    Raises
    ------
    ValueError
        For a number that is no correlation, three that no three variables have, or a negative n.

    Examples
    --------
    >>> found = compare_overlapping(0.396, 0.179, 0.088, 66)
    >>> round(found.low, 3), round(found.high, 3)
    (-0.093, 0.517)
    """
    _check_matrix([[1.0, r_jk, r_jh], [r_jk, 1.0, r_kh], [r_jh, r_kh, 1.0]])
    rest = 1.0 - r_jk**2 - r_jh**2 - r_kh**2
    return _compare((r_jk, n), (r_jh, n), (r_kh - r_jk * r_jh / 2.0) * rest + r_kh**3)


def compare_nonoverlapping(
    r_jk: float, r_hm: float, *, r_jh: float, r_jm: float, r_kh: float, r_km: float, n: int
) -> Comparison:
    """Compare two correlations of the same n points that have no variable in common.

    Parameters
    ----------
    r_jk, r_hm : float
        The two that are compared.
    r_jh, r_jm, r_kh, r_km : float
        The correlations between variables of one and of the other.
    n : int

    Raises
    ------
    ValueError
        For a number that is no correlation, six that no four variables have, or a negative n.
    """
    _check_matrix([[1, r_jk, r_jh, r_jm], [r_jk, 1, r_kh, r_km], [r_jh, r_kh, 1, r_hm], [r_jm, r_km, r_hm, 1]])
    squares = r_jh**2 + r_jm**2 + r_kh**2 + r_km**2
    triples = r_jk * (r_jh * r_jm + r_kh * r_km) + r_hm * (r_jh * r_kh + r_jm * r_km)
    shared = r_jk * r_hm * squares / 2.0 + r_jh * r_km + r_jm * r_kh - triples
    return _compare((r_jk, n), (r_hm, n), shared)


def _compare(first: tuple[float, int], second: tuple[float, int], shared: float) -> Comparison:
    """Compare two correlations whose estimates covary by `shared` / n."""
    (r1, n1), (r2, n2) = first, second
    difference = r1 - r2
    if min(n1, n2) < 0:
        raise ValueError(f"got n = {min(n1, n2)}, expected a number of points")
    reason = too_few(min(n1, n2)) or (ON_A_LINE if on_a_line(r1) or on_a_line(r2) else None)
    if reason:
        return Comparison(None, None, difference, None, None, reason)
    c = shared / ((1.0 - r1**2) * (1.0 - r2**2))
    spread = 1.0 / (n1 - 3) + 1.0 / (n2 - 3) - 2.0 * c / math.sqrt((n1 - 3) * (n2 - 3))
    if spread <= _ROUNDING / min(n1, n2):
        return Comparison(None, None, difference, None, None, "the two are one: the other variables are the same")
    z = (math.atanh(r1) - math.atanh(r2)) / math.sqrt(spread)
    (low1, high1), (low2, high2) = fisher_limits(r1, n1), fisher_limits(r2, n2)
    low = difference - _side(r1 - low1, high2 - r2, c)
    high = difference + _side(high1 - r1, r2 - low2, c)
    return Comparison(z, float(2.0 * ndtr(-abs(z))), difference, low, high)


def _side(a: float, b: float, c: float) -> float:
    return math.sqrt(max(a * a + b * b - 2.0 * c * a * b, 0.0))


def _check_matrix(rows: list[list[float]]) -> None:
    check_correlation(*(r for row in rows for r in row))
    least = float(np.linalg.eigvalsh(np.array(rows))[0])
    if least < -_ROUNDING:
        raise ValueError(f"got correlations that no {len(rows)} variables have, expected all of the same points")
