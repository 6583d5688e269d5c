"""One connection to a ledger file, and its transactions: all or nothing, faults of the disk told as such."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from synthlift.errors import BadConfiguration, show
from synthlift.storage import schema
from synthlift.storage.damage import storage_faults
from synthlift.storage.failpoint import failpoint

__all__ = ["Connection"]


class Connection:
    """A connection for any one thread at a time. Made by `open` or `open_readonly`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, writable: bool) -> None:
        self.path = path
        self.raw = connection
        self._writable = writable

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a ledger for writing, and make it where there is none; what a killed run left is recovered.

        Raises
        ------
        Damaged
            Where the file is no ledger, or broken.
        Refused
            Where a newer synthlift wrote it.
        Stopped
            Where the folder is missing, full or read-only.
        """
        with storage_faults(path):
            if not path.exists():
                schema.create(path)
        return cls(path, _connect(path, writable=True), writable=True)

    @classmethod
    def open_readonly(cls, path: Path) -> Self:
        """Open a ledger for reading, also while a run writes to it.

        Raises
        ------
        BadConfiguration
            Where there is none.
        Damaged, Refused, Stopped
            As `open`.
        """
        with storage_faults(path):
            exists = path.exists() and path.is_file()
        if not exists:
            raise BadConfiguration(
                f"no run in {show(path.parent)}: got no {path.name}, expected the folder of an earlier run: correct "
                "the name, or run an audit first"
            )
        return cls(path, _connect(path, writable=False), writable=False)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read one state of the file, whatever a run records meanwhile."""
        with storage_faults(self.path):
            self.raw.execute("BEGIN")
            try:
                yield self.raw
            finally:
                self._roll_back()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write one transaction: on disk when the block is left, or nothing of it."""
        with storage_faults(self.path):
            failpoint("begin")
            self.raw.execute("BEGIN IMMEDIATE")
            try:
                yield self.raw
                failpoint("commit")
                self.raw.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        """End a transaction without a trace; SQLite has already done so after some errors."""
        with suppress(sqlite3.OperationalError):
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK")

    def close(self) -> None:
        """Fold the write-ahead log into the file, so that a finished run folder has one file to copy, and let go."""
        if self._writable:
            # all that was recorded is safe in the log already: what fails here, the next open makes good
            with suppress(sqlite3.OperationalError, OSError):
                failpoint("close")
                self.raw.execute("PRAGMA journal_mode=DELETE")
            self._writable = False
        self.raw.close()


def _connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    with storage_faults(path):
        connection = schema.connect(path, mode="rw" if writable else "ro")
        try:
            schema.verify(path, connection)
            if writable:
                schema.prepare_writing(path, connection)
            else:
                schema.prepare_reading(connection)
        except BaseException:
            connection.close()
            raise
        return connection
