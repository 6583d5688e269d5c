"""Watch a command from outside: how long it runs, its worker processes, and the peak memory of all of them."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Watched", "watch"]

EVERY_S = 0.05
PROC = Path("/proc")


@dataclass(slots=True)
class Watched:
    """What was seen of a command.

    Attributes
    ----------
    returncode : int
    messages : str
        Its standard error.
    seconds : float
        Wall time of the whole command.
    cpu_seconds : float
        Of it and its children.
    workers_seconds : float or None
        Wall time from the start of its first worker to the end of its last; None where it had none, or no `/proc`.
    peak_kib : dict of int to int
        Of the processes that lived at one time, the highest resident set of each so far, when the sum of these was
        largest; read every `EVERY_S`, so what a process did at its very end may lack.
    """

    returncode: int = -1
    messages: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    workers_seconds: float | None = None
    peak_kib: dict[int, int] = field(default_factory=dict)

    @property
    def peak_gb(self) -> float | None:
        """Sum of the peaks of processes that lived at one time; None where they were not seen."""
        return sum(self.peak_kib.values()) * 1024 / 1e9 if self.peak_kib else None


def watch(command: Sequence[str], log: Path) -> Watched:
    """Run a command to its end; `log` takes its standard error."""
    watched = Watched()
    first, last = None, None
    start, cpu = time.monotonic(), _children_cpu()
    with log.open("w", encoding="utf-8") as stderr:
        process = subprocess.Popen(list(command), stdout=subprocess.DEVNULL, stderr=stderr)
        while process.poll() is None:
            living: dict[int, int] = {}
            workers = _sample(process.pid, living)
            watched.peak_kib = max(watched.peak_kib, living, key=lambda kib: sum(kib.values()))
            if workers:
                last = _uptime()
                first = min(workers) if first is None else min(first, *workers)
            time.sleep(EVERY_S)
    watched.seconds, watched.cpu_seconds = time.monotonic() - start, _children_cpu() - cpu
    watched.returncode, watched.messages = process.returncode, log.read_text(encoding="utf-8")
    if first is not None and last is not None:
        watched.workers_seconds = last - first
    return watched


def _sample(parent: int, peak_kib: dict[int, int]) -> list[float]:
    """Note the peak memory of a process and its children; return when each worker was started, in uptime seconds."""
    started = []
    for pid in (parent, *_children(parent)):
        try:
            folder = PROC / str(pid)
            status = (folder / "status").read_text(encoding="utf-8")
            found = [line for line in status.splitlines() if line.startswith("VmHWM:")]
            if found:  # a process that is ending has none
                peak_kib[pid] = int(found[0].split()[1])
            if b"spawn_main" in (folder / "cmdline").read_bytes():
                after_name = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                started.append(int(after_name[19]) / os.sysconf("SC_CLK_TCK"))
        except OSError:  # it has ended, or there is no /proc
            continue
    return started


def _children(parent: int) -> list[int]:
    try:
        return [int(pid) for pid in (PROC / str(parent) / "task" / str(parent) / "children").read_text().split()]
    except OSError:
        return []


def _children_cpu() -> float:
    """Return the CPU seconds of all processes that this one has waited for, and of those that they have waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _uptime() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
