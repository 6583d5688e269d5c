"""What is promised when things go wrong, shown on whole audits in processes of their own."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthlift.storage.ledger import Ledger

SAME = ("summary.json", "report.html", "scores.parquet", "documents.csv")


def _bytes(run: Path, names: tuple[str, ...] = SAME) -> dict[str, bytes]:
    return {name: (run / name).read_bytes() for name in names}


def _seconds(run: Path) -> dict[str, float]:
    """Return how long each recorded trial took: two computations of one trial hardly take the same time."""
    if not (run / "ledger.db").exists():
        return {}
    with Ledger.open_readonly(run / "ledger.db") as ledger:
        return {key: ledger.trial(key).seconds for key in sorted(ledger.keys())}


def _names(run: Path) -> list[str]:
    return sorted(path.name for path in run.iterdir())


def _spread(n: int, k: int) -> list[int]:
    """Return k numbers from 1 to n, both ends among them."""
    return sorted({1 + round(i * (n - 1) / (k - 1)) for i in range(k)})


@pytest.fixture(scope="module")
def n_failpoints(tmp_path_factory, warm, corpora) -> int:
    """Count the writes, fsyncs, commits and renames of a small audit."""
    done = warm(*corpora.audit(tmp_path_factory.mktemp("count") / "run"), env={"SYNTHLIFT_CRASH_AT": "0"})
    assert done.returncode == 0, done.stderr
    assert done.n_failpoints > 100
    return done.n_failpoints


def _same(run: Path, other: Path, *, plain: bool = False) -> None:
    """Check that a run says the same as another, byte for byte; a plain one has no page to compare."""
    names = tuple(name for name in SAME if not (plain and name == "report.html"))
    assert _bytes(run, names) == _bytes(other, names)
    assert _names(run) == _names(other)


def test_killed_at_any_write(tmp_path, warm, corpora, finished, n_failpoints):
    """R1: after kill -9 at any write the same command ends with the same bytes, and no recorded trial is run again."""
    n_kept = []
    # the first and the last writes make and finish the folder: each is another place to die in
    whole = {n_failpoints // 2, n_failpoints}
    for k in sorted({*range(1, 4), *_spread(n_failpoints, 7), *whole}):
        out, plain = tmp_path / str(k), k not in whole
        killed = warm(*corpora.audit(out), env={"SYNTHLIFT_CRASH_AT": str(k)}, plain=plain)
        assert killed.returncode == -signal.SIGKILL, (k, killed.stderr)
        before = _seconds(out)
        again = warm(*corpora.audit(out), plain=plain)
        assert again.returncode == 0, (k, again.stderr)
        _same(out, finished, plain=plain)
        assert before.items() <= _seconds(out).items(), k
        n_kept.append(len(before))
    assert n_kept == sorted(n_kept)
    assert n_kept[0] == 0
    assert len(set(n_kept)) > 4


def test_killed_again_and_again(tmp_path, warm, corpora, finished, n_failpoints):
    """R1: a run that is killed eleven times in a row, a little later each time, still ends with the same bytes."""
    out = tmp_path / "run"
    for k in _spread(n_failpoints // 3, 11):
        assert warm(*corpora.audit(out), env={"SYNTHLIFT_CRASH_AT": str(k)}).returncode == -signal.SIGKILL
    assert warm(*corpora.audit(out)).returncode == 0
    _same(out, finished)


def test_killed_as_users_start_it(tmp_path, cold, corpora, finished, n_failpoints):
    """R1, R8: so does the command with two workers, killed while they work, and resumed with another hash seed."""
    out = tmp_path / "run"
    arguments = (*corpora.audit(out, "--quiet"), "--workers", "2")
    assert cold(*arguments, env={"SYNTHLIFT_CRASH_AT": str(n_failpoints // 2)}).returncode == -signal.SIGKILL
    before = _seconds(out)
    assert before
    done = cold(*arguments, env={"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"})  # at once: no lock is left
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    _same(out, finished)
    assert before.items() <= _seconds(out).items()


def test_a_disk_that_is_full(tmp_path, warm, corpora, finished, n_failpoints):
    """A disk that is full at any write stops the run with code 6 and one message; with room again it goes on."""
    n_stopped = 0
    for k in _spread(n_failpoints, 6):
        out = tmp_path / str(k)
        full = warm(*corpora.audit(out, "--quiet"), env={"SYNTHLIFT_FAIL_AT": str(k)}, plain=True)
        if full.returncode == 0:  # only folding the log into a complete ledger may fail in silence
            assert k == n_failpoints
            continue
        n_stopped += 1
        assert full.returncode == 6, (k, full.stderr)
        assert "run the same command again" in full.stderr
        assert full.stderr.count("\n") == 1
        before = _seconds(out)
        assert warm(*corpora.audit(out), plain=True).returncode == 0
        _same(out, finished, plain=True)
        assert before.items() <= _seconds(out).items(), k
    assert n_stopped >= 5


HOLDER = """
import sys, time
from pathlib import Path
from synthlift.storage.lock import RunLock
with RunLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_in_use(tmp_path, warm, corpora, finished_copy, finished):
    """R9: a second run on a folder is refused at once, naming the holder; after kill -9 of it the folder is free."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(finished_copy)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        began = time.monotonic()
        refused = warm(*corpora.audit(finished_copy))
        assert time.monotonic() - began < 3.0
        assert refused.returncode == 5
        assert f"process {holder.pid} " in refused.stderr
        assert "synthetic" not in refused.stderr  # nothing was read before
        assert warm("report", str(finished_copy), plain=True).returncode == 0  # reading needs no lock
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert warm(*corpora.audit(finished_copy), plain=True).returncode == 0
    _same(finished_copy, finished, plain=True)


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(child) for child, parent in map(str.split, listed.splitlines()) if int(parent) == pid]


def _is_alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def _gone(pids: list[int], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while any(map(_is_alive, pids)) and time.monotonic() < end:
        time.sleep(0.1)
    return not any(map(_is_alive, pids))


def _read_until_first_trial(process: subprocess.Popen[str]) -> str:
    told = ""
    for line in process.stderr:
        told += line
        if " trials, " in line:
            return told
    raise AssertionError(f"ended before its first trial: {told}")


@pytest.fixture(scope="module")
def long_run(tmp_path_factory, warm, corpora) -> Path:
    """Give the folder of an undisturbed audit that is long enough to be interrupted."""
    out = tmp_path_factory.mktemp("long") / "run"
    assert warm(*corpora.audit(out, replicates=3), plain=True).returncode == 0
    return out


@pytest.mark.parametrize(
    ("number", "workers", "to_all"),
    [(signal.SIGINT, "2", True), (signal.SIGTERM, "1", False)],
    ids=["Ctrl-C", "SIGTERM, one process"],
)
def test_interrupted(tmp_path, start, warm, corpora, long_run, number, workers, to_all):
    """Ctrl-C (a terminal sends it to all processes) and SIGTERM end a run with 130, one line and no child left."""
    out = tmp_path / "run"
    arguments = corpora.audit(out, replicates=3)
    process = start(*arguments, "--workers", workers)
    told = _read_until_first_trial(process)
    workers_left = _children(process.pid)
    (os.killpg if to_all else os.kill)(process.pid, number)
    rest_out, rest = process.communicate(timeout=30)
    assert process.returncode == 130, told + rest
    lines = [line for line in rest.splitlines() if " trials" not in line]
    assert lines == ["interrupted; run the same command again to go on"]
    assert rest_out == ""
    assert _gone(workers_left, 5.0)
    before = _seconds(out)
    assert 0 < len(before) < len(_seconds(long_run))
    status = json.loads((out / "status.json").read_text())
    assert (status["state"], status["done"]) == ("interrupted", len(before))
    assert warm(*arguments, plain=True).returncode == 0
    status = json.loads((out / "status.json").read_text())
    assert (status["state"], status["done"]) == ("done", status["total"])
    _same(out, long_run, plain=True)
    assert before.items() <= _seconds(out).items()


def test_interrupted_while_workers_start(tmp_path, start, corpora):
    """Ctrl-C before the first trial, while workers still import, ends as tidily."""
    process = start(*corpora.audit(tmp_path / "run", replicates=3), "--workers", "2")
    for line in process.stderr:
        if line.startswith("compare"):
            break
    while not _children(process.pid) and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, rest = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in rest
    assert rest.splitlines()[-1] == "interrupted; run the same command again to go on"


def _damaged(content: bytes, rng: random.Random) -> bytes:
    """Return a file with one bit flipped, or cut."""
    if rng.random() < 0.2:
        return content[: rng.randrange(len(content))]
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]


REPORTS = """
import contextlib, io, json, sys, traceback
from pathlib import Path
import synthlift.report.publish as p
from synthlift import cli
p.render = lambda summary, *_: p.json_bytes(summary)
found = []
for folder in {folders!r}:
    told, code = io.StringIO(), None
    sys.argv = ["synthlift", "report", folder]
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
    found.append([code, told.getvalue()])
