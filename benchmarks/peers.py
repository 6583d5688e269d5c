"""The environment that the peers live in, and the process that runs them there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["PeerFailed", "PeerProcess", "peer_python"]


class PeerFailed(Exception):
    """A peer that could not be installed or did not finish: a row of the table, not an error."""


def peer_python(folder: Path, requirements: Path) -> Path | None:
    """Return the interpreter of the peers' environment, made where it is missing or of other requirements.

    Returns None where the peers will not install; what pip said is printed.
    """
    python = folder / "bin" / "python"
    stamp = folder / "peers.txt"
    wanted = requirements.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"making {folder.name} for the peers ...", flush=True)
    commands: tuple[list[str], ...] = (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(requirements)],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout, done.stderr, file=sys.stderr, flush=True)
            return None
    stamp.write_text(wanted, encoding="utf-8")
    return python


class PeerProcess:
    """A script in the peers' environment that answers each line of JSON with one.

    Parameters
    ----------
    python : Path or None
        None where the peers would not install.
    script : Path
    *arguments : str

    Raises
    ------
    PeerFailed
    """

    def __init__(self, python: Path | None, script: Path, *arguments: str) -> None:
        if python is None:
            raise PeerFailed("the peers in peers.txt could not be installed")
        self._process = subprocess.Popen(
            [str(python), str(script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **request: str | float | None) -> dict[str, float]:
        """Send a request and return the answer."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise PeerFailed("the peer has no pipes")
        try:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            answer = stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise PeerFailed(f"the peer stopped with exit status {self._process.wait()}")
        decoded: dict[str, float] = json.loads(answer)
        return decoded

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if kind is not None:
            self._process.terminate()
        self._process.wait()
