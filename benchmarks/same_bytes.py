"""Run one audit in every way that may not matter, and compare the bytes of what it leaves: promise R8."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from checks import Check, at_least, at_most
from lanes import N_LANES
from tiny_audit import SAME, contents, planned, tiny_corpora

from synthlift import api

__all__ = ["run"]

N_REPLICATES = 2
CLI = (sys.executable, "-c", "from synthlift.cli import main; main()")
# no UTF-8 anywhere, as under cron
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
SECONDS = 300


@dataclass(frozen=True)
class Way:
    """How an audit is run: workers, what surrounds it, and the signal that ends it once before it is run again."""

    name: str
    workers: int = 1
    env: Mapping[str, str] = field(default_factory=dict)
    ended_by: signal.Signals | None = None


WAYS = (
    Way("one worker, hash seed 0", env={"PYTHONHASHSEED": "0"}),
    Way("two workers, hash seed 1", 2, {"PYTHONHASHSEED": "1"}),
    Way("four workers, random hash seed", 4, {"PYTHONHASHSEED": "random"}),
    Way("one worker, ASCII locale, Tokyo", env=ASCII | {"TZ": "Asia/Tokyo"}),
    Way("two workers, UTF-8 locale, Honolulu", 2, {"LC_ALL": "C.UTF-8", "TZ": "Pacific/Honolulu"}),
    Way("four threads asked of the BLAS", env=dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "4")),
    Way("interrupted with two workers, ended with two", 2, {}, signal.SIGINT),
    Way("killed with one worker, ended with one", 1, {"PYTHONHASHSEED": "7"}, signal.SIGKILL),
    Way("killed with four workers, ended with four", 4, {"TZ": "America/Caracas"}, signal.SIGKILL),
    Way("ended with SIGTERM, ended with two", 2, {}, signal.SIGTERM),
)
QUICK_WAYS = (WAYS[3], WAYS[8])


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of the promise."""
    ways = QUICK_WAYS if quick else WAYS
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(N_LANES) as lanes:
        folder = Path(name)
        files = tiny_corpora(folder / "files")
        plan = planned(files, replicates=N_REPLICATES)
        api.carry_out(plan, folder / "here")
        expected = contents(folder / "here")
        shuffled = random.Random(8).sample(plan.trials, len(plan.trials))
        api.carry_out(replace(plan, trials=shuffled), folder / "another order")
        found = {"trials in another order": contents(folder / "another order")}
        runs = lanes.map(lambda way: _run(way, files, folder / way.name), ways)
        ended = dict(zip((way.name for way in ways), runs, strict=True))
        found |= {way.name: contents(folder / way.name) for way in ways}
    different = [name for name, left in found.items() if left != expected]
    told = "; ".join(found) if not different else f"other bytes: {'; '.join(different)}"
    n_cut = sum(ended.values())
    return [
        at_least(
            len(ways) + 1, "R8: ways to run one audit", len(found), f"{len(plan.trials)} trials; {', '.join(SAME)}"
        ),
        at_most(0, "R8: ways that left other bytes than a run in this process", len(different), told),
        at_least(
            sum(way.ended_by is not None for way in ways), "R8: of them ended in their midst", n_cut, "and resumed"
        ),
    ]


def _run(way: Way, files: Any, out: Path) -> bool:
    """Run the command in this way; return whether it was ended before it was through."""
    arguments = files.audit(out, "--workers", str(way.workers), replicates=N_REPLICATES)
    environment = {**os.environ, **way.env}
    was_ended = way.ended_by is not None and _ended([*CLI, *arguments], environment, way.ended_by)
    done = subprocess.run([*CLI, *arguments], env=environment, capture_output=True, timeout=SECONDS, check=False)
    if done.returncode != 0:
        raise SystemExit(f"got an audit ({way.name}) that ended with {done.returncode}, expected 0: {done.stderr!r}")
    return was_ended


def _ended(command: list[str], environment: Mapping[str, str], number: signal.Signals) -> bool:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stderr=pipe, stdout=subprocess.DEVNULL, text=True) as process:
        for line in process.stderr or ():
            if " trials, " in line:
                break
        process.send_signal(number)
        return process.wait(SECONDS) != 0
