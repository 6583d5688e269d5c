"""What a recipe may draw on, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus, TrainingSet

__all__ = ["Composition", "Recipe", "Sources", "compose_rows"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Sources:
    """The documents of one replicate.

    Attributes
    ----------
    real : Corpus
        The N real training documents.
    real_group : ndarray of int, shape (N,)
        Near-duplicate group of each, shared with `spare_group`.
    synthetic : Corpus
        The M kept synthetic documents.
    parent : ndarray of int, shape (M,)
        Row of the parent in `real`; -1 where there is none, or several.
    family : ndarray of int, shape (M,)
        Synthetic documents of one parent, or near-duplicates, share a family.
    spare : Corpus
        Real documents that no condition but ``real+real`` sees.
    spare_group : ndarray of int, shape (n_spare,)
    """

    real: Corpus
    real_group: IntArray
    synthetic: Corpus
    parent: IntArray
    family: IntArray
    spare: Corpus
    spare_group: IntArray


@dataclass(frozen=True)
class Composition:
    """A training set, and what there is to say about how it came about (JSON scalars)."""

    training: TrainingSet
    facts: Mapping[str, float | int] = field(default_factory=dict)


Recipe = Callable[[Sources, np.random.Generator], Composition]


def compose_rows(*parts: tuple[Corpus, IntArray, bool], labels: NDArray[np.bool_] | None = None) -> TrainingSet:
    """Stack documents to a training set.

    Parameters
    ----------
    *parts : tuple of (Corpus, ndarray of int, bool)
        Documents, the key of what each descends from (-1 for nothing), and whether they are tuned on.
    labels : ndarray of bool, optional
        Label matrix of the last part, in place of its own.
    """
    keys = np.concatenate([key for _, key, _ in parts])
    matrices = [corpus.label_matrix() for corpus, _, _ in parts]
    if labels is not None:
        matrices[-1] = labels
    return TrainingSet(
        texts=tuple(text for corpus, _, _ in parts for text in corpus.texts),
        labels=np.concatenate(matrices),
        original=_first_rows(keys),
        is_real=np.concatenate([np.full(len(corpus), real) for corpus, _, real in parts]),
    )


def _first_rows(keys: IntArray) -> IntArray:
    """Return, for each row, the first row of the same key; -1 stays -1."""
    _, first, member = np.unique(keys, return_index=True, return_inverse=True)
    return np.where(keys < 0, -1, first[member]).astype(np.int64)
