"""What is measured of each generator's texts beside the trials: each measurement is a task, kept as it ends."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthlift.run.executors.contract import Executor, Failure
from synthlift.run.progress import Observer
from synthlift.storage.ledger import Ledger
from synthlift.study.catalog import MEASUREMENTS, stored_as
from synthlift.study.workload import Workload

__all__ = ["Measured", "measure"]

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements done of how many, as progress."""

    total: int
    done: int
    resumed: int = 0

    def line(self) -> str:
        """Say it in one line."""
        return f"{self.done}/{self.total} measurements of texts"


class Measure:
    """Callable that takes one measurement of one generator; it travels to a worker once.

    Parameters
    ----------
    workload : Workload
    """

    def __init__(self, workload: Workload) -> None:
        self._workload = workload

    def __call__(self, item: tuple[str, str]) -> Sequence[Record]:
        """Return the records of ``(measurement, generator)``."""
        name, generator = item
        module, _, function = MEASUREMENTS[name].partition(":")
        records: Sequence[Record] = getattr(importlib.import_module(module), function)(self._workload, generator)
        return records


def measure(ledger: Ledger, workload: Workload, executor: Executor, observe: Observer) -> int:
    """Take the measurements that the ledger lacks, and return how many failed: noted with why, tried again next time.

    Raises
    ------
    Stopped
        Where the ledger cannot be written.
    """
    items = [(name, generator) for generator in workload.sources for name in MEASUREMENTS]
    todo = [item for item in items if not _is_known(ledger, workload, *item)]
    done = resumed = len(items) - len(todo)
    n_failed = 0
    for outcome in executor.map(Measure(workload), todo):
        name, generator = outcome.item
        found = {
            "identity": workload.measured_identity(generator),
            "records": [] if isinstance(outcome, Failure) else list(outcome.answer),
            "reason": outcome.reason if isinstance(outcome, Failure) else None,
        }
        ledger.put(stored_as(name, generator), found)
        done += 1
        n_failed += isinstance(outcome, Failure)
        observe(Measured(len(items), done, resumed))
    return n_failed


def _is_known(ledger: Ledger, workload: Workload, name: str, generator: str) -> bool:
    stored = ledger.get(stored_as(name, generator))
    if not isinstance(stored, Mapping) or stored["reason"] is not None:
        return False
    return bool(stored["identity"] == workload.measured_identity(generator))
