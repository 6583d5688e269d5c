from __future__ import annotations

import os
import signal
import threading

import pytest

from synthlift.api import Options, plan
from synthlift.corpus.columns import Columns
from synthlift.run.executors.contract import Failure
from synthlift.run.executors.serial import SerialExecutor
from synthlift.run.runner import run_trials
from synthlift.storage.ledger import Ledger
from synthlift.study.input import Input


@pytest.fixture(scope="module")
def planned(corpora):
    """Give a plan of the tiny corpus with two replicates."""
    return plan(Input(corpora.real, corpora.synthetic, columns=Columns(split="split")), Options(replicates=2))


@pytest.fixture
def ledger(tmp_path):
    """Give an empty ledger."""
    with Ledger.open(tmp_path / "ledger.db") as opened:
        yield opened


class Counting:
    """A serial executor that notes what it was asked to do, and does on the way what a test wants."""

    def __init__(self, before=lambda _: None) -> None:
        self.asked: list[str] = []
        self.sizes: list[int] = []
        self._before = before

    def map(self, function, items):
        """Carry out one after the other."""

        def noted(bundle):
            for trial in bundle:
                self.asked.append(trial.name)
                self._before(trial)
            self.sizes.append(len(bundle))
            return function(bundle)

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


@pytest.fixture(scope="module")
def heads(corpora, tiny_bert_dir):
    """Give a plan of the tiny corpus for heads on a frozen encoder, with a linear classifier beside it."""
    pytest.importorskip("torch", reason="needs synthlift[neural]")
    settings = {"encoder": {"model": str(tiny_bert_dir), "trainable_layers": 0, "steps": 20, "folds": 2}}
    return plan(
        Input(corpora.real, corpora.synthetic, columns=Columns(split="split")),
        Options(
            classifiers=("linear", "encoder"),
            conditions=("real", "replicated", "real+steps", "real+synthetic", "real+ngram", "ensemble"),
            classifier_settings=settings,
            replicates=2,
        ),
    )


def _contents(ledger) -> dict:
    found = {key: ledger.trial(key) for key in dict(ledger.keys())}
    return {
        key: (one.status, one.reason, one.scores, dict(one.facts), {k: a.tobytes() for k, a in one.arrays.items()})
        for key, one in found.items()
    }


def test_heads_of_all_conditions_and_replicates_are_trained_together(heads, ledger, tmp_path):
    """Trials of frozen heads go as one bundle, but for those that go alone, and leave what each leaves by itself."""
    load = heads.prepared.workload
    trials = [trial for trial in heads.trials if trial.classifier == "encoder"]
    executor = Counting()
    tally = run_trials(ledger, load, trials, executor, _silent)
    assert (tally.done, tally.failed) == (12, 0)
    assert sorted(executor.sizes) == [1, 1, 1, 1, 8]
    with Ledger.open(tmp_path / "alone.db") as alone:
        for trial in trials:
            run_trials(alone, load, [trial], SerialExecutor(), _silent)
        assert _contents(alone) == _contents(ledger)
    assert sorted(result[0] for result in _contents(ledger).values()) == ["done"] * 10 + ["not-applicable"] * 2


def test_a_bundle_that_fails_is_run_trial_by_trial(heads, ledger):
    """Where trials run side by side fail, only the one at fault is recorded as failed."""
    trials = [trial for trial in heads.trials if trial.classifier == "encoder"]
    at_fault = next(trial for trial in trials if trial.condition == "replicated")

    def broken(trial):
        if trial == at_fault:
            raise RuntimeError("broken")

    tally = run_trials(ledger, heads.prepared.workload, trials, Counting(broken), _silent)
    assert (tally.done, tally.failed) == (12, 1)
    statuses = ledger.keys()
    assert [key for key, status in statuses.items() if status == "failed"] == [heads.prepared.workload.key(at_fault)]
