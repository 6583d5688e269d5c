from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthlift.errors import BadConfiguration
from synthlift.run.executors import THREAD_VARIABLES
from synthlift.run.executors.contract import Failure, Success
from synthlift.run.executors.process import ProcessExecutor
from synthlift.run.executors.serial import SerialExecutor

TASKS = '''
import ctypes, multiprocessing, os, signal, sys, time
from pathlib import Path

KILLED, SEGFAULT, HANGS = (7, 57, 107, 157), (11, 61, 111), (20, 120)

def harmless(item):
    return item * item

def poisoned(item):
    if item == KILLED[0]:
        os._exit(9)
    if item in KILLED:
        os.kill(os.getpid(), signal.SIGKILL)
    if item in SEGFAULT:
        ctypes.string_at(0)
    if item in HANGS:
        time.sleep(60)
    return harmless(item)

class Stubborn(Exception):
    """An exception that cannot be rebuilt on the other side."""

    def __init__(self, one, other):
        super().__init__(f"{one} {other} \\ud83d")

def raises(item):
    if item == 3:
        raise Stubborn("both", "needed")
    if item == 4:
        raise TimeoutError("mine")
    if item == 5:
        raise SystemExit(3)
    if item == 6:
        return lambda: item
    return item

def dies_once(path):
    if not Path(path).exists():
        Path(path).touch()
        os._exit(1)
    return "second try"

def around(_):
    names = [name for name in os.environ if name.endswith("_THREADS")]
    sigint = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    return os.getpid(), {name: os.environ[name] for name in names}, sigint, multiprocessing.get_start_method(True)

def sleeps(item):
    Path(item).write_text(str(os.getpid()))
    time.sleep(60)

def interrupted_at_start():
    os.kill(os.getpid(), signal.SIGINT)
    return harmless

class InterruptedAtStart:
    """A function whose process gets Ctrl-C while it is read, as it would in its imports."""

    def __reduce__(self):
        return interrupted_at_start, ()

class EndsAtStart:
    """A function that ends whoever unpickles it."""

    def __reduce__(self):
        return os._exit, (1,)

    def __call__(self, item):
        return item
'''


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    """Give a module that spawned children can import: they inherit `sys.path`."""
    (tmp_path / "poison_tasks.py").write_text(TASKS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "poison_tasks", raising=False)
    yield importlib.import_module("poison_tasks")
    sys.modules.pop("poison_tasks", None)


def _by_item(outcomes) -> dict:
    found = {outcome.item: outcome for outcome in outcomes}
    return dict(sorted(found.items()))


def test_workers_that_die_fail_their_own_task_alone(tasks):
    """R7: of 200 tasks, those that kill, crash or hang their worker fail after two tries, and no other does."""
    outcomes = list(ProcessExecutor(2, timeout_s=2.0).map(tasks.poisoned, range(200)))
    assert sorted(outcome.item for outcome in outcomes) == list(range(200))
    failed = {o.item: (o.reason, o.n_tries) for o in outcomes if isinstance(o, Failure)}
    assert failed == {
        7: ("worker died with exit code 9", 2),
        **dict.fromkeys((57, 107, 157), ("worker died with exit code -9", 2)),
        **dict.fromkeys((11, 61, 111), ("worker died with exit code -11", 2)),
        **dict.fromkeys((20, 120), ("timeout: no answer within 2 s", 2)),
    }
    serial = _by_item(SerialExecutor().map(tasks.harmless, (i for i in range(200) if i not in failed)))
    assert _by_item(o for o in outcomes if isinstance(o, Success)) == serial
    assert len(serial) == 191


def test_an_exception_is_told_by_its_words(tasks):
    """Whatever a task raises or returns becomes a reason that UTF-8 can hold, also what no pickle brings across."""
    parallel = _by_item(ProcessExecutor(2).map(tasks.raises, range(10)))
    told = {item: o.reason for item, o in parallel.items() if isinstance(o, Failure)}
    assert sorted(told) == [3, 4, 5, 6]
    assert told[3] == "Stubborn: both needed \\ud83d"
    assert told[4] == "TimeoutError: mine"
    assert told[5] == "worker died with exit code 3"
    assert "pickle" in told[6]
    serial = _by_item(SerialExecutor().map(tasks.raises, [0, 1, 2, 3, 4, 7, 8, 9]))
    assert serial == {item: parallel[item] for item in serial}


