"""Kill, crash and hang the workers of a thousand trials: promise R7.

The trials are those of the tiny audit, carried out by the runner and recorded in a ledger. The poison of twenty trials
takes their worker with it each time that it meets them; all other trials have to be those of a clean run.
"""

from __future__ import annotations

import ctypes
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from checks import Check, at_least, at_most, noted
from lanes import N_LANES
from tiny_audit import planned, tiny_corpora

from synthlift.run.executors.contract import Failure, Success
from synthlift.run.executors.process import ProcessExecutor
from synthlift.run.runner import run_trials
from synthlift.storage.ledger import Ledger, TrialResult
from synthlift.study.plan import Plan
from synthlift.study.trials import Trial

__all__ = ["run"]

N_TRIALS, QUICK_N_TRIALS = 1000, 40
POISONS = {"killed": 10, "segfaulting": 5, "hanging": 5}
QUICK_POISONS = {"killed": 1, "segfaulting": 1, "hanging": 1}
REASONS = {"killed": "exit code -9", "segfaulting": "exit code -11", "hanging": "timeout: no answer within"}
TIMEOUT_S = 6.0  # a worker's first trial takes seconds of imports on a busy machine


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _segfault() -> None:
    ctypes.string_at(0)


def _hang() -> None:
    time.sleep(10 * TIMEOUT_S)


ACTS: dict[str, Callable[[], None]] = {"killed": _kill, "segfaulting": _segfault, "hanging": _hang}


class Poisoned:
    """A task that takes its worker with it where the trial is poisoned; it travels to the worker once."""

    def __init__(self, function: Callable[[Any], Any], poison: dict[str, str]) -> None:
        self._function, self._poison = function, poison

    def __call__(self, bundle: tuple[Trial, ...]) -> Any:
        """Carry the trials out, after what their names are poisoned with."""
        for trial in bundle:
            if trial.name in self._poison:
                ACTS[self._poison[trial.name]]()
        return self._function(bundle)


class PoisonedExecutor:
    """The executor of processes, whose tasks are poisoned."""

    def __init__(self, poison: dict[str, str]) -> None:
        self._poison = poison

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Success[Any, Any] | Failure[Any]]:
        """Carry the poisoned function out."""
        return ProcessExecutor(N_LANES, TIMEOUT_S).map(Poisoned(function, self._poison), items)


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of the promise."""
    n_trials, poisons = (QUICK_N_TRIALS, QUICK_POISONS) if quick else (N_TRIALS, POISONS)
    with tempfile.TemporaryDirectory() as name:
        plan = planned(tiny_corpora(Path(name)), replicates=1 + n_trials // 20)
        trials = plan.trials[:n_trials]
        poison = _dealt(trials, poisons)
        clean = _recorded(Path(name) / "clean.db", plan, trials, {})
        began = time.monotonic()
        met = _recorded(Path(name) / "poisoned.db", plan, trials, poison)
    failed = {key: result for key, result in met.items() if result.status == "failed"}
    by_reason = Counter(_kind(result.reason) for result in failed.values())
    told = ", ".join(f"{n} {kind}" for kind, n in poisons.items())
    n_other = sum(not _same(clean[key], result) for key, result in met.items() if key not in failed)
    wrong = sum(abs(by_reason[kind] - n) for kind, n in poisons.items()) + by_reason["other"]
    n_astray = sum(result.name not in poison for result in failed.values())
    return [
        at_least(n_trials, "R7: trials recorded", len(met), f"by {N_LANES} workers, of which each poison ends two"),
        at_least(sum(poisons.values()), "R7: recorded failures", len(failed), told),
        at_most(sum(poisons.values()), "R7: recorded failures, no more than poisons", len(failed), told),
        at_most(0, "R7: failures with another reason, or of another trial", wrong + n_astray, f"{dict(by_reason)}"),
        at_most(0, "R7: other trials that are not those of the clean run", n_other, f"of {len(met) - len(failed):,}"),
        noted("R7: seconds with poison", time.monotonic() - began, f"hangs end after {TIMEOUT_S:g} s, twice"),
    ]


def _dealt(trials: list[Trial], poisons: dict[str, int]) -> dict[str, str]:
    """Deal the poisons evenly over the trials, by their names."""
    kinds = [kind for kind, n in poisons.items() for _ in range(n)]
    step = len(trials) // len(kinds)
    return {trials[place * step + step // 2].name: kind for place, kind in enumerate(kinds)}


def _recorded(path: Path, plan: Plan, trials: list[Trial], poison: dict[str, str]) -> dict[str, TrialResult]:
    with Ledger.open(path) as ledger:
        run_trials(ledger, plan.prepared.workload, trials, PoisonedExecutor(poison), lambda _: None)
        return {result.key: result for result in ledger.results()}


def _kind(reason: str | None) -> str:
    return next((kind for kind, part in REASONS.items() if part in (reason or "")), "other")


def _same(one: TrialResult, other: TrialResult) -> bool:
    """Whether two results are equal but for how long they took."""
    told = [(each.name, each.spec, each.status, each.reason, each.scores, each.facts) for each in (one, other)]
    arrays = one.arrays.keys() == other.arrays.keys()
    return told[0] == told[1] and arrays and all(np.array_equal(one.arrays[n], other.arrays[n]) for n in one.arrays)
