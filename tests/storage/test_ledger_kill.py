"""A run that is killed anywhere loses nothing that it was told is recorded.

The file is its own child process: started as a script it records a short sequence and says what it was told.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from synthlift.errors import Stopped
from synthlift.storage.ledger import Ledger, ScoreRow, TrialResult

FACTS = {"n_documents": 64, "labels": ["a", "b"]}


def _trial(number: int, status: str = "done") -> TrialResult:
    rng = np.random.default_rng(number)
    return TrialResult(
        key=f"{number:064x}",
        name=f"trial {number}",
        spec={"replicate": number},
        status="failed" if status == "failed" else "done",
        reason="crashed" if status == "failed" else None,
        scores=tuple(ScoreRow("F1", f"label {i}", rng.random(), None) for i in range(20)),
        arrays={"influence": rng.random((40, 50))},
    )


BATCHES = ((_trial(1, "failed"),), (_trial(2), _trial(3)), (_trial(1),))


def _tell(step: str) -> None:
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()


def _play(path: Path) -> None:
    """Record the sequence, and tell each step once the ledger has returned from it."""
    with Ledger.open(path) as ledger:
        _tell("open")
        ledger.put("facts", FACTS)
        _tell("facts")
        for number, batch in enumerate(BATCHES):
            ledger.record(batch)
            _tell(str(number))


def _child(path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, __file__, str(path)]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True)


def _spell(result: TrialResult) -> str:
    arrays = {name: array.tolist() for name, array in result.arrays.items()}
    scores = [[row.metric, row.label, row.value, row.reason] for row in result.scores]
    return json.dumps([result.key, result.status, result.reason, scores, arrays])


def _state_after(steps: int) -> list[str]:
    """Return what the ledger holds after so many batches."""
    held = {trial.key: _spell(trial) for batch in BATCHES[:steps] for trial in batch}
    return [held[key] for key in sorted(held)]


def _check_and_resume(folder: Path, told: list[str]) -> None:
    """Check that the folder holds what was acknowledged, or one whole step more; then finish the run in it."""
    done = len([step for step in told if step.isdigit()])
    with Ledger.open(folder / "ledger.db") as ledger:
        assert ledger.damaged() == ()
        assert [_spell(result) for result in ledger.results()] in (_state_after(done), _state_after(done + 1))
        assert ledger.get("facts") == FACTS or ("facts" not in told and ledger.get("facts") is None)
        ledger.put("facts", FACTS)
        ledger.record([_trial(2), _trial(3)])
        ledger.record([_trial(1)])
    with Ledger.open_readonly(folder / "ledger.db") as ledger:
        assert [_spell(result) for result in ledger.results()] == _state_after(len(BATCHES))
        assert ledger.get("facts") == FACTS
    assert [path.name for path in folder.iterdir()] == ["ledger.db"]


def test_killed_at_each_failpoint(tmp_path):
    """After kill -9 before any write, fsync, commit or rename, each acknowledged record is there, and no half one."""
    told: list[list[str]] = []
    for k in range(1, 100):
        folder = tmp_path / str(k)
        folder.mkdir()
        child = _child(folder / "ledger.db", SYNTHLIFT_CRASH_AT=str(k))
        told.append(child.stdout.split())
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL, child.stderr
        _check_and_resume(folder, told[-1])
    assert told[-1] == ["open", "facts", "0", "1", "2"]
    assert {len(steps) for steps in told} == {0, 1, 2, 3, 4, 5}  # a kill fell into each step, and into closing
    assert len(told) > 25


def test_a_disk_that_fills_up(tmp_path):
    """Where the system refuses to let a file grow, the run stops with code 6, and goes on once there is room."""
    seen = set()
    for limit in (10_000, 40_000, 70_000, 100_000):
        folder = tmp_path / str(limit)
        folder.mkdir()
        child = _child(folder / "ledger.db", LIMIT=str(limit))
        assert child.returncode == 6, child.stderr
        assert "make room" in child.stderr
        seen.add(len(child.stdout.split()))
        _check_and_resume(folder, child.stdout.split())
    assert len(seen) > 1


def _main() -> int:
    limit = os.environ.get("LIMIT")
    if limit is not None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    try:
        _play(Path(sys.argv[1]))
    except Stopped as stop:
        sys.stderr.write(str(stop))
        return stop.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(_main())
