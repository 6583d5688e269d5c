"""What was asked of language models and what they answered: the part of a ledger that has cost money.

A request is written before anything is sent, an attempt before it is sent, an answer as it came and before it is read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from synthlift.storage.canonical import sha256
from synthlift.storage.connection import Connection
from synthlift.storage.failpoint import failpoint
from synthlift.storage.seals import shift_seal, unbroken, write_seal

__all__ = ["Account", "Closed", "Exchanges", "Opened"]

CHUNK = 500
CHECKPOINT_PAGES = 16_000
# One statement for all rows of a table: Python gives its lock away at each step, and would wait for it at each row.
_REQUESTS = "INSERT INTO request VALUES {}"
_OPENED = "INSERT INTO attempt (request_id, n, endpoint, opened, opened_sha256) VALUES {}"
_CLOSED = (
    "UPDATE attempt SET outcome = column1, status = column2, reason = column3, billed = column4, seconds = column5, "
    "prompt_tokens = column6, completion_tokens = column7, closed_sha256 = column8 FROM (VALUES {}) "
    "WHERE request_id = column9 AND n = column10"
)
_RESPONSES = "INSERT INTO response VALUES {}"
MOST_PARAMETERS = 30_000


@dataclass(frozen=True, slots=True)
class Opened:
    """An attempt that is about to be sent.

    Attributes
    ----------
    request_key : str
    n : int
        1, 2, ... of this request.
    endpoint : str
        A short name such as ``1``, never a host.
    opened : float
        Unix seconds.
    spec : str or None
        The request itself, as canonical JSON whose SHA-256 is the key, at its first attempt.
    """

    request_key: str
    n: int
    endpoint: str
    opened: float
    spec: str | None


@dataclass(frozen=True, slots=True)
class Closed:
    """What came of an attempt.

    Attributes
    ----------
    request_key, n
        Of which.
    outcome : str
        ``done``, ``transient``, ``item``, ``fatal``, ``unsent`` or ``lost``.
    status : int or None
        HTTP status.
    reason : str or None
        Why there is no answer.
    billed : {"yes", "no", "maybe"}
    seconds : float or None
    prompt_tokens, completion_tokens : int or None
    content : bytes or None
        The raw answer of a done attempt.
    """

    request_key: str
    n: int
    outcome: str
    status: int | None
    reason: str | None
    billed: str
    seconds: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    content: bytes | None

    @property
    def told(self) -> tuple[Any, ...]:
        """What its columns say, in their order."""
        tokens = (self.prompt_tokens, self.completion_tokens)
        seconds = None if self.seconds is None else _real(self.seconds)
        return (self.outcome, self.status, self.reason, self.billed, seconds, *tokens)


@dataclass(frozen=True)
class Account:
    """Sums over all attempts, of all runs of a folder; `by_pool` has those of each model."""

    n_requests: int = 0
    n_answered: int = 0
    n_attempts: int = 0
    n_by_outcome: Mapping[str, int] = field(default_factory=dict)
    n_maybe_billed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    n_unknown_usage: int = 0
    by_pool: Mapping[str, Account] = field(default_factory=dict)


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
            _execute(connection, _REQUESTS, requests)
            shift_seal(connection, "request", added=[row[:2] for row in requests])
            self._number |= {key: number for number, key, _ in requests}
        told = [(self._number[each.request_key], each.n, each.endpoint, _real(each.opened)) for each in opened]
        rows = [(*row, _hash(each.request_key, *row[1:])) for each, row in zip(opened, told, strict=True)]
        _execute(connection, _OPENED, rows)
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
        told = [(self._number[e.request_key], e.n, _hash(e.request_key, e.n, *e.told)) for e in closed]
        rows = [(*each.told, sha, number, n) for each, (number, n, sha) in zip(closed, told, strict=True)]
        _execute(connection, _CLOSED, rows)
        shift_seal(connection, "attempt", added=told)
        answered = [(each.request_key, each.n, each.content) for each in closed if each.content is not None]
        answers = [(self._number[key], n, content, _answer_hash(key, n, content)) for key, n, content in answered]
        if answers:
            _execute(connection, _RESPONSES, answers)
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
        return {key: content for key, n, content, told in self._select(query, keys) if _holds(key, n, content, told)}

    def n_attempts(self, keys: Iterable[str]) -> dict[str, int]:
        """Return the number of the last attempt of each request, 0 where there is none."""
        asked = list(keys)
        with self._connection.reading() as connection:
            self._find_numbers(connection, asked)  # `write` need not, then
        query = "SELECT key, max(n) FROM request JOIN attempt ON request_id = id WHERE key IN"
        return dict.fromkeys(asked, 0) | dict(self._select(query, asked, " GROUP BY key"))

    def last_outcomes(self, keys: Iterable[str]) -> dict[str, tuple[str | None, str | None]]:
        """Return outcome and reason of the last attempt of each request that has one."""
        # beside max(), SQLite gives the other columns of the row that has it
        query = "SELECT key, max(n), outcome, reason FROM request JOIN attempt ON request_id = id WHERE key IN"
        rows = self._select(query, keys, " GROUP BY key")
        return {key: (outcome, reason) for key, _, outcome, reason in rows}

    def _select(self, query: str, keys: Iterable[str], tail: str = "") -> Iterator[tuple[Any, ...]]:
        asked = list(keys)
        found: list[tuple[Any, ...]] = []
        with self._connection.reading() as connection:
            for start in range(0, len(asked), CHUNK):
                part = (json.dumps(asked[start : start + CHUNK]),)
                found += connection.execute(f"{query} (SELECT value FROM json_each(?)){tail}", part)  # noqa: S608 (ours)
        return iter(found)

    def discard_damaged(self) -> int:
        """Remove rows that are not what was written, so that what they held is asked again; return how many answers.

        A run calls it once at its start.
        """
        with self._connection.writing() as connection:
            n_before = _count(connection, "response")
            _rebuild_index(connection)
            broken = [part for part in ("request", "attempt", "response") if not unbroken(connection, part)]
            failpoint("discard")
            self._forget()
            n_changes = connection.total_changes
            connection.executemany("DELETE FROM request WHERE id = ?", _damaged_requests(connection))
            connection.executemany("DELETE FROM attempt WHERE request_id = ? AND n = ?", _damaged_attempts(connection))
            connection.executemany("DELETE FROM response WHERE request_id = ?", _damaged_responses(connection))
            for table in ("attempt", "response"):
                connection.execute(f"DELETE FROM {table} WHERE request_id NOT IN (SELECT id FROM request)")  # noqa: S608
            n = n_before - _count(connection, "response")
            if broken or connection.total_changes > n_changes:
                for part in ("request", "attempt", "response"):
                    write_seal(connection, part)
        return n

    def account(self) -> Account:
        """Add up all attempts."""
        query = (
            "SELECT json_extract(request.spec, '$.pool'), outcome, billed, count(*), sum(prompt_tokens), "
            "sum(completion_tokens), sum(outcome = 'done' AND (prompt_tokens IS NULL OR completion_tokens IS NULL)) "
            "FROM attempt LEFT JOIN request ON id = request_id GROUP BY 1, 2, 3"
        )
        counted = (
            "SELECT json_extract(spec, '$.pool'), count(*), count(request_id) "
            "FROM request LEFT JOIN response ON request_id = id GROUP BY 1"
        )
        with self._connection.reading() as connection:
            rows = connection.execute(query).fetchall()
            counts = {pool: tuple(of_pool) for pool, *of_pool in connection.execute(counted)}
        pools = sorted(pool for pool in counts if isinstance(pool, str))
        by_pool = {pool: _sum([row for row in rows if row[0] == pool], *counts[pool]) for pool in pools}
        n_requests, n_answered = map(sum, zip(*counts.values(), strict=True)) if counts else (0, 0)
        return _sum(rows, n_requests, n_answered, by_pool)

    def close(self) -> None:
        """Let go, as `Connection.close`."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _execute(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement on all rows at once, as many as it takes."""
    width = len(rows[0]) if rows else 1
    most = MOST_PARAMETERS // width
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        values = ", ".join([f"({', '.join('?' * width)})"] * len(part))
        connection.execute(statement.format(values), [value for row in part for value in row])


