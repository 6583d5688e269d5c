"""Run a folder a second time, while the first run holds it, after its death, and with another study: R9 and R10."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks import Check, at_least, at_most, noted
from kill import Warm
from killed_studies import FakeServer, write_study
from tiny_audit import planned, tiny_corpora

from synthlift import api
from synthlift.errors import Refused
from synthlift.storage.ledger import Ledger
from synthlift.storage.lock import RunLock

__all__ = ["run"]

N_ROUNDS, QUICK_N_ROUNDS = 10, 2
HELD = """
import sys, time
from pathlib import Path
from synthlift.storage.lock import RunLock
with RunLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""
VOLUMES = (16, 12)
CONDITIONS = ("real", "replicated", "real+synthetic")
# a parser that cuts answers otherwise
PARSER = """
import dataclasses
import synthlift.generators.orders as orders
read = orders.read_answer
def otherwise(*args, **options):
    found = read(*args, **options)
    return dataclasses.replace(found, text=found.text + " and so on")
orders.read_answer = otherwise
"""


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of both promises."""
    with tempfile.TemporaryDirectory() as name:
        held = _held(Path(name) / "held", QUICK_N_ROUNDS if quick else N_ROUNDS)
        return [*held, *_changed(Path(name) / "changed")]


def _held(folder: Path, n_rounds: int) -> list[Check]:
    """R9: refuse a folder that is held, and take it as soon as its holder is dead."""
    files, out = tiny_corpora(folder), folder / "run"
    api.carry_out(planned(files), out)
    refused, freed, n_refused = [], [], 0
    for _ in range(n_rounds):
        holder = subprocess.Popen([sys.executable, "-c", HELD, str(out)], stdout=subprocess.PIPE, text=True)
        with holder:
            (holder.stdout or sys.stdin).readline()
            began = time.monotonic()
            try:
                api.audit(files.real, files.synthetic, out)
            except Refused as error:
                n_refused += f"process {holder.pid} " in str(error)
            refused.append(time.monotonic() - began)
            holder.kill()
            holder.wait()
        began = time.monotonic()
        with RunLock(out):
            freed.append(time.monotonic() - began)
    told = f"the slowest of {n_rounds}"
    return [
        at_least(n_rounds, "R9: second runs refused, naming the holder", n_refused, f"of {n_rounds}"),
        at_most(1.0, "R9: seconds until a second run is refused", max(refused), told),
        at_most(1.0, "R9: seconds until a folder is free after kill -9 of its holder", max(freed), told),
    ]


@dataclass(frozen=True)
class Cost:
    """What a run has added: requests to the server, and trials by generator and condition."""

    n_requests: int
    trials: set[tuple[Any, Any]]


def _changed(folder: Path) -> list[Check]:
    """R10: count the requests and trials that a changed study costs."""
    folder.mkdir()
    families = 'prompt-family = ["standard-patent"]'
    with FakeServer(folder / "hits.jsonl", latency=0.0) as server, Warm(folder / "warm") as warm:

        def cost(volumes: tuple[int, int], filters: str = "", before: str = "") -> Cost:
            study = write_study(folder, server.base_url, volumes, filters, CONDITIONS)
            known, n_before = _trials(folder / "run"), len(server.hits())
            if warm(study, folder / "run", before=before) != 0:
                raise SystemExit("got a changed study that failed, expected 0: run it by hand to see why")
            new = {key: told for key, told in _trials(folder / "run").items() if known.get(key) != told}
            return Cost(
                len(server.hits()) - n_before, {(generator, condition) for generator, condition, _ in new.values()}
            )

        first = cost(VOLUMES)
        filtered, parsed = cost(VOLUMES, families), cost(VOLUMES, before=PARSER)
        more, again = cost((VOLUMES[0] + 8, VOLUMES[1])), cost((VOLUMES[0] + 8, VOLUMES[1]))
    real = sum(generator is None for cost in (filtered, parsed, more) for generator, _ in cost.trials)
    others = sum(generator == "from seeds" for cost in (filtered, more) for generator, _ in cost.trials)
    return [
        noted(
            "R10: requests of the study", first.n_requests, f"{VOLUMES[0]} texts from labels, {VOLUMES[1]} from seeds"
        ),
        at_most(0, "R10: new requests of another filter", filtered.n_requests, _told(filtered)),
        at_most(0, "R10: new requests of another parser", parsed.n_requests, _told(parsed)),
        at_least(8, "R10: new requests of 8 more texts from labels", more.n_requests, _told(more)),
        at_most(8, "R10: new requests of 8 more texts from labels, no more", more.n_requests, _told(more)),
        at_most(0, "R10: requests and trials of the same study again", again.n_requests + len(again.trials), "nothing"),
        at_most(0, "R10: trials run again of what did not change", real + others, "real, and texts from seeds"),
        at_least(1, "R10: trials of changed texts, which are run", len(filtered.trials), _told(filtered)),
    ]


def _told(cost: Cost) -> str:
    return "new trials: " + (
        ", ".join(sorted(f"{generator} {condition}" for generator, condition in cost.trials)) or "0"
    )


def _trials(run: Path) -> dict[str, tuple[Any, Any, float]]:
    """Return generator, condition and seconds of each trial: two computations hardly take the same time."""
    if not (run / "ledger.db").exists():
        return {}
    with Ledger.open_readonly(run / "ledger.db") as ledger:
        trials = [ledger.trial(key) for key in sorted(ledger.keys())]
    return {each.key: (each.spec["generator"], each.spec["condition"], each.seconds) for each in trials}
