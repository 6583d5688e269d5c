"""Where synthetic documents lie and where real ones do: precision, recall, density and coverage of nearest neighbours.

Each document of a sample has a ball that reaches to its fifth nearest other; a sample's support is the balls' union.

References
----------
Kynkäänniemi, Karras, Laine, Lehtinen & Aila (2019), Improved precision and recall metric for assessing generative
models. Naeem, Oh, Uh, Choi & Yoo (2020), Reliable fidelity and diversity metrics for generative models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics import pairs
from synthlift.metrics.fidelity import Fidelity, bounded, jackknifed, refused
from synthlift.metrics.samples import Sample, unmeasurable

__all__ = ["MIN_CLUSTERS", "Support", "overlap", "support"]

FloatArray = NDArray[np.float64]

MIN_CLUSTERS = 50
K = 5
# of the largest squared length: a distance of 0 is rounding
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Support:
    """How two samples' supports overlap.

    Attributes
    ----------
    precision : Fidelity
        Share of synthetic documents inside some real document's ball: what is written could be real.
    recall : Fidelity
        Share of real documents inside some synthetic document's ball: what is real could be written.
    density : Fidelity
        Real balls around a synthetic document, over five: about 1 for equal laws, and above it in the densest parts.
    coverage : Fidelity
        Share of real documents with a synthetic one inside their own ball.
    """

    precision: Fidelity
    recall: Fidelity
    density: Fidelity
    coverage: Fidelity


def support(synthetic: Sample, real: Sample) -> Support:
    """Measure precision, recall, density and coverage, all in blocks of pairs.

    For equal laws they are 1 only in large samples, so they are read beside their floor.

    Parameters
    ----------
    synthetic, real : Sample
        Vectors; 50 clusters of either at least.

    Raises
    ------
    ValueError
        For samples of other columns.
    """
    reason = unmeasurable(synthetic, real, MIN_CLUSTERS)
    if reason is not None:
        return Support(*(refused(synthetic, real, reason) for _ in range(4)))
    precision, recall, density, coverage = jackknifed(overlap, synthetic, real)
    return Support(bounded(precision), bounded(recall), density, bounded(coverage))


def overlap(synthetic: Sample, real: Sample) -> FloatArray:
    """Return precision, recall, density and coverage alone, ``(4,)``."""
    origin = real.vectors.mean(axis=0)
    written, held_out = synthetic.vectors - origin, real.vectors - origin
    rounding = ROUNDING * max(float((rows**2).sum(axis=1).max()) for rows in (written, held_out))
    reach, real_reach = (_squared_radii(rows) + rounding for rows in (written, held_out))
    n_around = np.zeros(len(written))
    is_recalled, is_covered = (np.zeros(len(held_out), dtype=bool) for _ in range(2))
    for at, other, squared in pairs.between(written, held_out):
        is_inside = squared <= real_reach[other]
        n_around[at] += is_inside.sum(axis=1)
        is_covered[other] |= is_inside.any(axis=0)
        is_recalled[other] |= (squared <= reach[at, np.newaxis]).any(axis=0)
    return np.array([(n_around > 0).mean(), is_recalled.mean(), n_around.mean() / K, is_covered.mean()])


def _squared_radii(rows: FloatArray) -> FloatArray:
    """Return the squared distance of each row to its fifth nearest other one, ``(n_rows,)``."""
    nearest = np.full((len(rows), K), np.inf)
    for at, other, squared in pairs.within(rows):
        if at == other:
            np.fill_diagonal(squared, np.inf)
        else:
            nearest[other] = _smallest(nearest[other], squared.T)
        nearest[at] = _smallest(nearest[at], squared)
    radii: FloatArray = nearest.max(axis=1)
    return radii


def _smallest(known: FloatArray, more: FloatArray) -> FloatArray:
    return np.partition(np.concatenate([known, more], axis=1), K - 1, axis=1)[:, :K]
