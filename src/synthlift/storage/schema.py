"""The tables of a ledger: how they are made, opened, and told from any other file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from synthlift.errors import Refused
from synthlift.storage.damage import damaged_file
from synthlift.storage.failpoint import failpoint
from synthlift.storage.files import place, write_atomic
from synthlift.storage.seals import EMPTY, SEALED, unbroken, write_seal

__all__ = ["VERSION", "connect", "create", "prepare_reading", "prepare_writing", "verify"]

VERSION = 2
_APPLICATION_ID = 0x534C4654  # "SLFT", bytes 68-71 of the file
_NEWEST_FORMAT = 2  # bytes 18 and 19: 1 with a rollback journal, 2 with a write-ahead log
_WAIT_S = 5.0

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
    # a row that is gone leaves no other trace
    "seal": "part TEXT PRIMARY KEY, sha256 TEXT NOT NULL",
    # Numbered as they come, so that rows written together lie together: keyed by hashes, each would fall on a page of
    # its own, and a commit would write ten times as much. A key is the SHA-256 of its spec.
    "request": "id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, spec TEXT NOT NULL",
    # outcome is NULL while it is on its way
    "attempt": (
        "request_id INTEGER NOT NULL, n INTEGER NOT NULL, endpoint TEXT NOT NULL, opened REAL NOT NULL, "
        "opened_sha256 TEXT NOT NULL, outcome TEXT, status INTEGER, reason TEXT, billed TEXT, seconds REAL, "
        "prompt_tokens INTEGER, completion_tokens INTEGER, closed_sha256 TEXT, PRIMARY KEY (request_id, n)"
    ),
    "response": "request_id INTEGER PRIMARY KEY, n INTEGER NOT NULL, content BLOB NOT NULL, sha256 TEXT NOT NULL",
}
_BY_NUMBER = ("request", "response")
_DDL = {
    name: f"CREATE TABLE {name} ({columns}) STRICT{'' if name in _BY_NUMBER else ', WITHOUT ROWID'}"
    for name, columns in _TABLES.items()
}
_INDEX = ("index", "sqlite_autoindex_request_1", None)
_SINCE_2 = ("request", "attempt", "response")


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
        connection.executemany("INSERT INTO seal VALUES (?, ?)", [(part, EMPTY) for part in SEALED])
        connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={VERSION}")
        write_atomic(path, connection.serialize())
    finally:
        connection.close()


def connect(path: Path, *, mode: str) -> sqlite3.Connection:
    """Connect to a ledger that exists; `mode` is "rw" or "ro"."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    # exchanges are written in a thread of their own; `Connection` is for one thread at a time
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_WAIT_S, check_same_thread=False)
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
    names = _DDL if version == VERSION else set(_DDL).difference(_SINCE_2)
    known = sorted([("table", name, _DDL[name]) for name in names] + [_INDEX] * (version == VERSION), key=_by_name)
    if version not in {1, VERSION} or found != known:
        raise damaged_file(path, "a file with other tables")


def prepare_reading(connection: sqlite3.Connection) -> None:
    """Let what an older ledger does not have be found empty; the file stays as it is."""
    if connection.execute("PRAGMA user_version").fetchone() == (1,):
        for name in _SINCE_2:
            connection.execute(_DDL[name].replace("CREATE TABLE", "CREATE TEMP TABLE"))
        connection.execute("PRAGMA query_only=ON")  # what went there would be lost


def prepare_writing(path: Path, connection: sqlite3.Connection) -> None:
    """Make each commit last, let readers in meanwhile, and bring an older ledger up to date.

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
    if connection.execute("PRAGMA user_version").fetchone() == (1,):
        _migrate(connection)


def _migrate(connection: sqlite3.Connection) -> None:
    """Add what version 2 has, in one transaction; a table whose seal does not hold keeps one that does not."""
    failpoint("migrate")
    connection.execute("BEGIN IMMEDIATE")
    for part in ("meta", "trial"):
        if unbroken(connection, part):
            write_seal(connection, part)
    for name in _SINCE_2:
        failpoint("migrate")
        connection.execute(_DDL[name])
        connection.execute("INSERT INTO seal VALUES (?, ?)", (name, EMPTY))
    connection.execute(f"PRAGMA user_version={VERSION}")
    failpoint("migrate")
    connection.execute("COMMIT")


def _by_name(entry: tuple[str, str, str | None]) -> str:
    return entry[1]
