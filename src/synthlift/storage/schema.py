"""The tables of a ledger: how they are made, opened, and told from any other file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from synthlift.errors import Refused
from synthlift.storage.canonical import canonical, sha256
from synthlift.storage.damage import damaged_file
from synthlift.storage.files import place, write_atomic

__all__ = ["VERSION", "connect", "create", "prepare_writing", "verify"]

VERSION = 1
_APPLICATION_ID = 0x534C4654  # "SLFT", bytes 68-71 of the file
_NEWEST_FORMAT = 2  # bytes 18 and 19: 1 with a rollback journal, 2 with a write-ahead log
_WAIT_S = 5.0
_EMPTY_SEAL = sha256(canonical([]))

# WITHOUT ROWID: one tree a table, and no index that could disagree with it after damage.
_TABLES = {
    "meta": "name TEXT PRIMARY KEY, value TEXT NOT NULL, sha256 TEXT NOT NULL",
    "trial": (
        "key TEXT PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, "
        "facts TEXT NOT NULL, seconds REAL NOT NULL, n_tries INTEGER NOT NULL, sha256 TEXT NOT NULL, seal TEXT NOT NULL"
    ),
    "score": (
        "trial_key TEXT NOT NULL, position INTEGER NOT NULL, metric TEXT NOT NULL, label TEXT, value REAL, "
        "reason TEXT, PRIMARY KEY (trial_key, position)"
    ),
    "artefact": (
        "trial_key TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, sha256 TEXT NOT NULL, "
        "PRIMARY KEY (trial_key, name)"
    ),
    # one hash over the names and hashes of all rows of a table: a row that is gone leaves no other trace
    "seal": "part TEXT PRIMARY KEY, sha256 TEXT NOT NULL",
}
_DDL = {name: f"CREATE TABLE {name} ({columns}) STRICT, WITHOUT ROWID" for name, columns in _TABLES.items()}


def create(path: Path) -> None:
    """Make an empty ledger; the file appears whole or not at all.

    Raises
    ------
    Damaged
        Where the log of a lost ledger lies there: SQLite would play it into the new one.
    """
    for suffix in ("-wal", "-journal"):
        if path.with_name(path.name + suffix).exists():
            raise damaged_file(path, f"a {path.name}{suffix} whose ledger is gone")
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statement in _DDL.values():
            connection.execute(statement)
        connection.executemany("INSERT INTO seal VALUES (?, ?)", [("meta", _EMPTY_SEAL), ("trial", _EMPTY_SEAL)])
        connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={VERSION}")
        write_atomic(path, connection.serialize())
    finally:
        connection.close()


def connect(path: Path, *, mode: str) -> sqlite3.Connection:
    """Connect to a ledger that exists; `mode` is "rw" or "ro"."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_WAIT_S)
    # damaged text must fail its hash, not the whole query that it is part of
    connection.text_factory = lambda content: content.decode("utf-8", "surrogateescape")
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    return connection


def verify(path: Path, connection: sqlite3.Connection) -> None:
    """Check that the file is a ledger of this version, with no table, view or trigger of another hand.

    Raises
    ------
    Refused
        Where a newer synthlift wrote it.
    Damaged
        Where it is no ledger.
    """
    with path.open("rb") as file:
        formats = file.read(20)[18:]
    if any(number > _NEWEST_FORMAT for number in formats):  # SQLite would call the file read-only
        raise damaged_file(path, "a broken file (its header)")
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != _APPLICATION_ID:
        raise damaged_file(path, "another kind of file")
    if version > VERSION:
        raise Refused(
            f"{place(path)}: got a ledger of version {version}, expected {VERSION} at most: a newer synthlift wrote "
            "it, update synthlift"
        )
    found = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
    if version != VERSION or found != [("table", name, _DDL[name]) for name in sorted(_DDL)]:
        raise damaged_file(path, "a file with other tables")


def prepare_writing(path: Path, connection: sqlite3.Connection) -> None:
    """Make each commit last, and let readers in meanwhile.

    Raises
    ------
    Damaged
        Where the tree of the file is broken: writing into it would spread the damage.
    """
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise damaged_file(path, "a broken file (quick_check)")
    # where a file system cannot do WAL, SQLite stays with its rollback journal: slower, and as safe
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
