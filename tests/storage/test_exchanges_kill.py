"""A run that is killed anywhere keeps each exchange that it was told is written, and no half transaction.

The file is its own child process: started as a script it writes a short sequence and says what it was told.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from synthlift.storage.canonical import canonical, sha256
from synthlift.storage.exchanges import Closed, Exchanges, Opened
from synthlift.storage.seals import SEALED, unbroken

NONE = (None, None, None)
SPECS = [canonical({"ordinal": f"test/{number}", "pool": "small"}) for number in range(3)]
A, B, C = (sha256(spec) for spec in SPECS)
DONE_A = Closed(A, 1, "done", 200, None, "yes", 0.5, 1, 2, b"answer A")
DONE_C = Closed(C, 1, "done", 200, None, "yes", 0.5, 3, 4, b"answer C" * 2000)

STEPS = (
    lambda exchanges: exchanges.write([Opened(A, 1, "1", 1.5, SPECS[0]), Opened(B, 1, "1", 1.5, SPECS[1])]),
    lambda exchanges: exchanges.write([DONE_A, Opened(C, 1, "2", 2.5, SPECS[2])]),
    lambda exchanges: exchanges.write([Closed(B, 1, "transient", 503, "http-503", "no", 0.5, *NONE), DONE_C]),
    lambda exchanges: exchanges.write([Opened(B, 2, "2", 3.5, None)]),
    lambda exchanges: exchanges.close_open(),
    lambda exchanges: exchanges.discard_damaged(),
)
ANSWERS = ({}, {}, {A: DONE_A.content}, *[{A: DONE_A.content, C: DONE_C.content}] * 4)
LAST = (
    {},
    {A: (None, None), B: (None, None)},
    {A: ("done", None), B: (None, None), C: (None, None)},
    {A: ("done", None), B: ("transient", "http-503"), C: ("done", None)},
    {A: ("done", None), B: (None, None), C: ("done", None)},
    *[{A: ("done", None), B: ("lost", None), C: ("done", None)}] * 2,
)
N_ATTEMPTS = (0, 2, 3, 3, 4, 4, 4)
TOKENS = (0, 0, 3, 10, 10, 10, 10)


def _child(path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, __file__, str(path)], env={**os.environ, **env}, capture_output=True, text=True
    )


def _state(exchanges: Exchanges) -> tuple:
    account = exchanges.account()
    spent = (account.n_attempts, account.prompt_tokens + account.completion_tokens)
    return (exchanges.answered([A, B, C]), exchanges.last_outcomes([A, B, C]), *spent)


def _check_and_go_on(folder: Path, done: int) -> None:
    """Check that the folder holds the steps that were acknowledged, or one whole step more; then take the others."""
    states = list(zip(ANSWERS, LAST, N_ATTEMPTS, TOKENS, strict=True))
    with Exchanges.open(folder / "ledger.db") as exchanges:
        held = _state(exchanges)
        assert held in (states[done], states[min(done + 1, len(STEPS))])
        assert all(unbroken(exchanges._connection.raw, part) for part in SEALED)
        assert exchanges.discard_damaged() == 0
        assert _state(exchanges) == held
        for step in STEPS[states.index(held) :]:
            step(exchanges)
        assert _state(exchanges) == states[-1]
    with Exchanges.open_readonly(folder / "ledger.db") as exchanges:
        assert _state(exchanges) == states[-1]
    assert [path.name for path in folder.iterdir()] == ["ledger.db"]


def test_killed_at_each_failpoint(tmp_path):
    """After kill -9 before any write or commit each acknowledged call is there whole, and none by half."""
    told: list[int] = []
    for k in range(1, 100):
        folder = tmp_path / str(k)
        folder.mkdir()
        child = _child(folder / "ledger.db", SYNTHLIFT_CRASH_AT=str(k))
        told.append(len(child.stdout.split()))
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL, child.stderr
        _check_and_go_on(folder, max(told[-1] - 1, 0))
    assert set(told) == set(range(len(STEPS) + 2))  # a kill fell into opening, each step, and closing
    assert len(told) > 30


def _main() -> None:
    with Exchanges.open(Path(sys.argv[1])) as exchanges:
        sys.stdout.write("open\n")
        for number, step in enumerate(STEPS):
            sys.stdout.flush()
            step(exchanges)
            sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
