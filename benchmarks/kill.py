"""Kill the run of a study at random moments and at every write, go on, and count what that has cost.

A study has a fake server write a hundred texts. Its run is killed with SIGKILL: at random moments of its generation,
once on a fresh folder or again and again on the same one; and at its k-th write, fsync, commit or rename, for each k.
Then it is run to its end. The ledger is read after each kill, and the server has its own view of what it was asked.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import TextIO, cast

from checks import Check, at_least, at_most, noted
from killed_studies import CONCURRENCY, Account, FakeServer, History, outcome, write_study

from synthlift.study.catalog import DEFAULT_CONDITIONS

__all__ = ["Series", "Warm", "killed", "run"]

N_LANES = 2
LATENCY_S = (0.02, 0.05)
UNHARMED = 3
# forked from one process that has imported everything: a start takes a second, and here it is none of what is killed
WARM = (
    "import aiohttp, py3langid, synthlift.filters.languages, synthlift.models.client, synthlift.report.html, "
    "synthlift.study_run, warm_cli; warm_cli.serve()"
)
# a run's own child waits for its moment: nobody else can tell so soon that the first request has gone out
KILLER = """
import os, signal, time
run = os.getpid()
if os.fork() == 0:
    size = lambda: os.stat({log!r}).st_size if os.path.exists({log!r}) else 0
    while os.getppid() == run and size() == {known}:
        time.sleep(0.002)
    time.sleep({delay})
    if os.getppid() == run:
        os.kill(run, signal.SIGKILL)
    os._exit(0)
"""
TESTS = Path(__file__).resolve().parents[1] / "tests"


@dataclass(frozen=True)
class Series:
    """How much is killed.

    Attributes
    ----------
    n_kills, n_fresh : int
        At random moments, and how many of them on folders of their own; all others come again and again on one.
    kills_a_folder : int
    step : int
        Each how many-th write a run is killed at.
    volumes, small : pair of int
        Texts from labels and from seeds, for moments and for writes.
    conditions : sequence of str
        What the study compares: its trials are most of the time of a run.
    """

    n_kills: int
    n_fresh: int
    kills_a_folder: int
    step: int
    volumes: tuple[int, int] = (60, 40)
    small: tuple[int, int] = (16, 12)
    conditions: Sequence[str] = DEFAULT_CONDITIONS


FULL = Series(200, 50, 10, 1)
QUICK = Series(30, 8, 10, 3)


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of both series of kills."""
    return killed(QUICK if quick else FULL)


def killed(series: Series) -> list[Check]:
    """Return the checks of kills at random moments and at writes."""
    with tempfile.TemporaryDirectory() as name:
        moments, seconds = _at_moments(Path(name), series)
        writes, last = _at_writes(Path(name), series)
    phase = f"of a generation phase of {seconds:.1f} s, on {moments.n_folders} folders"
    every = "every write" if series.step == 1 else f"one write in {series.step}"
    return [
        at_least(series.n_kills, "kills at random moments", moments.n_kills, phase),
        *_checks("random moments", moments),
        noted(f"kills at {every}, fsync, commit and rename", writes.n_kills, f"the last one at number {last}"),
        *_checks(every, writes),
    ]


def _checks(when: str, total: Account) -> list[Check]:
    told = f"{total.n_kills} kills, {total.n_folders} folders"
    listed = f"{total.n_paid_twice} in all; the ledger lists {total.n_lost} as maybe billed, some never sent"
    return [
        at_most(0, f"{when}: answers gone from the ledger", total.n_gone, told),
        at_most(0, f"{when}: requests sent although answered", total.n_asked_again, told),
        at_most(CONCURRENCY, f"{when}: requests paid twice, most by one kill", total.most_paid_twice, listed),
        at_most(0, f"{when}: of the server's hits, not in the ledger", total.n_unlisted, "answered or maybe billed"),
        at_most(0, f"{when}: folders with another outcome", total.n_different, "summary, report, tables, data set"),
    ]


