"""Maximum mean discrepancy: how far the law of one sample of vectors lies from that of another.

The estimate is unbiased, so of samples of one law it is 0 on average and negative about half of the time. Both sums are
exact and run over blocks: memory does not grow with the number of pairs.

References
----------
Gretton, Borgwardt, Rasch, Schölkopf & Smola (2012), A kernel two-sample test, JMLR 13, equation 3.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from synthlift.errors import NotApplicable

__all__ = ["median_bandwidths", "squared_mmd"]

FloatArray = NDArray[np.float64]

BLOCK = 1024
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
# four times 4,096 bins narrow a distance down to a few parts in 10^15 of the largest, which is rounding
N_BINS = 4096
N_PASSES = 4
ROUNDING = 1e-12


def squared_mmd(x: FloatArray, y: FloatArray, bandwidths: FloatArray) -> float:
    """Return the unbiased squared MMD of two samples under a sum of Gaussian kernels ``exp(-d^2 / (2 h^2))``.

    It is symmetric, and does not depend on the order of rows, on where the origin lies or how the axes are turned. Its
    spread under equal laws falls with the smaller sample, so numbers are compared between generators only where all
    samples are equally large: that is the caller's duty, and so is that `y` is held out from those who wrote `x`.

    Parameters
    ----------
    x, y : ndarray of float, shapes (n_x, n_dimensions), (n_y, n_dimensions)
    bandwidths : ndarray of float, shape (n_kernels,)
        The same for all generators: see `median_bandwidths`.

    Raises
    ------
    NotApplicable
        For fewer than two rows of either, or a number that is not finite.

    Examples
    --------
    >>> near, far = np.array([[0.0], [1.0]]), np.array([[9.0], [10.0]])
    >>> round(squared_mmd(near, far, np.array([1.0])), 4)
    1.2131
    """
    _check(x)
    _check(y)
    origin = y.mean(axis=0)  # far from the origin the squares would swallow the distances
    x, y = x - origin, y - origin
    inside = sum(_kernel_sum(one, one, bandwidths) / (len(one) * (len(one) - 1)) for one in (x, y))
    return float(inside - 2.0 * _kernel_sum(x, y, bandwidths) / (len(x) * len(y)))


def median_bandwidths(real: FloatArray) -> FloatArray:
    """Return a quarter to four times the median distance between held-out real documents, ``(5,)``, ascending.

    The lower middle one of an even number of distances, to twelve digits. Real text alone decides, so that no generator
    moves the ruler that the others are measured with.

    Parameters
    ----------
    real : ndarray of float, shape (n_docs, n_dimensions)

    Raises
    ------
    NotApplicable
        For fewer than two rows, a number that is not finite, or where half of the distances are zero.

    Examples
    --------
    >>> median_bandwidths(np.array([[0.0], [1.0], [4.0]])).round(9).tolist()
    [0.75, 1.5, 3.0, 6.0, 12.0]
    """
    _check(real)
    centred = real - real.mean(axis=0)
    n_pairs = len(real) * (len(real) - 1) // 2
    squared = _ranked(centred, (n_pairs - 1) // 2)
    if squared <= ROUNDING * _largest(centred):
        raise NotApplicable("half of the held-out real documents' distances are zero: no bandwidth follows from them")
    bandwidths: FloatArray = np.sqrt(squared) * np.array(FACTORS)
    return bandwidths


def _check(sample: FloatArray) -> None:
    if len(sample) < 2:
        raise NotApplicable(f"got {len(sample)} documents, expected at least 2 in each sample")
    if not np.isfinite(sample).all():
        raise NotApplicable("got a vector with a number that is not finite")


def _kernel_sum(left: FloatArray, right: FloatArray, bandwidths: FloatArray) -> float:
    """Sum all kernels over all pairs; within one sample, over pairs of different rows."""
    total = 0.0
    for squared, is_pair in _blocks(left, right):
        for bandwidth in bandwidths:
            total += float(np.exp(squared / (-2.0 * bandwidth**2)).sum(where=is_pair))
    return total


def _blocks(left: FloatArray, right: FloatArray) -> Iterator[tuple[FloatArray, NDArray[np.bool_]]]:
    """Yield squared distances by blocks, and which of them are of a pair: a row and itself are none."""
    left_norm, right_norm = (left**2).sum(axis=1), (right**2).sum(axis=1)
    for i in range(0, len(left), BLOCK):
        for j in range(0, len(right), BLOCK):
            rows, columns = slice(i, i + BLOCK), slice(j, j + BLOCK)
            squared = left_norm[rows, np.newaxis] + right_norm[columns] - 2.0 * left[rows] @ right[columns].T
            is_pair = np.ones(squared.shape, dtype=bool)
            if left is right and i == j:
                np.fill_diagonal(is_pair, val=False)
            yield np.maximum(squared, 0.0), is_pair


def _ranked(sample: FloatArray, rank: int) -> float:
    """Return the squared distance of that rank, from 0, by counting pairs in ever narrower bins."""
    low, high = 0.0, _largest(sample)
    wanted = 2 * rank  # each pair is met from either side
    for _ in range(N_PASSES):
        edges = np.linspace(low, high, N_BINS + 1)
        below, counts = 0, np.zeros(N_BINS, dtype=np.int64)
        for squared, is_pair in _blocks(sample, sample):
            below += int((squared < low).sum(where=is_pair))
            counts += np.histogram(squared[is_pair], edges)[0]
        found = min(int(np.searchsorted(below + np.cumsum(counts), wanted, side="right")), N_BINS - 1)
        low, high = float(edges[found]), float(edges[found + 1])
    return (low + high) / 2.0


def _largest(sample: FloatArray) -> float:
    """Return a bound on the squared distances: no row is farther from the origin than the longest."""
    return 4.0 * float((sample**2).sum(axis=1).max())
