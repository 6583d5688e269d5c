"""What carries a task out on many items: one verb."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

__all__ = ["Executor", "Failure", "Success"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Success(Generic[Item, Answer]):
    """An item with its answer, and how many tries it took."""

    item: Item
    answer: Answer
    n_tries: int


@dataclass(frozen=True, slots=True)
class Failure(Generic[Item]):
    """An item that failed every try, with what went wrong the last time."""

    item: Item
    reason: str
    n_tries: int


class Executor(Protocol):
    """Carry out a pure function of one item.

    Items are taken one by one as there is room, so whoever feeds them can stop; what is in flight is then finished.
    """

    def map(
        self, function: Callable[[Item], Answer], items: Iterable[Item]
    ) -> Iterator[Success[Item, Answer] | Failure[Item]]:
        """Yield one answer per item, in any order."""
        ...
