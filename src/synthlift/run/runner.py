"""Do what the ledger lacks, and write each result as it comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from synthlift.run.executors.contract import Executor, Failure
from synthlift.run.interruption import interruptible
from synthlift.run.progress import Tally
from synthlift.run.tasks import Evaluate
from synthlift.storage.ledger import Ledger, TrialResult
from synthlift.study.trials import Trial
from synthlift.study.workload import Workload

__all__ = ["run_trials"]


def run_trials(
    ledger: Ledger, workload: Workload, trials: Sequence[Trial], executor: Executor, observe: Callable[[Tally], None]
) -> Tally:
    """Run the trials that are not in the ledger yet; failed ones are tried again.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C or SIGTERM: no further trial starts, those in flight have ten seconds to finish and be recorded.
    """
    settled = {key for key, status in ledger.keys().items() if status != "failed"}
    todo = [trial for trial in trials if workload.key(trial) not in settled]
    tally = Tally(total=len(trials), done=len(trials) - len(todo), resumed=len(trials) - len(todo))
    with interruptible() as interrupted:
        fed = _until(todo, interrupted)
        for outcome in executor.map(Evaluate(workload), fed):
            result = _failed(outcome, workload) if isinstance(outcome, Failure) else outcome.answer
            ledger.record([result])
            tally.done += 1
            tally.failed += result.status == "failed"
            observe(tally)
        if interrupted.is_set():
            raise KeyboardInterrupt
    return tally


def _failed(failure: Failure[Trial], workload: Workload) -> TrialResult:
    trial = failure.item
    key = workload.key(trial)
    return TrialResult(key, trial.name, trial.spec, "failed", failure.reason, n_tries=failure.n_tries)


def _until(trials: Sequence[Trial], interrupted: threading.Event) -> Iterator[Trial]:
    for trial in trials:
        if interrupted.is_set():
            return
        yield trial
