"""How long a finished run of ten thousand trials takes to say so, and its report to be written anew.

The trials are of a plan of simulated documents; their results are made up from one real trial of each condition, with
predictions flipped and scores moved at random, so that the ledger is of the size of a real one and no two of its trials
agree. Everything else is the commands as a user calls them, timed from start to exit.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from checks import Check, at_most, noted

from synthlift.api import Options, Plan, plan
from synthlift.corpus.columns import Columns
from synthlift.corpus.frames import as_jsonl
from synthlift.randomness import stream
from synthlift.run.folder import LEDGER, claim, enter
from synthlift.run.simulated import real_file, rows_of
from synthlift.run.tasks import Evaluate
from synthlift.simulation import PRESETS, SimulatedGenerator, Simulator
from synthlift.storage.ledger import Ledger, TrialResult
from synthlift.study.input import Input

__all__ = ["run"]

N_TRAIN, N_TEST, N_SYNTHETIC = 330, 400, 330
REGIMES = ("165", "0.6", "0.7", "0.8", "0.9", "all")
CLASSIFIERS = ("linear", "embedding")
CONDITIONS = (
    *("real", "real+steps", "replicated", "replicated-matched", "replicated-drawn", "token-matched"),
    *("class-weight", "ros", "ml-ros", "placebo", "synthetic", "real+synthetic"),
)
TOGETHER = 200
SYNTHLIFT = str(Path(sys.executable).with_name("synthlift"))
FLIPPED, MOVED = 0.02, 0.01


def run(peer: Path | None, *, quick: bool = False) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Fill a ledger with ten thousand trials; quick with a thousand."""
    n_generators, replicates = (2, 3) if quick else (12, 7)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        planned = _planned(folder, n_generators, replicates)
        _fill(planned, folder / "run")
        command = _command(folder, replicates)
        first = _timed(command)
        again = [_timed(command) for _ in range(3)]
        report = _timed([SYNTHLIFT, "report", str(folder / "run")])
        megabytes = (folder / "run" / LEDGER).stat().st_size / 1e6
    n = len(planned.trials)
    of = f"{n:,} trials, a ledger of {megabytes:.0f} MB"
    return [
        noted("first run, of a ledger that has all trials, s", first, f"{of}; texts are measured"),
        at_most(3.0, "run again on the finished run, s", max(again), f"the slowest of three; {of}", judged=not quick),
        at_most(10.0, "`synthlift report`, s", report, of, judged=not quick),
    ]


def _planned(folder: Path, n_generators: int, replicates: int) -> Plan:
    simulator, presets = Simulator(0), list(PRESETS.values())
    train = simulator.corpus(N_TRAIN, stream="train")
    real = {"train": train, "test": simulator.corpus(N_TEST, stream="test")}
    made = [
        SimulatedGenerator(simulator, presets[g % len(presets)], f"g{g}").generate(
            train, N_SYNTHETIC, rng=stream(0, "resume", g)
        )
        for g in range(n_generators)
    ]
    files = folder / "real.jsonl", folder / "synthetic.jsonl"
    files[0].write_bytes(real_file(real))
    files[1].write_bytes(as_jsonl(row for corpus in made for row in rows_of(corpus)))
    given = Input(*files, columns=Columns(split="split"), by="generator")
    options = Options(regimes=REGIMES, classifiers=CLASSIFIERS, conditions=CONDITIONS, replicates=replicates)
    return plan(given, options)


def _fill(planned: Plan, out: Path) -> None:
    """Record a result of each trial, made up from one of its condition."""
    evaluate, load, rng = Evaluate(planned.prepared.workload), planned.prepared.workload, np.random.default_rng(0)
    models: dict[str, TrialResult] = {}
    enter(out)
    with Ledger.open(out / LEDGER) as ledger:
        claim(ledger, planned.study, planned.prepared, planned.n_real, planned.grid)
        for start in range(0, len(planned.trials), TOGETHER):
            results = []
            for trial in planned.trials[start : start + TOGETHER]:
                if trial.condition not in models:
                    models[trial.condition] = evaluate(trial)
                named = replace(models[trial.condition], key=load.key(trial), name=trial.name, spec=trial.spec)
                results.append(_moved(named, rng))
            ledger.record(results)


def _moved(result: TrialResult, rng: np.random.Generator) -> TrialResult:
    arrays = {
        name: array ^ (rng.random(array.shape) < FLIPPED).astype(array.dtype)
        if array.dtype == np.uint8
        else array + MOVED / len(array) * rng.standard_normal(array.shape)
        for name, array in result.arrays.items()
    }
    scores = tuple(
        score if score.value is None else replace(score, value=score.value + MOVED * rng.standard_normal())
        for score in result.scores
    )
    return replace(result, arrays=arrays, scores=scores)


def _command(folder: Path, replicates: int) -> list[str]:
    files = [str(folder / name) for name in ("real.jsonl", "synthetic.jsonl")]
    several = {"--regime": REGIMES, "--classifier": CLASSIFIERS, "--condition": CONDITIONS}
    options = [part for option, values in several.items() for value in values for part in (option, value)]
    once = ["--split-column", "split", "--by", "generator", "--replicates", str(replicates), "--quiet"]
    return [SYNTHLIFT, "audit", *files, "--out", str(folder / "run"), *options, *once]


def _timed(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began
