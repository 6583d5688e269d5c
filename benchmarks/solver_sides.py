"""The two sides of the solver benchmark on one problem: our solver here, the peers in their own process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from optimality import FloatArray, Solution, lower_bound, worst_gap
from peers import PeerProcess
from problems import Problem

from synthlift.classifiers.kernels import DenseGram, SparseGram, gram
from synthlift.classifiers.logistic import LogisticFit, fit_logistic

__all__ = ["GAP", "Ours", "Peers"]

GAP = 1e-6
REFERENCE_TOL = {"ours": 1e-13, "liblinear": 1e-10}
TOLERANCES: list[float] = [10.0 ** (-half / 2) for half in range(2, 19)]
FIRST_TRIED = 5


class Ours:
    """Our solver on one problem; a training set is a fold's number, or `whole`."""

    def __init__(self, problem: Problem, path: Sequence[float], n_folds: int) -> None:
        self.problem = problem
        self._path = path
        self._folds = problem.folds[:n_folds]
        self.whole = len(self._folds)
        n_docs = len(problem.labels)
        self.train = [*(fold.train for fold in self._folds), np.arange(n_docs)]
        # the real documents, which are tuned on, come first: positions among them are rows
        self.held_out = [*(fold.positions for fold in self._folds), np.arange(0)]
        self.kernels: list[DenseGram | SparseGram] = [gram(problem.features).take(rows) for rows in self.train]

    def trial(self) -> tuple[float, dict[tuple[int, float], LogisticFit]]:
        """Return the CPU seconds of a trial, and its fits by training set and `C`."""
        fits: dict[tuple[int, float], LogisticFit] = {}
        start = time.process_time()
        kernel = gram(self.problem.features)
        for training in range(self.whole):
            rows, fit = self.train[training], None
            own, labels, weight = kernel.take(rows), self.problem.labels[rows], _mean_of(len(rows))
            for C in self._path:
                fit = fit_logistic(own, labels, weight, C, start=fit)
                kernel.cross(self.held_out[training], rows, fit.alpha)
                fits[training, C] = fit
        labels = self.problem.labels
        fits[self.whole, self.problem.tuned_C] = fit_logistic(
            kernel, labels, _mean_of(len(labels)), self.problem.tuned_C
        )
        return time.process_time() - start, fits

    def single(self) -> float:
        """Return the CPU seconds of the Gram matrix and one fit on all rows at the tuned `C`."""
        start = time.process_time()
        labels = self.problem.labels
        fit_logistic(gram(self.problem.features), labels, _mean_of(len(labels)), self.problem.tuned_C)
        return time.process_time() - start

    def gap(self, training: int, C: float, fit: LogisticFit) -> float:
        """Return the relative gap of a fit, the worst of its labels."""
        labels = self.problem.labels[self.train[training]]
        return worst_gap(self._solution(training, fit), self.bound(training, C), labels, C)

    def bound(self, training: int, C: float) -> FloatArray:
        """Return the lower bound of each label's objective, from a fit to the limits of its arithmetic."""
        kernel, labels = self.kernels[training], self.problem.labels[self.train[training]]
        near = fit_logistic(kernel, labels, _mean_of(len(labels)), C, tol=REFERENCE_TOL["ours"])
        return lower_bound(kernel, labels, self._solution(training, near), C, penalised_intercept=False)

    def _solution(self, training: int, fit: LogisticFit) -> Solution:
        products = self.kernels[training] @ fit.alpha
        finite = np.where(np.isfinite(fit.intercept), fit.intercept, 0.0)  # of one class: not compared
        return Solution(products + finite, (fit.alpha * products).sum(axis=0))


def _mean_of(n_docs: int) -> FloatArray:
    return np.full((n_docs, 1), 1.0 / n_docs)


class Peers:
    """The peers on the same training sets."""

    def __init__(self, ours: Ours, python: Path | None, folder: Path) -> None:
        self._ours = ours
        self._out = folder / "solution.npz"
        self._bounds: dict[tuple[bool, int, float], FloatArray] = {}
        self._found_at: dict[str, int] = {}
        features = ours.problem.features
        arrays = {"data": features.data, "indices": features.indices, "indptr": features.indptr}
        arrays |= {"shape": np.array(features.shape), "labels": ours.problem.labels}
        arrays |= {f"train_{training}": rows for training, rows in enumerate(ours.train)}
        arrays |= {f"held_out_{training}": rows for training, rows in enumerate(ours.held_out)}
        np.savez(folder / "problem.npz", allow_pickle=False, **arrays)
        script = Path(__file__).with_name("solver_peer.py")
        self._process = PeerProcess(python, script, str(folder / "problem.npz"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.__exit__(kind, error, trace)

    def loosest(self, solver: str, training: int, C: float) -> tuple[float, float, float]:
        """Return the loosest of `TOLERANCES` that keeps every label within `GAP`, with that fit's CPU seconds and gap.

        Tighter is never worse: each iteration lowers the objective, and the tolerance only says when to stop. The
        search sets out from the last tolerance found, and ends at the tightest where none will do.
        """
        tried: dict[int, tuple[float, float]] = {}

        def within(index: int) -> bool:
            if index not in tried:
                tried[index] = self.verified_fit(solver, training, C, TOLERANCES[index])
            return tried[index][1] <= GAP

        index = self._found_at.get(solver, FIRST_TRIED)
        while not within(index) and index + 1 < len(TOLERANCES):
            index += 1
        while index > 0 and within(index) and within(index - 1):
            index -= 1
        self._found_at[solver] = index
        return (TOLERANCES[index], *tried[index])

    def fit(self, solver: str, training: int, C: float, tol: float) -> float:
        """Return the CPU seconds of one fit."""
        return self._ask(solver, training, C, tol, out=None)

    def verified_fit(self, solver: str, training: int, C: float, tol: float) -> tuple[float, float]:
        """Return the CPU seconds of one fit, and its relative gap, the worst of its labels."""
        seconds = self._ask(solver, training, C, tol, out=self._out)
        solution = self._saved()
        labels = self._ours.problem.labels[self._ours.train[training]]
        return seconds, worst_gap(solution, self._bound(solver, training, C), labels, C)

    def _ask(self, solver: str, training: int, C: float, tol: float, out: Path | None) -> float:
        n_docs = len(self._ours.train[training])
        path = None if out is None else str(out)
        answer = self._process.ask(solver=solver, training=training, C=C / n_docs, tol=tol, out=path)
        return float(answer["seconds"])

    def _saved(self) -> Solution:
        with np.load(self._out, allow_pickle=False) as stored:
            return Solution(stored["margins"], stored["norm"])

    def _bound(self, solver: str, training: int, C: float) -> FloatArray:
        """Return the lower bound of the problem that `solver` solves: liblinear penalises its intercept."""
        penalised = solver == "liblinear"
        key = (penalised, training, C)
        if key in self._bounds:
            return self._bounds[key]
        if not penalised:
            self._bounds[key] = self._ours.bound(training, C)
            return self._bounds[key]
        self._ask(solver, training, C, REFERENCE_TOL["liblinear"], out=self._out)
        kernel, labels = self._ours.kernels[training], self._ours.problem.labels[self._ours.train[training]]
        self._bounds[key] = lower_bound(kernel, labels, self._saved(), C, penalised_intercept=True)
        return self._bounds[key]
