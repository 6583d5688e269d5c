"""The head that all kernel classifiers share: tune the penalty on held-out real rows, then fit on everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from synthlift.classifiers.folds import Fold, inner_folds
from synthlift.classifiers.kernels import Gram
from synthlift.classifiers.logistic import LogisticFit, fit_logistic
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import NotApplicable
from synthlift.metrics.thresholds import tune_threshold

__all__ = ["DistinctRows", "Head", "distinct_rows", "fit_head", "refuse_what_is_not_convex"]

FloatArray = NDArray[np.float64]

# Inverse penalties per mean loss, half a decade apart. With few documents held-out micro-F1
# often still rises a little at the weak end, so that end is widened; beyond a million the documents are separated and
# only the scale of the margins grows, while the tuned threshold transfers worse.
HALF_DECADES = range(5, 13)
MAX_WIDENINGS = 2
# A wider grid must pay: under this gain in held-out micro-F1 the next step is noise.
WIDENING_GAIN = 0.005


@dataclass(frozen=True, slots=True)
class DistinctRows:
    """Distinct rows of a training set: equal text, labels and original are one row with a weight."""

    first: NDArray[np.intp]
    of: NDArray[np.intp]
    multiplicity: FloatArray


def distinct_rows(training: TrainingSet) -> DistinctRows:
    """Find the distinct rows."""
    seen: dict[tuple[str, bytes, int], int] = {}
    of = np.empty(len(training), dtype=np.intp)
    first: list[int] = []
    packed = np.packbits(training.labels, axis=1)
    for row, text in enumerate(training.texts):
        original = int(training.original[row])
        key = (text, packed[row].tobytes(), original if original >= 0 else -1 - row)
        index = seen.setdefault(key, len(first))
        if index == len(first):
            first.append(row)
        of[row] = index
    return DistinctRows(np.array(first, dtype=np.intp), of, np.bincount(of).astype(float))


@dataclass(frozen=True, slots=True)
class Head:
    """A tuned and fitted head.

    Attributes
    ----------
    solution : LogisticFit
        Dual coefficients of the distinct rows.
    held_out_proba : ndarray, shape (n_tuning, n_labels)
    facts : dict
        ``C`` (per mean loss), ``n_unconverged``.
    """

    solution: LogisticFit
    held_out_proba: FloatArray
    facts: dict[str, float | int | str]


def refuse_what_is_not_convex(training: TrainingSet) -> None:
    """Refuse what a convex head cannot serve.

    Raises
    ------
    NotApplicable
        For a focal loss, or a number of optimiser steps: the problem is convex and solved to its end.
    """
    if training.loss != "bce":
        raise NotApplicable(f"the head minimises log loss, not {training.loss}")
    if training.n_steps is not None:
        raise NotApplicable("convex: solved to its minimum, so more optimiser steps change nothing")


def fit_head(kernel: Gram, training: TrainingSet, rows: DistinctRows, rng: np.random.Generator) -> Head:
    """Choose `C` by held-out micro-F1 at its best threshold, then fit on all rows.

    Parameters
    ----------
    kernel : Gram
        Of the distinct rows.
    training : TrainingSet
    rows : DistinctRows
    rng : numpy.random.Generator
        Makes the inner folds.

    Raises
    ------
    NotApplicable
        Where all documents are one family, so that no inner fold has anything to learn from.
    """
    folds = list(inner_folds(training, rng))
    if any(fold.train.size == 0 for fold in folds):
        raise NotApplicable("all training documents are one family: none can be held out to tune on")
    labels = training.labels[rows.first]
    weight = _weights(training, rows)
    held_out = _HeldOut(kernel, labels, weight, training, rows, folds)
    best_C, held_out_proba = _choose(held_out)
    solution = fit_logistic(kernel, labels, _normalised(weight), best_C)
    n_unconverged = solution.n_unconverged + held_out.n_unconverged
    return Head(solution, held_out_proba, {"C": best_C, "n_unconverged": n_unconverged})


def _weights(training: TrainingSet, rows: DistinctRows) -> FloatArray:
    """Return the weight of each distinct row, ``(n_rows, 1)`` or ``(n_rows, n_labels)``."""
    each = np.ones(len(training)) if training.sample_weight is None else training.sample_weight
    if training.label_weight is None:
        summed: FloatArray = np.bincount(rows.of, weights=each).astype(float)
        return summed[:, np.newaxis]
    weight = np.zeros((len(rows.first), training.labels.shape[1]))
    np.add.at(weight, rows.of, each[:, np.newaxis] * training.label_weight)
    return weight


def _normalised(weight: FloatArray) -> FloatArray:
    # through the largest weight first: k copies of everything divide out exactly
    relative = weight / weight.max(axis=0)
    normalised: FloatArray = relative / relative.sum(axis=0)
    return normalised


class _HeldOut:
    """Held-out probabilities along the path of `C`; each fold starts where it ended at the last `C`."""

    def __init__(
        self,
        kernel: Gram,
        labels: NDArray[np.bool_],
        weight: FloatArray,
        training: TrainingSet,
        rows: DistinctRows,
        folds: Sequence[Fold],
    ) -> None:
        self.labels = training.labels[training.tuning_rows]
        self.n_unconverged = 0
        self._whole = kernel
        self._folds = [
            _PreparedFold(kernel, labels, weight, np.unique(rows.of[fold.train]), rows, training.tuning_rows, fold)
            for fold in folds
        ]

    def proba(self, C: float) -> FloatArray:
        """Return probabilities of the tuning rows, ``(n_tuning, n_labels)``."""
        proba = np.zeros(self.labels.shape)
        for fold in self._folds:
            proba[fold.positions] = fold.proba(self._whole, C)
            self.n_unconverged += fold.solution.n_unconverged if fold.solution is not None else 0
        return proba


class _PreparedFold:
    def __init__(
        self,
        kernel: Gram,
        labels: NDArray[np.bool_],
        weight: FloatArray,
        train: NDArray[np.intp],
        rows: DistinctRows,
        tuning_rows: NDArray[np.int64],
        fold: Fold,
    ) -> None:
        self.positions = fold.positions
        self.solution: LogisticFit | None = None
        self._train = train
        self._held = rows.of[tuning_rows[fold.positions]]
        self._kernel = kernel.take(train)
        self._labels = labels[train]
        self._weight = _normalised(weight[train])

    def proba(self, whole: Gram, C: float) -> FloatArray:
        self.solution = fit_logistic(self._kernel, self._labels, self._weight, C, start=self.solution)
        margins = whole.cross(self._held, self._train, self.solution.alpha) + self.solution.intercept
        proba: FloatArray = expit(margins)
        return proba


def _choose(held_out: _HeldOut) -> tuple[float, FloatArray]:
    """Return the best `C` and its held-out probabilities; an optimum at an edge widens the path on that side."""
    best_C, best_f1, best_proba = 0.0, -1.0, np.zeros(held_out.labels.shape)

    def improves(half_decade: int, by: float) -> bool:
        nonlocal best_C, best_f1, best_proba
        C = 10.0 ** (half_decade / 2)
        proba = held_out.proba(C)
        f1 = tune_threshold(proba, held_out.labels).micro_f1
        if f1 <= best_f1 + by:
            return False
        best_C, best_f1, best_proba = C, f1, proba
        return True

    for half_decade in HALF_DECADES:
        improves(half_decade, 0.0)
    for edge, outwards in ((HALF_DECADES[-1], 1), (HALF_DECADES[0], -1)):
        for widening in range(MAX_WIDENINGS):
            at = edge + widening * outwards
            if best_C != 10.0 ** (at / 2) or not improves(at + outwards, WIDENING_GAIN):
                break
    return best_C, best_proba
