"""Places where a test may kill the process or fill the disk: before each write, fsync, commit and rename."""

from __future__ import annotations

import errno
import itertools
import os
import signal

__all__ = ["failpoint"]

_calls = itertools.count(1)


def failpoint(name: str) -> None:
    """Do nothing, unless the environment asks for the k-th call of this process to be fatal.

    ``SYNTHLIFT_CRASH_AT=k`` ends the process with SIGKILL at its k-th call, ``SYNTHLIFT_FAIL_AT=k`` raises the error of
    a full disk there. Calls are counted only while one of the two is set.

    Raises
    ------
    OSError
        With ``ENOSPC``, at the call that ``SYNTHLIFT_FAIL_AT`` names.
    """
    crash, fail = os.environ.get("SYNTHLIFT_CRASH_AT"), os.environ.get("SYNTHLIFT_FAIL_AT")
    if crash is None and fail is None:
        return
    call = str(next(_calls))
    if call == crash:
        os.kill(os.getpid(), signal.SIGKILL)
    if call == fail:
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} (failpoint {name})")
