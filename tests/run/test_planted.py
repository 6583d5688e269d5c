"""The truth of a simulated study: what its own trials say of fresh documents, whatever order their labels come in."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.api import Options, plan
from synthlift.corpus import Corpus
from synthlift.corpus.columns import Columns
from synthlift.corpus.frames import as_jsonl
from synthlift.randomness import stream
from synthlift.run.executors.serial import SerialExecutor
from synthlift.run.planted import planted_splits, planted_truth
from synthlift.run.simulated import rows_of
from synthlift.simulation import PRESETS, SimulatedGenerator, Simulator
from synthlift.study.catalog import TREATMENT
from synthlift.study.grid import GridPoint
from synthlift.study.input import Input


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Plan an audit of copies, and of further documents as good as real ones."""
    folder = tmp_path_factory.mktemp("planted")
    simulator = Simulator(3, n_labels=6)
    train = simulator.corpus(50, stream="train")
    texts = [
        SimulatedGenerator(simulator, PRESETS[n], n).generate(train, 150, rng=stream(1, n))
        for n in ("faithful", "copycat")
    ]
    real = [{**row, "split": "train"} for row in rows_of(train)]
    real += [{**row, "split": "test"} for row in rows_of(simulator.documents(60, stream="test"))]
    (folder / "real.jsonl").write_bytes(as_jsonl(real))
    (folder / "synthetic.jsonl").write_bytes(as_jsonl(row for corpus in texts for row in rows_of(corpus)))
    files = (folder / "real.jsonl", folder / "synthetic.jsonl")
    return simulator, plan(Input(*files, columns=Columns(split="split"), by="generator"), Options(replicates=1))


def truth(planned, fresh, n_runs=2):
    executor, shown = SerialExecutor(), []
    load = planned.prepared.workload
    records = planted_truth(load, fresh, planned.study, planned.n_real, executor, shown.append, n_runs)
    return {(r["generator"], r["contrast"]): r for r in records}, shown


def test_copies_are_worth_nothing_and_true_texts_are_worth_something(simulated):
    """Against matched copies a copycat's truth is about 0; a faithful generator's is well above its error."""
    simulator, planned = simulated
    found, shown = truth(planned, simulator.corpus(800, stream="truth"))
    copies = found["copycat", f"{TREATMENT} - replicated-matched"]
    faithful = found["faithful", f"{TREATMENT} - replicated-matched"]
    assert abs(copies["truth"]) < 0.02
    assert faithful["truth"] > 0.02
    assert faithful["truth"] > 2 * faithful["standard_error"]
    assert faithful["n_documents"] == 800
    assert shown[-1].done == shown[-1].total


def test_the_order_of_labels_changes_nothing(simulated):
    """A corpus whose labels come in another order has the same truth: columns are matched by name."""
    simulator, planned = simulated
    fresh = simulator.corpus(200, stream="truth")
    turned = Corpus(fresh.documents, tuple(reversed(fresh.labels)))
    assert fresh.label_matrix().tolist() != turned.label_matrix().tolist()
    assert truth(planned, fresh)[0] == truth(planned, turned)[0]


def test_a_comparison_that_cannot_be_run_has_no_truth_and_says_so(simulated):
    """A convex learner has no steps."""
    simulator, planned = simulated
    record = truth(planned, simulator.corpus(60, stream="truth"))[0]["faithful", f"{TREATMENT} - real+steps"]
    assert record["truth"] is None
    assert record["standard_error"] is None
    assert record["reason"]
    assert np.isfinite(record["n_runs"])


def test_the_truth_of_two_splits_is_their_score_and_their_difference(simulated):
    """Of documents that are there; what was never written has no truth, and says so."""
    simulator, planned = simulated
    fresh = simulator.corpus(400, stream="truth")
    executor, shown = SerialExecutor(), []

    def told(first, second):
        splits = {"a": GridPoint("faithful", *first), "b": GridPoint("faithful", *second)}
        load = planned.prepared.workload
        records = planted_splits(load, fresh, planned.study, splits, executor, shown.append, 2)
        return {record["split"]: record for record in records}

    found = told((50, 150), (50, 0))
    assert (found["a"]["n_real"], found["a"]["n_synthetic"], found["b"]["n_synthetic"]) == (50, 150, 0)
    assert found["a - b"]["truth"] == pytest.approx(found["a"]["truth"] - found["b"]["truth"])
    assert found["a - b"]["truth"] > 2 * found["a - b"]["standard_error"] > 0
    assert {record["n_runs"] for record in found.values()} == {2}
    # the same as the contrast of whole regimes, in the same runs
    whole, _ = truth(planned, fresh)
    assert found["a - b"]["truth"] == pytest.approx(whole["faithful", f"{TREATMENT} - real"]["truth"])
    absent = told((50, 151), (50, 0))
    assert absent["a"]["truth"] is None
    assert absent["a"]["reason"]
    assert absent["b"]["truth"] == found["b"]["truth"]
    assert absent["a - b"]["truth"] is None
