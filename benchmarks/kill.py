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
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import SIGKILL
from typing import TextIO, cast

from checks import Check, at_least, at_most, noted
from killed_studies import CONCURRENCY, Account, FakeServer, History, outcome, write_study

__all__ = ["run"]

N_LANES = 2
N_KILLS, QUICK_N_KILLS = 200, 30
STEP, QUICK_STEP = 1, 3
KILLS_A_FOLDER = 10
LATENCY_S = (0.02, 0.05)
VOLUMES = (60, 40)  # of texts from labels and from seeds
SMALL = (16, 12)  # fewer writes of each kind
UNHARMED = 3
# forked from one process that has imported everything: a start takes a second, and here it is none of what is killed
WARM = (
    "import aiohttp, py3langid, synthlift.filters.languages, synthlift.models.client, synthlift.report.html, "
    "synthlift.study_run, warm_cli; warm_cli.serve()"
)
TESTS = Path(__file__).resolve().parents[1] / "tests"


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of both series of kills."""
    n_kills, step = (QUICK_N_KILLS, QUICK_STEP) if quick else (N_KILLS, STEP)
    with tempfile.TemporaryDirectory() as name:
        moments, seconds = _at_moments(Path(name), n_kills)
        writes, last = _at_writes(Path(name), step)
    phase = f"of a generation phase of {seconds:.1f} s, on {moments.n_folders} folders"
    every = "every write" if step == 1 else f"every {step}rd write"
    return [
        at_least(n_kills, "kills at random moments", moments.n_kills, phase),
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


def _at_moments(folder: Path, n_kills: int) -> tuple[Account, float]:
    """Kill at random moments; a quarter of the kills on folders of their own. Return how long generation takes, too."""
    expected, seconds = _uninterrupted(folder / "moments", VOLUMES)

    def once(place: int, *, most: int) -> Account:
        longest = seconds if most == 1 else seconds / 12
        return _killed_at_moments(folder / f"moments-{place}", expected, most, longest)

    with ThreadPoolExecutor(N_LANES) as lanes:
        total = _added("fresh folders", lanes.map(lambda place: once(place, most=1), range(n_kills // 4)))
        place = n_kills // 4
        while total.n_kills < n_kills:  # a run that ends before its moment is killed no more
            places = range(place, place + N_LANES)
            total += _added("again and again", lanes.map(lambda at: once(at, most=KILLS_A_FOLDER), places))
            place += N_LANES
    return total, seconds


def _uninterrupted(folder: Path, volumes: tuple[int, int]) -> tuple[dict[str, bytes], float]:
    folder.mkdir()
    with FakeServer(folder / "hits.jsonl", latency=sum(LATENCY_S) / 2) as server:
        process = _start(write_study(folder, server.base_url, volumes), folder / "run")
        _must(process.wait(), 0)
        hits = server.hits()
    return outcome(folder / "run"), hits[-1]["answered"] - hits[0]["received"]


def _killed_at_moments(folder: Path, expected: dict[str, bytes], most: int, longest: float) -> Account:
    """Kill up to `most` runs, each up to `longest` seconds after its first request, then run to the end."""
    folder.mkdir()
    log, out, draws = folder / "hits.jsonl", folder / "run", random.Random(folder.name)
    with FakeServer(log, latency=draws.uniform(*LATENCY_S)) as server:
        study, history = write_study(folder, server.base_url, VOLUMES), History(out, server)
        for _ in range(most):
            if not _killed(_start(study, out), log, draws.uniform(0, longest)):
                break
            history.note(killed=True)
        else:
            _must(_start(study, out).wait(), 0)
        history.note(killed=False)
        account = history.account(expected)
    shutil.rmtree(folder)
    return account


def _killed(process: subprocess.Popen[bytes], log: Path, delay: float) -> bool:
    """Kill a process some time after its first request; return False for one that ended without sending any."""
    before = _size(log)
    while _size(log) == before:
        if process.poll() is not None:
            _must(process.returncode, 0)
            return False
        time.sleep(0.002)
    time.sleep(delay)
    process.kill()
    ended = process.wait()
    if ended != -SIGKILL:
        _must(ended, 0)
    return ended == -SIGKILL


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _start(study: Path, out: Path) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-c", "from synthlift.cli import main; main()", "run", str(study), "--out", str(out))
    nowhere = subprocess.DEVNULL
    return subprocess.Popen([*command, "--workers", "1", "--quiet"], stdout=nowhere, stderr=nowhere)


def _at_writes(folder: Path, step: int) -> tuple[Account, int]:
    """Kill at each write until a run has none left; return at which the last one was killed, too."""
    expected, _ = _uninterrupted(folder / "writes", SMALL)

    def lane(first: int) -> tuple[Account, int]:
        total, k, last, n_unharmed = Account(), first, 0, 0
        with _Warm(folder / f"warm-{first}") as warm:
            while n_unharmed < UNHARMED:  # how many writes there are depends on which come together
                found = _killed_at_write(folder / f"writes-{k}", expected, warm, k)
                total += found
                last, n_unharmed = (k, 0) if found.n_kills else (last, n_unharmed + 1)
                k += N_LANES * step
                print(f"\rwrites: {k}, {total}", end="", file=sys.stderr, flush=True)
        return total, last

    with ThreadPoolExecutor(N_LANES) as lanes:
        found = list(lanes.map(lane, range(1, 1 + N_LANES * step, step)))
    print(file=sys.stderr)
    return sum((total for total, _ in found), Account()), max(last for _, last in found)


class _Warm:
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

    def _run(self, study: Path, out: Path, crash_at: int = 0) -> int:
        """Run a study, killed at the `crash_at`-th write; return its exit code."""
        args = ["run", str(study), "--out", str(out), "--workers", "1", "--quiet"]
        request = {"args": args, "env": {"SYNTHLIFT_CRASH_AT": str(crash_at)}, "before": "", **self._places}
        to, from_ = cast("TextIO", self._server.stdin), cast("TextIO", self._server.stdout)
        to.write(json.dumps(request) + "\n")
        to.flush()
        return int(json.loads(from_.readline())["returncode"])


def _killed_at_write(folder: Path, expected: dict[str, bytes], warm: Callable[..., int], k: int) -> Account:
    folder.mkdir()
    out = folder / "run"
    with FakeServer(folder / "hits.jsonl", latency=LATENCY_S[0]) as server:
        study, history = write_study(folder, server.base_url, SMALL), History(out, server)
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


def _added(what: str, accounts: Iterable[Account]) -> Account:
    total = Account()
    for each in accounts:
        total += each
        print(f"\r{what}: {total}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return total
