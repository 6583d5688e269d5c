"""What a study will take, before it is paid for: a few of its trials are run here with stand-ins for its texts.

The stand-ins are texts of an n-gram model of the training documents, as many as the first generator is to write, up to
a thousand. Trials differ in time by what they train on: real documents and copies of them, which count once; as many
added texts again; or texts that are written within the trial. One of each kind is timed for each classifier and regime.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from synthlift.corpus.document import Origin
from synthlift.corpus.reading import Reading
from synthlift.generators.ngram import NgramGenerator
from synthlift.randomness import stream
from synthlift.run.checking import Checked, options_of
from synthlift.run.foresight import Foresight, foresee
from synthlift.run.learners import equipped
from synthlift.run.tasks import Evaluate
from synthlift.storage.trial_rows import TrialRows
from synthlift.study.catalog import TREATMENT, WRITTEN_HERE
from synthlift.study.input import Input
from synthlift.study.plan import plan_prepared
from synthlift.study.preparation import combine
from synthlift.study.regime import Regime
from synthlift.study.study_file import StudyFile
from synthlift.study.trials import Trial, expand, setting_of

__all__ = ["Forecast", "forecast"]

MOST_STAND_INS = 1000
ON_REAL = "real"
# What a ledger takes beside the arrays of a trial: measured on one of 8,040 trials, 33.8 kB each for 24.6 of arrays.
LEDGER_FACTOR = 1.4
BYTES_A_TOKEN = 8  # prompt and answer as text, in the ledger and, once kept, in the data set
# Conditions that train on the real documents, copies of them, or other weights for them.
_OF_REAL = frozenset(
    {
        *("real", "real+steps", "replicated", "replicated-matched", "replicated-drawn", "token-matched"),
        *("class-weight", "focal", "ros", "ml-ros"),
    }
)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to come.

    Attributes
    ----------
    n_trials : int
        Where every text that is asked for is kept.
    seconds : float
        Of all trials on one worker of this machine, texts and their measurements apart.
    n_timed : int
        Trials that were run to tell.
    disk_bytes : int
        Of the run folder.
    foresight : Foresight or None
        The gain that the study will find; None where real documents are too few to tell.
    """

    n_trials: int
    seconds: float
    n_timed: int
    disk_bytes: int
    foresight: Foresight | None


def forecast(
    study: StudyFile, checked: Checked, given: Input, observe: Callable[[int, int], None] = lambda _done, _total: None
) -> Forecast:
    """Run some trials of a checked study on stand-ins, and tell what all of them will take.

    Parameters
    ----------
    study : StudyFile
    checked : Checked
    given : Input
        As the documents were read.
    observe : callable
        Told how many trials were timed, of how many.
    """
    side, options = checked.side, options_of(study)
    train = side.part("train")
    n = min(checked.volumes[0].n, MOST_STAND_INS)
    texts = NgramGenerator().generate(train, n, rng=stream(study.seed, "forecast"))
    first = checked.volumes[0].title
    documents = (replace(one, id=f"stand-in-{row}", origin=Origin(first)) for row, one in enumerate(texts))
    planned = equipped(plan_prepared(combine(side, Reading.of(documents), given, study.seed), options))
    whole = options.study(tuple(volume.title for volume in checked.volumes))
    n_real = {name: Regime.parse(name).n_documents(len(train), checked.volumes[0].n) for name in whole.regimes}
    trials = expand(whole, n_real)
    kinds = dict.fromkeys((_kind(t.condition), setting_of(t.classifier), t.regime) for t in trials)
    evaluate = Evaluate(planned.prepared.workload)
    timed: dict[tuple[str, str, str], tuple[float, int]] = {}
    for place, (kind, classifier, regime) in enumerate(kinds):
        own = None if kind == ON_REAL else first
        trial = Trial(kind, own, classifier, regime, n_real[regime], 0)
        if place == 0:
            evaluate(trial)  # what is imported and counted once a worker
        started = time.perf_counter()
        rows = TrialRows.of(evaluate(trial))
        timed[kind, classifier, regime] = time.perf_counter() - started, sum(len(a.content) for a in rows.artefacts)
        observe(place + 1, len(kinds))
    volume = {volume.title: volume.n for volume in checked.volumes}
    seconds = sum(_seconds(trial, timed, volume, n) for trial in trials)
    arrays = sum(timed[_place(trial)][1] for trial in trials)
    tokens = sum(volume.most_tokens for volume in checked.volumes)
    disk = round(LEDGER_FACTOR * arrays + BYTES_A_TOKEN * tokens)
    seen = foresee(planned.prepared.workload, whole, n_real[whole.primary.regime])
    return Forecast(len(trials), seconds, len(timed), disk, seen)


def _kind(condition: str) -> str:
    """Return the condition that stands for all which take about as long."""
    if condition in WRITTEN_HERE:
        return condition
    return ON_REAL if condition in _OF_REAL else TREATMENT


def _place(trial: Trial) -> tuple[str, str, str]:
    return _kind(trial.condition), setting_of(trial.classifier), trial.regime


def _seconds(
    trial: Trial, timed: Mapping[tuple[str, str, str], tuple[float, int]], volume: Mapping[str, int], n: int
) -> float:
    """Scale the time of a trial's kind to the texts that it trains on."""
    seconds = timed[_place(trial)][0]
    if trial.generator is None or _kind(trial.condition) == ON_REAL:
        return seconds
    return seconds * (trial.n_real + volume[trial.generator]) / (trial.n_real + n)
