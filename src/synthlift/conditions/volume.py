"""Volume controls: as many training documents as the treatment, none of them new."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthlift.conditions.sources import Composition, IntArray, Sources, compose_rows
from synthlift.errors import NotApplicable

__all__ = ["match_rows", "real_and_steps", "replicated", "replicated_matched", "with_copies"]


def real_and_steps(sources: Sources, rng: np.random.Generator) -> Composition:  # noqa: ARG001
    """Compose the N real documents for as many optimiser steps as the treatment takes.

    It tells whether volume is only more training. A convex learner answers that it is not applicable.
    """
    training = compose_rows((sources.real, sources.real_group, True))
    return Composition(replace(training, n_steps=len(sources.real) + len(sources.synthetic)))


def replicated(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose all N real documents and M copies of them, spread evenly; who gets one more is drawn."""
    n_real, n_added = len(sources.real), len(sources.synthetic)
    copies = np.full(n_real, n_added // n_real)
    copies[rng.permutation(n_real)[: n_added % n_real]] += 1
    return with_copies(sources, np.repeat(np.arange(n_real), copies), {})


def replicated_matched(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose all N real documents and, per synthetic document, a copy of the real one it stands in for.

    That is its parent, or else a real document of highest label-set Jaccard similarity. What is left over the gain of
    `replicated` is then text, not another mix of labels. ``n_unmatched`` counts synthetic documents without a parent
    whose label set no real document carries.
    """
    copied, similarity = match_rows(sources.synthetic.label_matrix(), sources.real.label_matrix(), sources.parent, rng)
    unmatched = (sources.parent < 0) & (similarity < 1.0)
    return with_copies(sources, copied, {"n_unmatched": int(unmatched.sum())})


def match_rows(
    synthetic: NDArray[np.bool_], real: NDArray[np.bool_], parent: IntArray, rng: np.random.Generator
) -> tuple[IntArray, NDArray[np.float64]]:
    """Return the real row that each synthetic document is matched to, and the similarity of their label sets.

    Among equally similar real documents the one copied least so far is taken, then by chance.

    Parameters
    ----------
    synthetic, real : ndarray of bool, shapes (M, n_labels), (N, n_labels)
    parent : ndarray of int, shape (M,)
        Known parents, -1 for none.
    rng : numpy.random.Generator

    Examples
    --------
    >>> labels = np.array([[1, 0], [1, 0], [0, 1]], dtype=bool)
    >>> rows, _ = match_rows(labels[[0, 0, 2]], labels, np.array([-1, -1, -1]), np.random.default_rng(0))
    >>> sorted(rows.tolist())
    [0, 1, 2]
    """
    both = synthetic.astype(float) @ real.T.astype(float)
    either = synthetic.sum(axis=1)[:, np.newaxis] + real.sum(axis=1) - both
    jaccard = np.where(either > 0, both / np.where(either > 0, either, 1.0), 1.0)  # two empty sets are equal
    copied = parent.copy()
    n_copies = np.bincount(parent[parent >= 0], minlength=len(real))
    chance = rng.permutation(len(real))
    for row in np.flatnonzero(parent < 0):
        tied = np.flatnonzero(jaccard[row] == jaccard[row].max())
        copied[row] = tied[np.lexsort((chance[tied], n_copies[tied]))[0]]
        n_copies[copied[row]] += 1
    return copied, jaccard[np.arange(len(synthetic)), copied]


def with_copies(sources: Sources, rows: IntArray, facts: dict[str, float | int]) -> Composition:
    """Compose all N real documents and copies of those at `rows`.

    Raises
    ------
    NotApplicable
        Where there is no real document.
    """
    if len(sources.real) == 0:
        raise NotApplicable("there is no real document to copy")
    group = sources.real_group
    return Composition(compose_rows((sources.real, group, True), (sources.real.take(rows), group[rows], False)), facts)
