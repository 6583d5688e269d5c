"""Our side of the client benchmark, in a process of its own: ``client_side.py BASE_URL N C``, one line of JSON.

The ledger is on: each attempt is on disk before it is sent, each answer before it counts.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from client_peers import MODEL, MOST_TOKENS, SYSTEM, requests

from synthlift.models.client import ServerModel
from synthlift.models.endpoint import Endpoint
from synthlift.models.pace import Limits
from synthlift.models.request import ModelPool, Reply
from synthlift.models.spending import Spending
from synthlift.storage.exchanges import Exchanges


def _peak_mb() -> float:
    per_mb = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / per_mb


def main() -> None:
    """Ask once, and tell what it took."""
    base_url, n, concurrency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    pool = ModelPool("peer", MODEL, None, {"temperature": 1.0, "max_tokens": MOST_TOKENS})
    asked = [pool.request(SYSTEM, task, seed=seed, ordinal=str(seed)) for task, seed in requests(n)]
    with tempfile.TemporaryDirectory() as folder, Exchanges.open(Path(folder) / "ledger.db") as exchanges:
        endpoint = Endpoint.parse("1", base_url)
        model = ServerModel([endpoint], exchanges, Spending(), limits=Limits(concurrency))
        began, cpu = time.perf_counter(), time.process_time()
        answers = model.ask(asked)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    told: dict[str, object] = {"requests_per_s": n / seconds, "cpu_s_per_request": cpu / n, "rss_mb": _peak_mb()}
    if not all(isinstance(each, Reply) for each in answers):
        told = {"failed": f"{sum(not isinstance(each, Reply) for each in answers)} of {n} requests have no answer"}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