def _at_moments(folder: Path, series: Series) -> tuple[Account, float]:
    """Kill at random moments. Return how long generation takes, too."""
    expected, seconds = _uninterrupted(folder / "moments", series.volumes, series.conditions)
    with ExitStack() as stack, ThreadPoolExecutor(N_LANES) as lanes:
        warm = [stack.enter_context(Warm(folder / f"warm-moments-{lane}")) for lane in range(N_LANES)]

        def once(place: int, most: int) -> Account:
            # on one folder each kill finds a little more done
            longest = seconds if most == 1 else seconds / 6
            return _killed_at_moments(
                folder / f"moments-{place}", expected, warm[place % N_LANES], series, most, longest
            )

        total, place = Account(), 0
        while total.n_kills < series.n_kills:  # a run that ends before its moment is killed no more
            most = 1 if place < series.n_fresh else series.kills_a_folder
            for found in lanes.map(once, range(place, place + N_LANES), [most] * N_LANES):
                total += found
            place += N_LANES
            print(f"\rmoments: {total}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return total, seconds


def _uninterrupted(folder: Path, volumes: tuple[int, int], conditions: Sequence[str]) -> tuple[dict[str, bytes], float]:
    folder.mkdir()
    with FakeServer(folder / "hits.jsonl", latency=sum(LATENCY_S) / 2) as server, Warm(folder / "warm") as warm:
        _must(warm(write_study(folder, server.base_url, volumes, conditions=conditions), folder / "run"), 0)
        hits = server.hits()
    return outcome(folder / "run"), hits[-1]["answered"] - hits[0]["received"]


def _killed_at_moments(
    folder: Path, expected: dict[str, bytes], warm: Callable[..., int], series: Series, most: int, longest: float
) -> Account:
    """Kill up to `most` runs, each up to `longest` seconds after its first request, then run to the end."""
    folder.mkdir()
    log, out, draws = folder / "hits.jsonl", folder / "run", random.Random(folder.name)
    with FakeServer(log, latency=draws.uniform(*LATENCY_S)) as server:
        study = write_study(folder, server.base_url, series.volumes, conditions=series.conditions)
        history, ended = History(out, server), -SIGKILL
        for _ in range(most):
            delay, known = draws.uniform(0, longest), log.stat().st_size if log.exists() else 0
            ended = warm(study, out, before=KILLER.format(log=str(log), known=known, delay=delay))
            if ended != -SIGKILL:
                break
            history.note(killed=True)
        if ended == -SIGKILL:
            ended = warm(study, out)
        _must(ended, 0)
        history.note(killed=False)
        account = history.account(expected)
    shutil.rmtree(folder)
    return account


def _at_writes(folder: Path, series: Series) -> tuple[Account, int]:
    """Kill at writes until a run has none left; return at which the last one was killed, too."""
    expected, _ = _uninterrupted(folder / "writes", series.small, series.conditions)
    step = series.step

    def lane(first: int) -> tuple[Account, int]:
        total, k, last, n_unharmed = Account(), first, 0, 0
        with Warm(folder / f"warm-{first}") as warm:
            while n_unharmed < max(1, UNHARMED // step):  # how many writes there are depends on which come together
                found = _killed_at_write(folder / f"writes-{k}", expected, warm, series, k)
                total += found
                last, n_unharmed = (k, 0) if found.n_kills else (last, n_unharmed + 1)
                k += N_LANES * step
                print(f"\rwrites: {k}, {total}", end="", file=sys.stderr, flush=True)
        return total, last

    with ThreadPoolExecutor(N_LANES) as lanes:
        found = list(lanes.map(lane, range(1, 1 + N_LANES * step, step)))
    print(file=sys.stderr)
    return sum((total for total, _ in found), Account()), max(last for _, last in found)


class Warm:
    """Runs commands in processes forked from one that has imported everything; a context manager."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._places = {name: str(folder / name) for name in ("stdout", "stderr", "calls")}

    def __enter__(self) -> Callable[..., int]:
        path, pipe = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]), subprocess.PIPE
        environment = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, "-c", WARM]
        self._server = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        return self._run

    def __exit__(self, *_: object) -> None:
        self._server.communicate(timeout=60)

    def _run(self, study: Path, out: Path, crash_at: int = 0, before: str = "") -> int:
        """Run a study, killed at the `crash_at`-th write or by what is run `before`; return its exit code."""
        args = ["run", str(study), "--out", str(out), "--workers", "1", "--quiet"]
        request = {"args": args, "env": {"SYNTHLIFT_CRASH_AT": str(crash_at)}, "before": before, **self._places}
        to, from_ = cast("TextIO", self._server.stdin), cast("TextIO", self._server.stdout)
        to.write(json.dumps(request) + "\n")
        to.flush()
        return int(json.loads(from_.readline())["returncode"])


def _killed_at_write(
    folder: Path, expected: dict[str, bytes], warm: Callable[..., int], series: Series, k: int
) -> Account:
    folder.mkdir()
    out = folder / "run"
    with FakeServer(folder / "hits.jsonl", latency=LATENCY_S[0]) as server:
        study = write_study(folder, server.base_url, series.small, conditions=series.conditions)
        history = History(out, server)
        ended = warm(study, out, k)
        history.note(killed=ended == -SIGKILL)
        if ended == -SIGKILL:
            ended = warm(study, out)
            history.note(killed=False)
        _must(ended, 0)
        account = history.account(expected)
    shutil.rmtree(folder)
    return account


def _must(ended: int, expected: int) -> None:
    if ended != expected:
        raise SystemExit(f"got a run that ended with {ended}, expected {expected}: run it by hand to see why")
