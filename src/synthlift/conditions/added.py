"""The treatment, and the conditions that add other documents in its place."""

from __future__ import annotations

import numpy as np

from synthlift.conditions.sources import Composition, IntArray, Sources, compose_rows
from synthlift.errors import NotApplicable

__all__ = ["placebo", "real", "real_and_real", "real_and_synthetic", "synthetic"]


def real(sources: Sources, rng: np.random.Generator) -> Composition:  # noqa: ARG001 (the recipe's signature)
    """Compose the N real documents: the reference."""
    return Composition(compose_rows((sources.real, sources.real_group, True)))


def real_and_synthetic(sources: Sources, rng: np.random.Generator) -> Composition:  # noqa: ARG001
    """Compose the N real and the M synthetic documents: the treatment."""
    return Composition(
        compose_rows((sources.real, sources.real_group, True), (sources.synthetic, _descent(sources), False))
    )


def placebo(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose the treatment with the synthetic documents' label sets permuted: its gain is an alarm."""
    permuted = sources.synthetic.label_matrix()[rng.permutation(len(sources.synthetic))]
    training = compose_rows(
        (sources.real, sources.real_group, True), (sources.synthetic, _descent(sources), False), labels=permuted
    )
    return Composition(training)


def synthetic(sources: Sources, rng: np.random.Generator) -> Composition:  # noqa: ARG001
    """Compose the M synthetic documents, tuned on themselves by families."""
    return Composition(compose_rows((sources.synthetic, sources.family, False)))


def real_and_real(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose N + M real documents: the ceiling.

    Raises
    ------
    NotApplicable
        Where fewer than M spare real documents exist.
    """
    needed, spare = len(sources.synthetic), len(sources.spare)
    if spare < needed:
        raise NotApplicable(f"needs {needed} more real documents, the pool has {spare}")
    rows = np.sort(rng.permutation(spare)[:needed])
    return Composition(
        compose_rows(
            (sources.real, sources.real_group, True), (sources.spare.take(rows), sources.spare_group[rows], True)
        )
    )


def _descent(sources: Sources) -> IntArray:
    """Return the group of each synthetic document's parent, -1 without one."""
    group = sources.real_group[np.maximum(sources.parent, 0)]
    return np.where(sources.parent < 0, -1, group).astype(np.int64)
