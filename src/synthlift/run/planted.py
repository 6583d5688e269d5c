"""The true values of a simulated study: its own contrasts, on large fresh draws from the law that wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus
from synthlift.metrics.classification import Influenced
from synthlift.metrics.scores import thresholded_scores
from synthlift.run.executors.contract import Executor, Success
from synthlift.run.progress import Tally
from synthlift.run.tasks import Evaluate
from synthlift.stats.two_way import two_way
from synthlift.storage.ledger import TrialResult
from synthlift.study.catalog import TREATMENT, VOLUME_CONTROLS
from synthlift.study.config import Study
from synthlift.study.grid import GridPoint
from synthlift.study.trials import WITHOUT_SYNTHETIC, Trial, grid_trial
from synthlift.study.workload import Workload

__all__ = ["Truth", "planted_splits", "planted_truth"]

# far above the replicates of any study: runs that it cannot have had
FIRST_FRESH_RUN = 1_000_000
CONTROLS = ("real", *VOLUME_CONTROLS)
Truth = Mapping[str, Any]


def planted_truth(
    workload: Workload,
    fresh: Corpus,
    study: Study,
    n_real: Mapping[str, int],
    executor: Executor,
    observe: Callable[[Tally], None],
    n_runs: int,
) -> list[Truth]:
    """Return the true value of the treatment's contrasts in each cell, as records of `planted`.

    The target of a study's interval is new test documents and new runs on the same real and synthetic documents; so
    are these: `fresh` test documents, and runs with seeds of their own.

    Parameters
    ----------
    workload : Workload
    fresh : Corpus
        Test documents of the same law that the study has not seen; many.
    study : Study
    n_real : mapping of str to int
        Documents of each regime.
    executor : Executor
    observe : Observer
    n_runs : int
        Fresh runs, at least 2.
    """
    cells = [(g, c, r) for c in study.classifiers for r in study.regimes for g in study.generators]
    trials = list(dict.fromkeys(_trials(study, n_real, cells, n_runs)))
    scores = _scores(trials, workload, fresh, study, executor, observe)
    return [_record(scores, cell, control, n_real, n_runs, len(fresh)) for cell in cells for control in CONTROLS]


def planted_splits(
    workload: Workload,
    fresh: Corpus,
    study: Study,
    splits: Mapping[str, GridPoint],
    executor: Executor,
    observe: Callable[[Tally], None],
    n_runs: int,
) -> list[Truth]:
    """Return the true score of each way to split a budget, and how much more the first has than the second.

    Parameters
    ----------
    workload, fresh, study, executor, observe, n_runs
        As for `planted_truth`.
    splits : mapping of str to GridPoint
        Two of them, by name.
    """
    trials = {
        name: [grid_trial(point, study.primary.classifier, FIRST_FRESH_RUN + run) for run in range(n_runs)]
        for name, point in splits.items()
    }
    scores = _scores([trial for each in trials.values() for trial in each], workload, fresh, study, executor, observe)
    found = {name: [scores.get(trial) for trial in each] for name, each in trials.items()}
    records = [
        {"split": name, "n_real": splits[name].n_real, "n_synthetic": splits[name].n_synthetic}
        | _true(each, len(fresh), "so many documents cannot be had")
        for name, each in found.items()
    ]
    differences = [_less(plus, minus) for plus, minus in zip(*found.values(), strict=True)]
    between = {"split": " - ".join(splits), "n_real": None, "n_synthetic": None}
    return [*records, {**between, **_true(differences, len(fresh), "one of the two cannot be trained on")}]


def _scores(
    trials: Sequence[Trial],
    workload: Workload,
    fresh: Corpus,
    study: Study,
    executor: Executor,
    observe: Callable[[Tally], None],
) -> dict[Trial, Influenced]:
    """Run trials, and return the primary metric of each that has it on the fresh test documents."""
    test = Corpus(fresh.documents, workload.train.labels)  # columns in the order of the study, not of the simulator
    load = replace(workload, test=test, test_group=np.arange(len(test)))
    tally = Tally(total=len(trials))
    scores: dict[Trial, Influenced] = {}
    for outcome in executor.map(Evaluate(load), trials):
        if isinstance(outcome, Success) and outcome.answer.status == "done":
            score = _score(outcome.answer, load, study)
            if score is not None:
                scores[outcome.item] = score
        tally.done += 1
        observe(tally)
    return scores


def _trials(study: Study, n_real: Mapping[str, int], cells: list[tuple[str, str, str]], n_runs: int) -> Iterator[Trial]:
    for run in range(n_runs):
        for cell in cells:
            for condition in (TREATMENT, *CONTROLS):
                if condition in study.conditions:
                    yield _trial(condition, cell, n_real, run)


def _trial(condition: str, cell: tuple[str, str, str], n_real: Mapping[str, int], run: int) -> Trial:
    generator, classifier, regime = cell
    own = None if condition in WITHOUT_SYNTHETIC else generator
    return Trial(condition, own, classifier, regime, n_real[regime], FIRST_FRESH_RUN + run)


def _score(result: TrialResult, load: Workload, study: Study) -> Influenced | None:
    metric, _, threshold = study.primary.metric.partition("@")
    packed: NDArray[np.uint8] = result.arrays[f"predicted@{threshold}"]
    predicted = np.unpackbits(packed, axis=1, count=len(load.test.labels)).astype(bool)
    return thresholded_scores(predicted, load.test.label_matrix(), load.test_group)[metric]


def _record(
    scores: Mapping[Trial, Influenced],
    cell: tuple[str, str, str],
    control: str,
    n_real: Mapping[str, int],
    n_runs: int,
    n_documents: int,
) -> Truth:
    differences = [
        _less(*(scores.get(_trial(condition, cell, n_real, run)) for condition in (TREATMENT, control)))
        for run in range(n_runs)
    ]
    return {
        "generator": cell[0],
        "classifier": cell[1],
        "regime": cell[2],
        "contrast": f"{TREATMENT} - {control}",
        **_true(differences, n_documents, "the comparison cannot be run"),
    }


def _less(plus: Influenced | None, minus: Influenced | None) -> Influenced | None:
    """Return a difference of scores on the same documents, where both are there."""
    if plus is None or minus is None:
        return None
    return Influenced(plus.value - minus.value, plus.influence - minus.influence)


def _true(found: Sequence[Influenced | None], n_documents: int, absent: str) -> dict[str, float | int | str | None]:
    """Return the mean over runs with its standard error, as fields of a record."""
    known = [one for one in found if one is not None]
    estimate = None
    if known:
        estimate = two_way(np.array([one.value for one in known]), np.array([one.influence for one in known]))
    return {
        "truth": estimate.value if estimate else None,
        "standard_error": float(np.sqrt(estimate.variance)) if estimate else None,
        "n_documents": n_documents,
        "n_runs": len(known),
        "reason": None if estimate else f"truth: {absent}",
    }
