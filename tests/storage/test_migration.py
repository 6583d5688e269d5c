"""A ledger of version 1 is read as it is, and becomes version 2 in one transaction when it is opened for writing.

The file is its own child process: started as a script it opens the ledger that it is given for writing.
"""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from synthlift.errors import Stopped
from synthlift.storage import failpoint as armed
from synthlift.storage.canonical import canonical, sha256
from synthlift.storage.exchanges import Account, Closed, Exchanges, Opened
from synthlift.storage.ledger import Damaged, Ledger
from synthlift.storage.seals import SEALED, unbroken
from synthlift.storage.trial_rows import TrialRows

# as version 1 wrote it, letter by letter
VERSION_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE trial (key TEXT PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, \
facts TEXT NOT NULL, seconds REAL NOT NULL, n_tries INTEGER NOT NULL, sha256 TEXT NOT NULL, seal TEXT NOT NULL) \
STRICT, WITHOUT ROWID;
CREATE TABLE score (trial_key TEXT NOT NULL, position INTEGER NOT NULL, metric TEXT NOT NULL, label TEXT, value REAL, \
reason TEXT, PRIMARY KEY (trial_key, position)) STRICT, WITHOUT ROWID;
CREATE TABLE artefact (trial_key TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, sha256 TEXT NOT NULL, \
PRIMARY KEY (trial_key, name)) STRICT, WITHOUT ROWID;
CREATE TABLE seal (part TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA application_id=1397507668;
PRAGMA user_version=1;
"""
META = {"study": {"labels": ["a", "ü"], "seed": 0}, "n_real": 64}
N = 5


@pytest.fixture
def old(tmp_path, make_result) -> Path:
    """Give a finished ledger of version 1."""
    path = tmp_path / "run" / "ledger.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(VERSION_1)
        for name, value in META.items():
            text = canonical(value)
            connection.execute("INSERT INTO meta VALUES (?, ?, ?)", (name, text, sha256(canonical([name, text]))))
        for number in range(N):
            _insert(connection, TrialRows.of(make_result(number)))
        for part, query in (("meta", "SELECT name, sha256 FROM meta"), ("trial", "SELECT key, seal FROM trial")):
            rows = sorted(connection.execute(query).fetchall())
            connection.execute("INSERT INTO seal VALUES (?, ?)", (part, sha256(canonical(rows))))
    return path


def _insert(connection: sqlite3.Connection, rows: TrialRows) -> None:
    key = rows.head[0]
    values = (*rows.head, *rows.told, rows.sha256, rows.sealed)
    connection.execute("INSERT INTO trial VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    scores = [(key, position, *row) for position, row in enumerate(rows.scores)]
    connection.executemany("INSERT INTO score VALUES (?, ?, ?, ?, ?, ?)", scores)
    artefacts = [(key, each.name, each.content, each.sha256) for each in rows.artefacts]
    connection.executemany("INSERT INTO artefact VALUES (?, ?, ?, ?)", artefacts)


def _change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement).rowcount == 1


def _version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _told(ledger: Ledger, content) -> tuple:
    return {name: ledger.get(name) for name in META}, [content(result) for result in ledger.results()]


def _given(make_result, content) -> tuple:
    return META, [content(make_result(number)) for number in range(N)]


def test_read_only(old, make_result, content):
    """Reading gives trials and values, finds nothing exchanged, and changes no byte and no file of the folder."""
    before = old.read_bytes()
    attempt = Opened(sha256("{}"), 1, "1", 1.5, "{}")
    with Ledger.open_readonly(old) as ledger, Exchanges.open_readonly(old) as exchanges:
        assert _told(ledger, content) == _given(make_result, content)
        assert ledger.damaged() == ()
        assert exchanges.answered(["a" * 64]) == exchanges.last_outcomes(["a" * 64]) == {}
        assert exchanges.n_attempts(["a" * 64]) == {"a" * 64: 0}
        assert exchanges.account() == Account()
        for call in (exchanges.discard_damaged, lambda: exchanges.write([attempt])):
            with pytest.raises(Stopped, match="read-only"):
                call()
        assert exchanges.account() == Account()
    assert old.read_bytes() == before
    assert [path.name for path in old.parent.iterdir()] == ["ledger.db"]


@pytest.mark.parametrize("opener", [Ledger.open, Exchanges.open])
def test_opened_for_writing(old, make_result, content, opener):
    """Opening for writing makes version 2 of it, with all seals whole; trials, values and exchanges go on."""
    opener(old).close()
    assert _version(old) == 2
    spec = canonical({"ordinal": "test/0", "pool": "small"})
    attempt = Opened(sha256(spec), 1, "1", 1.5, spec)
    with Ledger.open(old) as ledger, Exchanges.open(old) as exchanges:
        assert all(unbroken(exchanges._connection.raw, part) for part in SEALED)
        assert _told(ledger, content) == _given(make_result, content)
        ledger.put("n_real", 65)
        ledger.record([make_result(N)])
        exchanges.write([attempt, Closed(attempt.request_key, 1, "done", 200, None, "yes", 1.5, 1, 2, b"answer")])
    with Ledger.open_readonly(old) as ledger, Exchanges.open_readonly(old) as exchanges:
        assert ledger.get("n_real") == 65
        assert len(list(ledger.results())) == N + 1
        assert exchanges.answered([attempt.request_key]) == {attempt.request_key: b"answer"}
    assert [path.name for path in old.parent.iterdir()] == ["ledger.db"]


def test_same_tables_as_a_new_one(old, tmp_path):
    """What became version 2 has the very tables, settings and seals of empty tables that a new ledger has."""
    Ledger.open(old).close()
    Ledger.open(tmp_path / "new.db").close()
    found = []
    for path in (old, tmp_path / "new.db"):
        with closing(sqlite3.connect(path)) as connection:
            tables = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
            seals = connection.execute("SELECT * FROM seal WHERE part NOT IN ('meta', 'trial')").fetchall()
            settings = [connection.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")]
        found.append((tables, sorted(seals), settings))
    assert found[0] == found[1]


def test_killed_at_each_failpoint(old, make_result, content):
    """After kill -9 at any step of the change the file is wholly of one version, readable, and opens for writing."""
    whole = old.read_bytes()
    versions = []
    for k in range(1, 50):
        old.write_bytes(whole)
        child = subprocess.run(
            [sys.executable, __file__, str(old)], env={**os.environ, "SYNTHLIFT_CRASH_AT": str(k)}, capture_output=True
        )
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL, child.stderr
        with Ledger.open_readonly(old) as ledger, Exchanges.open_readonly(old) as exchanges:
            assert _told(ledger, content) == _given(make_result, content)
            assert exchanges.account() == Account()
        versions.append(_version(old))
        with Ledger.open(old) as ledger:
            assert _told(ledger, content) == _given(make_result, content)
        assert _version(old) == 2
    assert versions == sorted(versions)
    assert versions.count(1) > 5  # all steps before the commit
    assert set(versions) == {1, 2}  # the last kill is that of closing


def test_full_disk_at_each_step(old, monkeypatch, make_result, content):
    """Where any step meets a full disk, the run stops, the file stays version 1, and opening it succeeds later."""
    for k in itertools.count(1):
        monkeypatch.setattr(armed, "_calls", itertools.count(1))
        monkeypatch.setenv("SYNTHLIFT_FAIL_AT", str(k))
        try:
            ledger = Ledger.open(old)
            break
        except Stopped as stop:
            assert "No space left" in str(stop)  # noqa: PT017 (the loop ends where none is raised)
        monkeypatch.delenv("SYNTHLIFT_FAIL_AT")
        assert _version(old) == 1
        with Ledger.open_readonly(old) as reader:
            assert _told(reader, content) == _given(make_result, content)
    monkeypatch.delenv("SYNTHLIFT_FAIL_AT")
    assert k > 5
    with ledger:
        assert _told(ledger, content) == _given(make_result, content)


BROKEN_TRIALS = {
    "seal changed": "UPDATE seal SET sha256 = '0' || substr(sha256, 2, 62) || 'x' WHERE part = 'trial'",
    "seal gone": "DELETE FROM seal WHERE part = 'trial'",
    "seal of none": "UPDATE seal SET sha256 = hex(zeroblob(32)) WHERE part = 'trial'",
    "trial gone": "DELETE FROM trial WHERE key LIKE '%1'",
    "damaged key": "UPDATE trial SET key = CAST(x'ff41' AS TEXT) WHERE key LIKE '%1'",
    "damaged hash": "UPDATE trial SET seal = CAST(x'ff41' AS TEXT) WHERE key LIKE '%1'",
}


@pytest.mark.parametrize("change", BROKEN_TRIALS.values(), ids=BROKEN_TRIALS)
def test_a_broken_list_of_trials_stays_broken(old, make_result, change):
    """The change of version does not close over damage: it is told before and after, until it is discarded."""
    _change(old, change)
    with Ledger.open_readonly(old) as ledger, pytest.raises(Damaged):
        list(ledger.results())
    with Ledger.open(old) as ledger:
        assert _version(old) == 2
        assert not unbroken(ledger._connection.raw, "trial")
        ledger.record([make_result(N)])
        with pytest.raises(Damaged):
            list(ledger.results())
        assert {name: ledger.get(name) for name in META} == META
        ledger.discard_damaged()
        ledger.record([make_result(number) for number in range(N)])
        assert len(list(ledger.results())) == N + 1


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM meta WHERE name = 'n_real'",
        "UPDATE meta SET sha256 = CAST(x'ff41' AS TEXT) WHERE name = 'n_real'",
        "DELETE FROM seal WHERE part = 'meta'",
    ],
    ids=["gone", "damaged hash", "seal gone"],
)
def test_damaged_values_stay_damaged(old, change):
    """A stored value that was lost before the change of version is not taken for one that never was."""
    _change(old, change)
    for opener in (Ledger.open_readonly, Ledger.open, Ledger.open_readonly):
        with opener(old) as ledger:
            with pytest.raises(Damaged, match="'n_real' is damaged"):
                ledger.get("n_real")
            assert len(list(ledger.results())) == N
    assert _version(old) == 2


if __name__ == "__main__":
    Ledger.open(Path(sys.argv[1])).close()
