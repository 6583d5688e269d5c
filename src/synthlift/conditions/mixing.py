"""The treatment's documents put together in other ways: in another order, with other weights, or not all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthlift.conditions.added import real_and_synthetic
from synthlift.conditions.sources import Composition, Sources

__all__ = ["filtered", "real_last", "synthetic_last", "weighted_half", "weighted_tenth", "weighted_three_tenths"]


def real_last(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose the treatment so that training ends with the real documents."""
    training = real_and_synthetic(sources, rng).training
    return Composition(replace(training, stage=training.is_real.astype(np.int64)))


def synthetic_last(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose the treatment so that training ends with the synthetic documents."""
    training = real_and_synthetic(sources, rng).training
    return Composition(replace(training, stage=(~training.is_real).astype(np.int64)))


def filtered(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose the treatment of documents that a real-trained classifier agrees with; ``n_kept`` counts them once each.

    The run hands over only these, copied up to the treatment's volume.
    """
    training = real_and_synthetic(sources, rng).training
    return Composition(training, {"n_kept": len(set(sources.synthetic.ids))})


def weighted_tenth(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose the treatment with synthetic documents that weigh a tenth of a real one."""
    return _weighted(sources, rng, 0.1)


def weighted_three_tenths(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose the treatment with synthetic documents that weigh three tenths of a real one."""
    return _weighted(sources, rng, 0.3)


def weighted_half(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose the treatment with synthetic documents that weigh half of a real one."""
    return _weighted(sources, rng, 0.5)


def _weighted(sources: Sources, rng: np.random.Generator, weight: float) -> Composition:
    training = real_and_synthetic(sources, rng).training
    return Composition(replace(training, sample_weight=np.where(training.is_real, 1.0, weight)))
