"""Carry tasks out in a pool of processes that survives the death of any of them.

A pool of the standard library breaks when one worker dies; pebble replaces it and fails only the task it had.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from synthlift.run.executors.contract import Failure, Success
from synthlift.run.executors.serial import MAX_TRIES, told

__all__ = ["THREAD_VARIABLES", "ProcessExecutor"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
PARENT_POLL_S = 1.0

_function: Callable[[Any], Any] | None = None


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
        """Yield answers as they come; the function is sent to each worker once."""
        # read by the BLAS of a child before its first import, so they must stand before the first spawn
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
        pool = ProcessPool(
            max_workers=self._n_workers,
            initializer=_begin,
            initargs=(function, os.getpid()),
            context=multiprocessing.get_context("spawn"),
        )
        try:
            yield from self._drive(pool, iter(items))
        finally:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble annotates everything but this
            pool.join()

    def _drive(self, pool: ProcessPool, items: Iterator[Item]) -> Iterator[Success[Item, Answer] | Failure[Item]]:
        running: dict[Future[Any], tuple[Item, int]] = {}

        def submit(item: Item, n_tries: int) -> None:
            running[pool.schedule(_work, args=(item,), timeout=self._timeout_s)] = (item, n_tries)

        while True:
            # one waiting task a worker keeps it busy; more would have to be thrown away on Ctrl-C
            while len(running) < 2 * self._n_workers:
                try:
                    submit(next(items), 1)
                except StopIteration:
                    break
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                item, n_tries = running.pop(future)
                error = future.exception()
                if error is None:
                    yield Success(item, future.result(), n_tries)
                elif n_tries < MAX_TRIES:
                    submit(item, n_tries + 1)
                else:
                    yield Failure(item, _told(error, self._timeout_s), n_tries)


def _told(error: BaseException, timeout_s: float) -> str:
    if isinstance(error, ProcessExpired):
        return f"worker died with exit code {error.exitcode}"
    if isinstance(error, TimeoutError):
        return f"timeout: no answer within {timeout_s:g} s"
    return told(error)


def _begin(function: Callable[[Any], Any], parent: int) -> None:
    """Prepare a worker: Ctrl-C is the parent's business, and without a parent there is no work."""
    global _function  # noqa: PLW0603 (a worker serves one function as long as it lives)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    _function = function


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_S)
    os._exit(1)


def _work(item: Any) -> Any:
    if _function is None:
        raise RuntimeError("got a task before the worker was prepared")
    return _function(item)
