"""Correlations of points, each with n, its interval, and a reason where there is none.

What cannot be measured (too few points, a variable that does not vary) is None with the reason, never NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.stats.correlation_differences import Comparison, compare_correlations
from synthlift.stats.fisher_z import ON_A_LINE, fisher_limits, on_a_line, too_few

__all__ = ["Comparison", "Correlation", "compare_correlations", "partial_correlation", "pearson", "spearman"]

FloatArray = NDArray[np.float64]

# numbers this much alike, relative to their size, differ by rounding
_ROUNDING = 1e-12
# what a regression leaves of a variable that lies in its span
_SPANNED = 1e-9


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation with its 95 % interval by Fisher's z.

    The interval takes points as independent draws: where they share models, see `synthlift.stats.correlation_by_model`.

    Attributes
    ----------
    value, low, high : float or None
    n : int
        Points.
    reason : str or None
        Set where a number is None.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str | None = None


def pearson(x: FloatArray, y: FloatArray) -> Correlation:
    """Return Pearson's correlation of n points.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)

    Raises
    ------
    ValueError
        Where the shapes differ, or a number is not finite.

    Examples
    --------
    >>> found = pearson(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([2.0, 1.0, 4.0, 3.0, 5.0]))
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.8, -0.28, 0.986)
    >>> pearson(np.ones(5), np.arange(5.0)).reason
    'a variable does not vary'
    """
    _check(x, y)
    return _correlation(x, y)


def spearman(x: FloatArray, y: FloatArray) -> Correlation:
    """Return Spearman's correlation, that of the ranks; ties share their mean rank.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)

    Raises
    ------
    ValueError
        Where the shapes differ, or a number is not finite.

    Examples
    --------
    >>> spearman(np.array([1.0, 2.0, 3.0, 40.0]), np.array([1.0, 9.0, 4.0, 16.0])).value
    0.8
    """
    _check(x, y)
    return _correlation(_ranks(x), _ranks(y), ranks=True)


def partial_correlation(x: FloatArray, y: FloatArray, covariates: FloatArray) -> Correlation:
    """Return Pearson's correlation of what linear regression on the covariates leaves of x and y.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
    covariates : ndarray of float, shape (n,) or (n, k)
        Those that are constant, or follow from others, count for nothing: neither do they cost a point.

    Raises
    ------
    ValueError
        Where the shapes differ, or a number is not finite.

    Examples
    --------
    >>> volume = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    >>> wave = np.array([1.0, -1.0, 0.0, 0.0, -1.0, 1.0])
    >>> round(partial_correlation(volume + wave, 2 * volume - wave, volume).value, 6)
    -1.0
    """
    given = covariates[:, np.newaxis] if covariates.ndim == 1 else covariates
    _check(x, y, *given.T)
    span = _span(given) if len(x) else given
    if few := too_few(len(x), span.shape[1]):
        return Correlation(None, None, None, len(x), few)
    remains = [centre - span @ (span.T @ centre) for centre in (x - x.mean(), y - y.mean())]
    for before, after in zip((x, y), remains, strict=True):
        if _constant(before) or np.linalg.norm(after) <= _SPANNED * np.linalg.norm(before - before.mean()):
            return Correlation(None, None, None, len(x), "a variable does not vary beyond the covariates")
    return _correlation(*remains, n_covariates=span.shape[1])


def _span(given: FloatArray) -> FloatArray:
    """Return orthonormal columns of what the covariates vary by, ``(n, rank)``."""
    varies = given[:, [not _constant(column) for column in given.T]]
    centred = varies - varies.mean(axis=0)
    left, size, _ = np.linalg.svd(centred / np.linalg.norm(centred, axis=0), full_matrices=False)
    span: FloatArray = left[:, size > _SPANNED]
    return span


def _correlation(x: FloatArray, y: FloatArray, *, ranks: bool = False, n_covariates: int = 0) -> Correlation:
    n = len(x)
    if few := too_few(n, n_covariates):
        return Correlation(None, None, None, n, few)
    if _constant(x) or _constant(y):
        return Correlation(None, None, None, n, "a variable does not vary")
    # scaled first: the square of a small number would be 0
    unit = [side / np.linalg.norm(side) for side in ((z - z.mean()) / np.ptp(z) for z in (x, y))]
    r = float(np.clip(unit[0] @ unit[1], -1.0, 1.0))
    if on_a_line(r):
        return Correlation(float(np.sign(r)), None, None, n, ON_A_LINE)
    return Correlation(r, *fisher_limits(r, n - n_covariates, ranks=ranks), n)


def _constant(x: FloatArray) -> bool:
    return bool(np.ptp(x) <= _ROUNDING * np.abs(x).max())


def _ranks(x: FloatArray) -> FloatArray:
    _, at, counts = np.unique(x, return_inverse=True, return_counts=True)
    ranks: FloatArray = (np.cumsum(counts) - (counts - 1) / 2.0)[at]
    return ranks


def _check(*variables: FloatArray) -> None:
    shapes = {variable.shape for variable in variables}
    if len(shapes) > 1 or any(len(shape) != 1 for shape in shapes):
        raise ValueError(f"got variables of shapes {sorted(shapes)}, expected as many numbers of each")
    if not all(np.isfinite(variable).all() for variable in variables):
        raise ValueError("got a number that is not finite, expected points without a value to be left out")
