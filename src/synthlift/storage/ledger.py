"""The ledger of a run: one SQLite file whose rows carry hashes, because SQLite's own check sees no bit flip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from synthlift.errors import show
from synthlift.storage import seals, tables
from synthlift.storage.canonical import JSON
from synthlift.storage.connection import Connection
from synthlift.storage.damage import Damaged, damaged_meta, damaged_trial
from synthlift.storage.trial_result import ScoreRow, TrialResult
from synthlift.storage.trial_rows import TrialRows

__all__ = ["JSON", "Damaged", "Ledger", "ScoreRow", "TrialResult"]


class Ledger:
    """The connection to a ledger: one writer at a time, kept apart by `RunLock`; any number of readers.

    What `record` and `put` return from is on disk. Made by `open` or `open_readonly`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a ledger for writing, as `Connection.open`."""
        return cls(Connection.open(path))

    @classmethod
    def open_readonly(cls, path: Path) -> Self:
        """Open a ledger for reading, as `Connection.open_readonly`."""
        return cls(Connection.open_readonly(path))

    def get(self, name: str) -> JSON:
        """Return a stored JSON value, None where there is none of the name.

        Raises
        ------
        Damaged
            Where it, or the list of names, is not what was written.
        """
        with self._connection.reading() as connection:
            whole = seals.unbroken(connection, "meta")
            holds, value = tables.select_meta(connection, name)
        if not (whole and holds):
            raise damaged_meta(self._connection.path, name)
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
        with self._connection.writing() as connection:
            if not seals.unbroken(connection, "meta"):
                raise damaged_meta(self._connection.path, name)
            tables.insert_meta(connection, name, value)

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
        with self._connection.writing() as connection:
            for rows in all_rows:
                if self._is_new(rows):
                    tables.insert_trial(connection, rows)

    def _is_new(self, rows: TrialRows) -> bool:
        found = tables.select_trial(self._connection.raw, rows.head[0])
        if found is None or not found[1] or found[0].head[3] == "failed":
            return True
        if found[0].sha256 != rows.sha256:
            raise ValueError(f"trial {show(rows.head[1])} has another result already: expected a new key for a new one")
        return False

    def keys(self) -> dict[str, str]:
        """Return the status of each trial whose rows are what was written, ordered by key.

        Reads the arrays too, since a trial is whole only with them.
        """
        with self._connection.reading() as connection:
            return {one.key: one.rows.head[3] for one in tables.select_trials(connection) if one.holds}

    def damaged(self) -> tuple[str, ...]:
        """Return the keys of trials whose rows are not what was written; they are to be run again."""
        with self._connection.reading() as connection:
            return tuple(_named(one.key) for one in tables.select_trials(connection) if not one.holds)

    def discard_damaged(self) -> tuple[str, ...]:
        """Remove the trials whose rows are not what was written, and return their keys.

        A run calls it once at its start. Without it a row whose very key is damaged, which no trial will ever
        replace, would keep the report refused for good.

        Raises
        ------
        Stopped
            Where the disk is full or read-only; nothing is removed.
        """
        with self._connection.writing() as connection:
            found = [(one.key, one.holds) for one in tables.select_trials(connection)]
            tables.keep_trials(connection, [key for key, holds in found if holds])
            seals.write_seal(connection, "trial")
        return tuple(_named(key) for key, holds in found if not holds)

    def trial(self, key: str) -> TrialResult:
        """Return one trial with its arrays.

        Raises
        ------
        Damaged
            Where its rows are not what was written.
        KeyError
            Where there is none of the key.
        """
        with self._connection.reading() as connection:
            found = tables.select_trial(connection, key)
        if found is None:
            raise KeyError(key)
        return self._result(key, *found)

    def results(self) -> Iterator[TrialResult]:
        """Yield all trials, ordered by key.

        Raises
        ------
        Damaged
            Where a trial is not what was written, or is gone.
        """
        with self._connection.reading() as connection:
            whole = seals.unbroken(connection, "trial")
            found = list(tables.select_trials(connection)) if whole else []
        if not whole:
            raise Damaged(
                f"{show(self._connection.path.name)}: the list of trials is damaged, expected the trials that were "
                "recorded: run the same audit again, it recomputes what is missing"
            )
        for one in found:
            yield self._result(one.key, one.rows, one.holds)

    def _result(self, key: str, rows: TrialRows, holds: bool) -> TrialResult:  # noqa: FBT001
        try:
            if holds:
                return rows.result()
        except ValueError:  # a hash that was made to fit
            pass
        raise damaged_trial(self._connection.path, key)

    def close(self) -> None:
        """Let go, as `Connection.close`."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _named(key: object) -> str:
    """Return a key as text; a damaged one as it can be shown."""
    return key if isinstance(key, str) and key.isprintable() else show(key)
