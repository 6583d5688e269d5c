"""Ask a server that fails on purpose, and hold its own log of hits against the ledger: promises R2, R3 and R4.

The server runs in a process of its own and chooses the fault of each attempt by a hash of its request. All waits of the
client are as in a run but for its deadline, which is short so that hangs do not make the benchmark one.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks import Check, at_least, at_most, noted

from synthlift.errors import Stopped
from synthlift.models.client import ServerModel
from synthlift.models.endpoint import Endpoint
from synthlift.models.pace import Limits
from synthlift.models.request import ChatRequest, ModelPool, Reply, Unanswered
from synthlift.models.spending import Spending
from synthlift.storage.exchanges import Exchanges

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))  # the fake server

from fake_llm import FakeServer, Plan, hit_key  # type: ignore[import-not-found]
from fake_llm_answers import answer  # type: ignore[import-not-found]

__all__ = ["run"]

CONCURRENCY = 64
N_REQUESTS, QUICK_N_REQUESTS = 2000, 200
MAX_ATTEMPTS = 6
KINDS = ("hang", "reset", "truncated", "html", "error-at-200", "choices-null", "500", "408")
RATES = (0.0, 0.2, 0.5, 0.9)
TIMEOUT_S = 0.5
LATENCY_S = 0.01
SLOW = ("hang", "drip", "slow-headers")
SLOW_TIMEOUT_S = 2.0
OUTAGE_S = 3.0


@dataclass(frozen=True)
class Asked:
    """What came of one asking: the client's view, the ledger's and the server's."""

    requests: Sequence[ChatRequest]
    answers: Sequence[Reply | Unanswered] | None
    stopped: str
    rows: Sequence[dict[str, Any]]
    hits: Sequence[dict[str, Any]]
    seconds: float

    @property
    def n_answered(self) -> int:
        """Requests with a reply."""
        return sum(isinstance(each, Reply) for each in self.answers or ())

    @property
    def n_unended(self) -> int:
        """Requests that ended neither with a reply nor with a recorded reason."""
        return len(self.requests) - len(self.answers or ())

    @property
    def n_unmatched(self) -> int:
        """Hits without an attempt row and rows without a hit, request by request."""
        known = {hit_key(request.body): request.key for request in self.requests}
        hits = Counter(known[hit["key"]] for hit in self.hits)
        sent = Counter(row["key"] for row in self.rows if row["outcome"] != "unsent" and row["reason"] != "unreachable")
        return sum(((hits - sent) + (sent - hits)).values())

    @property
    def n_swapped(self) -> int:
        """Replies that hold another text than their request is owed."""
        both = zip(self.requests, self.answers or (), strict=False)
        return sum(isinstance(reply, Reply) and reply.text != _owed(request) for request, reply in both)


def _owed(request: ChatRequest) -> str:
    return str(json.loads(answer(Plan(), request.body, None, 1).body)["choices"][0]["message"]["content"])


def _requests(n: int) -> list[ChatRequest]:
    pool = ModelPool("small", "fake", None, {"temperature": 1.0, "max_tokens": 200})
    return [pool.request("Be brief.", f"Write text {i}.", seed=i, ordinal=str(i)) for i in range(n)]


def _ask(
    n: int, limits: Limits, disturb: Callable[[Any, Spending], None] = lambda _, __: None, **plan: object
) -> Asked:
    """Ask a server that follows a plan, in a fresh folder; `disturb` is called with it some ten times a second."""
    with tempfile.TemporaryDirectory() as name, FakeServer(Path(name) / "hits.jsonl", **plan) as server:
        asked = _ask_at(server.base_url, Path(name), n, limits, lambda spending: disturb(server, spending))
        return Asked(**{**vars(asked), "hits": server.hits()})


def _ask_at(url: str, folder: Path, n: int, limits: Limits, watch: Callable[[Spending], None]) -> Asked:
    requests, answers, stopped = _requests(n), None, ""
    began = time.monotonic()
    with Exchanges.open(folder / "ledger.db") as exchanges:
        model = ServerModel([Endpoint.parse("1", url)], exchanges, Spending(), limits=limits, watch=watch)
        try:
            answers = model.ask(requests)
        except Stopped as error:
            stopped = str(error)
    return Asked(requests, answers, stopped, _rows(folder / "ledger.db"), (), time.monotonic() - began)


