"""Who does the work: so many processes of this machine, or of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from synthlift.run.executors.contract import Executor
from synthlift.run.executors.process import ProcessExecutor
from synthlift.run.executors.serial import SerialExecutor

__all__ = ["Workers"]


@dataclass(frozen=True, slots=True)
class Workers:
    """How many workers, and where.

    Attributes
    ----------
    n : int or None
        One process works by itself; None takes as many as the cluster has CPUs.
    kind : {"process", "ray"}
    address : str or None
        Of a Ray cluster; without one, a cluster is started on this machine.
    gpus : float
        Share of a GPU that each worker of a Ray cluster claims.
    """

    n: int | None = 1
    kind: Literal["process", "ray"] = "process"
    address: str | None = None
    gpus: float = 0.0

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """Give an executor for the block.

        Raises
        ------
        BadConfiguration
            Where Ray is asked for and not installed.
        """
        if self.kind == "ray":
            from synthlift.run.executors.ray import RayExecutor

            with RayExecutor(self.n, address=self.address, num_gpus=self.gpus) as executor:
                yield executor
        else:
            yield SerialExecutor() if self.n in {1, None} else ProcessExecutor(self.n or 1)
