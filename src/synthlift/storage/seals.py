"""Seals: one number per table that tells whether a row is gone, which no hash of a row can.

A seal is the sum, modulo 2**256, of the SHA-256 of each row's name and hash. Sums have no order, and a row that comes
or goes is added or taken away, so that writing costs what is written and not what is stored.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from synthlift.storage.canonical import canonical, sha256
from synthlift.storage.failpoint import failpoint

__all__ = ["EMPTY", "SEALED", "shift_seal", "unbroken", "write_seal"]

SEALED = {
    "meta": "SELECT name, sha256 FROM meta",
    "trial": "SELECT key, seal FROM trial",
    "request": "SELECT id, key FROM request",
    # an attempt is closed by hashing what came of it apart, so that nothing is read again
    "attempt": (
        "SELECT request_id, n, opened_sha256 FROM attempt UNION ALL "
        "SELECT request_id, n, closed_sha256 FROM attempt WHERE closed_sha256 IS NOT NULL"
    ),
    "response": "SELECT request_id, sha256 FROM response",
}
_MODULUS = 2**256
EMPTY = f"{0:064x}"

Row = Sequence[Any]


def shift_seal(connection: sqlite3.Connection, part: str, *, added: Iterable[Row], removed: Iterable[Row] = ()) -> None:
    """Add rows to a seal, and take rows away, in the transaction that writes them.

    A seal that does not hold does not come to hold by this: what was lost stays in sight.
    """
    row = connection.execute("SELECT sha256 FROM seal WHERE part = ?", (part,)).fetchone()
    try:
        total = int(row[0], 16)
        shifted = total + sum(map(_number, added)) - sum(map(_number, removed))
    except (TypeError, ValueError):  # a damaged or lost seal, or a damaged row that goes; it stays broken
        return
    if row[0] == f"{total:064x}":  # else another spelling of a number is damage too
        _store(connection, part, shifted)


def write_seal(connection: sqlite3.Connection, part: str) -> None:
    """Close a table as it now is, whatever its seal was."""
    _store(connection, part, _total(connection, part))


def unbroken(connection: sqlite3.Connection, part: str) -> bool:
    """Whether a table has the very rows that it was closed with."""
    stored = connection.execute("SELECT sha256 FROM seal WHERE part = ?", (part,)).fetchone()
    try:
        if stored is None:
            return False
        return bool(stored[0] == f"{_total(connection, part):064x}" or stored[0] == _old_seal(connection, part))
    except (TypeError, ValueError):  # a damaged row may hold any type
        return False


def _old_seal(connection: sqlite3.Connection, part: str) -> str:
    """Return the seal as version 1 wrote it: one hash over all rows."""
    return sha256(canonical(sorted(connection.execute(SEALED[part]).fetchall())))


def _store(connection: sqlite3.Connection, part: str, total: int) -> None:
    failpoint("seal")
    connection.execute("INSERT OR REPLACE INTO seal VALUES (?, ?)", (part, f"{total % _MODULUS:064x}"))


def _total(connection: sqlite3.Connection, part: str) -> int:
    return sum(map(_number, connection.execute(SEALED[part]))) % _MODULUS


def _number(row: Row) -> int:
    return int(sha256(canonical(list(row))), 16)
