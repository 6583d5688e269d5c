"""How far a run is, for a terminal, for a log, and for `status.json`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from synthlift.models.spending import Spending

__all__ = ["Asked", "Observer", "Progress", "Tally", "Timed", "duration", "observer", "until_unread"]

PLAIN_EVERY_S = 5.0


@dataclass
class Tally:
    """Trials done of how many, and since when.

    Attributes
    ----------
    total, done, failed, resumed : int
        `resumed` trials were in the ledger already; they are part of `done`.
    unmeasured : int
        Measurements of texts that failed.
    """

    total: int
    done: int = 0
    failed: int = 0
    resumed: int = 0
    unmeasured: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be tried again."""
        return self.done == self.total and not self.failed and not self.unmeasured

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
        time_left = f", {rate:.1f} a second, about {duration(left)} left" if left is not None else ""
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done}/{self.total} trials{failed}{time_left}"


def duration(seconds: float) -> str:
    """Say a duration roughly.

    >>> duration(42.3), duration(600), duration(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@dataclass(frozen=True)
class Asked:
    """Requests to language models, as progress: done of how many, on their way, failed how, at what pace and price.

    Attributes
    ----------
    spending : Spending
    """

    spending: Spending

    @property
    def total(self) -> int:
        """Requests of this round."""
        return self.spending.total

    @property
    def done(self) -> int:
        """Requests that have an answer, or are recorded as having none."""
        return self.spending.done

    @property
    def resumed(self) -> int:
        """Those of them that were answered before."""
        return self.spending.resumed

    def line(self) -> str:
        """Say it in one line."""
        spent = self.spending
        parts = [f"{spent.done}/{spent.total} texts", f"{spent.in_flight} in flight"]
        if spent.failed:
            parts.append(f"{spent.failed} without an answer")
        if spent.faults:
            parts.append("faults: " + ", ".join(f"{n} {reason}" for reason, n in spent.faults.most_common(3)))
        parts.append(f"{spent.n_new_tokens / spent.seconds:.0f} tokens a second")
        if spent.cost_usd:
            projected = spent.projected_usd
            parts.append(f"${spent.cost_usd:.2f} spent" + (f" of about ${projected:.2f}" if projected else ""))
        if (left := spent.seconds_left) is not None:
            parts.append(f"about {duration(left)} left")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Timed:
    """Trials that were run to tell how long all will take, as progress."""

    total: int
    done: int
    resumed: int = 0

    def line(self) -> str:
        """Say it in one line."""
        return f"{self.done}/{self.total} trials timed"


class Progress(Protocol):
    """What can be shown as a bar or as lines."""

    @property
    def total(self) -> int:
        """Of how many."""
        ...

    @property
    def done(self) -> int:
        """How many so far."""
        ...

    @property
    def resumed(self) -> int:
        """How many of them an earlier run did."""
        ...

    def line(self) -> str:
        """Say it in one line."""
        ...


class Observer(Protocol):
    """Is told of progress after each step."""

    def __call__(self, progress: Progress) -> None:
        """Show it."""
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
        self._line = ""

    def __call__(self, progress: Progress) -> None:
        now, line = time.monotonic(), progress.line()
        telling = progress.done - progress.resumed == 1 or progress.done == progress.total
        if (telling and line != self._line) or now - self._last >= PLAIN_EVERY_S:
            self._last, self._line = now, line
            with until_unread(sys.stderr):
                sys.stderr.write(line + "\n")


@contextmanager
def _bar() -> Iterator[Observer]:
    from rich import progress as rich
    from rich.console import Console

    columns = (rich.BarColumn(bar_width=None), rich.TextColumn("{task.description}", markup=False))
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def show(progress: Progress) -> None:
            bar.update(task, total=progress.total, completed=progress.done, description=progress.line())

        yield show
