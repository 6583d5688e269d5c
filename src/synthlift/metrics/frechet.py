"""Fréchet distance: how far apart two samples would be, were both normal, in mean and in covariance.

References
----------
Dowson & Landau (1982), The Fréchet distance between multivariate normal distributions.
Ledoit & Wolf (2004), A well-conditioned estimator for large-dimensional covariance matrices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

from synthlift.metrics.fidelity import Fidelity, jackknifed, refused
from synthlift.metrics.samples import Sample, unmeasurable

__all__ = ["MIN_CLUSTERS", "frechet_distance", "squared_frechet"]

FloatArray = NDArray[np.float64]

MIN_CLUSTERS = 100


def frechet_distance(synthetic: Sample, real: Sample) -> Fidelity:
    """Measure the squared Fréchet distance ``|m - n|^2 + tr(S + T - 2 (S T)^(1/2))``, in the vectors' unit squared.

    Covariances are shrunk (Ledoit & Wolf), or samples smaller than their dimensions would have none. Small samples of
    one law are apart, and the more the fewer they are: it is read beside its floor, never alone.

    Parameters
    ----------
    synthetic, real : Sample
        Vectors; 100 clusters of either at least.

    Raises
    ------
    ValueError
        For samples of other columns.
    """
    reason = unmeasurable(synthetic, real, MIN_CLUSTERS)
    if reason is not None:
        return refused(synthetic, real, reason)
    return jackknifed(squared_frechet, synthetic, real)[0]


def squared_frechet(synthetic: Sample, real: Sample) -> FloatArray:
    """Return the value alone of `frechet_distance`, ``(1,)``."""
    (mean, covariance), (other_mean, other_covariance) = _moments(synthetic.vectors), _moments(real.vectors)
    scale, axes = np.linalg.eigh(covariance)
    root = (axes * np.sqrt(np.maximum(scale, 0.0))) @ axes.T
    # the product of both has these eigenvalues, and is not symmetric itself
    shared = np.linalg.eigvalsh(root @ other_covariance @ root)
    apart = float(np.trace(covariance) + np.trace(other_covariance) - 2.0 * np.sqrt(np.maximum(shared, 0.0)).sum())
    difference = mean - other_mean
    return np.array([float(difference @ difference) + max(apart, 0.0)])


def _moments(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    mean = vectors.mean(axis=0)
    return mean, ledoit_wolf(vectors - mean, assume_centered=True)[0]
