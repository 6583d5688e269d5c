"""Carry tasks out here, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from threadpoolctl import threadpool_limits

from synthlift.run.executors.contract import Failure, Success

__all__ = ["SerialExecutor", "told"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")
MAX_TRIES = 2
MAX_MESSAGE = 300


class SerialExecutor:
    """Run in this process, with one BLAS thread: the bits of a sum depend on how many share it."""

    def map(
        self, function: Callable[[Item], Answer], items: Iterable[Item]
    ) -> Iterator[Success[Item, Answer] | Failure[Item]]:
        """Yield answers in the order of the items."""
        for item in items:
            yield self._one(function, item)

    @staticmethod
    def _one(function: Callable[[Item], Answer], item: Item) -> Success[Item, Answer] | Failure[Item]:
        reason = ""
        for n_tries in range(1, MAX_TRIES + 1):
            try:
                with threadpool_limits(1):
                    return Success(item, function(item), n_tries)
            except Exception as error:  # noqa: BLE001 (a trial may fail in any way; it is recorded, the run goes on)
                reason = told(error)
        return Failure(item, reason, MAX_TRIES)


def told(error: BaseException) -> str:
    """Return an error as a recorded reason: its type and message, cut, in text that UTF-8 can hold.

    >>> told(ValueError("bad"))
    'ValueError: bad'
    """
    return f"{type(error).__name__}: {error}"[:MAX_MESSAGE].encode(errors="backslashreplace").decode()