def _rows(path: Path) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM attempt JOIN request ON id = request_id")]


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of the three promises."""
    n = QUICK_N_REQUESTS if quick else N_REQUESTS
    shares = [check for rate in RATES for check in _under_faults(n, rate)]
    return [*shares, *_revoked(n), *_dead(n), *_failing(n), *_slow(CONCURRENCY if quick else 2 * CONCURRENCY)]


def _under_faults(n: int, rate: float) -> list[Check]:
    """R2: every request ends, every hit has its row, every reply is its own request's."""
    breaks = rate < 0.9
    limits = Limits(CONCURRENCY, TIMEOUT_S, MAX_ATTEMPTS, breaks=breaks)
    asked = _ask(n, limits, latency=LATENCY_S, rates=dict.fromkeys(KINDS, rate / len(KINDS)))
    what = f"R2, {rate:.0%} faults" + ("" if breaks else ", breaker off")
    n_recorded = n - asked.n_unended - asked.n_answered
    ended = f"{n:,} requests: {asked.n_answered:,} answered, {n_recorded:,} recorded as failed"
    faults = Counter(hit["fault"] for hit in asked.hits if hit["fault"])
    hits = f"{len(asked.hits):,} hits, {faults.total():,} of them faults of {len(faults)} kinds; {asked.seconds:.0f} s"
    return [
        at_most(0, f"{what}: requests without an end", asked.n_unended, ended + asked.stopped),
        at_most(0, f"{what}: hits without a row, rows without a hit", asked.n_unmatched, hits),
        at_most(0, f"{what}: replies of another request", asked.n_swapped, f"of {asked.n_answered:,} texts"),
    ]


def _revoked(n: int) -> list[Check]:
    """R3: a key that is revoked in the midst of the run."""
    spared = n // 4
    asked = _ask(n, Limits(CONCURRENCY), latency=LATENCY_S, jitter=LATENCY_S, after={"401": spared})
    n_more = len(asked.hits) - spared - 1
    n_kept = sum(row["outcome"] == "done" for row in asked.rows)
    return [
        at_most(CONCURRENCY, "R3, key revoked: requests after the first 401", n_more, _first(asked.stopped)),
        at_least(spared, "R3, key revoked: answers kept", n_kept, f"{spared:,} were given before"),
    ]


def _dead(n: int) -> list[Check]:
    """R3: a server that is not there, and one that goes and stays away."""
    with tempfile.TemporaryDirectory() as name, socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listened on: nobody else takes it
        url = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
        nobody = _ask_at(url, Path(name), n, Limits(CONCURRENCY), lambda _: None)
    left = sum(row["billed"] != "no" for row in nobody.rows)
    killed: list[float] = []

    def kill(server: Any, spending: Spending) -> None:
        if spending.done >= n // 4 and not killed:
            server.kill()
            killed.append(time.monotonic())

    gone = _ask(n, Limits(CONCURRENCY, max_outage_s=OUTAGE_S), kill, latency=LATENCY_S)
    n_lost = sum(row["billed"] == "maybe" for row in gone.rows)
    after = time.monotonic() - killed[0] if killed else None
    return [
        at_most(0, "R3, nobody there: requests that left", left, f"stopped after {nobody.seconds:.1f} s"),
        at_most(CONCURRENCY, "R3, server killed: requests maybe paid", n_lost, _first(gone.stopped)),
        at_most(OUTAGE_S + 2, "R3, server killed: seconds until the stop", after, f"max_outage_s = {OUTAGE_S:g}"),
    ]


def _failing(n: int) -> list[Check]:
    """R3: servers of whose answers none is of use."""
    budget = n * MAX_ATTEMPTS
    plans = {"500": {"500": 1.0}, "429": {"429": 1.0}, "8 kinds": dict.fromkeys(KINDS, 1 / len(KINDS))}
    checks = []
    for what, rates in plans.items():
        asked = _ask(n, Limits(CONCURRENCY, TIMEOUT_S, MAX_ATTEMPTS), latency=LATENCY_S, rates=rates)
        share = len(asked.hits) / budget
        told = f"{len(asked.hits):,} of {budget:,} attempts in {asked.seconds:.1f} s; {_first(asked.stopped)}"
        # the window and what is in flight do not shrink with the run
        checks.append(at_most(0.02, f"R3, all fail ({what}): share of the budget", share, told, judged=n == N_REQUESTS))
    return checks


def _slow(n: int) -> list[Check]:
    """R4: answers that do not end."""
    checks = []
    for kind in SLOW:
        asked = _ask(n, Limits(CONCURRENCY, SLOW_TIMEOUT_S, 2, breaks=False), rates={kind: 1.0})
        longest = max(row["seconds"] for row in asked.rows)
        outcomes = Counter(row["reason"] for row in asked.rows)
        told = f"{len(asked.rows):,} attempts, {outcomes['timeout']:,} of them timed out, longest {longest:.2f} s"
        over = longest - SLOW_TIMEOUT_S
        checks.append(at_most(1.0, f"R4, {kind}: most seconds past a deadline of {SLOW_TIMEOUT_S:g} s", over, told))
        checks.append(noted(f"R4, {kind}: wall seconds", asked.seconds, f"{n} requests, two attempts each"))
    return checks


def _first(message: str) -> str:
    return message.partition(":")[0].partition(" (")[0] or "it did not stop"
