"""Does likeness foretell the gain? Correlations over generators, from planted distances and real trials."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import f1_score

from synthlift.api import Options, carry_out, plan
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.fidelity_gain import fidelity_gains, fidelity_shifts
from synthlift.storage.ledger import Ledger
from synthlift.study.catalog import MEASUREMENTS
from synthlift.study.halves import second_half
from synthlift.study.input import Input

NAMES = ("ant / ask", "ant / rephrase", "bee / ask", "bee / rephrase", "cat / ask", "cat / rephrase")
DISTANCES = (0.03, 0.11, 0.05, 0.07, 0.02, 0.09)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory, tiny, write_corpora):
    """Run six generators in two regimes, without measuring their texts."""
    folder = tmp_path_factory.mktemp("six")
    real, synthetic = tiny(n_real=60, n_synthetic=180)
    for row, name in zip(synthetic, NAMES * 30, strict=True):
        row["generator"], row["mode"] = name.split(" / ")
    files = write_corpora(folder, real, synthetic)
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(MEASUREMENTS, "fidelity")
        planned = plan(
            Input(files.real, files.synthetic, by="generator,mode"),
            Options(regimes=("all", "20"), replicates=2, conditions=("real", "replicated", "real+synthetic")),
        )
        carry_out(planned, folder / "run")
    with Ledger.open_readonly(folder / "run" / "ledger.db") as ledger:
        return Evidence.load(ledger)


def measured(evidence, distances, **further):
    """Plant a distance for each generator, or one for each half."""
    found = {}
    for name, of_name in zip(evidence.study.generators, distances, strict=True):
        record = {"measure": "MMD^2", "representation": "LSA of words", "label_set": None, "generator": name, **further}
        if isinstance(of_name, float):
            records = [record | {"value": of_name}]
        else:
            records = [record | {"value": value, "half": half} for half, value in enumerate(of_name)]
        found["fidelity", name] = {"records": records, "reason": None}
    return replace(evidence, measurements=found)


def gains(evidence, regime, control):
    """Return the gain of each generator over a control."""
    cells = [CellKey(name, "linear", regime) for name in evidence.study.generators]
    metric = evidence.study.primary.metric
    return [evidence.contrast(cell, metric, "real+synthetic", control).estimate.value for cell in cells]


def test_it_is_the_correlation_of_distances_and_gains(evidence):
    """Net over `replicated` and raw over `real`, in each regime; models are the first of the columns that name."""
    assert set(evidence.study.generators) == set(NAMES)
    found = list(fidelity_gains(measured(evidence, DISTANCES)))
    assert [(r.regime, r.gain) for r in found] == [("all", "net"), ("all", "raw"), ("20", "net"), ("20", "raw")]
    for record in found:
        y = gains(evidence, record.regime, {"net": "replicated", "raw": "real"}[record.gain])
        assert record.pearson == pytest.approx(np.corrcoef(DISTANCES, y)[0, 1], rel=1e-5)
        assert (record.n_generators, record.n_models, record.halves) == (6, 3, False)
        assert record.low is None
        assert "3 models" in record.reason
        assert record.without_low <= record.without_high
        assert record.fisher_low < record.pearson < record.fisher_high


def test_halves_take_distance_and_gain_from_different_documents(evidence):
    """With a distance for each half of the test documents the gain is that on the other half."""
    distances = [(a, b) for a, b in pairwise((*DISTANCES, 0.06))]
    (found,) = [r for r in fidelity_gains(measured(evidence, distances)) if (r.regime, r.gain) == ("all", "net")]
    truth, is_second = evidence.truth, second_half(0, evidence.truth.n_groups)[evidence.truth.group]
    x, y = [], []
    for half in (False, True):
        rows = is_second != half  # the other one
        own = []
        for name in evidence.study.generators:
            arms = [evidence.arm(CellKey(name, "linear", "all"), each) for each in ("real+synthetic", "replicated")]
            f1 = [
                [f1_score(truth.labels[rows], arm.predicted(r, "tuned")[rows], average="micro") for r in (0, 1)]
                for arm in arms
            ]
            own.append(np.mean(f1[0]) - np.mean(f1[1]))
        y.append(np.array(own) - np.mean(own))
        x.append(np.array([pair[int(half)] for pair in distances]) - np.mean([pair[int(half)] for pair in distances]))
    assert found.halves
    assert found.pearson == pytest.approx(np.corrcoef(np.concatenate(x), np.concatenate(y))[0, 1], rel=1e-5)
    assert found.n_generators == 6


def test_regimes_are_compared_as_overlapping(evidence):
    """The difference of the two correlations, with the interval that knows that generators are shared."""
    planted = measured(evidence, DISTANCES)
    net, _ = fidelity_shifts(planted)
    of_regime = {r.regime: r.pearson for r in fidelity_gains(planted) if r.gain == "net"}
    assert net.difference == pytest.approx(of_regime["all"] - of_regime["20"], abs=1e-5)
    assert net.low < net.difference < net.high
    assert net.independent_low < net.difference < net.independent_high
    assert "by model: 3 models" in net.reason


def test_generators_without_a_distance_are_no_points(evidence):
    """Three points are too few for an interval and get none, nor a correlation; distances that are equal neither."""
    few = measured(evidence, DISTANCES)
    kept = {key: value for key, value in few.measurements.items() if key[1] in NAMES[:3]}
    record = next(fidelity_gains(replace(few, measurements=kept)))
    assert record.pearson is None
    assert record.reason == "3 points, Fisher's z needs at least 4"
    record = next(fidelity_gains(measured(evidence, (0.05,) * 6)))
    assert record.pearson is None
    assert record.reason == "a variable does not vary"


def test_one_generator_or_no_measurement_has_no_records(evidence):
    """There is nothing to correlate."""
    assert list(fidelity_gains(evidence)) == []
    assert list(fidelity_shifts(evidence)) == []
