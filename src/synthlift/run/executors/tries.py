"""Items with how each of their tries ended, where a try may be lost through no fault of the item."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from synthlift.run.executors.contract import Failure, Success
from synthlift.run.executors.serial import MAX_TRIES

__all__ = ["End", "Task", "Tasks"]


@dataclass(frozen=True, slots=True)
class End:
    """How a try ended.

    Attributes
    ----------
    answer : object
    reason : str or None
        Why there is no answer.
    node : str or None
        Where the worker died of itself: the node, which may have gone with it.
    """

    answer: Any
    reason: str | None
    node: str | None = None


@dataclass(slots=True)
class Task:
    """An item and the tries that failed so far."""

    item: Any
    failed: list[End] = field(default_factory=list)


class Tasks:
    """Items in their order; those that are held come first.

    Parameters
    ----------
    items : iterable
    lost_nodes : callable
        Return the nodes that are known to be gone. It is asked late, and for all tries of a task: that a node is lost
        becomes known some seconds after the loss of its workers.
    """

    def __init__(self, items: Iterable[Any], lost_nodes: Callable[[], set[str]]) -> None:
        self._fresh = iter(items)
        self._held: deque[Task] = deque()
        self._lost_nodes = lost_nodes

    def hold(self, n: int) -> bool:
        """Take items until `n` tasks wait for a worker; return whether there are as many."""
        while len(self._held) < n:
            for item in self._fresh:
                self._held.append(Task(item))
                break
            else:
                return False
        return True

    def take(self) -> Task | None:
        """Return the next task."""
        return self._held.popleft() if self.hold(1) else None

    def settle(self, task: Task, end: End) -> Success[Any, Any] | Failure[Any] | None:
        """Return the outcome of a task; None where it is to be tried again."""
        if end.reason is None:
            return Success(task.item, end.answer, self._n_failed(task) + 1)
        task.failed.append(end)
        n_failed = self._n_failed(task)
        if n_failed >= MAX_TRIES:
            return Failure(task.item, end.reason, n_failed)
        self._held.append(task)
        return None

    def _n_failed(self, task: Task) -> int:
        """Count the failed tries, but for those that were lost with their node."""
        lost = self._lost_nodes() if any(end.node for end in task.failed) else set()
        return sum(end.node not in lost for end in task.failed)
