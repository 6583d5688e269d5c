"""Maximum mean discrepancy: how far the law of one sample of vectors lies from that of another.

References
----------
Gretton, Borgwardt, Rasch, Schölkopf & Smola (2012), A kernel two-sample test, JMLR 13, equation 3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthlift.errors import NotApplicable
from synthlift.metrics import pairs
from synthlift.metrics.fidelity import Fidelity, refused
from synthlift.metrics.samples import Sample, sample, unmeasurable
from synthlift.metrics.two_sample import N_PERMUTATIONS, Kernel, kernel_distance, kernel_value

__all__ = ["MIN_CLUSTERS", "gaussian", "median_bandwidths", "mmd", "squared_mmd"]

FloatArray = NDArray[np.float64]

MIN_CLUSTERS = 20
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
# four times 4,096 bins narrow a distance down to a few parts in 10^15 of the largest, which is rounding
N_BINS = 4096
N_PASSES = 4
ROUNDING = 1e-12
STRIP = 64


def mmd(
    synthetic: Sample,
    real: Sample,
    bandwidths: FloatArray,
    rng: np.random.Generator,
    n_permutations: int = N_PERMUTATIONS,
) -> Fidelity:
    """Measure the unbiased squared MMD under a sum of Gaussian kernels ``exp(-d^2 / (2 h^2))``.

    Pairs of documents of one cluster do not count, the interval leaves out clusters, and p permutes them; near 0 the
    interval is rather wide, and p tells whether there is a distance. The spread
    under equal laws falls with the smaller sample, so numbers are compared between generators only where all samples
    are equally large; and clusters are permuted as if any could have come from either side, so p is right where those
    of both sides are about as large.

    Parameters
    ----------
    synthetic, real : Sample
        Vectors; 20 clusters of either at least. Real documents are held out from those who wrote the synthetic ones.
    bandwidths : ndarray of float, shape (n_kernels,)
        The same for all generators: see `median_bandwidths`.
    rng : numpy.random.Generator
        Of the permutations.
    n_permutations : int
        >= 1: p is ``(1 + count) / (1 + n_permutations)``.

    Raises
    ------
    ValueError
        For a bandwidth that is not positive, no permutations, or samples of other columns.
    """
    kernel = gaussian(bandwidths)
    reason = unmeasurable(synthetic, real, MIN_CLUSTERS)
    if reason is not None:
        return refused(synthetic, real, reason)
    return kernel_distance(synthetic, real, kernel, rng, n_permutations)


def squared_mmd(x: FloatArray, y: FloatArray, bandwidths: FloatArray) -> float:
    """Return the value alone of `mmd`, of two documents each or more, each a cluster of its own.

    It is symmetric, and does not depend on the order of rows, on where the origin lies or how the axes are turned.

    Parameters
    ----------
    x, y : ndarray of float, shapes (n_x, n_dimensions), (n_y, n_dimensions)
    bandwidths : ndarray of float, shape (n_kernels,)

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
    return kernel_value(sample(x), sample(y), gaussian(bandwidths))


def gaussian(bandwidths: FloatArray) -> Kernel:
    """Return the sum of Gaussian kernels, which writes over the squared distances that it is given.

    Raises
    ------
    ValueError
        For no bandwidth, or one that is not positive.
    """
    if not len(bandwidths) or not (np.isfinite(bandwidths) & (bandwidths > 0)).all():
        raise ValueError(f"got bandwidths {bandwidths.tolist()}, expected positive numbers")

    def kernel(squared: FloatArray) -> FloatArray:
        for start in range(0, len(squared), STRIP):  # what a processor's cache holds, and no second block
            strip = squared[start : start + STRIP]
            strip[:] = sum(np.exp(strip * (-0.5 / h**2)) for h in bandwidths)
        return squared

    return kernel


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


def _check(rows: FloatArray) -> None:
    if len(rows) < 2:
        raise NotApplicable(f"got {len(rows)} documents, expected at least 2 in each sample")
    if not np.isfinite(rows).all():
        raise NotApplicable("got a vector with a number that is not finite")


def _ranked(rows: FloatArray, rank: int) -> float:
    """Return the squared distance of that rank, from 0, by counting pairs in ever narrower bins."""
    low, high = 0.0, _largest(rows)
    for _ in range(N_PASSES):
        edges = np.linspace(low, high, N_BINS + 1)
        below, counts = 0, np.zeros(N_BINS, dtype=np.int64)
        for at, other, squared in pairs.within(rows):
            # each pair once: of a block on the diagonal, what lies above it
            once = squared[np.triu_indices(len(squared), 1)] if at == other else squared.ravel()
            below += int(np.count_nonzero(once < low))
            counts += np.histogram(once, edges)[0]
        found = min(int(np.searchsorted(below + np.cumsum(counts), rank, side="right")), N_BINS - 1)
        low, high = float(edges[found]), float(edges[found + 1])
    return (low + high) / 2.0


def _largest(rows: FloatArray) -> float:
    """Return a bound on the squared distances: no row is farther from the origin than the longest."""
    return 4.0 * float((rows**2).sum(axis=1).max())
