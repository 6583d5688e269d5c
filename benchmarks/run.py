"""Run a benchmark: ``python benchmarks/run.py NAME [--quick]``; it prints a table and writes ``results/NAME.json``."""

from __future__ import annotations

import argparse
import importlib
import os
import time
from pathlib import Path

from checks import heading, table, write
from peers import peer_python

HERE = Path(__file__).resolve().parent
# and which peers must be there
BENCHMARKS: dict[str, str | None] = {
    "solver": "peers.txt",
    "audit": None,
    "corpus": "peers.txt",
    "calibration": None,
    "sign-flip": None,
    "kill": None,
    "client": "client_peers.txt",
    "faults": None,
    "reliability": None,
    "resume": None,
    "embedding": None,
    "heads": None,
    "encoder": None,
    "ladder": None,
    "mmd": None,
    "scale": None,
    "retrieval": None,
    "diversity": "text_peers.txt",
}
BLAS_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def main() -> int:
    """Run the benchmark that the command line names; return 1 if a check does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=tuple(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="subsample, about a minute")
    options = parser.parse_args()
    wanted = BENCHMARKS[options.name]
    peer = peer_python(HERE.parent / f".venv-{Path(wanted).stem}", HERE / wanted) if wanted is not None else None
    # numpy reads them when it is first imported: by the benchmark, and by the peers that it starts
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    started = time.monotonic()
    benchmark = importlib.import_module(options.name.replace("-", "_"))
    checks = benchmark.run(peer, quick=options.quick)
    print(heading(options.name, quick=options.quick), table(checks), sep="\n\n")
    path = write(HERE / "results", benchmark.__name__, checks, quick=options.quick)
    if hasattr(benchmark, "complete"):  # it has more to tell than a table holds
        benchmark.complete(path)
    print(f"\n{time.monotonic() - started:.0f} s; wrote {path.relative_to(HERE.parent)}")
    return int(any(check.holds is False for check in checks))


if __name__ == "__main__":
    raise SystemExit(main())
