"""Files that exist whole or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from synthlift.errors import Stopped, show
from synthlift.storage.failpoint import failpoint

__all__ = ["is_leftover", "place", "stopped", "write_atomic"]

_MODE = 0o666  # less the umask, as for any file that the user makes


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new one, never a part.

    A temporary name in the same folder is written, flushed to disk and renamed. The temporary name follows from the
    file's, so that the leftover of a killed write is overwritten by the next one.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    content : bytes

    Raises
    ------
    Stopped
        Where the disk is full or the folder cannot be written; the old content stays.
    """
    temporary = _temporary(path)
    try:
        with _alone(temporary) as descriptor:
            try:
                _fill(descriptor, content)
                failpoint("rename")
                temporary.replace(path)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise
        _sync_folder(path.parent)
    except OSError as error:
        raise stopped(path, error) from None


def is_leftover(path: Path) -> bool:
    """Whether a killed `write_atomic` left this file; it may be ignored or removed."""
    return path.name.startswith(".") and path.name.endswith(".part")


def stopped(path: Path, error: OSError) -> Stopped:
    """Tell an error of the file system as a clean stop."""
    reason = error.strerror or type(error).__name__
    return Stopped(
        f"cannot write {place(path)}: {reason}. What was there before is untouched: make room or make the folder "
        "writable, then run the same command again; it goes on where it stopped"
    )


def place(path: Path) -> str:
    """Name a file for a message; its own name survives where the folder's is cut."""
    return f"{show(path.name)} in {show(path.parent)}"


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


@contextmanager
def _alone(temporary: Path) -> Iterator[int]:
    """Open the temporary file, empty and ours alone.

    Two processes may write one file at once (two reports of one run, two runs that share a cache). Without the lock
    the slower one would go on filling the very file that the quicker one has just renamed into place.
    """
    while True:
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_same(descriptor, temporary):
                os.ftruncate(descriptor, 0)
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _is_same(descriptor: int, path: Path) -> bool:
    """Whether the path still names the open file, and not one made after a rename."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _fill(descriptor: int, content: bytes) -> None:
    failpoint("write")
    rest = memoryview(content)
    while rest:  # near a full disk a write takes less than it is given, without an error
        rest = rest[os.write(descriptor, rest) :]
    failpoint("fsync")
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    failpoint("fsync-folder")
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
