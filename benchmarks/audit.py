"""A full audit as a user runs it: wall time, idle workers, peak memory, and the time to rebuild its report.

Everything is the command line in a fresh folder, watched from outside. What the workers are worth is the seconds that
the ledger holds of each trial, against workers times the wall time: of the trials, from the start of the first worker
to the end of the last, which is judged, and of the whole command with its reading, preparing and reporting.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from checks import Check, at_most, noted
from corpora import required_corpus
from process_tree import Watched, watch

from synthlift.storage.ledger import Ledger, TrialResult

__all__ = ["run"]

N_WORKERS = 2
N_REPORTS = 3
MAX_OVER_TRIALS = 1.15
MAX_GB = 1.5
MAX_REPORT_S = 3.0
FULL = ("--classifier", "linear", "--classifier", "embedding", "--replicates", "10")
QUICK = ("--classifier", "linear", "--replicates", "2")


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of one audit of uspto64."""
    real, synthetic = required_corpus("uspto64", "real.jsonl", "synthetic.jsonl")
    synthlift = Path(sys.executable).with_name("synthlift")
    if not synthlift.exists():
        raise SystemExit("got no synthlift beside this Python, expected it installed: pip install -e .")
    with tempfile.TemporaryDirectory() as name:
        out, log = Path(name) / "run", Path(name) / "messages.txt"
        options = ("--split-column", "split", "--where", "mode=synthesis", "--workers", str(N_WORKERS))
        extent = QUICK if quick else FULL
        audit = _watched(
            [str(synthlift), "audit", str(real), str(synthetic), *options, *extent, "--out", str(out)], log
        )
        reports = [_watched([str(synthlift), "report", str(out)], log) for _ in range(N_REPORTS)]
        with Ledger.open_readonly(out / "ledger.db") as ledger:
            trials = list(ledger.results())
    return _checks(audit, reports, trials, judged=not quick)


def _watched(command: list[str], log: Path) -> Watched:
    watched = watch(command, log)
    print(f"{command[1]}: {watched.seconds:.1f} s", file=sys.stderr, flush=True)
    if watched.returncode != 0:
        raise SystemExit(f"synthlift {command[1]} ended with {watched.returncode}:\n{watched.messages}")
    return watched


def _checks(audit: Watched, reports: list[Watched], trials: list[TrialResult], *, judged: bool) -> list[Check]:
    inside = sum(trial.seconds for trial in trials)
    n_done = sum(trial.status == "done" for trial in trials)
    ran = f"{n_done} trials done, {len(trials) - n_done} without; {audit.cpu_seconds:.0f} s of CPU"
    unjudged = "" if judged else "; not judged: the target is for the full audit"
    wall, cpu = [each.seconds for each in reports], statistics.median(each.cpu_seconds for each in reports)
    no_proc = "not measured: there is no /proc here"
    during, peak = audit.workers_seconds, audit.peak_gb
    of_trials = "workers x wall from the first worker's start to the last one's end, over the seconds of the trials"
    before_after = "" if during is None else f", {audit.seconds - during:.1f} s of it before and after the trials"
    worked = "" if during is None else f"{N_WORKERS} x {during:.1f} s against {inside:.1f} s"
    told = "" if peak is None else f"{len(audit.peak_kib)} processes: " + _spelled(audit.peak_kib)
    return [
        noted("full audit: wall seconds" if judged else "small audit: wall seconds", audit.seconds, ran),
        at_most(
            MAX_OVER_TRIALS,
            of_trials,
            None if during is None else N_WORKERS * during / inside,
            no_proc if during is None else worked + unjudged,
            judged=judged,
        ),
        noted(
            "workers x wall of the whole command, over the seconds of the trials",
            N_WORKERS * audit.seconds / inside,
            f"{N_WORKERS} x {audit.seconds:.1f} s against {inside:.1f} s{before_after}",
        ),
        at_most(
            MAX_GB,
            "sum of the peak memory of parent and workers, GB",
            peak,
            no_proc if peak is None else told + unjudged,
            judged=judged,
        ),
        at_most(
            MAX_REPORT_S,
            "`synthlift report RUN`: wall seconds",
            statistics.median(wall),
            f"median of {len(wall)}, {min(wall):.1f} to {max(wall):.1f}; {cpu:.1f} s of CPU{unjudged}",
            judged=judged,
        ),
    ]


def _spelled(peak_kib: dict[int, int]) -> str:
    return ", ".join(f"{peak * 1024 / 1e6:.0f} MB" for peak in sorted(peak_kib.values(), reverse=True))
