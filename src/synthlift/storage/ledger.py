"""The ledger of a run: one SQLite file whose rows carry hashes, because SQLite's own check sees no bit flip."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from synthlift.errors import BadConfiguration, show
from synthlift.storage import schema, tables
from synthlift.storage.canonical import JSON
from synthlift.storage.damage import Damaged, damaged_meta, damaged_trial, storage_faults
from synthlift.storage.failpoint import failpoint
from synthlift.storage.trial_result import ScoreRow, TrialResult
from synthlift.storage.trial_rows import TrialRows

__all__ = ["JSON", "Damaged", "Ledger", "ScoreRow", "TrialResult"]


class Ledger:
    """The connection to a ledger: one writer at a time, kept apart by `RunLock`; any number of readers.

    What `record` and `put` return from is on disk. Made by `open` or `open_readonly`.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, writable: bool) -> None:
        self._path = path
        self._connection = connection
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

    def get(self, name: str) -> JSON:
        """Return a stored JSON value, None where there is none of the name.

        Raises
        ------
        Damaged
            Where it, or the list of names, is not what was written.
        """
        with self._reading() as connection:
            whole = tables.unbroken(connection, "meta")
            holds, value = tables.select_meta(connection, name)
        if not (whole and holds):
            raise damaged_meta(self._path, name)
        return value

    def put(self, name: str, value: JSON) -> None:
        """Store a JSON value, in place of one of the same name.

        Raises
        ------
        Damaged
            Where a stored value is not what was written.
        Stopped
            Where the disk is full or read-only; nothing is changed.
        ValueError, TypeError
            For what JSON cannot hold, NaN among it.
        """
        with self._writing() as connection:
            if not tables.unbroken(connection, "meta"):
                raise damaged_meta(self._path, name)
            tables.insert_meta(connection, name, value)
            tables.write_seal(connection, "meta")

    def record(self, results: Sequence[TrialResult]) -> None:
        """Store trials with their scores and arrays in one transaction: all of them or none.

        A failed or damaged result of the same key is replaced; an equal one is left as it is.

        Raises
        ------
        Stopped
            Where the disk is full or read-only; none is stored.
        ValueError, TypeError
            For a value that would not come back as it is, one key twice, or a key that has another result already.
        """
        all_rows = [TrialRows.of(result) for result in results]
        if len({rows.head[0] for rows in all_rows}) < len(all_rows):
            raise ValueError("got one key twice, expected each trial once: record the later result alone")
        with self._writing() as connection:
            for rows in all_rows:
                if self._is_new(rows):
                    tables.insert_trial(connection, rows)
            tables.write_seal(connection, "trial")

    def _is_new(self, rows: TrialRows) -> bool:
        found = tables.select_trial(self._connection, rows.head[0])
        if found is None or not found[1] or found[0].head[3] == "failed":
            return True
        if found[0].sha256 != rows.sha256:
            raise ValueError(f"trial {show(rows.head[1])} has another result already: expected a new key for a new one")
        return False

    def keys(self) -> dict[str, str]:
        """Return the status of each trial whose rows are what was written, ordered by key.

        Reads the arrays too, since a trial is whole only with them.
        """
        with self._reading() as connection:
            found = dict(tables.intact(connection, tables.stored_keys(connection)))
        return {key: status for key, status in found.items() if status is not None}

    def damaged(self) -> tuple[str, ...]:
        """Return the keys of trials whose rows are not what was written; they are to be run again."""
        with self._reading() as connection:
            found = list(tables.intact(connection, tables.stored_keys(connection)))
        return tuple(_named(key) for key, status in found if status is None)

    def discard_damaged(self) -> tuple[str, ...]:
        """Remove the trials whose rows are not what was written, and return their keys.

        A run calls it once at its start. Without it a row whose very key is damaged, which no trial will ever
        replace, would keep the report refused for good.

        Raises
        ------
        Stopped
            Where the disk is full or read-only; nothing is removed.
        """
        with self._writing() as connection:
            found = list(tables.intact(connection, tables.stored_keys(connection)))
            tables.keep_trials(connection, [key for key, status in found if status is not None])
            tables.write_seal(connection, "trial")
        return tuple(_named(key) for key, status in found if status is None)

    def trial(self, key: str) -> TrialResult:
        """Return one trial with its arrays.

        Raises
        ------
        Damaged
            Where its rows are not what was written.
        KeyError
            Where there is none of the key.
        """
        with self._reading() as connection:
            found = tables.select_trial(connection, key)
        if found is None:
            raise KeyError(key)
        rows, holds = found
        if not holds:
            raise damaged_trial(self._path, key)
        try:
            return rows.result()
        except ValueError:  # a hash that was made to fit
            raise damaged_trial(self._path, key) from None

    def results(self) -> Iterator[TrialResult]:
        """Yield all trials, ordered by key.

        Raises
        ------
        Damaged
            Where a trial is not what was written, or is gone.
        """
        with self._reading() as connection:
            whole = tables.unbroken(connection, "trial")
            keys = tables.stored_keys(connection)
        if not whole:
            raise Damaged(
                f"{show(self._path.name)}: the list of trials is damaged, expected the trials that were recorded: run "
                "the same audit again, it recomputes what is missing"
            )
        yield from map(self.trial, keys)

    def close(self) -> None:
        """Fold the write-ahead log into the file, so that a finished run folder has one file to copy, and let go."""
        if self._writable:
            # all that was recorded is safe in the log already: what fails here, the next open makes good
            with suppress(sqlite3.OperationalError, OSError):
                failpoint("close")
                self._connection.execute("PRAGMA journal_mode=DELETE")
            self._writable = False
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Read one state of the file, whatever a run records meanwhile."""
        with storage_faults(self._path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._roll_back()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with storage_faults(self._path):
            failpoint("begin")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                failpoint("commit")
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        """End a transaction without a trace; SQLite has already done so after some errors."""
        with suppress(sqlite3.OperationalError):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    with storage_faults(path):
        connection = schema.connect(path, mode="rw" if writable else "ro")
        try:
            schema.verify(path, connection)
            if writable:
                schema.prepare_writing(path, connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _named(key: object) -> str:
    """Return a key as text; a damaged one as it can be shown."""
    return key if isinstance(key, str) and key.isprintable() else show(key)
