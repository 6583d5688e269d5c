"""Measures of likeness, each between its floor (real against real documents) and its ceiling (another domain's).

References
----------
Sources stand with each measure: `synthlift.metrics.mmd`, `energy`, `frechet`, `support`, `separability`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics import energy, frechet, length, mmd, separability, support, vocabulary
from synthlift.metrics.fidelity import Fidelity, Floor, real_floor
from synthlift.metrics.samples import Sample, unmeasurable
from synthlift.metrics.two_sample import kernel_value

__all__ = ["LENGTH", "VOCABULARY", "Anchored", "Measure", "anchored", "kernel_measures", "vector_measures"]

FloatArray = NDArray[np.float64]

N_SPLITS = 20


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to compare two samples, which gives one number or several.

    Attributes
    ----------
    names : tuple of str
    fewest : int
        Clusters that either sample must have.
    values : callable
        The numbers alone, ``(n_names,)``.
    found : callable
        The numbers with intervals and p.
    """

    names: tuple[str, ...]
    fewest: int
    values: Callable[[Sample, Sample], FloatArray]
    found: Callable[[Sample, Sample, np.random.Generator], tuple[Fidelity, ...]]


@dataclass(frozen=True, slots=True)
class Anchored:
    """A number between what real documents and what documents of another domain would have.

    Attributes
    ----------
    name : str
    found : Fidelity
    floor : Floor
    ceiling : float or None
        None where documents of another domain cannot be measured, which `found` or the next measure's floor tells.
    """

    name: str
    found: Fidelity
    floor: Floor
    ceiling: float | None


def kernel_measures(bandwidths: FloatArray) -> tuple[Measure, ...]:
    """Return the measures that need nothing but distances: squared MMD and energy distance."""
    gaussian = mmd.gaussian(bandwidths)
    return (
        Measure(
            ("MMD^2",),
            mmd.MIN_CLUSTERS,
            lambda written, real: np.array([kernel_value(written, real, gaussian)]),
            lambda written, real, rng: (mmd.mmd(written, real, bandwidths, rng),),
        ),
        Measure(
            ("energy",),
            energy.MIN_CLUSTERS,
            lambda written, real: np.array([kernel_value(written, real, energy.negative_distance)]),
            lambda written, real, rng: (energy.energy_distance(written, real, rng),),
        ),
    )


def vector_measures(bandwidths: FloatArray) -> tuple[Measure, ...]:
    """Return all measures of vectors; they have a few hundred dimensions at most, or some take minutes."""
    return (
        *kernel_measures(bandwidths),
        Measure(
            ("Frechet",),
            frechet.MIN_CLUSTERS,
            frechet.squared_frechet,
            lambda written, real, _: (frechet.frechet_distance(written, real),),
        ),
        Measure(
            ("precision", "recall", "density", "coverage"),
            support.MIN_CLUSTERS,
            support.overlap,
            lambda written, real, _: _in_order(support.support(written, real)),
        ),
        Measure(
            ("two-sample-AUC",),
            separability.MIN_CLUSTERS,
            separability.auc,
            lambda written, real, _: (separability.separability(written, real),),
        ),
    )


VOCABULARY = Measure(
    ("vocabulary-JS",),
    vocabulary.MIN_CLUSTERS,
    vocabulary.divergence,
    lambda written, real, _: (vocabulary.vocabulary_divergence(written, real),),
)
LENGTH = Measure(
    ("length",),
    length.MIN_CLUSTERS,
    length.standardised,
    lambda written, real, _: (length.length_difference(written, real),),
)


def _in_order(found: support.Support) -> tuple[Fidelity, ...]:
    """Return the four measures of support in the order of their names."""
    return found.precision, found.recall, found.density, found.coverage


def anchored(
    measures: Sequence[Measure],
    written: Sample,
    real: Sample,
    more_real: Sample,
    elsewhere: Sample,
    rng: np.random.Generator,
) -> list[Anchored]:
    """Measure a generator's documents, with floor and ceiling.

    Parameters
    ----------
    measures : sequence of Measure
    written, real : Sample
        Equally many documents of the generator, and real ones that it has not seen.
    more_real : Sample
        About twice as many real documents, which are halved for the floor.
    elsewhere : Sample
        As many documents of another domain.
    rng : numpy.random.Generator
    """
    told = []
    for measure in measures:
        found = measure.found(written, real, rng)
        floors = real_floor(measure.values, measure.fewest, more_real, N_SPLITS, rng)
        ceilings: list[float | None] = [None] * len(measure.names)
        if unmeasurable(elsewhere, real, measure.fewest) is None:
            ceilings = [float(value) if np.isfinite(value) else None for value in measure.values(elsewhere, real)]
        each = (measure.names, found, floors if len(floors) > 1 else floors * len(found), ceilings)
        told += [Anchored(*one) for one in zip(*each, strict=True)]
    return told
