"""The state of a run folder, at every stage of a run and after every kind of end."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from synthlift.errors import BadConfiguration
from synthlift.run.folder import write_status
from synthlift.run.state import state_of
from synthlift.storage.exchanges import Closed, Exchanges, Opened
from synthlift.storage.ledger import Ledger, TrialResult
from synthlift.storage.lock import RunLock


def _folder(tmp_path: Path, *seconds: float) -> Path:
    """Make a run folder with a trial for each of these times."""
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        trials = [TrialResult(f"{n:064x}", f"t{n}", {}, "done", None, seconds=each) for n, each in enumerate(seconds)]
        ledger.record(trials)
    return tmp_path


def test_a_finished_run(finished):
    """All trials are done, the report is named, nobody holds the folder, and reading leaves it as it was."""
    before = {path: path.stat().st_mtime_ns for path in (finished, *finished.rglob("*"))}
    state = state_of(finished)
    with Ledger.open_readonly(finished / "ledger.db") as ledger:
        statuses = list(ledger.keys().values())
    assert (state.state, state.is_on) == ("done", False)
    assert state.done == state.total == len(statuses)
    assert state.counts.trials == {name: statuses.count(name) for name in sorted(set(statuses))}
    assert state.report == str(finished / "report.html")
    assert state.seconds_left is None
    assert 0 <= state.seconds_since < 3600
    assert {path: path.stat().st_mtime_ns for path in (finished, *finished.rglob("*"))} == before


def test_a_killed_run_and_a_stopped_one(tmp_path, warm, corpora):
    """A kill -9 leaves the log beside the ledger; a full disk ends in order. Both last said that they were running."""
    for name, variable, ended in (("killed", "SYNTHLIFT_CRASH_AT", -9), ("stopped", "SYNTHLIFT_FAIL_AT", 6)):
        out = tmp_path / name
        done = warm(*corpora.audit(out, "--quiet"), env={variable: "100"}, plain=True)
        assert done.returncode == ended, done.stderr
        assert json.loads((out / "status.json").read_text())["state"] == "running"
        state = state_of(out)
        assert (state.state, state.is_on, state.report) == (name, False, None)
        assert state.counts.trials
        assert warm(*corpora.audit(out, "--quiet"), plain=True).returncode == 0
        assert state_of(out).state == "done"


def test_an_interrupted_run(tmp_path):
    """What a run said at its end stands."""
    write_status(_folder(tmp_path, 1.0), "interrupted", 1, 4, 0)
    assert state_of(tmp_path).state == "interrupted"


def test_a_running_run_and_the_most_time_it_takes(tmp_path):
    """Of 8 trials 2 are done, which took 1 and 3 seconds: at one at a time the other 6 take 12."""
    write_status(_folder(tmp_path, 1.0, 3.0), "running", 2, 8, 0)
    with RunLock(tmp_path):
        state = state_of(tmp_path)
    assert (state.state, state.is_on, state.done, state.total) == ("running", True, 2, 8)
    assert state.seconds_left == 12.0
    assert state_of(tmp_path).seconds_left is None  # it goes on no more


def test_a_study_that_asks_at_the_pace_of_the_last_minute(tmp_path):
    """Two answers in the last minute, and six texts to go: three minutes."""
    now = time.time()
    with Exchanges.open(_folder(tmp_path) / "ledger.db") as exchanges:
        exchanges.write([Opened(f"k{n}", 1, "1", now - 300 + 140 * n, "{}") for n in range(3)])
        exchanges.write([Closed(f"k{n}", 1, "done", 200, None, "yes", 1.0, 1, 1, b"{}") for n in range(3)])
        exchanges.write([Opened("k3", 1, "1", now - 10, "{}")])
        exchanges.write([Closed("k3", 1, "done", 200, None, "yes", 1.0, 1, 1, b"{}")])
        write_status(tmp_path, "asking", 4, 10, 0)
        with RunLock(tmp_path):
            state = state_of(tmp_path)
    assert (state.state, state.counts.requests.n_answered) == ("asking", 4)
    assert state.seconds_left == pytest.approx(180.0)


def test_a_run_that_begins_again_is_preparing(tmp_path):
    """Once a run has the folder again, what the last one said is no news any more."""
    write_status(_folder(tmp_path, 1.0), "done", 1, 1, 0)
    os.utime(tmp_path / "status.json", ns=(0, 0))  # long ago
    with RunLock(tmp_path):
        state = state_of(tmp_path)
    assert (state.state, state.is_on) == ("preparing", True)
    assert (state.done, state.total, state.seconds_since) == (None, None, None)


def test_a_run_that_has_ended_is_not_asked_for_its_lock(tmp_path):
    """Where the end was told after the lock was last taken, a run that starts just now meets nobody at the lock."""
    with RunLock(_folder(tmp_path, 1.0)):
        os.utime(tmp_path / "lock", ns=(0, 0))
        write_status(tmp_path, "done", 1, 1, 0)
        assert state_of(tmp_path).state == "done"  # though it is held still


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"state": 3, "done": "x", "total": true}', b"\xff"])
def test_a_status_file_that_tells_nothing(tmp_path, content):
    """Without a readable status file the ledger and the lock tell what they can."""
    _folder(tmp_path, 1.0)
    if content is not None:
        (tmp_path / "status.json").write_bytes(content)
    state = state_of(tmp_path)
    assert (state.state, state.done, state.total, state.seconds_since) == ("stopped", None, None, None)
    assert state.counts.trials == {"done": 1}


def test_no_ledger(tmp_path):
    """A folder without a ledger is no run, whatever else is in it."""
    write_status(tmp_path, "running", 1, 2, 0)
    with pytest.raises(BadConfiguration, match="no run in"):
        state_of(tmp_path)


def test_a_run_that_is_watched_all_the_time_notices_nothing(tmp_path, start, corpora, finished):
    """Its state is read again and again from its first moment to its end, and its bytes are those of any other run."""
    out = tmp_path / "run"
    seen = set()
    with start(*corpora.audit(out)) as process:
        while process.poll() is None:
            if (out / "ledger.db").exists():
                seen.add(state_of(out).state)
        assert process.returncode == 0, process.stderr.read()
    assert "running" in seen
    assert seen <= {"preparing", "running", "done"}
    assert state_of(out).state == "done"
    for name in ("summary.json", "report.html", "scores.parquet"):
        assert (out / name).read_bytes() == (finished / name).read_bytes()


def test_a_copy_of_a_folder(finished, tmp_path):
    """A copy tells the same, wherever it is and whenever its files were made."""
    copy = Path(shutil.copytree(finished, tmp_path / "copy", copy_function=shutil.copy))
    assert state_of(copy).counts == state_of(finished).counts
    assert state_of(copy).state == "done"
