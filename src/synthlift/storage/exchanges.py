"""What was asked of language models and what they answered: the part of a ledger that has cost money.

A request is written before anything is sent, an attempt before it is sent, an answer as it came and before it is read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from synthlift.storage.attempts import Account, Closed, Opened, account_of, as_real
from synthlift.storage.connection import Connection
from synthlift.storage.exchange_hashes import answer_hash, answer_holds, discard_damaged, row_hash
from synthlift.storage.failpoint import failpoint
from synthlift.storage.seals import shift_seal

__all__ = ["Account", "Closed", "Exchanges", "Opened"]

CHUNK = 500
CHECKPOINT_PAGES = 16_000
_REQUESTS = "INSERT INTO request VALUES (?, ?, ?)"
_OPENED = "INSERT INTO attempt (request_id, n, endpoint, opened, opened_sha256) VALUES (?, ?, ?, ?, ?)"
_CLOSED = (
    "UPDATE attempt SET outcome = ?, status = ?, reason = ?, billed = ?, seconds = ?, prompt_tokens = ?, "
    "completion_tokens = ?, closed_sha256 = ? WHERE request_id = ? AND n = ? AND closed_sha256 IS NULL"
)
_RESPONSES = "INSERT INTO response VALUES (?, ?, ?, ?)"


class Exchanges:
    """The exchanges of a ledger, on a connection of their own beside the run's `Ledger`; one thread at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._number: dict[str, int] = {}
        self._looked_up: set[str] = set()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open for writing, as `Connection.open`."""
        connection = Connection.open(path)
        # the index of keys is written all over: moving it into the file is worth doing seldom
        connection.raw.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        return cls(connection)

    @classmethod
    def open_readonly(cls, path: Path) -> Self:
        """Open for reading, as `Connection.open_readonly`."""
        return cls(Connection.open_readonly(path))

    def write(self, events: Sequence[Opened | Closed]) -> None:
        """Write all events in one transaction; they are on disk when it returns.

        Raises
        ------
        Stopped
            Where the disk is full or read-only; nothing is written.
        """
        opened = [each for each in events if isinstance(each, Opened)]
        closed = [each for each in events if isinstance(each, Closed)]
        try:
            with self._connection.writing() as connection:
                self._find_numbers(connection, [each.request_key for each in events])
                if opened:
                    self._insert_opened(connection, opened)
                if closed:
                    self._insert_closed(connection, closed)
        except BaseException:
            self._forget()  # a number that was not committed goes to another request
            raise

    def _insert_opened(self, connection: sqlite3.Connection, opened: Sequence[Opened]) -> None:
        failpoint("attempt")
        asked = {each.request_key: each.spec for each in opened if each.spec is not None}
        # one that lost its attempts to damage is there already
        new = {key: spec for key, spec in asked.items() if key not in self._number}
        if new:
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM request").fetchone()
            requests = [(last + place, key, spec) for place, (key, spec) in enumerate(new.items(), start=1)]
            connection.executemany(_REQUESTS, requests)
            shift_seal(connection, "request", added=[row[:2] for row in requests])
            self._number |= {key: number for number, key, _ in requests}
        told = [(self._number[each.request_key], each.n, each.endpoint, as_real(each.opened)) for each in opened]
        rows = [(*row, row_hash(each.request_key, *row[1:])) for each, row in zip(opened, told, strict=True)]
        connection.executemany(_OPENED, rows)
        shift_seal(connection, "attempt", added=[(row[0], row[1], row[4]) for row in rows])

    def _find_numbers(self, connection: sqlite3.Connection, keys: Iterable[str]) -> None:
        """Look up the numbers of requests that an earlier run wrote."""
        unknown = [key for key in keys if key not in self._looked_up]
        query = "SELECT key, id FROM request WHERE key IN (SELECT value FROM json_each(?))"
        for start in range(0, len(unknown), CHUNK):
            part = json.dumps(unknown[start : start + CHUNK])
            self._number |= dict(connection.execute(query, (part,)).fetchall())
        self._looked_up.update(unknown)

    def _forget(self) -> None:
        self._number.clear()
        self._looked_up.clear()

    def _insert_closed(self, connection: sqlite3.Connection, closed: Sequence[Closed]) -> None:
        failpoint("response")
        told = [(self._number[e.request_key], e.n, row_hash(e.request_key, e.n, *e.told)) for e in closed]
        rows = [(*each.told, sha, number, n) for each, (number, n, sha) in zip(closed, told, strict=True)]
        n_changes = connection.total_changes
        connection.executemany(_CLOSED, rows)
        if connection.total_changes - n_changes != len(rows):
            raise ValueError("got the end of an attempt that is not on its way, expected each to be opened first")
        shift_seal(connection, "attempt", added=told)
        answered = [(each.request_key, each.n, each.content) for each in closed if each.content is not None]
        answers = [(self._number[key], n, content, answer_hash(key, n, content)) for key, n, content in answered]
        if answers:
            connection.executemany(_RESPONSES, answers)
            shift_seal(connection, "response", added=[(row[0], row[3]) for row in answers])

    def close_open(self) -> int:
        """Mark as lost, and as maybe billed, what was on its way when an earlier run ended; return how many."""
        with self._connection.writing() as connection:
            left = connection.execute(
                "SELECT key, n FROM attempt JOIN request ON id = request_id WHERE closed_sha256 IS NULL"
            ).fetchall()
            none = (None, None, None, None)
            self._find_numbers(connection, [key for key, _ in left])
            self._insert_closed(connection, [Closed(key, n, "lost", None, None, "maybe", *none) for key, n in left])
        return len(left)

    def answered(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the raw answers of those requests that have one which is what was written."""
        query = "SELECT key, n, content, sha256 FROM request JOIN response ON request_id = id WHERE key IN"
        return {
            key: content for key, n, content, told in self._select(query, keys) if answer_holds(key, n, content, told)
        }

    def n_attempts(self, keys: Iterable[str]) -> dict[str, int]:
        """Return the number of the last attempt of each request, 0 where there is none."""
        asked = list(keys)
        query = "SELECT key, max(n) FROM request JOIN attempt ON request_id = id WHERE key IN"
        return dict.fromkeys(asked, 0) | dict(self._select(query, asked, " GROUP BY key"))

    def last_outcomes(self, keys: Iterable[str]) -> dict[str, tuple[str | None, str | None]]:
        """Return outcome and reason of the last attempt of each request that has one."""
        # beside max(), SQLite gives the other columns of the row that has it
        query = "SELECT key, max(n), outcome, reason FROM request JOIN attempt ON request_id = id WHERE key IN"
        rows = self._select(query, keys, " GROUP BY key")
        return {key: (outcome, reason) for key, _, outcome, reason in rows}

    def _select(self, query: str, keys: Iterable[str], tail: str = "") -> Iterator[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        with self._connection.reading() as connection:
            asked = list(keys)
            self._find_numbers(connection, asked)  # `write` need not, then
            asked = [key for key in asked if key in self._number]
            for start in range(0, len(asked), CHUNK):
                part = (json.dumps(asked[start : start + CHUNK]),)
                found += connection.execute(f"{query} (SELECT value FROM json_each(?)){tail}", part)  # noqa: S608 (ours)
        return iter(found)

    def discard_damaged(self) -> int:
        """Remove rows that are not what was written, so that what they held is asked again; return how many answers.

        A run calls it once at its start.
        """
        self._forget()
        with self._connection.writing() as connection:
            return discard_damaged(connection)

    def account(self) -> Account:
        """Add up all attempts."""
        with self._connection.reading() as connection:
            return account_of(connection)

    def close(self) -> None:
        """Let go, as `Connection.close`."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
