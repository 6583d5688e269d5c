"""Commands on run folders: what they print in any width, and their exit codes."""

from __future__ import annotations

import json
import shutil
import signal
import time

import pytest

from synthlift.run.folder import write_status
from synthlift.storage.ledger import Ledger, TrialResult
from synthlift.storage.lock import RunLock

HOSTILE = "ValueError: <b>out of\x1b[31m memory</b> " + "and so on " * 20


@pytest.fixture
def failed(finished_copy):
    """Give a run in which trials failed for six reasons, one of them hostile, and that says it is running."""
    with Ledger.open(finished_copy / "ledger.db") as ledger:
        reasons = [HOSTILE, HOSTILE, *(f"reason {n}" for n in range(5))]
        ledger.record([TrialResult(f"k{n}", f"trial {n}", {}, "failed", why) for n, why in enumerate(reasons)])
    write_status(finished_copy, "running", 20, 40, 7)
    return finished_copy


@pytest.mark.parametrize("columns", [40, 100])
def test_status_fits_any_terminal(failed, warm, columns):
    """State, progress, statuses, five reasons with an example each, and the report; foreign text is inert."""
    with RunLock(failed):
        done = warm("status", str(failed), env={"COLUMNS": str(columns)})
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "state      running"
    assert lines[1].startswith("progress   20 of 40 trials, 7 failed")
    assert lines[-1] == f"report     {failed / 'report.html'}"
    assert all(len(line) <= columns for line in lines[:-1])
    flat = " ".join(done.stdout.split())
    assert "failed 2: ValueError: <b>out of\\x1b[31m memory</b>" in flat
    assert "such as trial 0" in flat
    assert "reason 3 such as trial 5 and for another reason" in flat
    assert "time left at most about" in flat
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("done", "finished"),
        ("interrupted", "interrupted; run the same"),
        ("running", "stopped before its end; run the same"),
    ],
)
def test_status_says_how_a_run_ended(finished_copy, warm, state, told):
    """What to do next is told in the first line."""
    write_status(finished_copy, state, 3, 4, 0)
    done = warm("status", str(finished_copy), env={"COLUMNS": "100"})
    assert done.stdout.startswith(f"state      {told}")
    assert done.returncode == 0


def test_status_as_json(failed, warm):
    """The same as JSON, in plain letters."""
    done = warm("status", str(failed), "--json")
    told = json.loads(done.stdout)
    assert (told["state"], told["done"], told["total"], told["failed"]) == ("stopped", 20, 40, 7)
    assert told["counts"]["trials"]["failed"] == 7
    assert told["counts"]["failures"][0] == {"reason": HOSTILE, "n_trials": 2, "example": "trial 0"}
    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout


def test_watching_ends_with_the_run(finished, warm):
    """There is nothing to wait for once a run has ended."""
    assert warm("status", str(finished), "--watch").stdout == warm("status", str(finished)).stdout


def test_watching_ends_with_ctrl_c(failed, start):
    """While the run goes on it is told again and again; Ctrl-C ends that with code 0 and without a word."""
    with RunLock(failed), start("status", str(failed), "--watch") as process:
        states: list[str] = []
        while len(states) < 2:
            line = process.stdout.readline()
            assert line
            states += [line] * line.startswith("state")
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""
    assert states == ["state      running\n"] * 2


@pytest.mark.parametrize("command", [("status",), ("export", "--to", "OUT"), ("report", "--against", "OUT")])
def test_no_run_exits_2(tmp_path, warm, command):
    """A folder without a run is one message; nothing is made."""
    arguments = [str(tmp_path / "out") if each == "OUT" else each for each in command]
    done = warm(*arguments, str(tmp_path / "nothing"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_export_lists_its_files(finished, tmp_path, warm):
    """What was written is on standard output; that an audit keeps no texts is told beside it."""
    done = warm("export", str(finished), "--to", str(tmp_path / "out"), "--synthetic")
    assert done.returncode == 0
    assert done.stdout.split() == [str(tmp_path / "out" / "documents.csv")]
    assert done.stderr.startswith("An audit keeps no texts")


@pytest.mark.parametrize("options", [(), ("--csv",), ("--csv", "--mlflow", "file:nowhere")])
def test_export_needs_a_place(finished, warm, options):
    """Without a folder there is nowhere to put files."""
    done = warm("export", str(finished), *options)
    assert done.returncode == 2
    assert "expected --to FOLDER" in done.stderr


@pytest.mark.parametrize("columns", [40, 100])
def test_a_run_against_itself(finished, warm, columns):
    """That nothing differs is said first, and each difference is 0 [0, 0]; no line is too long, nothing is written."""
    before = {path: path.stat().st_mtime_ns for path in (finished, *finished.rglob("*"))}
    done = warm("report", str(finished), "--against", str(finished), env={"COLUMNS": str(columns)})
    assert (done.returncode, done.stderr) == (0, "")
    assert " ".join(done.stdout.split()).startswith("Both folders hold the same run: nothing differs.")
    assert "difference +0.000 [+0.000, +0.000]" in " ".join(done.stdout.split())
    assert all(len(line) <= columns for line in done.stdout.splitlines())
    assert {path: path.stat().st_mtime_ns for path in (finished, *finished.rglob("*"))} == before


def test_a_comparison_as_json_and_as_a_page(finished, tmp_path, warm):
    """`--json` prints the comparison alone; `--to` writes the page, and only there."""
    page = tmp_path / "comparison.html"
    other = shutil.copytree(finished, tmp_path / "other")
    done = warm("report", str(finished), "--against", str(other), "--json", "--to", str(page))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["same"] is True
    assert page.read_bytes().startswith(b"<!doctype html>")
    alone = warm("report", str(finished), "--to", str(page))
    assert alone.returncode == 2
    assert "--against" in alone.stderr
