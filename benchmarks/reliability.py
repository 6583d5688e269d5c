"""Show promises R1 to R12 of docs/reliability.md one after the other: the sweep.

Each promise has its own script, which counts. The kills are fewer than those of ``run.py kill``, of a study that
compares less; all else is what the promise says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import canary_key
import dying_workers
import faults
import flipped_bits
import fuzzed_corpora
import hostile
import kill
import metric_inputs
import same_bytes
import second_runs
from checks import Check, noted

__all__ = ["run"]

CONDITIONS = ("real", "replicated", "real+synthetic")
KILLS = kill.Series(200, 8, 14, 4, small=(8, 4), conditions=CONDITIONS)
QUICK_KILLS = kill.Series(8, 2, 8, 90, small=(8, 4), conditions=CONDITIONS)


@dataclass(frozen=True)
class Promise:
    """One promise or a family, and what shows it."""

    name: str
    show: Callable[[bool], list[Check]]


def _kills(quick: bool) -> list[Check]:  # noqa: FBT001 (all are called alike)
    found = kill.killed(QUICK_KILLS if quick else KILLS)
    return [replace(check, what=f"R1, {check.what}") for check in found]


def _of(*benchmarks: Callable[..., list[Check]]) -> Callable[[bool], list[Check]]:
    return lambda quick: [check for benchmark in benchmarks for check in benchmark(None, quick=quick)]


PROMISES: Sequence[Promise] = (
    Promise("R1", _kills),
    Promise("R2-R4", _of(faults.run)),
    Promise("R5", _of(fuzzed_corpora.run)),
    Promise("R6", _of(flipped_bits.run)),
    Promise("R7", _of(dying_workers.run)),
    Promise("R8", _of(same_bytes.run)),
    Promise("R9, R10", _of(second_runs.run)),
    Promise("R11", _of(hostile.run, canary_key.run)),
    Promise("R12", _of(metric_inputs.run)),
)


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of all promises, and how long each took."""
    checks: list[Check] = []
    for promise in PROMISES:
        began = time.monotonic()
        found = promise.show(quick)
        seconds = time.monotonic() - began
        broken = [check.what for check in found if check.holds is False]
        print(f"{promise.name}: {len(found)} checks, {seconds:.0f} s; {'; '.join(broken) or 'held'}", flush=True)
        checks += [
            *found,
            noted(f"{promise.name}: seconds", seconds, f"{len(found)} checks, {len(broken)} do not hold"),
        ]
    return checks
