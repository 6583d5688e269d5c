"""The other head of frozen vectors: the labels of the nearest training documents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.classifiers.head import Problem
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import NotApplicable
from synthlift.metrics.thresholds import tune_threshold

__all__ = ["NeighbourHead", "fit_neighbours", "refuse_what_is_trained"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NUMBERS = (5, 10, 20, 40)


@dataclass(frozen=True, slots=True)
class NeighbourHead:
    """Training documents, and how many of the nearest are asked.

    Attributes
    ----------
    vectors : ndarray, shape (n_rows, n_dimensions)
        Of distinct documents, of length 1.
    labels : ndarray of bool, shape (n_rows, n_labels)
    weight : ndarray, shape (n_rows, 1) or (n_rows, n_labels)
        A copy is weight, and no second neighbour: a set copied k times predicts what the set itself does.
    k : int
    held_out_proba : ndarray, shape (n_tuning, n_labels)
    """

    vectors: FloatArray
    labels: BoolArray
    weight: FloatArray
    k: int
    held_out_proba: FloatArray

    def proba(self, vectors: FloatArray) -> FloatArray:
        """Return the mean labels of the nearest documents, weighted by their cosine, ``(n, n_labels)``.

        Where nothing is near (no cosine above 0), the prior.
        """
        return _proba(vectors, self.vectors, self.labels, self.weight, (self.k,))[self.k]


def refuse_what_is_trained(training: TrainingSet) -> None:
    """Refuse what needs a loss or steps.

    Raises
    ------
    NotApplicable
        For a focal loss, a number of optimiser steps, or an order of documents.
    """
    if training.loss != "bce" or training.n_steps is not None or training.stage is not None:
        raise NotApplicable("neighbours are looked up: there is no loss, no step and no order of documents")


def fit_neighbours(problem: Problem, vectors: FloatArray) -> NeighbourHead:
    """Choose how many neighbours by held-out micro-F1 at its best threshold; the fewest of equally good ones."""
    weight = problem.weight / problem.weight.max(axis=0)  # exact where all are copied equally often
    held_out = {k: np.zeros(problem.truth.shape) for k in NUMBERS}
    for fold in problem.folds:
        known = (vectors[fold.train], problem.labels[fold.train], weight[fold.train])
        for k, proba in _proba(vectors[fold.held], *known, NUMBERS).items():
            held_out[k][fold.positions] = proba
    best = max(NUMBERS, key=lambda k: tune_threshold(held_out[k], problem.truth).micro_f1)
    whole = problem.whole
    return NeighbourHead(vectors[whole], problem.labels[whole], weight[whole], best, held_out[best])


def _proba(
    asked: FloatArray, known: FloatArray, labels: BoolArray, weight: FloatArray, numbers: tuple[int, ...]
) -> dict[int, FloatArray]:
    """Return probabilities, ``(n_asked, n_labels)``, for each number of neighbours."""
    cosine = np.maximum(asked @ known.T, 0.0)
    prior = (weight * labels).sum(axis=0) / np.maximum(weight.sum(axis=0), np.finfo(float).tiny)
    # a stable order: which of several equally near documents counts must not hang on how many there are
    order = np.argsort(-cosine, axis=1, kind="stable")[:, : max(numbers)]
    near = np.take_along_axis(cosine, order, axis=1)
    proba = {}
    for k in numbers:
        share = near[:, :k, np.newaxis] * weight[order[:, :k]]
        total = share.sum(axis=1)
        voted = (share * labels[order[:, :k]]).sum(axis=1) / np.where(total > 0.0, total, 1.0)
        proba[k] = np.where(total > 0.0, voted, prior)
    return proba
