"""The Ray cluster that tasks run on: joined, or started here and shut down again."""

from __future__ import annotations

import importlib
import os
import secrets
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from synthlift.errors import BadConfiguration, show

__all__ = ["Cluster"]

# Ray prints its own news of dead workers on standard output, where a summary may be going; it reads this when imported.
QUIET = {"RAY_DEDUP_LOGS_SKIP_REGEX": "."}
# of a cluster that is ours alone: nothing is told to Ray's makers, and the cards that a worker sees stay as they are
OURS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


class Cluster:
    """A Ray cluster, joined at first need; one that this process had joined before is used, and left alone.

    Parameters
    ----------
    n_cpus : int or None
        Of a cluster that is started here; None takes those of this machine.
    address : str or None
        ``HOST:PORT`` of a cluster, of which this machine must be a node; None starts one here.

    Raises
    ------
    BadConfiguration
        Where Ray is not installed.
    """

    def __init__(self, n_cpus: int | None, address: str | None) -> None:
        self._n_cpus = n_cpus
        self._address = address
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._is_ours = False
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        try:
            self.ray: Any = importlib.import_module("ray")
        except ImportError:
            raise BadConfiguration(
                "--executor ray: got no Ray, expected it to be installed: run pip install -c constraints.txt "
                "'synthlift[ray]'"
            ) from None

    def join(self) -> None:
        """Connect, or start the cluster, where this process has not done so before.

        Raises
        ------
        BadConfiguration
            Where there is no cluster at the address, or it does not let us in.
        """
        if self.ray.is_initialized():
            return
        try:
            with _own_sigterm():
                self._start() if self._address is None else self._connect(self._address)
        except (OSError, RuntimeError, ValueError, self.ray.exceptions.RayError) as error:
            self.leave()
            place = "on this machine" if self._address is None else f"at {show(self._address)}"
            said = show(str(error).strip().partition("\n")[0])
            raise BadConfiguration(
                f"--executor ray: got {said}, expected a Ray cluster {place}: start one of the same Ray and Python, "
                "give its HOST:PORT, and set RAY_AUTH_TOKEN as it was set there"
            ) from None
        self._is_ours = True

    def leave(self) -> None:
        """Disconnect, and end the processes of a cluster that was started here."""
        if self._is_ours:
            self.ray.shutdown()
            self._is_ours = False
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def n_places(self, num_gpus: float) -> int:
        """Return how many workers of one CPU, and so many GPUs, the cluster holds at present."""
        there = self.ray.cluster_resources()
        n_cpus = int(there.get("CPU", 0))
        return min(n_cpus, int(there.get("GPU", 0) / num_gpus)) if num_gpus else n_cpus

    def lost_nodes(self) -> set[str]:
        """Return the ids of the nodes that are known to be gone: up to half a minute after they went."""
        return {node["NodeID"] for node in self.ray.nodes() if not node["Alive"]}

    def _connect(self, address: str) -> None:
        self.ray.init(address, log_to_driver=False, logging_level="error")

    def _start(self) -> None:
        for name, value in OURS.items():
            os.environ.setdefault(name, value)
        if not {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys():
            # Else Ray leaves one in the home folder. That tokens are asked for at all is its default here, which it
            # must set itself: what we say in RAY_AUTH_MODE after it was imported reaches the servers, not the driver.
            os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
        # Under /tmp whatever TMPDIR says, as Ray has it: a socket's path must be short. A folder of its own can be
        # removed, and no other process takes the cluster in it for the one to join.
        self._folder = tempfile.TemporaryDirectory(prefix="synthlift-ray-", dir="/tmp", ignore_cleanup_errors=True)
        self.ray.init(
            "local",  # whatever RAY_ADDRESS says
            num_cpus=self._n_cpus,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="error",
            _temp_dir=self._folder.name,
        )


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """Keep our handler of SIGTERM: Ray puts one of its own there, which exits at once."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
