"""Our batched logistic regression against scikit-learn's one-vs-rest, all stopped equally near the optimum.

A *trial* is what one cell of a study solves: inner folds times the path of `C`, scoring what a fold holds out, and the
fit on all rows at the chosen `C`; TF-IDF is made once and given to both. Each peer runs at the loosest tolerance that
brings every label within `GAP` of the optimum, found for each `C`. Times are CPU seconds of one thread.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from checks import Check, at_least, at_most
from peers import PeerFailed
from problems import SHAPES, Problem, load
from solver_sides import GAP, Ours, Peers

__all__ = ["run"]

# the inverse penalties that the classifiers try, before they widen the path
PATH: list[float] = [10.0 ** (half / 2) for half in range(5, 13)]


class Targets(NamedTuple):
    """How many times faster a trial and a single fit must be; None where nothing is asked."""

    trial: float
    single: float | None


PLAN: Mapping[str, Mapping[str, Targets]] = {
    "uspto64": {"lbfgs": Targets(20, 10), "liblinear": Targets(5, 3)},
    "valueeval_t5": {"liblinear": Targets(3, None)},
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a problem is measured."""

    every_label: int
    path: Sequence[float]
    n_folds: int
    n_repetitions: int


FULL = Extent(every_label=1, path=PATH, n_folds=5, n_repetitions=3)
QUICK = Extent(every_label=8, path=PATH[::3], n_folds=1, n_repetitions=3)


def run(peer: Path | None, *, quick: bool) -> list[Check]:
    """Return the checks of all problems; a peer that does not run is a row without a value."""
    extent = QUICK if quick else FULL
    checks: list[Check] = []
    for name, targets in PLAN.items():
        problem = load(SHAPES[name], every_label=extent.every_label)
        ours = Ours(problem, extent.path, extent.n_folds)
        measured, failure = Measured(), ""
        measured.gaps["ours"] = [ours.gap(training, C, fit) for (training, C), fit in ours.trial()[1].items()]
        try:
            with tempfile.TemporaryDirectory() as folder, Peers(ours, peer, Path(folder)) as peers:
                _measure(ours, peers, extent, targets, measured)
        except PeerFailed as failed:
            failure = str(failed)
        checks += Told(problem, extent, measured, failure).checks(targets)
    return checks


@dataclass(slots=True)
class Measured:
    """CPU seconds of trials and single fits, verified relative gaps, and the peers' tolerances, by solver."""

    trial: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    single: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    gaps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    tolerances: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def _measure(ours: Ours, peers: Peers, extent: Extent, targets: Mapping[str, Targets], measured: Measured) -> None:
    """Fill `measured`: the peers' fits one by one, our trials spread between them."""
    seconds = dict.fromkeys(targets, 0.0)
    tuned_C = ours.problem.tuned_C
    # a peer fits the first fold at every C; the other folds, equally large, are taken to cost as much
    plan = [*((C, 0, extent.n_folds) for C in extent.path), (tuned_C, ours.whole, 1)]
    for index, (C, training, times) in enumerate(plan):
        if index % 2 == 0:
            measured.trial["ours"].append(ours.trial()[0])
        for solver in targets:
            tol, spent, gap = peers.loosest(solver, training, C)
            seconds[solver] += times * spent
            measured.tolerances[solver].append(tol)
            measured.gaps[solver].append(gap)
            print(
                f"{ours.problem.name}: C {C:.3g}, {solver} at tol {tol:.1e}: {spent:.2f} s", file=sys.stderr, flush=True
            )
    for solver in targets:
        measured.trial[solver] = [seconds[solver]]
    if all(target.single is None for target in targets.values()):
        return
    for _ in range(extent.n_repetitions):
        measured.single["ours"].append(ours.single())
        for solver in targets:
            tol = measured.tolerances[solver][-1]
            measured.single[solver].append(peers.fit(solver, ours.whole, tuned_C, tol))


@dataclass(frozen=True, slots=True)
class Told:
    """The measurements of one problem, told as checks."""

    problem: Problem
    extent: Extent
    measured: Measured
    failure: str

    def checks(self, targets: Mapping[str, Targets]) -> list[Check]:
        """Return the ratios, then the gaps they rest on."""
        return [
            *(self._ratio("trial", solver, target.trial) for solver, target in targets.items()),
            *(
                self._ratio("single fit", solver, target.single)
                for solver, target in targets.items()
                if target.single is not None
            ),
            *(self._gap(solver) for solver in ("ours", *targets)),
        ]

    def _ratio(self, kind: str, solver: str, target: float) -> Check:
        times = self.measured.trial if kind == "trial" else self.measured.single
        what = f"{self._name()}, {kind}{self._share(kind)}: CPU time of {solver} over ours"
        if self.failure or not times[solver]:
            return at_least(target, what, None, self.failure)
        theirs, own = statistics.median(times[solver]), statistics.median(times["ours"])
        reason = (
            f"{theirs:.3g} s against {own:.3g} s (median of {len(times['ours'])}, "
            f"{min(times['ours']):.3g} to {max(times['ours']):.3g})"
        )
        if kind == "trial" and self.extent.n_folds > 1:
            reason += f"; the peer's first fold at every C counted {self.extent.n_folds} times, and its refit"
        return at_least(target, what, theirs / own, reason + self._unjudged(), judged=not self._unjudged())

    def _gap(self, solver: str) -> Check:
        what = f"{self._name()}: largest relative gap to the optimum, {solver}"
        gaps = self.measured.gaps[solver]
        if not gaps:
            return at_most(GAP, what, None, self.failure)
        reason = f"over {len(gaps)} fits and {self.problem.labels.shape[1]} labels, against a dual lower bound"
        if solver != "ours":
            tolerances = self.measured.tolerances[solver]
            reason += f" of its own objective; tol {max(tolerances):.1e} to {min(tolerances):.1e}, chosen on these fits"
        return at_most(GAP, what, max(gaps), reason)

    def _name(self) -> str:
        return self.problem.name + (" (random stand-in)" if self.problem.is_stand_in else "")

    def _share(self, kind: str) -> str:
        if self.extent == FULL:
            return ""
        labels = f"{self.problem.labels.shape[1]} labels"
        if kind != "trial":
            return f" ({labels})"
        return f" ({labels}, {self.extent.n_folds} fold, {len(self.extent.path)} values of C, refit)"

    def _unjudged(self) -> str:
        if self.problem.is_stand_in:
            return "; not judged: the corpus is not here (SYNTHLIFT_DATA), random texts of its shape were solved"
        return "" if self.extent == FULL else "; not judged: the target is for the full size"
