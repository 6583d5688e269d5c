"""One run at a time in a folder; the kernel lets go of the lock when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from synthlift.errors import Refused, Stopped, show
from synthlift.storage.files import place

__all__ = ["RunLock"]

_held: set[int] = set()


def _let_go_in_child() -> None:
    """Close the locks in a forked child: a child that outlives a killed run would keep the folder locked."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


class RunLock:
    """Context manager that holds ``<folder>/lock``.

    There is no command to unlock: the kernel releases the lock when its holder ends, also by kill -9. The file stays;
    removing it would let two runs lock two files of one name.

    Parameters
    ----------
    folder : Path
        The run folder; it exists.

    Raises
    ------
    Refused
        On entering, at once, where another process holds it; its pid and host are named.
    Stopped
        On entering, where the lock file cannot be made or the file system knows no locks.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._descriptor = -1

    def __enter__(self) -> Self:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            try:
                self._take(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Stopped(
                f"cannot lock {place(self._path)}: {reason}. Make the folder writable, or name one on a local disk, "
                "then run the same command again"
            ) from None
        self._descriptor = descriptor
        _held.add(descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _held.discard(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                f"{show(self._path.parent)} is in use by {_holder(descriptor)}, expected one run at a time: wait until "
                "it ends, or name another folder with --out"
            ) from None
        name = json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode()
        os.pwrite(descriptor, name, 0)
        os.ftruncate(descriptor, len(name))  # after the write: a reader never finds an empty file


def _holder(descriptor: int) -> str:
    """Name the process that wrote itself into the lock file."""
    try:
        holder = json.loads(os.pread(descriptor, 1000, 0))
        return f"process {int(holder['pid'])} on {show(holder['host'])}"
    except (ValueError, TypeError, KeyError):
        return "another process"
