"""What SQLite and the file system report, told as a damaged file (do this) or a clean stop (do that)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synthlift.errors import Refused, Stopped, show
from synthlift.storage.files import place, stopped

__all__ = ["Damaged", "damaged_file", "damaged_meta", "damaged_trial", "storage_faults"]

_AWAY = "move the folder away and run again"
_OUTSIDE = {  # primary codes of what is wrong around the file, not in it
    sqlite3.SQLITE_FULL: "no room is left on the disk",
    sqlite3.SQLITE_IOERR: "the disk does not read or write",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened or made here",
    sqlite3.SQLITE_PERM: "it may not be used",
    sqlite3.SQLITE_BUSY: "another process is writing to it",
    sqlite3.SQLITE_LOCKED: "another process is writing to it",
}
_INSIDE = {sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}


class Damaged(Refused):
    """A row, or the file, is not what was written; the message names it and the remedy."""


def damaged_trial(path: Path, key: str) -> Damaged:
    """Tell that the rows of a trial are not what was written."""
    return Damaged(
        f"{place(path)}: trial {show(key)} is damaged, expected rows that fit their hash: run the same audit again, it "
        "recomputes this trial"
    )


def damaged_meta(path: Path, name: str) -> Damaged:
    """Tell that a value which nothing can recompute is not what was written."""
    return Damaged(f"{place(path)}: the stored {show(name)} is damaged, expected a row that fits its hash: {_AWAY}")


def damaged_file(path: Path, got: str) -> Damaged:
    """Tell that the file as a whole is no ledger any more."""
    return Damaged(f"{place(path)}: got {got}, expected a ledger: {_AWAY}")


@contextmanager
def storage_faults(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and the file system into `Damaged` or `Stopped`.

    Raises
    ------
    Damaged
        Where the file is not what was written.
    Stopped
        Where it is, and its surroundings fail: a full disk, a read-only folder.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # ours: a closed connection, a wrong number of values
    except sqlite3.DatabaseError as error:
        raise _told(path, error) from None
    except UnicodeDecodeError:  # SQLite quotes damaged bytes in its message, and Python fails to read that
        raise damaged_file(path, "a broken file (unreadable text)") from None
    except OSError as error:
        raise stopped(path, error) from None


def _told(path: Path, error: sqlite3.DatabaseError) -> Refused | Stopped:
    code: int | None = getattr(error, "sqlite_errorcode", None)  # absent where Python itself raised it
    if code is None or code in _INSIDE or (code & 0xFF) not in _OUTSIDE:
        # SQLite's own words may repeat what is in the file: only the name of the code is told
        return damaged_file(path, f"a broken file ({getattr(error, 'sqlite_errorname', 'unreadable text')})")
    return Stopped(
        f"cannot use {place(path)}: {_OUTSIDE[code & 0xFF]}. What was recorded is kept: make room or make the folder "
        "writable, then run the same command again; it goes on where it stopped"
    )
