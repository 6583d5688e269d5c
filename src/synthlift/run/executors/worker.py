"""One worker process with a pipe of its own: what kills it, or tears what it sends, touches no other worker."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from synthlift.run.executors.serial import told

__all__ = ["News", "Worker"]

START_S = 120.0
STOP_S = 3.0
PARENT_POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class News:
    """What came of a task.

    Attributes
    ----------
    answer : object
    reason : str or None
        Why there is no answer.
    began : bool
        False where the worker ended before it could take the task.
    lives : bool
        Whether the worker can take another one.
    """

    answer: Any
    reason: str | None
    began: bool = True
    lives: bool = True


class Worker:
    """A spawned process that serves one function, started for a first task.

    Parameters
    ----------
    function : callable
    item : object
        Of the first task; it is handed over once the process has started.
    timeout_s : float
        A task that takes longer ends the worker.

    Attributes
    ----------
    pipe : Connection
        Readable where there may be news.
    """

    def __init__(self, function: Callable[[Any], Any], item: Any, timeout_s: float) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, function, os.getpid()))
        self._timeout_s = timeout_s
        self._first: list[Any] = [item]
        self._deadline = time.monotonic() + START_S
        with _deaf_to_interrupts(), suppress(BrokenPipeError):  # it may end while the function is still sent to it
            self._process.start()
        theirs.close()

    def give(self, item: Any) -> None:
        """Hand over a task; call it only where the last one is answered."""
        self._deadline = time.monotonic() + self._timeout_s
        with suppress(OSError):  # a worker that has ended is news, not an error
            self.pipe.send(item)

    def news(self) -> News | None:
        """Return what came of the task; None where that is still open."""
        try:
            if self.pipe.poll():
                return self._received(self.pipe.recv())
        except (EOFError, OSError):
            return self._ended()
        except Exception as error:  # noqa: BLE001 (an answer whose own code fails when it is rebuilt here)
            return News(None, told(error))
        if not self._process.is_alive():
            return self._ended()
        if time.monotonic() > self._deadline:
            return News(None, f"timeout: no answer within {self._timeout_s:g} s", began=not self._first, lives=False)
        return None

    def stop(self) -> None:
        """End the process, whatever it does."""
        self.pipe.close()
        if self._process.pid is None:  # it ended before it had started
            return
        self._process.terminate()
        self._process.join(STOP_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()

    def _received(self, message: tuple[Any, str | None]) -> News | None:
        if self._first:  # the first message says that it is ready
            self.give(self._first.pop())
            return None
        return News(*message)

    def _ended(self) -> News:
        if self._process.pid is not None:
            self._process.join(STOP_S)
        return News(None, f"worker died with exit code {self._process.exitcode}", began=not self._first, lives=False)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let a child inherit a blocked Ctrl-C: the terminal sends it to all, and it would end a child in its imports."""
    resource_tracker.ensure_running()  # unblocks Ctrl-C when it starts, so it must not start in here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, function: Callable[[Any], Any], parent: int) -> None:
    """Answer one task after the other until the parent closes the pipe, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    with suppress(EOFError, ConnectionError):
        pipe.send((None, None))
        while True:
            pipe.send_bytes(_answered(function, pipe.recv()))


def _answered(function: Callable[[Any], Any], item: Any) -> memoryview:
    """Return ``(answer, None)`` or ``(None, reason)`` as bytes: an exception may not survive the way, its words do."""
    try:
        return ForkingPickler.dumps((function(item), None))
    except Exception as error:  # noqa: BLE001 (a task may fail in any way; it is told, the worker lives on)
        return ForkingPickler.dumps((None, told(error)))


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_S)
    os._exit(1)
