"""The workers of one function on a Ray cluster: started as there are tasks and room, replaced where they die."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthlift.errors import BadConfiguration, Stopped
from synthlift.run.executors import THREAD_VARIABLES
from synthlift.run.executors.cluster import Cluster
from synthlift.run.executors.serial import told
from synthlift.run.executors.tries import End, Task, Tasks

__all__ = ["Crew", "Demand"]

POLL_S = 0.5
START_S = 120.0
COUNT_S = 5.0
MAX_STILLBORN = 3


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a cluster; its fields are as of `RayExecutor`."""

    n_workers: int | None
    num_gpus: float
    timeout_s: float


@dataclass(frozen=True, slots=True)
class _Worker:
    """A Ray actor that has started, and the id of its node."""

    actor: Any
    node: str


class Crew:
    """Workers that serve one function.

    Parameters
    ----------
    cluster : Cluster
        Joined.
    server : type
        What a worker is made of, from the function and the folder that we stand in: `node()` and `answer(item)`.
    function : callable
    demand : Demand
    """

    def __init__(self, cluster: Cluster, server: type, function: Callable[[Any], Any], demand: Demand) -> None:
        self._ray = cluster.ray
        self._cluster = cluster
        self._demand = demand
        # of the process, so that they stand before its first import
        environment = {"env_vars": dict.fromkeys(THREAD_VARIABLES, "1")}
        claim = {"num_cpus": 1, "num_gpus": demand.num_gpus, "max_restarts": 0, "runtime_env": environment}
        self._server = self._ray.remote(**claim)(server)
        self._function = self._ray.put(function)
        self._starting: dict[Any, Any] = {}
        self._busy: dict[Any, tuple[_Worker, Task, float]] = {}
        self._idle: list[_Worker] = []
        self._n_stillborn = 0
        self._ever_began = False
        self._at_work_s = time.monotonic()
        self._n_places, self._counted_s = 0, -math.inf

    def staff(self, tasks: Tasks) -> bool:
        """Give tasks to workers that have none, and start some for the rest; return False where all is done."""
        while self._idle and (task := tasks.take()) is not None:
            worker = self._idle.pop()
            deadline = time.monotonic() + self._demand.timeout_s
            self._busy[worker.actor.answer.remote(task.item)] = (worker, task, deadline)
        # a task is held for each that starts; whoever is free first gets it
        while len(self._starting) + len(self._busy) < self._places() and tasks.hold(len(self._starting) + 1):
            actor = self._server.remote(self._function, str(Path.cwd()))
            self._starting[actor.node.remote()] = actor
        return bool(self._busy) or tasks.hold(1)

    def ends(self) -> Iterator[tuple[Task, End]]:
        """Wait a moment for a worker that has started or ended its task; yield the tasks that ended.

        Raises
        ------
        BadConfiguration, Stopped
            Where nobody is at work any more, and no worker has started for too long.
        """
        for ref in self._ready():
            if ref in self._starting:
                self._begin(ref, self._starting.pop(ref))
            else:
                worker, task, _ = self._busy.pop(ref)
                yield task, self._end(ref, worker)
        now = time.monotonic()
        for ref in [ref for ref, (*_, deadline) in self._busy.items() if now > deadline]:
            worker, task, _ = self._busy.pop(ref)
            self._dismiss(worker.actor)
            yield task, End(None, f"timeout: no answer within {self._demand.timeout_s:g} s")
        if self._busy or self._idle:
            self._at_work_s = now
        elif now - self._at_work_s > START_S:
            raise self._deserted()

    def leave(self) -> None:
        """End all workers, whatever they do."""
        for actor in (*self._starting.values(), *(worker.actor for worker, *_ in self._busy.values())):
            self._dismiss(actor)
        for worker in self._idle:
            self._dismiss(worker.actor)

    def _ready(self) -> list[Any]:
        awaited = [*self._starting, *self._busy]
        if not awaited:  # a cluster without a CPU at present
            time.sleep(POLL_S)
            return []
        ready: list[Any] = self._ray.wait(awaited, timeout=POLL_S)[0]
        return ready

    def _places(self) -> int:
        if self._demand.n_workers is not None:
            return self._demand.n_workers
        if time.monotonic() - self._counted_s > COUNT_S:
            self._n_places, self._counted_s = self._cluster.n_places(self._demand.num_gpus), time.monotonic()
        return self._n_places

    def _begin(self, ref: Any, actor: Any) -> None:
        """Take in a worker that has started; several that never do are the fault of the function, or of its place."""
        try:
            self._idle.append(_Worker(actor, self._ray.get(ref)))
            self._ever_began = True
        except self._ray.exceptions.RayError as error:
            self._dismiss(actor)
            self._n_stillborn += 1
            if self._n_stillborn >= MAX_STILLBORN and not self._ever_began:
                raise BadConfiguration(
                    f"got {MAX_STILLBORN} workers that ended before they took a task ({_last_words(error)}), expected "
                    "them to start: install the same synthlift, Ray and Python on each node of the cluster"
                ) from None

    def _end(self, ref: Any, worker: _Worker) -> End:
        deaths = self._ray.exceptions
        try:
            answer, reason = self._ray.get(ref)
        except (deaths.RayActorError, deaths.WorkerCrashedError, deaths.ObjectLostError, deaths.NodeDiedError) as error:
            self._dismiss(worker.actor)
            return End(None, f"worker died: {_last_words(error)}", worker.node)
        except Exception as error:  # noqa: BLE001 (an answer that could not be sent, or not be rebuilt here)
            answer, reason = None, told(getattr(error, "cause", None) or error)
        self._idle.append(worker)
        return End(answer, reason)

    def _dismiss(self, actor: Any) -> None:
        self._ray.kill(actor, no_restart=True)

    def _deserted(self) -> BadConfiguration | Stopped:
        asked = f"one with a free CPU{f' and {self._demand.num_gpus:g} GPUs' if self._demand.num_gpus else ''}"
        said = f"--executor ray: got no worker within {START_S:g} s, expected {asked}"
        if self._ever_began:
            return Stopped(f"{said}: the others are gone; bring nodes back, then run again to go on")
        return BadConfiguration(f"{said}: free one, or add a node")


def _last_words(error: Exception) -> str:
    """Return why a worker ended, without the addresses and process numbers that Ray names."""
    detail = re.search(r"Worker exit detail: (.+?)\s*(?:Some common causes|$)", str(error), re.MULTILINE)
    return detail[1] if detail else type(error).__name__
