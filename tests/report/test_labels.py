"""Per-label lift on a simulated run: scikit-learn's F1 of the stored predictions, pooled, adjusted, and explained."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import f1_score

from synthlift.api import Options, plan
from synthlift.corpus.columns import Columns
from synthlift.metrics.scores import thresholded_scores
from synthlift.report.arms import Truth
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.labels import CONTROL, FEWEST_POSITIVES, label_counts, label_lifts
from synthlift.report.summary import LabelLift
from synthlift.run.executors.serial import SerialExecutor
from synthlift.run.folder import claim, enter
from synthlift.run.runner import run_trials
from synthlift.stats.multiplicity import benjamini_hochberg
from synthlift.stats.shrinkage import shrink
from synthlift.stats.two_way import two_way
from synthlift.storage.ledger import Ledger
from synthlift.study.catalog import TREATMENT
from synthlift.study.input import Input

REPLICATES = 2


@pytest.fixture(scope="module")
def evidence(tmp_path_factory, simulated_files) -> Evidence:
    """Run treatment and control of the simulated writer, and read the ledger back."""
    given = Input(*simulated_files, columns=Columns(split="split"), by="generator")
    planned = plan(given, Options(replicates=REPLICATES))
    wanted = [
        trial for trial in planned.trials if trial.condition in (TREATMENT, CONTROL) and trial.generator == "writer"
    ]
    out = tmp_path_factory.mktemp("labels") / "run"
    enter(out)
    with Ledger.open(out / "ledger.db") as ledger:
        claim(ledger, planned.study, planned.prepared, planned.n_real)
        run_trials(ledger, planned.prepared.workload, wanted, SerialExecutor(), lambda _: None)
        return Evidence.load(ledger)


@pytest.fixture(scope="module")
def cell(evidence) -> CellKey:
    """Name the cell that was run."""
    (classifier,), (regime,) = evidence.study.classifiers, evidence.study.regimes
    return CellKey("writer", classifier, regime)


@pytest.fixture(scope="module")
def lifts(evidence, cell) -> list[LabelLift]:
    """Give the records of that cell."""
    return list(label_lifts(evidence, cell))


def f1_by_label(evidence, cell, condition, replicate):
    """Return each label's F1 by scikit-learn, from the predictions in the ledger."""
    predicted = evidence.arm(cell, condition).predicted(replicate, "tuned")
    return f1_score(evidence.truth.labels, predicted, average=None, zero_division=0.0)


def test_values_are_the_mean_differences_of_scikit_learns_f1(evidence, cell, lifts):
    """A label's value is the mean over replicates of treatment minus control, to the six digits that are printed."""
    arms = [[f1_by_label(evidence, cell, arm, r) for r in range(REPLICATES)] for arm in (TREATMENT, CONTROL)]
    difference = np.mean(np.subtract(*arms), axis=0)
    told = [(lift, difference[index]) for index, lift in enumerate(lifts) if lift.value is not None]
    assert len(told) >= 5
    for lift, expected in told:
        assert lift.value == pytest.approx(expected, rel=1e-5, abs=1e-12)
    assert any(abs(lift.value) > 0.01 for lift, _ in told)


def test_every_label_has_one_record_with_its_supports(evidence, lifts):
    """Records follow the label order; supports are the counts in the files' train and test parts."""
    assert [lift.label for lift in lifts] == list(evidence.facts.labels)
    assert [lift.support_test for lift in lifts] == evidence.truth.labels.sum(axis=0).tolist()
    assert [lift.support_train for lift in lifts] == list(evidence.facts.support_train)
    assert {lift.contrast for lift in lifts} == {f"{TREATMENT} - {CONTROL}"}


def test_under_ten_positives_only_counts_are_given(lifts):
    """A label has numbers, all of them, or a reason that says how many positives there are."""
    rare = [lift for lift in lifts if lift.support_test < FEWEST_POSITIVES]
    assert rare
    for lift in lifts:
        numbers = [lift.value, lift.shrunk, lift.low, lift.high, lift.p, lift.q]
        if lift.support_test >= 10:
            assert None not in numbers
            assert lift.reason is None
        else:
            assert numbers == [None] * 6
            assert lift.reason.startswith(f"{lift.support_test} positive test documents, expected at least 10")


