"""Do what the ledger lacks, and write each result as it comes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from synthlift.run.executors.contract import Executor, Failure
from synthlift.run.interruption import interruptible
from synthlift.run.progress import Tally
from synthlift.run.tasks import ALONE, Evaluate
from synthlift.storage.ledger import Ledger, TrialResult
from synthlift.study.trials import Trial
from synthlift.study.workload import Workload

__all__ = ["run_trials"]

Bundle = tuple[Trial, ...]

# Trials side by side, at most: a GPU has enough to do, and one that dies loses seconds.
TOGETHER = 32


def run_trials(
    ledger: Ledger, workload: Workload, trials: Sequence[Trial], executor: Executor, observe: Callable[[Tally], None]
) -> Tally:
    """Run the trials that are not in the ledger yet; failed ones are tried again.

    Those that are quicker side by side are: where such a bundle fails, each of its trials is run by itself.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C or SIGTERM: no further trial starts, those in flight have ten seconds to finish and be recorded.
    """
    settled = {key for key, status in ledger.keys().items() if status != "failed"}
    todo = [trial for trial in trials if workload.key(trial) not in settled]
    tally = Tally(total=len(trials), done=len(trials) - len(todo), resumed=len(trials) - len(todo))
    evaluate = Evaluate(workload)
    with interruptible() as interrupted:
        alone: list[Bundle] = []
        for bundles in (_bundles(todo, workload), alone):
            for outcome in executor.map(evaluate.together, _until(bundles, interrupted)):
                if isinstance(outcome, Failure) and len(outcome.item) > 1:
                    alone.extend((trial,) for trial in outcome.item)
                    continue
                results = [_failed(outcome, workload)] if isinstance(outcome, Failure) else outcome.answer
                ledger.record(results)
                tally.done += len(results)
                tally.failed += sum(result.status == "failed" for result in results)
                observe(tally)
        if interrupted.is_set():
            raise KeyboardInterrupt
    return tally


def _bundles(trials: Sequence[Trial], workload: Workload) -> list[Bundle]:
    """Return the trials in their order, each with those that are run beside it."""
    bundles: dict[object, list[Trial]] = {}
    n_together: Counter[tuple[str, str]] = Counter()
    for trial in trials:
        place: object = trial
        if workload.learner_of(trial.classifier).trains_together and trial.condition not in ALONE:
            kind = (trial.classifier, trial.regime)
            place = (*kind, n_together[kind] // TOGETHER)
            n_together[kind] += 1
        bundles.setdefault(place, []).append(trial)
    return [tuple(bundle) for bundle in bundles.values()]


def _failed(failure: Failure[Bundle], workload: Workload) -> TrialResult:
    (trial,) = failure.item
    key = workload.key(trial)
    return TrialResult(key, trial.name, trial.spec, "failed", failure.reason, n_tries=failure.n_tries)


def _until(bundles: Sequence[Bundle], interrupted: threading.Event) -> Iterator[Bundle]:
    for bundle in bundles:
        if interrupted.is_set():
            return
        yield bundle