print(json.dumps(found))
sys.exit(0)
"""


def test_damaged_ledger(tmp_path, warm, corpora, finished):
    """R6: of sixty flipped bits and cuts in a ledger, none gives another report: it is the same one, or refused."""
    rng = random.Random(6)
    content = (finished / "ledger.db").read_bytes()
    folders = [tmp_path / str(i) for i in range(60)]
    for folder in folders:
        folder.mkdir()
        (folder / "ledger.db").write_bytes(_damaged(content, rng))
    done = warm(before=REPORTS.format(folders=[str(folder) for folder in folders]))
    assert done.returncode == 0, done.stderr
    refused = []
    for folder, (code, told) in zip(folders, json.loads(done.stdout), strict=True):
        if code == 0:
            assert (folder / "summary.json").read_bytes() == (finished / "summary.json").read_bytes()
            continue
        assert code in (2, 5, 6), (folder.name, told)
        assert told.count("\n") == 1
        assert all(c.isprintable() or c == "\n" for c in told)
        assert not (folder / "summary.json").exists()
        refused.append(folder)
    assert 20 < len(refused) < 60
    for folder in refused[:8]:  # the same audit repairs what it can recompute, and refuses what it cannot
        again = warm(*corpora.audit(folder, "--quiet"), plain=True)
        assert again.returncode in (0, 5, 6), again.stderr
        if again.returncode == 0:
            _same(folder, finished, plain=True)
            continue
        assert again.stderr.count("\n") == 1


def test_a_torn_report_is_rebuilt(warm, finished, finished_copy):
    """What was derived, torn or deleted, is rebuilt from the ledger alone, to the same bytes."""
    (finished_copy / "summary.json").write_bytes(b"{")
    (finished_copy / "report.html").unlink()
    (finished_copy / "scores.parquet").write_bytes(b"PAR1")
    assert warm("report", str(finished_copy), plain=True).returncode == 0
    _same(finished_copy, finished, plain=True)
    assert (finished_copy / "report.html").exists()
