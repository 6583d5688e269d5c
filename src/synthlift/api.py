"""What a notebook imports: the audit, from files to a Summary.

Over 300 lines because a function is mostly the list of its options and what they mean.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from synthlift.corpus import Corpus
from synthlift.corpus.columns import Columns
from synthlift.corpus.frames import as_jsonl
from synthlift.corpus.shingles import Analyzer
from synthlift.errors import BadConfiguration
from synthlift.report.advice import advise as advise_from
from synthlift.report.advice import prices_of
from synthlift.report.budget import Budget
from synthlift.report.evidence import Evidence
from synthlift.report.planted_advice import splits_to_check
from synthlift.report.publish import publish
from synthlift.report.summary import Summary
from synthlift.report.summary_budget import Advice
from synthlift.run.documents import write_documents
from synthlift.run.embedding import embedded
from synthlift.run.executors.contract import Executor
from synthlift.run.executors.workers import Workers
from synthlift.run.finished import is_marked, mark, request_of, trials_of_marked
from synthlift.run.folder import LEDGER, check_free, claim, enter, write_status
from synthlift.run.foresight import Foresight, foresee
from synthlift.run.learners import equipped
from synthlift.run.measuring import measure
from synthlift.run.planted import planted_splits, planted_truth
from synthlift.run.progress import Observer, Progress, Tally
from synthlift.run.runner import run_trials
from synthlift.run.selection import Selection
from synthlift.stats.budget import Prices
from synthlift.storage.ledger import Ledger
from synthlift.storage.lock import RunLock
from synthlift.study.catalog import DEFAULT_CONDITIONS
from synthlift.study.config import Setting
from synthlift.study.input import Input
from synthlift.study.plan import Options, Plan, plan_prepared
from synthlift.study.preparation import prepare
from synthlift.study.workload import Workload

__all__ = [
    "Fresh",
    "Options",
    "Plan",
    "advise",
    "audit",
    "carry_out",
    "evaluate",
    "finished",
    "foresight",
    "plan",
    "rebuild",
    "recalled",
]

STATUS_EVERY_S = 5.0


def plan(given: Input, options: Options | None = None) -> Plan:
    """Read and check everything; nothing is trained and nothing written.

    Raises
    ------
    InputRejected
        For faults of the files.
    BadConfiguration
        For options that cannot be run.
    """
    options = options if options is not None else Options()
    options.check()  # before the files are read
    request = request_of(options, given)
    planned = equipped(plan_prepared(prepare(given, options.seed), options))
    return replace(planned, request=request)


def finished(given: Input, options: Options, out: Path) -> tuple[Summary, Tally] | None:
    """Return what a folder holds where it finished this very request before; None where something is to be done.

    Raises
    ------
    Refused
        Where the folder is in use.
    """
    if not is_marked(out):
        return None
    options.check()
    return recalled(out, request_of(options, given))


def foresight(planned: Plan) -> Foresight | None:
    """Tell the smallest gain that a study will find, from its real documents alone; None where these are too few."""
    if not planned.trials:
        return None
    return foresee(planned.prepared.workload, planned.study, planned.n_real[planned.study.primary.regime])


@dataclass(frozen=True)
class Fresh:
    """What tells the truth of a simulated study: fresh test documents of its law, and how many fresh runs."""

    documents: Corpus
    n_runs: int


def carry_out(
    planned: Plan,
    out: Path,
    *,
    workers: int = 1,
    observe: Observer | None = None,
    fresh: Fresh | None = None,
    cache: Path | None = None,
) -> tuple[Summary, Tally]:
    """Run what the folder lacks, and write the report; with `fresh`, the planted truth beside its estimates.

    `cache` is a folder of text vectors that runs share; by default each keeps its own. A run that lacks nothing any
    more is marked, for `finished` to find.

    Raises
    ------
    Refused
        Where the folder is in use, or belongs to a run on other data, split, seed or method.
    KeyboardInterrupt
        On Ctrl-C; the folder resumes.
    """
    _check_guarded()
    enter(out)
    with RunLock(out):
        with Ledger.open(out / LEDGER) as ledger:
            summary, tally = evaluate(ledger, planned, out, Workers(workers), observe=observe, fresh=fresh, cache=cache)
        if planned.request is not None and tally.is_complete:
            mark(out, planned.request, tally.total)
    return summary, tally


def evaluate(
    ledger: Ledger,
    planned: Plan,
    out: Path,
    workers: Workers,
    *,
    only: Selection | None = None,
    observe: Observer | None = None,
    fresh: Fresh | None = None,
    cache: Path | None = None,
) -> tuple[Summary, Tally]:
    """Run what the ledger of a locked folder lacks, and write the report; as `carry_out`, which opens and locks it.

    Of the trials, those that `only` takes in; the others are left for another time.
    """
    trials = planned.trials if only is None else only.of(planned.trials)
    show = observe or _silent
    claim(ledger, planned.study, planned.prepared, planned.n_real, planned.grid)
    ledger.discard_damaged()  # they are recomputed
    write_documents(ledger, planned.prepared, out)
    noted = _Noted(out, show, Tally(len(trials)))
    try:
        with workers.executor() as executor:
            load = embedded(planned.prepared.workload, cache or out / "artefacts" / "embeddings", show)
            tally = run_trials(ledger, load, trials, executor, noted)
            tally.unmeasured = measure(ledger, load, executor, show)
            if fresh is not None:
                _measure_truth(ledger, planned, load, fresh, executor, show)
    except KeyboardInterrupt:
        noted.write("interrupted", noted.tally)
        raise
    summary = publish(ledger, out)
    noted.write("done", tally)
    return summary, tally


def _measure_truth(
    ledger: Ledger, planned: Plan, load: Workload, fresh: Fresh, executor: Executor, show: Observer
) -> None:
    """Put down what the ledger lacks of the planted truth: of each gain, and of the splits that would be advised."""
    if ledger.get("planted") is None:
        truth = planted_truth(load, fresh.documents, planned.study, planned.n_real, executor, show, fresh.n_runs)
        ledger.put("planted", truth)
    if planned.grid.points and ledger.get("planted splits") is None:
        splits = splits_to_check(Budget(Evidence.load(ledger)))
        if splits:
            told = planted_splits(load, fresh.documents, planned.study, splits, executor, show, fresh.n_runs)
            ledger.put("planted splits", told)


def audit(
    real: Any,
    synthetic: Any,
    out: str | Path | None = None,
    *,
    test: Any = None,
    columns: Columns | None = None,
    by: str | None = None,
    analyzer: Analyzer = "word",
    descriptions: str | Path | Mapping[str, str] | None = None,
    regimes: Sequence[str] = ("all",),
    classifiers: Sequence[str] = ("linear",),
    replicates: int = 10,
    seed: int = 0,
    delta: float = 0.01,
    conditions: Sequence[str] = DEFAULT_CONDITIONS,
    classifier_settings: Mapping[str, Mapping[str, Setting]] | None = None,
    audit_numerics: bool = False,
    grid: bool = False,
    fidelity_model: str | None = None,
    fidelity_revision: str | None = None,
    workers: int = 1,
    cache: str | Path | None = None,
) -> Summary:
    """Tell whether synthetic text helps beyond volume.

    Parameters
    ----------
    real, synthetic, test : path, rows, DataFrame or Dataset
        Files as on the command line, or the same columns in memory (a list of mappings, pandas, polars, Hugging Face).
    out : path, optional
        Run folder; run again on the same one, it resumes. Without it nothing is kept but the summary.
    columns : Columns, optional
        Where to find text, labels, split and the rest.
    by : str, optional
        Column of `synthetic` whose values are compared; of several, joined by commas, the first names the model.
    analyzer : {"word", "char"}
        What texts are cut into: ``char`` for scripts that put no blank between words.
    descriptions : path or mapping of str to str, optional
        What labels mean: a JSON object from label to text, or a CSV file with the columns label and description.
    regimes : sequence of str
        Numbers of real documents, as `Regime` reads them.
    conditions : sequence of str
        What is compared; by default everything but the mixings and `masked`.
    classifier_settings : mapping of str to mapping, optional
        Settings of classifiers that have some, by their name in `classifiers`, such as
        ``{"encoder": {"model": "path/to/encoder", "epochs": 3}}``; with ``"family"`` among them the name is free.
    audit_numerics : bool
        Run some trials of classifiers with weights again, in full precision and with plain attention.
    grid : bool
        Train on a grid of real and synthetic documents too, from which `advise` tells what to buy next.
    fidelity_model, fidelity_revision : str, optional
        A sentence-transformers model, folder or Hub name with its commit, in whose vectors likeness to real text is
        measured too.
    cache : path, optional
        Folder of text vectors that runs share; by default each run keeps its own.
    classifiers, replicates, seed, delta, workers
        As on the command line; more than one worker needs an ``if __name__ == "__main__":`` guard.

    Raises
    ------
    SynthliftError
        With a message that says what to do.
    """
    _check_guarded()
    if out is not None:
        check_free(Path(out))
    with TemporaryDirectory(prefix="synthlift-") as scratch:
        folder = Path(out) if out is not None else Path(scratch) / "run"
        given = Input(
            real=_file(real, Path(scratch) / "real.jsonl"),
            synthetic=_file(synthetic, Path(scratch) / "synthetic.jsonl"),
            test=None if test is None else _file(test, Path(scratch) / "test.jsonl"),
            columns=columns if columns is not None else Columns(),
            by=by,
            analyzer=analyzer,
            descriptions=Path(descriptions) if isinstance(descriptions, str) else descriptions,
        )
        options = Options(
            regimes=regimes,
            classifiers=classifiers,
            replicates=replicates,
            seed=seed,
            delta=delta,
            conditions=conditions,
            classifier_settings=classifier_settings or {},
            audit_numerics=audit_numerics,
            grid=grid,
            fidelity_model=fidelity_model,
            fidelity_revision=fidelity_revision,
        )
        before = finished(given, options, folder)
        if before is not None:
            return before[0]
        planned = plan(given, options)
        return carry_out(planned, folder, workers=workers, cache=None if cache is None else Path(cache))[0]


def _file(data: Any, scratch: Path) -> Path:
    """Return the path of a file, or write what is in memory to one."""
    if isinstance(data, (str, os.PathLike)):
        return Path(data)
    scratch.write_bytes(as_jsonl(data))
    return scratch


def recalled(out: Path, request: str) -> tuple[Summary, Tally] | None:
    """Return the summary of a folder where this request was finished, and nothing has changed since.

    Raises
    ------
    Refused
        Where the folder is in use.
    """
    with RunLock(out):
        n_trials = trials_of_marked(out, request)
        if n_trials is None:
            return None
        summary = Summary.model_validate_json((out / "summary.json").read_bytes())
    return summary, Tally(n_trials, done=n_trials, resumed=n_trials)


def rebuild(out: Path) -> Summary:
    """Write summary and report of a run folder anew, from its ledger and artefacts alone."""
    with Ledger.open_readonly(out / LEDGER) as ledger:
        return publish(ledger, out)


def advise(run: str | Path, prices: Prices | str | None, budget: float) -> Advice:
    """Say what to buy next for a sum of money, from the ledger of a run with a grid; nothing is written.

    Parameters
    ----------
    run : path
        Run folder.
    prices : Prices or str or None
        What one document costs, in any one currency: ``"real=2.50,synthetic=0.003"``, a synthetic one as it is kept.
        None takes those of the run's study file.
    budget : float
        To be spent beyond what the run owns, its real training documents and kept synthetic ones.

    Raises
    ------
    BadConfiguration
        Where prices or budget are none or missing, or the run has no grid.
    """
    paid = prices_of(prices) if isinstance(prices, str) else prices
    with Ledger.open_readonly(Path(run) / LEDGER) as ledger:
        stored = ledger.get("prices")
        if paid is None and not isinstance(stored, Mapping):
            raise BadConfiguration(
                "--prices: got none, and the run has none of a study file; expected real=2.50,synthetic=0.003"
            )
        return advise_from(Evidence.load(ledger), paid or Prices(**stored), budget)


def _check_guarded() -> None:
    """Refuse to run in a worker that is only reading the script which started it."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise BadConfiguration(
            "got a call while a worker process was starting, expected the calling script to be guarded: put it under "
            "`if __name__ == '__main__':`, or use workers=1"
        )


class _Noted:
    """Keep `status.json` up to date beside what the observer shows, every few seconds."""

    def __init__(self, out: Path, observe: Observer, tally: Tally) -> None:
        self._out, self._observe, self.tally = out, observe, tally
        self.write("running", tally)

    def __call__(self, tally: Tally) -> None:
        self.tally = tally
        if time.monotonic() - self._written >= STATUS_EVERY_S:
            self.write("running", tally)
        self._observe(tally)

    def write(self, state: str, tally: Tally) -> None:
        """Write how far the run is."""
        self._written = time.monotonic()
        write_status(self._out, state, tally.done, tally.total, tally.failed)


def _silent(progress: Progress) -> None:
    """Show nothing."""
