"""The true values of a simulated study: its own contrasts, on large fresh draws from the law that wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from synthlift.study.trials import WITHOUT_SYNTHETIC, Trial
from synthlift.study.workload import Workload

__all__ = ["Truth", "planted_truth"]

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
    test = Corpus(fresh.documents, workload.train.labels)  # columns in the order of the study, not of the simulator
    load = replace(workload, test=test, test_group=np.arange(len(test)))
    cells = [(g, c, r) for c in study.classifiers for r in study.regimes for g in study.generators]
    trials = list(dict.fromkeys(_trials(study, n_real, cells, n_runs)))
    tally = Tally(total=len(trials))
    scores: dict[Trial, Influenced] = {}
    for outcome in executor.map(Evaluate(load), trials):
        if isinstance(outcome, Success) and outcome.answer.status == "done":
            score = _score(outcome.answer, load, study)
            if score is not None:
                scores[outcome.item] = score
        tally.done += 1
        observe(tally)
    return [_record(scores, cell, control, n_real, n_runs, len(fresh)) for cell in cells for control in CONTROLS]


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
    pairs = [
        [scores.get(_trial(condition, cell, n_real, run)) for condition in (TREATMENT, control)]
        for run in range(n_runs)
    ]
    known = [(plus, minus) for plus, minus in pairs if plus is not None and minus is not None]
    estimate = None
    if known:
        values = np.array([plus.value - minus.value for plus, minus in known])
        estimate = two_way(values, np.array([plus.influence - minus.influence for plus, minus in known]))
    return {
        "generator": cell[0],
        "classifier": cell[1],
        "regime": cell[2],
        "contrast": f"{TREATMENT} - {control}",
        "truth": estimate.value if estimate else None,
        "standard_error": float(np.sqrt(estimate.variance)) if estimate else None,
        "n_documents": n_documents,
        "n_runs": len(known),
        "reason": None if estimate else "truth: the comparison cannot be run",
    }
