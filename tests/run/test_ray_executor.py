"""Tasks on a real Ray cluster, started here."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from synthlift.run.executors.contract import Failure, Success
from synthlift.run.executors.tries import End, Tasks

TASKS = """
import os, signal

def poisoned(item):
    if item == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    if item == 3:
        raise ValueError("three")
    return item * item, os.environ["OMP_NUM_THREADS"]
"""


@pytest.fixture
def poisoned(tmp_path: Path, monkeypatch):
    """Give a function that kills its worker at one item and raises at another; workers find it as we do."""
    (tmp_path / "ray_tasks.py").write_text(TASKS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]))
    import ray_tasks

    yield ray_tasks.poisoned
    del sys.modules["ray_tasks"]


def test_a_dead_worker_costs_its_task_alone(poisoned, monkeypatch) -> None:
    """What raises or kills its worker fails after two tries; all else is answered, on one thread, in two maps."""
    pytest.importorskip("ray", reason="needs synthlift[ray]")
    from synthlift.run.executors.ray import RayExecutor

    before = signal.getsignal(signal.SIGTERM)
    had_token = (Path.home() / ".ray" / "auth_token").exists()
    with RayExecutor(2) as executor:
        first = {outcome.item: outcome for outcome in executor.map(poisoned, range(12))}
        second = list(executor.map(poisoned, [1, 2]))
    assert {item for item, outcome in first.items() if isinstance(outcome, Failure)} == {3, 7}
    assert (first[3].reason, first[3].n_tries) == ("ValueError: three", 2)
    assert (first[7].reason.partition(":")[0], first[7].n_tries) == ("worker died", 2)
    others = [outcome for item, outcome in first.items() if item not in {3, 7}]
    assert {outcome.item: outcome.answer for outcome in others} == {
        i: (i * i, "1") for i in range(12) if i not in {3, 7}
    }
    assert sorted(outcome.answer[0] for outcome in second) == [1, 4]
    assert signal.getsignal(signal.SIGTERM) is before
    assert (Path.home() / ".ray" / "auth_token").exists() == had_token


def test_a_try_that_was_lost_with_its_node_does_not_count() -> None:
    """An item whose workers die twice on a node that is gone is tried again; on nodes that live it has failed."""
    lost = {"gone"}
    tasks = Tasks(["a", "b"], lambda: lost)
    for node in ("gone", "gone"):
        task = tasks.take()
        assert task.item == "a"
        assert tasks.settle(task, End(None, "worker died", node)) is None
        tasks._held.rotate(1)  # those that are tried again stand last
    assert tasks.settle(tasks.take(), End(1, None)) == Success("a", 1, 1)
    task = tasks.take()
    assert tasks.settle(task, End(None, "worker died", "here")) is None
    assert tasks.settle(tasks.take(), End(None, "worker died", "there")) == Failure("b", "worker died", 2)
    assert tasks.take() is None
