"""What a condition composes and a classifier fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["TrainingSet"]


@dataclass(frozen=True)
class TrainingSet:
    """Texts with labels, weights, and who descends from whom.

    Attributes
    ----------
    texts : tuple of str
        ``n`` training texts.
    labels : ndarray of bool, shape (n, n_labels)
    original : ndarray of int, shape (n,)
        The row of this set whose document this row is, copies or descends from; -1 where there is none. Rows with the
        same `original` leave an inner fold together. In a set without real rows it is the first row of its family.
    is_real : ndarray of bool, shape (n,)
        The rows that hyper-parameters are tuned on: each real document once. Copies are not.
    sample_weight : ndarray of float, shape (n,), or None
    label_weight : ndarray of float, shape (n, n_labels), or None
        Weight of each label's loss at each row.
    loss : {"bce", "focal"}
    n_steps : int or None
        Optimiser steps at one document a step and one epoch, where that is not the number of rows; learners that count
        steps scale it by their batch and epochs.
    step_share : float
        Share of a fixed number of steps that this set gets; the members of an ensemble split one budget.
    stage : ndarray of int, shape (n,), or None
        A curriculum: all steps on rows of a lower stage come before those on a higher one, as many as are its share of
        the rows. None shuffles all.
    n_interpolated : int
        How many further rows the learner is to make between the vectors of real ones (MLSMOTE).
    validation : tuple of (tuple of str, ndarray of bool), or None
        Texts and labels, ``(n_validation, n_labels)``, that a learner may stop early on, and use for nothing else.
    """

    texts: tuple[str, ...]
    labels: NDArray[np.bool_]
    original: NDArray[np.int64]
    is_real: NDArray[np.bool_]
    sample_weight: NDArray[np.float64] | None = None
    label_weight: NDArray[np.float64] | None = None
    loss: Literal["bce", "focal"] = "bce"
    n_steps: int | None = None
    step_share: float = 1.0
    stage: NDArray[np.int64] | None = None
    n_interpolated: int = 0
    validation: tuple[tuple[str, ...], NDArray[np.bool_]] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def tuning_rows(self) -> NDArray[np.int64]:
        """The rows that inner folds hold out: the real ones, or all where there is none."""
        return np.flatnonzero(self.is_real) if self.is_real.any() else np.arange(len(self.texts))
