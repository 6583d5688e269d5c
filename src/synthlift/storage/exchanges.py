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
_OPEN = "INSERT OR REPLACE INTO attempt (request_key, n, endpoint, opened, opened_sha256) VALUES (?, ?, ?, ?, ?)"
_CLOSE = (
    "UPDATE attempt SET outcome = ?, status = ?, reason = ?, billed = ?, seconds = ?, prompt_tokens = ?, "
    "completion_tokens = ?, closed_sha256 = ? WHERE request_key = ? AND n = ?"
)


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
        return (self.outcome, self.status, self.reason, self.billed, self.seconds, *tokens)


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

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open for writing, as `Connection.open`."""
        connection = Connection.open(path)
        # keys are hashes, so each row falls on a page of its own: moving them into the file is worth doing seldom
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
        with self._connection.writing() as connection:
            if opened:
                _insert_opened(connection, opened)
            if closed:
                _insert_closed(connection, closed)

    def close_open(self) -> int:
        """Mark as lost, and as maybe billed, what was on its way when an earlier run ended; return how many."""
        with self._connection.writing() as connection:
            left = connection.execute("SELECT request_key, n FROM attempt WHERE closed_sha256 IS NULL").fetchall()
            none = (None, None, None, None)
            _insert_closed(connection, [Closed(key, n, "lost", None, None, "maybe", *none) for key, n in left])
        return len(left)

    def answered(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the raw answers of those requests that have one which is what was written."""
        query = "SELECT request_key, n, content, sha256 FROM response WHERE request_key IN"
        return {key: content for key, n, content, told in self._select(query, keys) if _holds(key, n, content, told)}

    def n_attempts(self, keys: Iterable[str]) -> dict[str, int]:
        """Return the number of the last attempt of each request, 0 where there is none."""
        asked = list(keys)
        query = "SELECT request_key, max(n) FROM attempt WHERE request_key IN"
        return dict.fromkeys(asked, 0) | dict(self._select(query, asked, " GROUP BY request_key"))

    def last_outcomes(self, keys: Iterable[str]) -> dict[str, tuple[str | None, str | None]]:
        """Return outcome and reason of the last attempt of each request that has one."""
        # beside max(), SQLite gives the other columns of the row that has it
        query = "SELECT request_key, max(n), outcome, reason FROM attempt WHERE request_key IN"
        rows = self._select(query, keys, " GROUP BY request_key")
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
            if all(unbroken(connection, part) for part in ("request", "attempt", "response")):
                return _discard(connection, "response", _damaged_responses(connection))
            n = _discard(connection, "response", _damaged_responses(connection))
            _discard(connection, "attempt", _damaged_attempts(connection))
            _discard(connection, "request", _damaged_requests(connection))
            for part in ("request", "attempt", "response"):
                write_seal(connection, part)
        return n

    def account(self) -> Account:
        """Add up all attempts."""
        query = (
            "SELECT json_extract(request.spec, '$.pool'), outcome, billed, count(*), sum(prompt_tokens), "
            "sum(completion_tokens), sum(outcome = 'done' AND (prompt_tokens IS NULL OR completion_tokens IS NULL)) "
            "FROM attempt LEFT JOIN request ON request.key = attempt.request_key GROUP BY 1, 2, 3"
        )
        with self._connection.reading() as connection:
            rows = connection.execute(query).fetchall()
            (n_requests,) = connection.execute("SELECT count(*) FROM request").fetchone()
            (n_answered,) = connection.execute("SELECT count(*) FROM response").fetchone()
        pools = sorted({row[0] for row in rows if isinstance(row[0], str)})
        by_pool = {pool: _sum([row for row in rows if row[0] == pool]) for pool in pools}
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