def test_a_worker_that_dies_once(tasks, tmp_path):
    """A task whose worker died gets one more try, and its answer says so."""
    mark = str(tmp_path / "mark")
    assert list(ProcessExecutor(2).map(tasks.dies_once, [mark])) == [Success(mark, "second try", 2)]


def test_what_surrounds_a_worker(tasks):
    """A worker has one BLAS thread, is deaf to Ctrl-C, was spawned, and serves many tasks; no more are made."""
    found = [outcome.answer for outcome in ProcessExecutor(2).map(tasks.around, range(20))]
    assert len({pid for pid, *_ in found}) <= 2
    assert os.getpid() not in {pid for pid, *_ in found}
    for _, threads, deaf, method in found:
        assert {name: threads[name] for name in THREAD_VARIABLES} == dict.fromkeys(THREAD_VARIABLES, "1")
        assert deaf
        assert method == "spawn"


def test_no_more_workers_than_tasks(tasks):
    """One task starts one worker, however many are allowed."""
    outcomes = ProcessExecutor(8).map(tasks.around, range(1))
    assert next(outcomes).answer[0] != os.getpid()
    assert list(outcomes) == []
    assert list(ProcessExecutor(8).map(tasks.around, [])) == []


def test_items_are_taken_as_there_is_room(tasks):
    """Whoever feeds an executor can stop: no more items are taken than answers given and workers at work."""
    for executor, n_at_work in ((SerialExecutor(), 1), (ProcessExecutor(2), 2)):
        taken: list[int] = []
        fed = (taken.append(item) or item for item in range(30))
        outcomes = executor.map(tasks.harmless, fed)
        for n_answers in range(1, 31):
            next(outcomes)
            assert n_answers <= len(taken) <= n_answers + n_at_work
        assert list(outcomes) == []


def test_leaving_early_ends_the_workers(tasks):
    """A caller that stops listening leaves no process behind, and waits for none that is busy."""
    outcomes = ProcessExecutor(2).map(tasks.poisoned, [1, 20])
    assert next(outcomes).item == 1
    began = time.monotonic()
    outcomes.close()
    assert multiprocessing.active_children() == []
    assert time.monotonic() - began < 10.0


def test_ctrl_c_while_a_worker_starts(tasks, capfd):
    """Ctrl-C, which a terminal sends to workers too, ends none that is still importing, and prints nothing."""
    assert list(ProcessExecutor(1).map(tasks.InterruptedAtStart(), [3])) == [Success(3, 9, 1)]
    assert capfd.readouterr() == ("", "")


def test_workers_that_never_start(tasks):
    """Workers that end before they take a task stop the run after a few, with the remedy, not never."""
    with pytest.raises(BadConfiguration, match="__main__"):
        list(ProcessExecutor(2).map(tasks.EndsAtStart(), range(10)))
    assert multiprocessing.active_children() == []


ORPHANS = """
import sys
import poison_tasks
from synthlift.run.executors.process import ProcessExecutor
if __name__ == "__main__":
    list(ProcessExecutor(2).map(poison_tasks.sleeps, sys.argv[1:]))
"""


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # a zombie that nobody has reaped yet is gone all the same
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def _wait_until(holds, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def test_workers_leave_with_their_parent(tasks, tmp_path):
    """Busy workers end within seconds of a parent that was killed with -9."""
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    marks = [tmp_path / "a", tmp_path / "b"]
    parent = subprocess.Popen([sys.executable, str(script), *map(str, marks)])
    try:
        assert _wait_until(lambda: all(mark.exists() and mark.read_text() for mark in marks), 30.0)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    pids = [int(mark.read_text()) for mark in marks]
    assert _wait_until(lambda: not any(map(_is_running, pids)), 10.0)
