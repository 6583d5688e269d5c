"""Inner folds over the tuning rows, in which a document leaves together with its copies and children."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.stratification import stratify
from synthlift.corpus.training_set import TrainingSet

__all__ = ["Fold", "inner_folds"]

N_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Fold:
    """One inner fold.

    Attributes
    ----------
    train : ndarray of int
        Rows of the training set to fit on.
    positions : ndarray of int
        Positions within ``training.tuning_rows`` of the rows held out.
    """

    train: NDArray[np.intp]
    positions: NDArray[np.intp]


def inner_folds(training: TrainingSet, rng: np.random.Generator, n_folds: int = N_FOLDS) -> Iterator[Fold]:
    """Yield the inner folds, stratified by label over families of the tuning rows.

    A family is what shares an `original`; a row without one is a family of its own. Fewer families than folds make
    fewer folds.
    """
    tuning = training.tuning_rows
    own = -1 - np.arange(len(training))
    family = np.where(training.original >= 0, training.original, own)
    families, member = np.unique(family[tuning], return_inverse=True)
    counts = np.zeros((len(families), training.labels.shape[1]), dtype=np.int64)
    np.add.at(counts, member, training.labels[tuning].astype(np.int64))
    n_folds = min(n_folds, len(families))
    part = stratify(counts, np.bincount(member, minlength=len(families)), [1.0 / n_folds] * n_folds, rng)
    for fold in range(n_folds):
        leaving = np.isin(family, families[part == fold])
        yield Fold(np.flatnonzero(~leaving), np.flatnonzero(part[member] == fold))
