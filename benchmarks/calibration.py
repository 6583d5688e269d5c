"""Simulated studies whose truth is known: how often verdicts err, intervals cover, and power is what was promised.

A **pool** is one draw of real documents of 12 labels with one generator's 240 texts, and a **study** one audit of it:
120 real documents, 300 test documents and five runs of its own. The truth of a pool's contrasts, which all its studies
are to find, comes from 5,000 further test documents and 25 further runs. Half of the pools are of 120 documents
(replicates differ in seeds alone), half of 240, of which each replicate draws 120.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from calibration_tables import checks_of, written
from checks import Check

from synthlift.api import Options, plan
from synthlift.corpus import Corpus
from synthlift.corpus.columns import Columns
from synthlift.corpus.frames import as_jsonl
from synthlift.corpus.groups import connected
from synthlift.corpus.shingles import near_pairs, shingle_matrix
from synthlift.randomness import stream
from synthlift.report.arms import Contrast, Truth
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.labels import label_lifts
from synthlift.report.verdicts import judge
from synthlift.run.executors.contract import Failure
from synthlift.run.executors.process import ProcessExecutor
from synthlift.run.foresight import foresee
from synthlift.run.simulated import rows_of
from synthlift.run.tasks import Evaluate
from synthlift.simulation import PRESETS, Knobs, SimulatedGenerator, Simulator
from synthlift.stats.outcome import decide
from synthlift.stats.power import minimum_detectable_effect
from synthlift.stats.two_way import TwoWay
from synthlift.study.catalog import TREATMENT, VOLUME_CONTROLS
from synthlift.study.config import Study
from synthlift.study.facts import Facts
from synthlift.study.input import Input
from synthlift.study.trials import expand
from synthlift.study.workload import Workload

__all__ = ["GENERATORS", "Pool", "complete", "run", "run_pool"]

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "runs" / "calibration.jsonl"
N_LABELS, N_REAL, N_SYNTHETIC, N_TEST = 12, 120, 240, 300
# five replicates are the fewest that an interval is trusted for, so the hardest case
REPLICATES, DELTA, N_FRESH, N_RUNS = 5, 0.01, 5000, 25
STUDIES_A_POOL = 10
N_STUDIES, N_QUICK = 1000, 60
WORKERS = 2
# without content: copies, and right texts with wrong labels; the others have some, or do harm
GENERATORS: Mapping[str, Knobs] = {
    "copycat": PRESETS["copycat"],
    "placebo": Knobs(label_noise=1.0),
    "bland": PRESETS["bland"],
    "mislabelled": PRESETS["mislabelled"],
    "narrow": PRESETS["narrow"],
    "faithful": PRESETS["faithful"],
}
CONTROLS = ("real", *VOLUME_CONTROLS)
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pool:
    """One draw of real documents with one generator's texts.

    Attributes
    ----------
    index : int
        Seeds everything.
    generator : str
    drawn : bool
        Whether a replicate draws half of the real documents, or takes all.
    n_studies : int
    """

    index: int
    generator: str
    drawn: bool
    n_studies: int = STUDIES_A_POOL


def run_pool(pool: Pool) -> list[Record]:
    """Tell the truth of a pool, then audit it `n_studies` times; one record a study."""
    simulator = Simulator(10_000 + pool.index, n_labels=N_LABELS)
    load, study, facts, n_real = _prepared(pool, simulator)
    cell = CellKey(study.generators[0], "linear", study.regimes[0])
    # 1 and 2: runs of the truth share no seed with those of a study
    fresh = _tested(load, simulator, N_FRESH, 0, "truth", seed=1)
    truth = _evidence(fresh, study.model_copy(update={"replicates": N_RUNS}), facts, n_real)
    true_labels = {lift.label: lift.value for lift in label_lifts(truth, cell)}
    promised = foresee(_tested(load, simulator, N_TEST, 0, "test", seed=2), study, N_REAL)
    records = []
    for index in range(pool.n_studies):
        tested = _tested(load, simulator, N_TEST, index * N_TEST, "test", seed=1000 + index)
        evidence = _evidence(tested, study, facts, n_real)
        records.append(
            {
                "pool": pool.index,
                "generator": pool.generator,
                "drawn": pool.drawn,
                "outcome": judge(evidence, cell, study.primary.metric, 0.05).outcome,
                "true_outcome": _true_outcome(truth, cell, study),
                "promised": promised.effect if promised else None,
                "contrasts": {name: _compared(evidence, truth, cell, study, name) for name in CONTROLS},
                "labels": [
                    {name: getattr(lift, name) for name in ("value", "shrunk", "low", "high")}
                    | {"truth": true_labels[lift.label]}
                    for lift in label_lifts(evidence, cell)
                    if lift.value is not None and true_labels[lift.label] is not None
                ],
            }
        )
    return records


def _prepared(pool: Pool, simulator: Simulator) -> tuple[Workload, Study, Facts, dict[str, int]]:
    """Prepare a pool as an audit does, from files."""
    train = simulator.corpus(2 * N_REAL if pool.drawn else N_REAL, stream="train")
    generator = SimulatedGenerator(simulator, GENERATORS[pool.generator], pool.generator)
    texts = generator.generate(train, N_SYNTHETIC, rng=stream(pool.index, "calibration"))
    real = [{**row, "split": "train"} for row in rows_of(train)]
    real += [{**row, "split": "test"} for row in rows_of(simulator.documents(N_TEST, stream="test"))]
    with TemporaryDirectory(prefix="calibration-") as folder:
        files = [Path(folder) / "real.jsonl", Path(folder) / "synthetic.jsonl"]
        for file, rows in zip(files, (real, list(rows_of(texts))), strict=True):
            file.write_bytes(as_jsonl(rows))
        planned = plan(
            Input(files[0], files[1], columns=Columns(split="split"), by="generator"),
            Options(regimes=(str(N_REAL),) if pool.drawn else ("all",), replicates=REPLICATES, delta=DELTA),
        )
    study = planned.study.model_copy(update={"conditions": (*CONTROLS, TREATMENT)})
    n_real = {regime: planned.n_real[regime] for regime in study.regimes}
    return planned.prepared.workload, study, planned.prepared.facts, n_real


def _tested(load: Workload, simulator: Simulator, n: int, start: int, name: str, *, seed: int) -> Workload:
    """Give a workload other test documents, grouped as an audit groups them, and other seeds."""
    test = Corpus(tuple(simulator.documents(n, start=start, stream=name)), load.train.labels)
    group = connected(n, near_pairs(shingle_matrix(test.texts)))
    return replace(load, test=test, test_group=group, seed=seed)


def _evidence(load: Workload, study: Study, facts: Facts, n_real: Mapping[str, int]) -> Evidence:
    """Run all trials of a study, and arrange them as a report does."""
    labels = load.test.label_matrix()
    task = Evaluate(load)
    known = replace(
        facts,
        n_test=len(labels),
        n_test_groups=int(load.test_group.max()) + 1,
        support_test=labels.sum(axis=0).tolist(),
    )
    return Evidence(
        study=study,
        facts=known,
        declared={},
        n_real=n_real,
        truth=Truth(labels, load.test_group),
        floors=(),
        fidelity=(),
        planted=(),
        results={trial: task(trial) for trial in expand(study, n_real)},
        recorded=(),
    )


def _contrast(evidence: Evidence, cell: CellKey, study: Study, control: str) -> TwoWay | None:
    found = evidence.contrast(cell, study.primary.metric, TREATMENT, control)
    return found.estimate if isinstance(found, Contrast) else None


def _differing(evidence: Evidence, cell: CellKey) -> list[str]:
    """Return the volume controls that were run and whose predictions differ from those of `real`."""
    run = [name for name in VOLUME_CONTROLS if evidence.arm(cell, name).results]
    return [name for name in run if not evidence.same_predictions(cell, name, "real")]


def _true_outcome(truth: Evidence, cell: CellKey, study: Study) -> str:
    """Apply the verdict table to true values, which have no spread."""
    values = {name: _contrast(truth, cell, study, name) for name in ("real", *_differing(truth, cell))}
    exact = {name: replace(e, v_replicates=0.0, v_documents=0.0, v_interaction=0.0) for name, e in values.items() if e}
    return decide(exact.pop("real"), exact, delta=study.delta).outcome


def _compared(evidence: Evidence, truth: Evidence, cell: CellKey, study: Study, control: str) -> Record | None:
    found, true = _contrast(evidence, cell, study, control), _contrast(truth, cell, study, control)
    if found is None or true is None:
        return None
    low, high = found.interval()
    return {
        "value": found.value,
        "low": low,
        "high": high,
        "truth": true.value,
        "standard_error": float(np.sqrt(found.variance)),
        "truth_error": float(np.sqrt(true.variance)),
        "detectable": minimum_detectable_effect(found, len(_differing(evidence, cell))),
    }


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (no peer offers this)
    """Run what is missing of all studies, and judge the targets; a stopped run goes on where it was."""
    pools = _pools(quick=quick)
    done = {pool: records for pool, records in _stored() if pool in pools}
    STORE.parent.mkdir(exist_ok=True)
    with STORE.open("a", encoding="utf-8") as lines:
        for pool, records in _fresh([pool for pool in pools if pool not in done]):
            done[pool] = records
            lines.write(
                json.dumps({"pool": [pool.index, pool.generator, pool.drawn, pool.n_studies], "records": records})
            )
            lines.write("\n")
            lines.flush()
            print(f"{len(done)} of {len(pools)} pools", flush=True)
    return checks_of([record for pool in pools for record in done[pool]])


def _pools(*, quick: bool) -> list[Pool]:
    n_pools = (N_QUICK if quick else N_STUDIES) // STUDIES_A_POOL
    names = list(GENERATORS)
    return [Pool(i, names[i % len(names)], drawn=i // len(names) % 2 == 1) for i in range(n_pools)]


def _stored() -> Iterator[tuple[Pool, list[Record]]]:
    for line in STORE.read_text(encoding="utf-8").splitlines() if STORE.exists() else ():
        value = json.loads(line)
        yield Pool(*value["pool"]), value["records"]


def _fresh(pools: Iterable[Pool]) -> Iterator[tuple[Pool, list[Record]]]:
    for outcome in ProcessExecutor(WORKERS).map(run_pool, pools):
        if isinstance(outcome, Failure):
            raise SystemExit(f"{outcome.item} failed: {outcome.reason}")
        yield outcome.item, outcome.answer


def complete(path: Path) -> None:
    """Write docs/calibration.md from the stored studies."""
    pools = _pools(quick=json.loads(path.read_text(encoding="utf-8"))["quick"])
    records = [record for pool, found in _stored() if pool in pools for record in found]
    written(path, ROOT / "docs" / "calibration.md", records)
