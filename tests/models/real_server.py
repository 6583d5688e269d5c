"""The real server of the tests: `transformers serve` on loopback, offline, with a home of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RealServer", "serving"]

COMMAND = "from transformers.cli.transformers import main; main()"
START_S = 60.0
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback needs no proxy


@dataclass(frozen=True, slots=True)
class RealServer:
    """A server that answers: `base_url` ends in ``/v1``, `model` is the name it knows its model by."""

    base_url: str
    model: str

    def post(self, path: str, body: bytes, timeout_s: float = 30.0) -> bytes:
        """Return the answer to a JSON body."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.base_url + path, body, headers)  # noqa: S310 (our own address)
        with _OPENER.open(request, timeout=timeout_s) as answer:
            return answer.read()


@contextmanager
def serving(model: Path, home: Path) -> Iterator[RealServer]:
    """Serve a folder of weights until the block ends; `home` is an empty folder for what the server keeps."""
    (home / "hub").mkdir(parents=True)  # without it the list of models is an error
    port = _free_port()
    offline = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}
    environment = {**os.environ, **offline, "HF_HOME": str(home), "HOME": str(home), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", COMMAND, "serve", str(model), "--host", "127.0.0.1", "--port", str(port)]
    with (home / "log.txt").open("wb") as log:
        process = subprocess.Popen([*command, "--device", "cpu"], stdout=log, stderr=log, env=environment)
    try:
        _wait_until_healthy(process, port, home / "log.txt")
        yield RealServer(f"http://127.0.0.1:{port}/v1", str(model))
    finally:
        _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with _OPENER.open(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
