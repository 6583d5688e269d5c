"""The hashes of requests, attempts and answers, and the removal of rows that do not fit theirs."""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from synthlift.storage.canonical import sha256
from synthlift.storage.failpoint import failpoint
from synthlift.storage.seals import unbroken, write_seal

__all__ = ["answer_hash", "answer_holds", "discard_damaged", "row_hash"]


def row_hash(*values: object) -> str:
    """Return the SHA-256 of values that a row holds."""
    return sha256(orjson.dumps(values))


def answer_hash(key: str, n: int, content: bytes) -> str:
    """Return the SHA-256 of an answer and of what it answers."""
    return row_hash(key, n, sha256(content))


def answer_holds(key: Any, n: Any, content: Any, told: Any) -> bool:
    """Whether an answer is what was written."""
    try:
        return bool(isinstance(content, bytes) and answer_hash(key, n, content) == told)
    except (TypeError, ValueError):  # a damaged row may hold any type
        return False


def discard_damaged(connection: sqlite3.Connection) -> int:
    """Remove rows that are not what was written, and close the tables as they then are; return how many answers."""
    n_before = _count(connection, "response")
    _rebuild_index(connection)
    broken = [part for part in ("request", "attempt", "response") if not unbroken(connection, part)]
    failpoint("discard")
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


def _damaged_responses(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute("SELECT id, key, n, content, sha256 FROM request JOIN response ON request_id = id")
    return [(number,) for number, key, n, content, told in rows if not answer_holds(key, n, content, told)]


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
        return bool(row_hash(*values) == told)
    except (TypeError, ValueError):
        return False