def _real(value: float) -> float:
    """Return a number as SQLite gives it back: not as an integer, and without the sign of a zero."""
    return float(value) + 0.0


def _hash(*values: object) -> str:
    """Return the SHA-256 of values that a row holds."""
    return sha256(orjson.dumps(values))


def _answer_hash(key: str, n: int, content: bytes) -> str:
    return _hash(key, n, sha256(content))


def _holds(key: Any, n: Any, content: Any, told: Any) -> bool:
    try:
        return bool(isinstance(content, bytes) and _answer_hash(key, n, content) == told)
    except (TypeError, ValueError):  # a damaged row may hold any type
        return False


def _damaged_responses(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute("SELECT id, key, n, content, sha256 FROM request JOIN response ON request_id = id")
    return [(number,) for number, key, n, content, told in rows if not _holds(key, n, content, told)]


def _damaged_requests(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    # over the table itself: a damaged index must not hide a row
    rows = connection.execute("SELECT id, key, spec FROM request NOT INDEXED")
    return [(number,) for number, key, spec in rows if not isinstance(spec, str) or not _is_of(key, spec)]


def _is_of(key: Any, spec: str) -> bool:
    try:
        return bool(sha256(spec) == key)
    except UnicodeEncodeError:  # damaged text
        return False


def _damaged_attempts(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    opened = "SELECT request_id, key, n, endpoint, opened, opened_sha256 FROM request JOIN attempt ON request_id = id"
    closed = (
        "SELECT request_id, key, n, outcome, status, reason, billed, seconds, prompt_tokens, completion_tokens, "
        "closed_sha256 FROM request JOIN attempt ON request_id = id "
        "WHERE coalesce(outcome, status, reason, billed, seconds, prompt_tokens, completion_tokens, closed_sha256) "
        "IS NOT NULL"
    )
    rows = [*connection.execute(opened), *connection.execute(closed)]
    return [(row[0], row[2]) for row in rows if not _fits(list(row[1:-1]), row[-1])]


def _rebuild_index(connection: sqlite3.Connection) -> None:
    """Make the index of keys again, which no hash guards; of what a broken one let in twice the older row stays."""
    failpoint("index")
    connection.execute("DELETE FROM request WHERE id NOT IN (SELECT min(id) FROM request NOT INDEXED GROUP BY key)")
    connection.execute("REINDEX request")


def _count(connection: sqlite3.Connection, table: str) -> int:
    (n,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (ours)
    return int(n)


def _fits(values: list[Any], told: Any) -> bool:
    try:
        return bool(_hash(*values) == told)
    except (TypeError, ValueError):
        return False


def _sum(
    rows: Sequence[tuple[Any, ...]],
    n_requests: int,
    n_answered: int,
    by_pool: Mapping[str, Account] | None = None,
) -> Account:
    outcomes: dict[str, int] = {}
    for _, outcome, _, n, *_ in rows:
        outcomes[outcome or "open"] = outcomes.get(outcome or "open", 0) + n
    return Account(
        n_requests=n_requests,
        n_answered=n_answered,
        n_attempts=sum(row[3] for row in rows),
        n_by_outcome=dict(sorted(outcomes.items())),
        n_maybe_billed=sum(row[3] for row in rows if row[2] == "maybe"),
        prompt_tokens=sum(row[4] or 0 for row in rows),
        completion_tokens=sum(row[5] or 0 for row in rows),
        n_unknown_usage=sum(row[6] or 0 for row in rows),
        by_pool=by_pool or {},
    )
