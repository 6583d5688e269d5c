from __future__ import annotations

import os
import signal
import threading

import pytest

from synthlift.api import plan
from synthlift.corpus.columns import Columns
from synthlift.run.executors.contract import Failure
from synthlift.run.executors.serial import SerialExecutor
from synthlift.run.runner import run_trials
from synthlift.storage.ledger import Ledger
from synthlift.study.preparation import Input


@pytest.fixture(scope="module")
def planned(corpora):
    """Give a plan of the tiny corpus with two replicates."""
    return plan(Input(corpora.real, corpora.synthetic, columns=Columns(split="split")), replicates=2)


@pytest.fixture
def ledger(tmp_path):
    """Give an empty ledger."""
    with Ledger.open(tmp_path / "ledger.db") as opened:
        yield opened


class Counting:
    """A serial executor that notes what it was asked to do, and does on the way what a test wants."""

    def __init__(self, before=lambda _: None) -> None:
        self.asked: list[str] = []
        self._before = before

    def map(self, function, items):
        """Carry out one after the other."""

        def noted(trial):
            self.asked.append(trial.name)
            self._before(trial)
            return function(trial)

        return SerialExecutor().map(noted, items)


def _silent(tally) -> None:
    pass


def test_only_what_the_ledger_lacks(planned, ledger):
    """Each trial is run once and recorded under its own key; a second run has nothing to do."""
    load, trials = planned.prepared.workload, planned.trials
    first = Counting()
    tally = run_trials(ledger, load, trials[:5], first, _silent)
    assert first.asked == [trial.name for trial in trials[:5]]
    assert (tally.total, tally.done, tally.resumed, tally.failed) == (5, 5, 0, 0)
    second, seen = Counting(), []
    tally = run_trials(ledger, load, trials[:8], second, lambda tally: seen.append(tally.done))
    assert second.asked == [trial.name for trial in trials[5:8]]
    assert (tally.total, tally.done, tally.resumed) == (8, 8, 5)
    assert seen == [6, 7, 8]
    assert set(ledger.keys()) == {trial.key(load.identity) for trial in trials[:8]}


def test_a_failed_trial_is_recorded_and_tried_again(planned, ledger):
    """A trial that fails is recorded with its reason and tries; the others go on, and the next run tries it again."""
    load, trials = planned.prepared.workload, planned.trials[:4]

    def broken(trial):
        if trial == trials[2]:
            raise RuntimeError("no \x1b[31mmemory \ud83d")

    tally = run_trials(ledger, load, trials, Counting(broken), _silent)
    assert (tally.done, tally.failed) == (4, 1)
    failed = ledger.trial(trials[2].key(load.identity))
    assert (failed.status, failed.n_tries, failed.scores) == ("failed", 2, ())
    assert failed.reason == "RuntimeError: no \x1b[31mmemory \\ud83d"
    assert failed.name == trials[2].name
    again = Counting()
    tally = run_trials(ledger, load, trials, again, _silent)
    assert again.asked == [trials[2].name]
    assert tally.failed == 0
    assert "failed" not in ledger.keys().values()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_a_trial_finish(planned, ledger, number):
    """A signal lets the trial at work finish and be recorded, starts no other, and gives the handlers back."""
    handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    load, trials = planned.prepared.workload, planned.trials

    def interrupt(trial):
        if trial == trials[1]:
            os.kill(os.getpid(), number)

    executor = Counting(interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_trials(ledger, load, trials, executor, _silent)
    assert executor.asked == [trials[0].name, trials[1].name]
    assert set(ledger.keys()) == {trial.key(load.identity) for trial in trials[:2]}
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)] == handlers
    assert signal.alarm(0) == 0


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGALRM], ids=["again", "out of time"])
def test_the_second_signal_is_at_once(planned, ledger, second):
    """Another signal, or ten seconds, interrupts the trial at work: it is not recorded, those before it are."""
    load, trials = planned.prepared.workload, planned.trials

    def interrupt(trial):
        if trial == trials[1]:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), second)

    with pytest.raises(KeyboardInterrupt):
        run_trials(ledger, load, trials, Counting(interrupt), _silent)
    assert set(ledger.keys()) == {trials[0].key(load.identity)}


def test_a_run_in_a_thread(planned, tmp_path):
    """A run outside the main thread, where no handler may be set, runs all the same."""
    found = []

    def work():
        with Ledger.open(tmp_path / "ledger.db") as ledger:
            found.append(run_trials(ledger, planned.prepared.workload, planned.trials[:1], SerialExecutor(), _silent))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0].done == 1


class Lost:
    """An executor whose every worker dies."""

    def map(self, _, items):
        """Fail all."""
        yield from (Failure(item, "worker died with exit code -9", 2) for item in items)


def test_a_lost_worker_is_a_recorded_failure(planned, ledger):
    """What an executor reports as failed is recorded with the trial's own name and recipe."""
    load, trials = planned.prepared.workload, planned.trials[:2]
    assert run_trials(ledger, load, trials, Lost(), _silent).failed == 2
    for trial in trials:
        result = ledger.trial(trial.key(load.identity))
        assert (result.status, result.reason, result.n_tries) == ("failed", "worker died with exit code -9", 2)
        assert result.spec["condition"] == trial.condition
        assert result.spec["replicate"] == trial.replicate
