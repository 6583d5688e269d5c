"""Carry tasks out on a Ray cluster: in workers any of which may die, alone or with its node.

A worker is a Ray actor, so that what a function keeps from task to task is kept. It has one task at a time: were a
second one waiting, whoever feeds the executor could not stop it, and a worker that dies would take both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Self, TypeVar

from synthlift.run.executors.cluster import Cluster
from synthlift.run.executors.contract import Failure, Success
from synthlift.run.executors.crew import Crew, Demand
from synthlift.run.executors.serial import told
from synthlift.run.executors.tries import Tasks

__all__ = ["RayExecutor", "Server"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class RayExecutor:
    """Run in workers of a Ray cluster, one CPU and one BLAS thread each; close it to leave the cluster.

    A task whose worker raises, dies or runs out of time has one more try, as in processes. One that is lost with its
    node is tried again without counting it: nobody but the node is at fault. Should two nodes be lost within the
    seconds that Ray needs to notice the first, one after the other and with the same task, it fails.

    Parameters
    ----------
    n_workers : int or None
        None takes as many as the cluster has CPUs, also while nodes come and go.
    address : str or None
        ``HOST:PORT`` of a cluster, of which this machine must be a node; without one, a cluster is started here.
    num_gpus : float
        Share of a GPU that each worker claims; passed on to Ray, untested.
    timeout_s : float
        A task that takes longer is killed, and counts as a failed try.

    Raises
    ------
    BadConfiguration
        Where Ray is not installed.
    """

    def __init__(
        self, n_workers: int | None, *, address: str | None = None, num_gpus: float = 0.0, timeout_s: float = 3600.0
    ) -> None:
        self._demand = Demand(n_workers, num_gpus, timeout_s)
        self._cluster = Cluster(n_workers, address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        self._cluster.leave()

    def map(
        self, function: Callable[[Item], Answer], items: Iterable[Item]
    ) -> Iterator[Success[Item, Answer] | Failure[Item]]:
        """Yield answers as they come; the function goes to the object store once, and each node reads it there.

        Raises
        ------
        BadConfiguration
            Where the cluster cannot be joined, or gives no worker that lives long enough to take a task.
        Stopped
            Where all workers are gone and no new one comes.
        """
        self._cluster.join()
        tasks = Tasks(items, self._cluster.lost_nodes)
        crew = Crew(self._cluster, Server, function, self._demand)
        try:
            while crew.staff(tasks):
                for task, end in crew.ends():
                    outcome = tasks.settle(task, end)
                    # the next task first: the worker is busy while the caller writes the answer down
                    crew.staff(tasks)
                    if outcome is not None:
                        yield outcome
        finally:
            crew.leave()


class Server:
    """What runs in a worker: one function, for all the tasks that it gets.

    Parameters
    ----------
    function : callable
    folder : str
        Where the caller stands: what a function reads may be named from there. Elsewhere it need not exist.
    """

    def __init__(self, function: Callable[[Any], Any], folder: str) -> None:
        with suppress(OSError):
            os.chdir(folder)
        self._function = function

    def node(self) -> str:
        """Return the id of its node."""
        import ray

        node: str = ray.get_runtime_context().get_node_id()
        return node

    def answer(self, item: Any) -> tuple[Any, str | None]:
        """Return ``(answer, None)`` or ``(None, reason)``: an exception may not survive the way, its words do."""
        try:
            return self._function(item), None
        except Exception as error:  # noqa: BLE001 (a task may fail in any way; it is told, the worker lives on)
            return None, told(error)
