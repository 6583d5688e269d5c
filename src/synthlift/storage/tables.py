"""Rows of trials and named values in and out of an open ledger, its seals kept; the caller holds the transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from synthlift.storage.canonical import JSON, canonical, sha256
from synthlift.storage.failpoint import failpoint
from synthlift.storage.seals import shift_seal
from synthlift.storage.trial_rows import Artefact, TrialRows

__all__ = [
    "delete_trial",
    "insert_meta",
    "insert_trial",
    "intact",
    "keep_trials",
    "select_meta",
    "select_trial",
    "stored_keys",
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


def stored_keys(connection: sqlite3.Connection) -> list[Any]:
    """Return the keys as they are stored, in order."""
    return [row[0] for row in connection.execute("SELECT key FROM trial ORDER BY key")]


def select_trial(connection: sqlite3.Connection, key: str) -> tuple[TrialRows, bool] | None:
    """Return the rows of a trial, and whether they are what was written; None where there is no such trial."""
    row = connection.execute("SELECT * FROM trial WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    scores = connection.execute(
        "SELECT metric, label, value, reason FROM score WHERE trial_key = ? ORDER BY position", (key,)
    )
    artefacts = connection.execute(
        "SELECT name, content, sha256 FROM artefact WHERE trial_key = ? ORDER BY name", (key,)
    )
    rows = TrialRows(row[:6], row[6:8], tuple(scores), tuple(Artefact(*each) for each in artefacts))
    return rows, rows.holds(*row[8:])


def intact(connection: sqlite3.Connection, keys: Sequence[Any]) -> Iterator[tuple[Any, str | None]]:
    """Yield each key with its status, None where its rows are not what was written."""
    for key in keys:
        try:
            found = select_trial(connection, key)
        except UnicodeEncodeError:  # a damaged key
            found = None
        yield key, found[0].head[3] if found is not None and found[1] else None
