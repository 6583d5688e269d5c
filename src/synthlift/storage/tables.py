"""Rows of trials and named values in and out of an open ledger, its seals kept; the caller holds the transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from synthlift.storage.canonical import JSON, canonical, sha256
from synthlift.storage.failpoint import failpoint
from synthlift.storage.seals import shift_seal
from synthlift.storage.trial_rows import Artefact, TrialRows

__all__ = [
    "Stored",
    "delete_trial",
    "insert_meta",
    "insert_trial",
    "keep_trials",
    "select_meta",
    "select_trial",
    "select_trials",
]

_OF_TRIAL = (
    "DELETE FROM trial WHERE key = ?",
    "DELETE FROM score WHERE trial_key = ?",
    "DELETE FROM artefact WHERE trial_key = ?",
)
_ALL_BUT = (
    "DELETE FROM trial WHERE key NOT IN (SELECT value FROM json_each(?))",
    "DELETE FROM score WHERE trial_key NOT IN (SELECT value FROM json_each(?))",
    "DELETE FROM artefact WHERE trial_key NOT IN (SELECT value FROM json_each(?))",
)


def insert_meta(connection: sqlite3.Connection, name: str, value: JSON) -> None:
    """Store a value, in place of one of the same name."""
    text = canonical(value)
    row = (name, text, sha256(canonical([name, text])))
    before = connection.execute("SELECT name, sha256 FROM meta WHERE name = ?", (name,)).fetchall()
    failpoint("meta")
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", row)
    shift_seal(connection, "meta", added=[(name, row[2])], removed=before)


def select_meta(connection: sqlite3.Connection, name: str) -> tuple[bool, Any]:
    """Return whether the row of a name is what was written, and its value; ``(True, None)`` where there is none."""
    row = connection.execute("SELECT name, value, sha256 FROM meta WHERE name = ?", (name,)).fetchone()
    if row is None:
        return True, None
    try:
        return (True, json.loads(row[1])) if sha256(canonical(list(row[:2]))) == row[2] else (False, None)
    except (TypeError, ValueError):  # a damaged row may hold any type
        return False, None


def insert_trial(connection: sqlite3.Connection, rows: TrialRows) -> None:
    """Store the rows of a trial, in place of those of the same key."""
    key = rows.head[0]
    before = connection.execute("SELECT key, seal FROM trial WHERE key = ?", (key,)).fetchall()
    delete_trial(connection, key)
    failpoint("trial")
    values = (*rows.head, *rows.told, rows.sha256, rows.sealed)
    connection.execute("INSERT INTO trial VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    failpoint("score")
    scores = [(key, position, *row) for position, row in enumerate(rows.scores)]
    connection.executemany("INSERT INTO score VALUES (?, ?, ?, ?, ?, ?)", scores)
    failpoint("artefact")
    artefacts = [(key, each.name, each.content, each.sha256) for each in rows.artefacts]
    connection.executemany("INSERT INTO artefact VALUES (?, ?, ?, ?)", artefacts)
    shift_seal(connection, "trial", added=[(key, rows.sealed)], removed=before)


def delete_trial(connection: sqlite3.Connection, key: str) -> None:
    """Remove what is stored under a key, rows that lost their trial included."""
    failpoint("delete")
    for statement in _OF_TRIAL:
        connection.execute(statement, (key,))


def keep_trials(connection: sqlite3.Connection, keys: Sequence[str]) -> None:
    """Remove all trials but these; a damaged key may be no text, so what stays is named and not what goes."""
    failpoint("keep")
    for statement in _ALL_BUT:
        connection.execute(statement, (json.dumps(keys),))


def select_trial(connection: sqlite3.Connection, key: str) -> tuple[TrialRows, bool] | None:
    """Return the rows of a trial, and whether they are what was written; None where there is no such trial."""
    found = next(_selected(connection, "= ?", (key,)), None)
    return (found.rows, found.holds) if found is not None else None


@dataclass(frozen=True, slots=True)
class Stored:
    """A trial as it lies in the ledger: its key, its rows, and whether these are what was written."""

    key: str
    rows: TrialRows
    holds: bool


def select_trials(connection: sqlite3.Connection) -> Iterator[Stored]:
    """Yield all trials, ordered by key: three passes side by side, since three queries a trial take far longer."""
    for stored in _selected(connection, "IS NOT NULL", ()):
        # a damaged key lies out of order, and what belongs to others is passed over while its own is looked for
        alone = None if stored.holds else _by_itself(connection, stored.key)
        yield stored if alone is None else alone


def _by_itself(connection: sqlite3.Connection, key: str) -> Stored | None:
    try:
        return next(_selected(connection, "= ?", (key,)), None)
    except UnicodeEncodeError:  # a damaged key
        return None


def _selected(connection: sqlite3.Connection, which: str, keys: tuple[str, ...]) -> Iterator[Stored]:
    trials = connection.execute(f"SELECT * FROM trial WHERE key {which} ORDER BY key", keys)  # noqa: S608 (ours)
    parts = [
        _Grouped(connection.execute(f"SELECT {names} FROM {table} WHERE trial_key {which} ORDER BY {order}", keys))  # noqa: S608
        for table, names, order in _PARTS
    ]
    for row in trials:
        scores, artefacts = (part.of(row[0]) for part in parts)
        rows = TrialRows(row[:6], row[6:8], tuple(scores), tuple(Artefact(*each) for each in artefacts))
        yield Stored(row[0], rows, rows.holds(*row[8:]))


_PARTS = (
    ("score", "trial_key, metric, label, value, reason", "trial_key, position"),
    ("artefact", "trial_key, name, content, sha256", "trial_key, name"),
)


class _Grouped:
    """Rows in the order of the keys that stand first in them, handed out key by key; those of no trial are left out."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    def of(self, key: str) -> list[tuple[Any, ...]]:
        """Return the rows of a key, without it; keys are asked for in order."""
        found = []
        at = _in_order(key)
        while self._next is not None and _in_order(self._next[0]) <= at:
            if self._next[0] == key:
                found.append(self._next[1:])
            self._next = next(self._rows, None)
        return found


def _in_order(key: object) -> tuple[int, bytes]:
    """Return what SQLite orders values by; a damaged key may be of any type."""
    if isinstance(key, str):
        return 2, key.encode(errors="surrogateescape")
    return (3, key) if isinstance(key, bytes) else (int(key is not None), b"")
