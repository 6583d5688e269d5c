"""Squared MMD in linear time: random Fourier features stand for the kernel, with an error that is told.

References
----------
Rahimi & Recht (2007), Random features for large-scale kernel machines.
Sutherland & Schneider (2015), On the error of random Fourier features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from synthlift.metrics.mmd import gaussian

__all__ = ["Approximation", "approximate_mmd"]

FloatArray = NDArray[np.float64]

N_FREQUENCIES = 1024
MIN_DOCUMENTS = 20
BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Approximation:
    """An approximate squared MMD.

    Attributes
    ----------
    value : float or None
        Unbiased, over documents and over frequencies. None where refused.
    error : float or None
        The exact value of these samples lies nearer than this in 99 of 100 draws of frequencies; it falls with the
        square root of their number.
    n_frequencies, n_synthetic, n_real : int
    reason : str or None
        Why it was refused.
    """

    value: float | None
    error: float | None
    n_frequencies: int
    n_synthetic: int
    n_real: int
    reason: str | None = None


def approximate_mmd(
    synthetic: NDArray[np.floating],
    real: NDArray[np.floating],
    bandwidths: FloatArray,
    rng: np.random.Generator,
    n_frequencies: int = N_FREQUENCIES,
) -> Approximation:
    """Approximate the squared MMD of `synthlift.metrics.mmd` with each document a cluster of its own.

    A Gaussian kernel is the mean of ``cos w (x - y)`` over normal frequencies ``w``, so each frequency gives an
    unbiased estimate from sums over documents alone: time and memory do not see pairs.

    Parameters
    ----------
    synthetic, real : ndarray of float, shapes (n_synthetic, n_dimensions), (n_real, n_dimensions)
        20 rows of either at least; read a block at a time, so they may be mapped from a file.
    bandwidths : ndarray of float, shape (n_kernels,)
        As for the exact value.
    rng : numpy.random.Generator
        Draws the frequencies.
    n_frequencies : int
        At least 2.

    Raises
    ------
    ValueError
        For a bandwidth that is not positive, fewer than two frequencies, or samples of other columns.
    """
    gaussian(bandwidths)
    if n_frequencies < 2:
        raise ValueError(f"got {n_frequencies} frequencies, expected at least 2")
    if synthetic.shape[1] != real.shape[1]:
        raise ValueError(f"got {synthetic.shape[1]} and {real.shape[1]} columns, expected as many of either")
    n, m = len(synthetic), len(real)
    if min(n, m) < MIN_DOCUMENTS:
        reason = f"got {n} synthetic and {m} real documents, expected at least {MIN_DOCUMENTS} of either"
        return Approximation(None, None, n_frequencies, n, m, reason)
    frequencies = rng.standard_normal((real.shape[1], n_frequencies))
    origin = real.mean(axis=0, dtype=np.float64)  # far from it the phases would lose digits
    with np.errstate(invalid="ignore"):  # what is not finite shows in the value
        x, y = (_mean_waves(one, origin, frequencies, bandwidths) for one in (synthetic, real))
    # a document with itself gives 1, and is taken out
    inside = (n * np.abs(x) ** 2 - 1.0) / (n - 1) + (m * np.abs(y) ** 2 - 1.0) / (m - 1)
    each = (inside - 2.0 * (x * y.conj()).real).sum(axis=0)
    value = float(each.mean())
    if not np.isfinite(value):
        return Approximation(None, None, n_frequencies, n, m, "got a number that is not finite")
    error = float(stdtrit(n_frequencies - 1, 0.995) * each.std(ddof=1) / np.sqrt(n_frequencies))
    return Approximation(value, error, n_frequencies, n, m)


def _mean_waves(
    rows: NDArray[np.floating], origin: FloatArray, frequencies: FloatArray, bandwidths: FloatArray
) -> NDArray[np.complex128]:
    """Return the mean of ``exp(i w x / h)`` over rows, ``(n_kernels, n_frequencies)``."""
    total = np.zeros((len(bandwidths), frequencies.shape[1]), dtype=np.complex128)
    for start in range(0, len(rows), BLOCK):
        phase = (rows[start : start + BLOCK] - origin) @ frequencies
        for i, bandwidth in enumerate(bandwidths):
            scaled = phase / bandwidth
            total[i] += np.cos(scaled).sum(axis=0) + 1j * np.sin(scaled).sum(axis=0)
    return total / len(rows)
