"""The head that all kernel classifiers share: tune the penalty on held-out real rows, then fit on everything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from synthlift.classifiers.folds import inner_folds
from synthlift.classifiers.kernels import Gram
from synthlift.classifiers.logistic import LogisticFit, fit_logistic
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import NotApplicable
from synthlift.metrics.thresholds import tune_threshold

__all__ = [
    "DistinctRows",
    "Head",
    "InnerFit",
    "Problem",
    "distinct_rows",
    "fit_head",
    "posed",
    "refuse_what_is_not_convex",
    "solved",
]

FloatArray = NDArray[np.float64]
Rows = NDArray[np.intp]

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

    first: Rows
    of: Rows
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
        Dual coefficients of the rows of the last fit.
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
        For a focal loss, a number of optimiser steps, or an order of documents: the problem is convex and solved to
        its end.
    """
    if training.loss != "bce":
        raise NotApplicable(f"the head minimises log loss, not {training.loss}")
    if training.n_steps is not None:
        raise NotApplicable("convex: solved to its minimum, so more optimiser steps change nothing")
    if training.stage is not None:
        raise NotApplicable("convex: solved to its minimum, whatever the order of its documents")


@dataclass(frozen=True, slots=True)
class InnerFit:
    """Which rows of a problem an inner fold fits, and which it predicts.

    Attributes
    ----------
    train, held : ndarray of int
    positions : ndarray of int
        Where those held stand among the tuning rows.
    """

    train: Rows
    held: Rows
    positions: Rows


@dataclass(frozen=True, slots=True)
class Problem:
    """Rows with labels and weights, and which of them each fit takes.

    Attributes
    ----------
    kernel : Gram
        Of all rows.
    labels : ndarray of bool, shape (n_rows, n_labels)
    weight : ndarray, shape (n_rows, 1) or (n_rows, n_labels)
    whole : ndarray of int
        Rows of the last fit.
    folds : tuple of InnerFit
    truth : ndarray of bool, shape (n_tuning, n_labels)
        Labels of the tuning rows.
    """

    kernel: Gram
    labels: NDArray[np.bool_]
    weight: FloatArray
    whole: Rows
    folds: tuple[InnerFit, ...]
    truth: NDArray[np.bool_]


def fit_head(kernel: Gram, training: TrainingSet, rows: DistinctRows, rng: np.random.Generator) -> Head:
    """Choose `C` by held-out micro-F1 at its best threshold, then fit on all rows; `posed` and `solved` in one.

    Raises
    ------
    NotApplicable
        As `posed`.
    """
    return solved(posed(kernel, training, rows, rng))


def posed(kernel: Gram, training: TrainingSet, rows: DistinctRows, rng: np.random.Generator) -> Problem:
    """Draw the inner folds and return what is to be solved.

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
    tuning = training.tuning_rows
    return Problem(
        kernel=kernel,
        labels=training.labels[rows.first],
        weight=_weights(training, rows),
        whole=np.arange(len(rows.first)),
        folds=tuple(
            InnerFit(np.unique(rows.of[fold.train]), rows.of[tuning[fold.positions]], fold.positions) for fold in folds
        ),
        truth=training.labels[tuning],
    )


def solved(problem: Problem) -> Head:
    """Choose `C` by held-out micro-F1 at its best threshold, then fit on the whole."""
    held_out = _HeldOut(problem)
    best_C, held_out_proba = _choose(held_out)
    whole = problem.whole
    kernel = problem.kernel if len(whole) == len(problem.labels) else problem.kernel.take(whole)
    solution = fit_logistic(kernel, problem.labels[whole], _normalised(problem.weight[whole]), best_C)
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

    def __init__(self, problem: Problem) -> None:
        self.labels = problem.truth
        self.n_unconverged = 0
        self._folds = [_PreparedFold(problem, fold) for fold in problem.folds]

    def proba(self, C: float) -> FloatArray:
        """Return probabilities of the tuning rows, ``(n_tuning, n_labels)``."""
        proba = np.zeros(self.labels.shape)
        for fold in self._folds:
            proba[fold.positions] = fold.proba(C)
            self.n_unconverged += fold.solution.n_unconverged if fold.solution is not None else 0
        return proba


class _PreparedFold:
    def __init__(self, problem: Problem, fold: InnerFit) -> None:
        self.positions = fold.positions
        self.solution: LogisticFit | None = None
        self._fold, self._whole = fold, problem.kernel
        self._kernel = problem.kernel.take(fold.train)
        self._labels = problem.labels[fold.train]
        self._weight = _normalised(problem.weight[fold.train])

    def proba(self, C: float) -> FloatArray:
        self.solution = fit_logistic(self._kernel, self._labels, self._weight, C, start=self.solution)
        margins = self._whole.cross(self._fold.held, self._fold.train, self.solution.alpha) + self.solution.intercept
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
