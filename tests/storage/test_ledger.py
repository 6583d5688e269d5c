"""The ledger gives back what it was given, in any order, to any reader, or says why not."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from synthlift.errors import BadConfiguration, Refused, Stopped
from synthlift.storage import failpoint as armed
from synthlift.storage.ledger import Damaged, Ledger, ScoreRow, TrialResult


def test_round_trip(tmp_path, make_result, content):
    """Everything that was recorded comes back, after closing too; a finished folder has one file."""
    path = tmp_path / "ledger.db"
    given = [make_result(3), make_result(1), make_result(2, "failed", scores=(), arrays={}, n_tries=2)]
    with Ledger.open(path) as ledger:
        ledger.record(given[:2])
        ledger.record(given[2:])
        ledger.record([])
        assert [content(result) for result in ledger.results()] == [content(given[i]) for i in (1, 2, 0)]
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]
    with Ledger.open_readonly(path) as ledger:
        assert ledger.keys() == {given[1].key: "done", given[2].key: "failed", given[0].key: "done"}
        assert list(ledger.keys()) == sorted(ledger.keys())
        assert content(ledger.trial(given[0].key)) == content(given[0])
        assert [content(result) for result in ledger.results()] == [content(given[i]) for i in (1, 2, 0)]
        assert ledger.damaged() == ()


def test_meta(tmp_path):
    """JSON values come back, a later one replaces an earlier one, and an absent name is None."""
    value = {"b": [1, 2.5, None, True], "a": {"ü\u2028": "x" * 5000}, "n": 5e-324}
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        assert ledger.get("study") is None
        ledger.put("study", {"old": 1})
        ledger.put("facts", [])
        ledger.put("study", value)
        assert ledger.get("study") == value
        assert ledger.get("facts") == []
        assert ledger.get("absent") is None


@pytest.mark.parametrize(
    "name", ["\x01\x1b[2J\u202e", "é", "e\u0301", "'; DROP TABLE trial; --", "\U0001d518" * 300, ""]
)
def test_hostile_names(tmp_path, make_result, content, name):
    """Odd Unicode, control characters, SQL and 300 characters come back untouched in every slot."""
    given = make_result(
        1,
        name=name,
        spec={name: name},
        scores=(ScoreRow(name, name, 0.5, name),),
        arrays={name: np.arange(3)},
        facts={name: [name]},
    )
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.record([given])
        ledger.put(name, {name: name})
        assert content(ledger.trial(given.key)) == content(given)
        assert ledger.get(name) == {name: name}
        assert ledger.damaged() == ()


def test_failed_is_replaced_and_done_is_not(tmp_path, make_result, content):
    """A failed result gives way, an equal one is left alone, and a different one for a done trial is refused."""
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.record([make_result(1, "failed")])
        ledger.record([make_result(1)])
        ledger.record([make_result(1, seconds=99.0, n_tries=3)])
        assert content(ledger.trial(make_result(1).key)) == content(make_result(1))
        with pytest.raises(ValueError, match="has another result already"):
            ledger.record([make_result(2), make_result(1, facts={"C": 9.0})])
        assert list(ledger.keys()) == [make_result(1).key]  # all or none
        assert len(list(ledger.results())) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": {"C": float("nan")}},
        {"facts": {"C": object()}},
        {"name": "lone \ud83d surrogate"},
        {"arrays": {"x": np.array([None])}},
        {"seconds": float("inf")},
    ],
    ids=["nan", "object", "surrogate", "object array", "infinite"],
)
def test_what_would_not_come_back_is_refused(tmp_path, make_result, changes):
    """A value that the file cannot hold as it is fails before anything is stored, and the ledger goes on."""
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        with pytest.raises((ValueError, TypeError)):
            ledger.record([make_result(1), make_result(2, **changes)])
        assert ledger.keys() == {}
        ledger.record([make_result(1)])
        assert len(ledger.keys()) == 1


def test_one_key_twice(tmp_path, make_result):
    """Two results of one key in one call are refused: which of them counts is for the caller to say."""
    with Ledger.open(tmp_path / "ledger.db") as ledger, pytest.raises(ValueError, match="one key twice"):
        ledger.record([make_result(1), make_result(1)])


def test_values_need_reasons():
    """A score without value, or a trial that is not done, says why; a NaN is no value."""
    with pytest.raises(ValueError, match="give the reason"):
        ScoreRow("mAP", None, None, None)
    with pytest.raises(ValueError, match="expected a finite value"):
        ScoreRow("mAP", None, float("nan"), None)
    with pytest.raises(ValueError, match="without a reason"):
        TrialResult("k", "n", {}, "failed", None)


def test_numpy_scalars(tmp_path, make_result):
    """A numpy score comes back as the same number, and a negative zero as zero."""
    scores = (ScoreRow("a", None, np.float64(0.1), None), ScoreRow("b", None, np.float32(0.1), None))
    zero = ScoreRow("c", None, -0.0, None)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.record([make_result(1, scores=(*scores, zero))])
        values = [row.value for row in ledger.trial(make_result(1).key).scores]
    assert values == [0.1, float(np.float32(0.1)), 0.0]


def test_reader_during_a_run(tmp_path, make_result):
    """A reader sees what is recorded so far, and each later record, while the writer holds the file."""
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as writer:
        writer.record([make_result(1)])
        with Ledger.open_readonly(path) as reader:
            assert len(reader.keys()) == 1
            results = reader.results()
            next(results)
            writer.record([make_result(2)])
            writer.put("n", 2)
            assert len(reader.keys()) == 2
            assert reader.get("n") == 2
            with pytest.raises(Stopped, match="read-only"):
                reader.put("n", 3)
            with pytest.raises(Stopped, match="read-only"):
                reader.record([make_result(3)])
            results.close()
        writer.record([make_result(3)])
    with Ledger.open_readonly(path) as reader:
        assert len(list(reader.results())) == 3


def test_no_run(tmp_path):
    """Reading where there is no run names the folder, and makes no file."""
    with pytest.raises(BadConfiguration, match=r"no run in .*got no ledger.db"):
        Ledger.open_readonly(tmp_path / "ledger.db")
    assert list(tmp_path.iterdir()) == []


def test_folder_missing(tmp_path):
    """Opening in a folder that is not there is a stop, not a traceback."""
    with pytest.raises(Stopped, match="No such file"):
        Ledger.open(tmp_path / "absent" / "ledger.db")


@pytest.mark.parametrize("name", ["a?b#c%20d", "ünï'\"", "two words"])
def test_odd_folder_names(tmp_path, make_result, name):
    """Characters with a meaning in SQLite's file addresses are part of a folder's name."""
    folder = tmp_path / name
    folder.mkdir()
    with Ledger.open(folder / "ledger.db") as ledger:
        ledger.record([make_result(1)])
    with Ledger.open_readonly(folder / "ledger.db") as ledger:
        assert len(ledger.keys()) == 1
    assert [path.name for path in folder.iterdir()] == ["ledger.db"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def _pragma(path: Path, text: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(text)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("opener", [Ledger.open, Ledger.open_readonly])
def test_newer_version(tmp_path, opener):
    """A ledger that a newer synthlift wrote is refused, and not touched."""
    path = tmp_path / "ledger.db"
    Ledger.open(path).close()
    _pragma(path, "PRAGMA user_version=3")
    before = path.read_bytes()
    with pytest.raises(Refused, match=r"got a ledger of version 3, expected 2 at most.*update synthlift") as caught:
        opener(path)
    assert not isinstance(caught.value, Damaged)
    assert path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]


@pytest.mark.parametrize("opener", [Ledger.open, Ledger.open_readonly])
@pytest.mark.parametrize("kind", ["empty", "text", "noise", "database", "trigger", "table", "view"])
def test_no_ledger(tmp_path, opener, kind):
    """Another file under the ledger's name, or a ledger with a foreign trigger, is refused and not touched."""
    path = tmp_path / "ledger.db"
    if kind in ("trigger", "table", "view"):
        Ledger.open(path).close()
        statement = {
            "trigger": "CREATE TRIGGER t AFTER INSERT ON trial BEGIN DELETE FROM score; END",
            "table": "CREATE TABLE other (x)",
            "view": "CREATE VIEW v AS SELECT * FROM trial",
        }[kind]
        _pragma(path, statement)
    elif kind == "database":
        _pragma(path, "CREATE TABLE trial (key TEXT)")
    else:
        path.write_bytes({"empty": b"", "text": b"hello\n" * 2000, "noise": bytes(range(256)) * 64}[kind])
    before = path.read_bytes()
    with pytest.raises(Damaged, match="expected a ledger: move the folder away and run again"):
        opener(path)
    assert path.read_bytes() == before


