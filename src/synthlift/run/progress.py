"""How far a run is, for a terminal, for a log, and for `status.json`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TextIO

__all__ = ["Observer", "Tally", "observer", "until_unread"]

PLAIN_EVERY_S = 5.0


@dataclass
class Tally:
    """Trials done of how many, and since when.

    Attributes
    ----------
    total, done, failed, resumed : int
        `resumed` trials were in the ledger already; they are part of `done`.
    """

    total: int
    done: int = 0
    failed: int = 0
    resumed: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds_left(self) -> float | None:
        """Time left at the pace so far; None before the first trial."""
        fresh = self.done - self.resumed
        if fresh == 0:
            return None
        return (self.total - self.done) * (time.monotonic() - self.started) / fresh

    def line(self) -> str:
        """Say it in one line."""
        left = self.seconds_left
        fresh = self.done - self.resumed
        rate = fresh / max(time.monotonic() - self.started, 1e-9)
        time_left = f", {rate:.1f} a second, about {_duration(left)} left" if left is not None else ""
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done}/{self.total} trials{failed}{time_left}"


def _duration(seconds: float) -> str:
    """Say a duration roughly.

    >>> _duration(42.3), _duration(600), _duration(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class Observer(Protocol):
    """Is told after each trial."""

    def __call__(self, tally: Tally) -> None:
        """Show the tally."""
        ...


@contextmanager
def observer(*, quiet: bool) -> Iterator[Observer]:
    """Give a progress bar on a terminal, plain lines every few seconds elsewhere, nothing when quiet."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield _Lines()


@contextmanager
def until_unread(stream: TextIO) -> Iterator[None]:
    """Let what is written in the block go nowhere once its reader has left: the run itself is worth finishing."""
    try:
        yield
        stream.flush()
    except BrokenPipeError:
        # what is left in the stream's buffer must find a place too, or Python complains at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Lines:
    def __init__(self) -> None:
        self._last = -PLAIN_EVERY_S

    def __call__(self, tally: Tally) -> None:
        now = time.monotonic()
        fresh = tally.done - tally.resumed
        if fresh == 1 or tally.done == tally.total or now - self._last >= PLAIN_EVERY_S:
            self._last = now
            with until_unread(sys.stderr):
                sys.stderr.write(tally.line() + "\n")


@contextmanager
def _bar() -> Iterator[Observer]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(bar_width=None), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def show(tally: Tally) -> None:
            progress.update(task, total=tally.total, completed=tally.done, description=tally.line())

        yield show
