"""How much of a server's speed the client leaves, with every attempt and answer in the ledger, beside other clients.

Ideal is the number of requests in flight over the latency. All sides ask the same fake server for the same texts, each
from a process of its own, one after the other.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from checks import Check, at_least, noted

__all__ = ["run"]

HERE = Path(__file__).resolve().parent
CONCURRENCY = (8, 64, 256)
LATENCY_S = (0.02, 0.2, 2.0)
JUDGED = (256, 0.2)
SECONDS = 8.0
PEERS = ("openai", "openai-aiohttp", "distilabel")
N_MEMORY = (10_000, 100_000)
TIMEOUT_S = 900


def run(peer: Path | None, *, quick: bool = False) -> list[Check]:
    """Measure; quick is the one place that is judged, without the slow peers."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    server_of = importlib.import_module("fake_llm").FakeServer
    cells = [JUDGED] if quick else [(c, latency) for c in CONCURRENCY for latency in LATENCY_S]
    checks: list[Check] = []
    with tempfile.TemporaryDirectory() as folder, server_of(Path(folder) / "hits.jsonl") as server:
        for concurrency, latency in cells:
            server.set(latency=latency)
            n = max(int(concurrency / latency * SECONDS), 2 * concurrency)
            checks += _cell(peer, server.base_url, n, concurrency, latency)
        if not quick:
            server.set(latency=0.2)
            for name in PEERS:
                checks.append(_peer(peer, name, server.base_url))
            server.set(latency=0.02)
            checks.append(_memory(server.base_url))
    return checks


def _cell(peer: Path | None, base_url: str, n: int, concurrency: int, latency: float) -> list[Check]:
    what, ideal = f"{concurrency} in flight, {1000 * latency:g} ms", concurrency / latency
    judged = (concurrency, latency) == JUDGED
    # ours between two of the bare loop, so that neither has the quieter machine
    first = _told(peer, "client_peers.py", "aiohttp", base_url, n, concurrency)
    ours = _told(Path(sys.executable), "client_side.py", base_url, n, concurrency)
    second = _told(peer, "client_peers.py", "aiohttp", base_url, n, concurrency)
    rate = ours.get("requests_per_s")
    of_ideal = rate / ideal if rate else None
    how = f"{_rate(ours)} of {ideal:.0f}; {n} requests, {1000 * ours.get('cpu_s_per_request', 0):.2f} ms CPU a request"
    checks = [at_least(0.9, f"{what}: share of the ideal rate", of_ideal, how, judged=judged)]
    bare = [each["requests_per_s"] for each in (first, second) if "requests_per_s" in each]
    if not bare or not rate:
        why = str(first.get("failed") or ours.get("failed"))
        return [*checks, noted(f"{what}: rate over that of a bare aiohttp loop", None, why)]
    best = max(bare)
    beside = f"{rate:.0f} against {best:.0f}/s, {1000 * first['cpu_s_per_request']:.2f} ms CPU a request there"
    return [
        *checks,
        at_least(0.97, f"{what}: rate over that of a bare aiohttp loop", rate / best, beside, judged=judged),
    ]


def _peer(peer: Path | None, name: str, base_url: str) -> Check:
    concurrency, latency = JUDGED
    told = _told(peer, "client_peers.py", name, base_url, 1500, concurrency)
    rate = told.get("requests_per_s")
    share = rate / (concurrency / latency) if rate else None
    how = (
        f"version {told.get('version')}, {_rate(told)}, {1000 * told.get('cpu_s_per_request', 0):.1f} ms CPU a request"
    )
    what = f"{name}, {concurrency} in flight, {1000 * latency:g} ms: share of the ideal rate"
    return noted(what, share, how if rate else str(told.get("failed")))


def _memory(base_url: str) -> Check:
    """Tell how memory grows with the requests of one round, their prompts and answers in it."""
    few, many = (_told(Path(sys.executable), "client_side.py", base_url, n, 256) for n in N_MEMORY)
    if "failed" in few or "failed" in many:
        return noted("memory of 100,000 requests, MB", None, str(few.get("failed") or many.get("failed")))
    grown = (many["rss_mb"] - few["rss_mb"]) * 100_000 / (N_MEMORY[1] - N_MEMORY[0])
    how = f"peak {few['rss_mb']:.0f} MB at {N_MEMORY[0]:,}, {many['rss_mb']:.0f} MB at {N_MEMORY[1]:,} requests of 1 kB"
    return noted("memory of 100,000 requests, MB", grown, f"{how}; {_rate(many)} there")


def _told(python: Path | None, script: str, *arguments: object) -> dict[str, Any]:
    if python is None:
        return {"failed": "the peers in client_peers.txt could not be installed"}
    command = [str(python), str(HERE / script), *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"failed": f"no answer within {TIMEOUT_S} s"}
    except (IndexError, ValueError):
        return {"failed": f"exit status {done.returncode}: {done.stderr[-200:]}"}
    return told


def _rate(told: dict[str, Any]) -> str:
    return f"{told['requests_per_s']:.0f}/s" if "requests_per_s" in told else "none"