def test_log_without_ledger(tmp_path, make_result):
    """Where a ledger was removed and its log was not, a new one is refused: SQLite would play the log into it."""
    path = tmp_path / "ledger.db"
    ledger = Ledger.open(path)
    ledger.record([make_result(1)])
    log = path.with_name("ledger.db-wal").read_bytes()
    ledger.close()
    path.unlink()
    path.with_name("ledger.db-wal").write_bytes(log)
    with pytest.raises(Damaged, match=r"ledger.db-wal whose ledger is gone"):
        Ledger.open(path)


def _as_reader(folder: Path) -> subprocess.CompletedProcess[str]:
    """Read the ledger of a folder as a user who may not write there, also where the tests run as root."""
    code = (
        "import os, sys; from pathlib import Path; from synthlift.errors import SynthliftError\n"
        "from synthlift.storage.ledger import Ledger\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try:\n"
        "    with Ledger.open_readonly(Path(sys.argv[1])) as ledger: print(len(list(ledger.results())))\n"
        "except SynthliftError as error: print(error); sys.exit(error.exit_code)\n"
    )
    return subprocess.run(
        [sys.executable, "-B", "-c", code, str(folder / "ledger.db")], capture_output=True, text=True, cwd="/"
    )


@pytest.mark.parametrize("state", ["finished", "killed"])
def test_read_only_folder(make_result, state):
    """A finished run is read in a folder that cannot be written; one that needs its log played says so."""
    folder = Path(tempfile.mkdtemp())  # not in pytest's folder, which other users cannot enter
    try:
        ledger = Ledger.open(folder / "ledger.db")
        ledger.record([make_result(1)])
        if state == "killed":
            copy = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}
        ledger.close()
        if state == "killed":
            for name, content in copy.items():
                (folder / name).write_bytes(content)
        folder.chmod(0o555)
        child = _as_reader(folder)
        if state == "finished":
            assert (child.returncode, child.stdout) == (0, "1\n"), child.stderr
        else:
            assert child.returncode == 6, child.stderr
            assert "cannot use 'ledger.db'" in child.stdout
            assert "make the folder writable" in child.stdout
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_full_disk_at_each_step(tmp_path, monkeypatch, make_result, content):
    """Whatever step of a record meets a full disk, nothing of it is stored, and the same call succeeds later."""
    given = [make_result(1), make_result(2)]
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as ledger:
        ledger.record([make_result(1, "failed")])
        for k in itertools.count(1):
            monkeypatch.setattr(armed, "_calls", itertools.count(1))
            monkeypatch.setenv("SYNTHLIFT_FAIL_AT", str(k))
            try:
                ledger.record(given)
                break
            except Stopped as stop:
                assert "No space left" in str(stop)  # noqa: PT017 (the loop ends where none is raised)
            monkeypatch.delenv("SYNTHLIFT_FAIL_AT")
            assert ledger.keys() == {given[0].key: "failed"}
            assert ledger.damaged() == ()
        assert k == 13  # begin, twice (delete, trial, score, artefact, seal), commit; then none is left to fail
        assert [content(result) for result in ledger.results()] == [content(result) for result in given]
