"""Whether a run holds its folder, asked from beside it."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

__all__ = ["is_held"]


def is_held(folder: Path) -> bool:
    """Whether another process holds ``<folder>/lock``; False where there is no such file.

    A shared lock is tried for: where a run holds the folder it is refused at once, without any effect on that run.
    Where none does, it is held from this system call to the next, a few microseconds in which a run that starts would
    be refused. No query that takes nothing is as right: Linux shows a flock to no other call, ``/proc/locks`` hides
    those of other containers and hosts, and a process number may be another's by now.
    """
    with suppress(OSError):
        descriptor = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False