def _insert_opened(connection: sqlite3.Connection, opened: Sequence[Opened]) -> None:
    failpoint("attempt")
    asked = [(each.request_key, each.spec) for each in opened if each.spec is not None]
    attempts = [(each.request_key, each.n, each.endpoint, each.opened) for each in opened]
    rows = [(*each, _hash(*each)) for each in attempts]
    if asked:
        before = connection.total_changes
        connection.executemany("INSERT OR IGNORE INTO request VALUES (?, ?)", asked)
        if connection.total_changes - before == len(asked):
            shift_seal(connection, "request", added=[(key,) for key, _ in asked])
        else:  # some lost their attempts to damage, and are asked anew
            write_seal(connection, "request")
    connection.executemany(_OPEN, rows)
    shift_seal(connection, "attempt", added=[(row[0], row[1], row[4]) for row in rows])


def _insert_closed(connection: sqlite3.Connection, closed: Sequence[Closed]) -> None:
    failpoint("response")
    told = [_hash(each.request_key, each.n, *each.told) for each in closed]
    connection.executemany(
        _CLOSE, [(*each.told, sha, each.request_key, each.n) for each, sha in zip(closed, told, strict=True)]
    )
    shift_seal(
        connection, "attempt", added=[(each.request_key, each.n, sha) for each, sha in zip(closed, told, strict=True)]
    )
    answered = [(each.request_key, each.n, each.content) for each in closed if each.content is not None]
    answers = [(*each, _answer_hash(*each)) for each in answered]
    if answers:
        connection.executemany("INSERT INTO response VALUES (?, ?, ?, ?)", answers)
        shift_seal(connection, "response", added=[(row[0], row[3]) for row in answers])


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


def _damaged_responses(connection: sqlite3.Connection) -> list[Any]:
    rows = connection.execute("SELECT request_key, n, content, sha256 FROM response")
    return [(key,) for key, n, content, told in rows if not _holds(key, n, content, told)]


def _damaged_requests(connection: sqlite3.Connection) -> list[Any]:
    rows = connection.execute("SELECT key, spec FROM request")
    return [(key,) for key, spec in rows if not isinstance(spec, str) or not _is_of(key, spec)]


def _is_of(key: Any, spec: str) -> bool:
    try:
        return bool(sha256(spec) == key)
    except UnicodeEncodeError:  # damaged text
        return False


def _damaged_attempts(connection: sqlite3.Connection) -> list[Any]:
    opened = "SELECT request_key, n, endpoint, opened, opened_sha256 FROM attempt"
    closed = (
        "SELECT request_key, n, outcome, status, reason, billed, seconds, prompt_tokens, completion_tokens, "
        "closed_sha256 FROM attempt WHERE closed_sha256 IS NOT NULL OR outcome IS NOT NULL"
    )
    rows = [*connection.execute(opened), *connection.execute(closed)]
    return [row[:2] for row in rows if not _fits(list(row[:-1]), row[-1])]


def _fits(values: list[Any], told: Any) -> bool:
    try:
        return bool(_hash(*values) == told)
    except (TypeError, ValueError):
        return False


def _discard(connection: sqlite3.Connection, table: str, damaged: Sequence[tuple[Any, ...]]) -> int:
    names = {"response": ("request_key",), "attempt": ("request_key", "n"), "request": ("key",)}[table]
    where = " AND ".join(f"{name} = ?" for name in names)
    failpoint("discard")
    connection.executemany(f"DELETE FROM {table} WHERE {where}", damaged)  # noqa: S608 (our own names)
    if damaged:
        write_seal(connection, table)
    return len(damaged)


def _sum(
    rows: Sequence[tuple[Any, ...]],
    n_requests: int = 0,
    n_answered: int = 0,
    by_pool: Mapping[str, Account] | None = None,
) -> Account:
    outcomes: dict[str, int] = {}
    for _, outcome, _, n, *_ in rows:
        outcomes[outcome or "open"] = outcomes.get(outcome or "open", 0) + n
    return Account(
        n_requests=n_requests,
        n_answered=n_answered or outcomes.get("done", 0),
        n_attempts=sum(row[3] for row in rows),
        n_by_outcome=dict(sorted(outcomes.items())),
        n_maybe_billed=sum(row[3] for row in rows if row[2] == "maybe"),
        prompt_tokens=sum(row[4] or 0 for row in rows),
        completion_tokens=sum(row[5] or 0 for row in rows),
        n_unknown_usage=sum(row[6] or 0 for row in rows),
        by_pool=by_pool or {},
    )