def test_variances_come_from_documents_and_replicates(evidence, cell, lifts):
    """Intervals, p and q follow from scikit-learn's F1 and from its numerical slope in each group's weight."""
    chosen = [index for index, lift in enumerate(lifts) if lift.value is not None]
    group, step = evidence.truth.group, 1e-4
    values, influence = np.zeros((REPLICATES, len(chosen))), np.zeros((REPLICATES, group.max() + 1, len(chosen)))

    def weighted_f1(condition, replicate, weight):
        predicted = evidence.arm(cell, condition).predicted(replicate, "tuned")
        return f1_score(evidence.truth.labels, predicted, average=None, sample_weight=weight)[chosen]

    for replicate in range(REPLICATES):
        for sign, condition in ((1, TREATMENT), (-1, CONTROL)):
            values[replicate] += sign * weighted_f1(condition, replicate, None)
            for one in range(group.max() + 1):
                up, down = (weighted_f1(condition, replicate, np.where(group == one, 1 + e, 1)) for e in (step, -step))
                influence[replicate, one] += sign * (up - down) / (2 * step)
    estimates = [two_way(values[:, i], influence[:, :, i]) for i in range(len(chosen))]
    p = np.array([estimate.p for estimate in estimates])
    pooled = shrink(values.mean(axis=0), np.array([estimate.variance for estimate in estimates]))
    for position, index in enumerate(chosen):
        assert lifts[index].p == pytest.approx(p[position], rel=1e-3)
        assert lifts[index].q == pytest.approx(benjamini_hochberg(p)[position], rel=1e-3)
        assert lifts[index].shrunk == pytest.approx(pooled.value[position], rel=1e-3, abs=1e-6)
        assert lifts[index].low == pytest.approx(pooled.low[position], rel=1e-3, abs=1e-6)
        assert lifts[index].high == pytest.approx(pooled.high[position], rel=1e-3, abs=1e-6)


def test_pooling_draws_labels_together(lifts):
    """Shrunk values are less spread than raw ones, and lie within their intervals."""
    told = [lift for lift in lifts if lift.value is not None]
    assert np.ptp([lift.shrunk for lift in told]) < np.ptp([lift.value for lift in told])
    assert all(lift.low < lift.shrunk < lift.high for lift in told)


def test_a_cell_that_did_not_run_says_so(evidence, cell):
    """Without trials of the generator each label carries the reason, rare or not."""
    for lift in label_lifts(evidence, dataclasses.replace(cell, generator="parrot")):
        assert lift.value is None
        assert lift.reason == f"{TREATMENT}: not run yet"


def test_one_test_group_is_the_reason_where_it_is(evidence, cell):
    """Labels with enough positives are not said to have too few when it is the groups that are."""
    facts = dataclasses.replace(evidence.facts, n_test_groups=1)
    alone = dataclasses.replace(evidence, facts=facts)
    for lift in label_lifts(alone, cell):
        few = lift.support_test < FEWEST_POSITIVES
        assert ("positive test documents" in lift.reason) == few
        assert few or "one test group" in lift.reason


def test_no_common_replicate_is_the_reason_where_it_is(evidence, cell):
    """Where the arms finished in different replicates there is no difference to take, and it is said."""
    results = {
        trial: result
        for trial, result in evidence.results.items()
        if (trial.condition == TREATMENT) == (trial.replicate == 0)
    }
    apart = dataclasses.replace(evidence, results=results)
    reasons = {lift.reason for lift in label_lifts(apart, cell) if lift.support_test >= FEWEST_POSITIVES}
    assert reasons == {f"{TREATMENT} and {CONTROL} have no replicate in common"}


def test_influences_of_an_arm_are_those_of_its_predictions(evidence, cell):
    """What an arm computes from packed predictions is what the scores say, and values are those in the ledger."""
    arm = evidence.arm(cell, TREATMENT)
    for threshold in ("tuned", "per-label", "fixed"):
        predicted = arm.predicted(1, threshold)
        assert predicted.shape == evidence.truth.labels.shape
        for name, score in thresholded_scores(predicted, evidence.truth.labels, evidence.truth.group).items():
            assert arm.value(1, f"{name}@{threshold}") == pytest.approx(score.value)
            assert arm.influence(1, f"{name}@{threshold}") == pytest.approx(score.influence)
    for name in ("mAP", "LRAP", "Brier"):
        influence = arm.influence(1, name)
        assert influence.shape == (evidence.facts.n_test_groups,)
        assert influence.sum() == pytest.approx(0.0, abs=1e-6)
        assert np.abs(influence).max() > 0
    assert arm.value(0, "no such metric") is None


def test_truth_reads_back_what_the_workload_wrote():
    """Label columns and groups become the label matrix, documents without labels included."""
    truth = Truth.from_json({"labels": [[0, 2], [], [1]], "group": [0, 1, 1]}, 3)
    assert truth.labels.astype(int).tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]
    assert truth.group.tolist() == [0, 1, 1]


def test_labels_are_counted_by_sign_and_level_and_the_rare_apart(lifts):
    """At q below the level a label gains or loses; the rest is unclear, and under ten positives too rare."""
    known = [lift for lift in lifts if lift.value is not None]
    lift = known[0]
    made = [
        lift.model_copy(update={"value": value, "q": q, "support_test": support})
        for value, q, support in (
            (0.2, 0.01, 50), (0.1, 0.049, 50), (-0.1, 0.02, 50), (0.3, 0.05, 50), (-0.3, 0.8, 10), (None, None, 9),
        )
    ]  # fmt: skip
    counts = label_counts(made)
    assert (counts.n_labels, counts.n_estimated, counts.n_gaining, counts.n_losing, counts.n_too_rare) == (
        6,
        5,
        2,
        1,
        1,
    )
    assert (counts.alpha, counts.fewest_test_positives) == (0.05, FEWEST_POSITIVES)
    assert (counts.generator, counts.classifier, counts.contrast) == ("writer", lift.classifier, lift.contrast)
    assert label_counts(lifts).n_estimated == len(known)
