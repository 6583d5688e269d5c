"""Energy distance: ``2 E |x - y| - E |x - x'| - E |y - y'|``, 0 for equal laws only, and without a bandwidth to choose.

References
----------
Székely & Rizzo (2013), Energy statistics: a class of statistics based on distances.
Sejdinovic, Sriperumbudur, Gretton & Fukumizu (2013), Equivalence of distance-based and RKHS-based statistics.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.fidelity import Fidelity, refused
from synthlift.metrics.samples import Sample, unmeasurable
from synthlift.metrics.two_sample import N_PERMUTATIONS, kernel_distance

__all__ = ["MIN_CLUSTERS", "energy_distance", "negative_distance"]

FloatArray = NDArray[np.float64]

MIN_CLUSTERS = 20


def energy_distance(
    synthetic: Sample,
    real: Sample,
    rng: np.random.Generator,
    n_permutations: int = N_PERMUTATIONS,
) -> Fidelity:
    """Measure the unbiased energy distance, in the vectors' unit; it is a squared MMD of the kernel ``-|x - y|``.

    In one dimension it is the square of scipy's `energy_distance`, but for scipy's bias: that one counts a document's
    distance to itself.

    Parameters
    ----------
    synthetic, real : Sample
        Vectors; 20 clusters of either at least.
    rng, n_permutations
        Of the p, as in `synthlift.metrics.mmd.mmd`.

    Raises
    ------
    ValueError
        For no permutations, or samples of other columns.
    """
    reason = unmeasurable(synthetic, real, MIN_CLUSTERS)
    if reason is not None:
        return refused(synthetic, real, reason)
    return kernel_distance(synthetic, real, negative_distance, rng, n_permutations)


def negative_distance(squared: FloatArray) -> FloatArray:
    """Return minus the distances of squared ones, which it writes over: the kernel of the energy distance."""
    np.sqrt(squared, out=squared)
    return np.negative(squared, out=squared)
