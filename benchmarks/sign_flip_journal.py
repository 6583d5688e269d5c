"""Measures the tasks of the sign-flip study in worker processes, and keeps what was measured for the next run."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from sign_flip_points import Measured, Task, measure

import synthlift

__all__ = ["JOURNAL", "measured"]

HERE = Path(__file__).resolve().parent
JOURNAL = HERE.parent / "runs" / "sign-flip.jsonl"
METRICS = ("classification", "mmd", "thresholds")
SOURCES = ("simulation/*.*", "conditions/*.py", "classifiers/*.py", *(f"metrics/{name}.py" for name in METRICS))


def measured(asked: Iterable[Task]) -> list[Measured]:
    """Return the rows of all tasks, from the journal or from worker processes."""
    source = _source()
    keys = {task.key(source): task for task in asked}
    known = _journal(keys)
    missing = {key: task for key, task in keys.items() if key not in known}
    if missing:
        print(f"{len(missing)} of {len(keys)} tasks to do", file=sys.stderr, flush=True)
        known |= _done(missing)
    return [row for key in keys for row in known[key]]


@cache
def _source() -> str:
    """Return the hash of the code that the numbers come from, as it is when the run begins."""
    root = Path(synthlift.__file__).parent
    files = [HERE / "sign_flip_points.py", *(path for pattern in SOURCES for path in sorted(root.glob(pattern)))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _journal(keys: Mapping[str, Task]) -> dict[str, list[Measured]]:
    lines = JOURNAL.read_text(encoding="utf-8").splitlines() if JOURNAL.exists() else []
    known = {}
    for line in lines:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:  # a run was interrupted in the middle of a line
            continue
        if entry["key"] in keys:
            known[entry["key"]] = entry["rows"]
    return known


def _done(missing: Mapping[str, Task]) -> dict[str, list[Measured]]:
    JOURNAL.parent.mkdir(exist_ok=True)
    done: dict[str, list[Measured]] = {}
    workers = ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"))
    with workers, JOURNAL.open("a", encoding="utf-8") as journal:
        futures = {workers.submit(measure, task): key for key, task in missing.items()}
        for future in as_completed(futures):
            key = futures[future]
            done[key] = future.result()
            # the line break comes first, so that a line cut short spoils no other
            journal.write("\n" + json.dumps({"key": key, "rows": done[key]}))
            journal.flush()
            if len(done) % 20 == 0:
                print(f"{len(done)} of {len(missing)} tasks done", file=sys.stderr, flush=True)
    return done
