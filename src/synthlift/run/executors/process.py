"""Carry tasks out in processes, any of which may die: that fails the task it had, and nothing else.

Each worker has a pipe of its own and the parent has no threads. A pool whose workers share a pipe and its locks (that
of the standard library, pebble) breaks as a whole when one dies at the wrong moment: at its start, by Ctrl-C, or while
it sends.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import connection
from typing import Any, TypeVar

from synthlift.errors import BadConfiguration
from synthlift.run.executors import THREAD_VARIABLES
from synthlift.run.executors.contract import Failure, Success
from synthlift.run.executors.serial import MAX_TRIES
from synthlift.run.executors.worker import News, Worker

__all__ = ["ProcessExecutor"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")

POLL_S = 0.5
MAX_STILLBORN = 3


class ProcessExecutor:
    """Run in `n_workers` spawned processes, one BLAS thread each.

    Parameters
    ----------
    n_workers : int
    timeout_s : float
        A task that takes longer is killed, and counts as a failed try.
    """

    def __init__(self, n_workers: int, timeout_s: float = 3600.0) -> None:
        self._n_workers = n_workers
        self._timeout_s = timeout_s

    def map(
        self, function: Callable[[Item], Answer], items: Iterable[Item]
    ) -> Iterator[Success[Item, Answer] | Failure[Item]]:
        """Yield answers as they come; the function is sent to each worker once.

        Raises
        ------
        BadConfiguration
            Where no worker lives long enough to take a task.
        """
        # read by the BLAS of a child before its first import, so they must stand before the first spawn
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
        tasks = _Tasks(items)
        busy: dict[Worker, tuple[Item, int]] = {}
        n_stillborn = 0
        try:
            while n_stillborn < MAX_STILLBORN:
                while len(busy) < self._n_workers and (task := tasks.take()) is not None:
                    busy[Worker(function, task[0], self._timeout_s)] = task
                if not busy:
                    return
                connection.wait([worker.pipe for worker in busy], POLL_S)
                for worker, news in [(worker, news) for worker in busy if (news := worker.news()) is not None]:
                    n_stillborn = 0 if news.began else n_stillborn + 1
                    outcome = tasks.settle(busy.pop(worker), news)
                    # the next task first: the worker is busy while the caller writes the answer down
                    following = tasks.take() if news.lives else None
                    if following is None:
                        worker.stop()
                    else:
                        worker.give(following[0])
                        busy[worker] = following
                    if outcome is not None:
                        yield outcome
        finally:
            for worker in busy:
                worker.stop()
        raise BadConfiguration(
            f"got {MAX_STILLBORN} worker processes that ended before they took a task, expected them to start: put the "
            "calling script under `if __name__ == '__main__':`, or use workers=1"
        )


class _Tasks:
    """Items with the number of the try; those to be tried again come first."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._fresh = iter(items)
        self._again: deque[tuple[Any, int]] = deque()

    def take(self) -> tuple[Any, int] | None:
        """Return the next item and which try it is."""
        if self._again:
            return self._again.popleft()
        return next(((item, 1) for item in self._fresh), None)

    def settle(self, task: tuple[Any, int], news: News) -> Success[Any, Any] | Failure[Any] | None:
        """Return the outcome of a task; None where it is to be tried again."""
        item, n_tries = task
        if news.reason is None:
            return Success(item, news.answer, n_tries)
        if news.began and n_tries >= MAX_TRIES:
            return Failure(item, news.reason, n_tries)
        self._again.append((item, n_tries + news.began))
        return None
