"""MLSMOTE: further rows between the vectors of documents that carry a rare label, to the volume that is asked for.

References
----------
Charte, Rivera, del Jesus & Herrera (2015), MLSMOTE: approaching imbalanced multilabel learning through synthetic
instance generation, Knowledge-Based Systems 89.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthlift.classifiers.head import Problem
from synthlift.classifiers.kernels import LowRankGram

__all__ = ["Interpolated", "interpolate", "interpolated"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Rows = NDArray[np.intp]

N_NEIGHBOURS = 5
# rows of the distance matrix at a time
BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Interpolated:
    """Rows between two others.

    Attributes
    ----------
    vectors : ndarray, shape (n, n_dimensions)
    labels : ndarray of bool, shape (n, n_labels)
    """

    vectors: FloatArray
    labels: BoolArray


def interpolated(
    problem: Problem, vectors: FloatArray, n_rows: int, rng: np.random.Generator
) -> tuple[Problem, FloatArray]:
    """Return the problem with rows between vectors added to every fit, and the vectors of all its rows.

    Each inner fit gets rows made from its own documents, as many as they are of all, so that nothing of a document
    that it holds out enters. A made row weighs 1, as a document does.

    Parameters
    ----------
    problem : Problem
    vectors : ndarray, shape (n_documents, n_dimensions)
        Of the rows of `problem`.
    n_rows : int
        How many are to be made of all documents.
    rng : numpy.random.Generator
    """
    parts = [problem.whole, *(fold.train for fold in problem.folds)]
    made = []
    for part in parts:
        share = round(n_rows * len(part) / len(problem.whole))
        made.append(interpolate(vectors[part], problem.labels[part], share, rng))
    ends = len(vectors) + np.cumsum([len(own.labels) for own in made])
    whole, *trains = [
        np.concatenate([part, np.arange(end - len(own.labels), end)])
        for part, own, end in zip(parts, made, ends, strict=True)
    ]
    every = np.concatenate([vectors, *(own.vectors for own in made)])
    weight = np.ones((len(every), problem.weight.shape[1]))
    weight[: len(vectors)] = problem.weight
    grown = replace(
        problem,
        kernel=LowRankGram(every),
        labels=np.concatenate([problem.labels, *(own.labels for own in made)]),
        weight=weight,
        whole=whole,
        folds=tuple(replace(fold, train=train) for fold, train in zip(problem.folds, trains, strict=True)),
    )
    return grown, every


def interpolate(vectors: FloatArray, labels: BoolArray, n_rows: int, rng: np.random.Generator) -> Interpolated:
    """Make rows between each carrier of a minority label and one of its nearest fellow carriers.

    A label is in the minority where its imbalance ratio, the commonest label's count over its own, exceeds the mean
    ratio. As published, a made row carries the labels of more than half of the seed and its neighbours; unlike there,
    rounds go on, one row for each minority label, until there are `n_rows`. There are none where no minority label has
    two carriers.
    """
    bags = [rng.permutation(np.flatnonzero(labels[:, label])) for label in rng.permutation(_minority(labels))]
    bags = [bag for bag in bags if len(bag) > 1]
    neighbours = [_nearest(vectors[bag]) for bag in bags]
    n_rows = n_rows if bags else 0
    made = Interpolated(np.empty((n_rows, vectors.shape[1])), np.empty((n_rows, labels.shape[1]), dtype=bool))
    for row in range(n_rows):
        turn, which = divmod(row, len(bags))
        bag = bags[which]
        seed, near = bag[turn % len(bag)], bag[neighbours[which][turn % len(bag)]]
        other = rng.choice(near)
        made.vectors[row] = vectors[seed] + rng.random() * (vectors[other] - vectors[seed])
        made.labels[row] = 2 * (labels[seed] + labels[near].sum(axis=0)) > 1 + len(near)
    return made


def _minority(labels: BoolArray) -> Rows:
    count = labels.sum(axis=0)
    present = np.flatnonzero(count)
    ratio = count.max(initial=0) / count[present]
    return present[ratio > ratio.mean()] if present.size else present


def _nearest(vectors: FloatArray) -> Rows:
    """Return the positions of each row's nearest others, ``(n, min(5, n - 1))``; of equally near ones the first."""
    n, square = len(vectors), (vectors**2).sum(axis=1)
    nearest = np.empty((n, min(N_NEIGHBOURS, n - 1)), dtype=np.intp)
    for start in range(0, n, BLOCK):
        own = np.arange(start, min(start + BLOCK, n))
        distance = square[own, np.newaxis] - 2.0 * vectors[own] @ vectors.T + square
        distance[own - start, own] = np.inf
        nearest[own] = np.argsort(distance, axis=1, kind="stable")[:, : nearest.shape[1]]
    return nearest
