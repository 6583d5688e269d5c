"""Two runs side by side: a change computed by hand, and every reason for an interval that is not there."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from synthlift.report.arms import Truth
from synthlift.report.comparison import Side, compare
from synthlift.report.comparison_page import gains_chart, render_comparison
from synthlift.report.evidence import Evidence
from synthlift.report.publish import json_bytes
from synthlift.storage.ledger import Ledger, ScoreRow, TrialResult
from synthlift.study.config import Study
from synthlift.study.facts import Facts, VolumeFacts
from synthlift.study.trials import expand

CONDITIONS = ("real", "replicated", "replicated-matched", "real+synthetic")
METRIC = "micro-F1@tuned"
IDENTITY = {"real data": "a" * 64, "test data": "b" * 64, "columns": {"text": "text"}, "seed": 0, "method version": "1"}
# by condition, the score of each replicate; the influence of the first of two test groups is a fifth of it
NOW = {"real": (0.4, 0.4), "replicated": (0.45, 0.45), "replicated-matched": (0.42, 0.42), "real+synthetic": (0.5, 0.7)}
THEN = {**NOW, "real+synthetic": (0.5, 0.5)}


def _side(scores: dict[str, tuple[float, ...]], generators: tuple[str, ...] = ("g",), **identity: object) -> Side:
    """Make a run of two replicates, two test documents and two labels."""
    seed = identity.get("seed", 0)
    n = len(scores["real"])
    study = Study(generators=generators, conditions=CONDITIONS, replicates=n, seed=seed)
    facts = Facts(
        9, 0, 0, 2, 2, ["x", "y"], [5, 4], [1, 1], True, {}, "a file", [], 0.0,
        {name: VolumeFacts(20, 18, 18, 0, 0, {}) for name in generators},
    )  # fmt: skip
    results = {}
    for trial in expand(study, {"all": 9}):
        score = scores[trial.condition][trial.replicate]
        packed = np.packbits(np.array([[score > 0.4, 0], [0, 1]], dtype=bool), axis=1)
        arrays = {METRIC: np.array([score / 5, -score / 5]), "predicted@tuned": packed}
        rows, facts_of = (ScoreRow(METRIC, None, score, None),), {"n_added": 18}
        results[trial] = TrialResult(trial.name, trial.name, trial.spec, "done", None, rows, arrays, facts_of)
    truth = Truth(np.eye(2, dtype=bool), np.arange(2))
    evidence = Evidence(study, facts, {}, {"all": 9}, truth, [], [], [], results, tuple(results.values()))
    return Side(evidence, {**IDENTITY, **identity}, {}, {})


def test_a_change_by_hand():
    """Differences 0 and 0.2, the influence of a group 0 and 0.04: V_r 0.01, V_d 0.0016, V_i 0.0016.

    V = V_r + V_d - V_i = 0.01, with 0.0001 / (0.0016**2 + 0.01**2) degrees of freedom.
    """
    comparison = compare(_side(NOW), _side(THEN))
    change = comparison.cells[0].changes[0]
    assert (change.over, change.now.value, change.then.value) == ("real", 0.2, 0.1)
    reach = stats.t.ppf(0.975, 0.0001 / (0.0016**2 + 0.01**2)) * 0.1
    assert change.difference == pytest.approx(0.1, rel=1e-5)
    assert (change.low, change.high) == pytest.approx((0.1 - reach, 0.1 + reach), rel=1e-5)
    assert change.reason is None
    assert comparison.metric == METRIC
    assert not comparison.same


def test_the_hardest_control_is_the_one_gained_least_over():
    """Over replicated the gain is 0.15, over replicated-matched 0.18; where another is the hardest, it is told."""
    change = compare(_side(NOW), _side(THEN)).cells[0].changes[1]
    assert (change.now.control, change.now.value, change.then.value) == ("replicated", 0.15, 0.05)
    assert change.low is not None
    other = compare(_side(NOW), _side({**NOW, "replicated-matched": (0.48, 0.48)})).cells[0].changes[1]
    assert (other.then.control, other.then.value, other.difference) == ("replicated-matched", 0.12, 0.03)
    assert other.low is other.high is None
    assert other.reason == "no interval: another control is the hardest: replicated-matched, now replicated"


def _other_truth(side: Side) -> Side:
    truth = replace(side.evidence.truth, labels=~side.evidence.truth.labels)
    return replace(side, evidence=replace(side.evidence, truth=truth))


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        (_side(THEN, seed=1), "another seed"),
        (_side({name: (*both, both[0]) for name, both in THEN.items()}), "other replicates"),
        (_side(THEN, **{"test data": "c" * 64}), "other test documents"),
        (_side(THEN, **{"test data": None}), "other test documents"),
        (_other_truth(_side(THEN)), "other test documents"),
        (_side(THEN, **{"method version": "0"}), "another version of the method"),
        (_side({**NOW, "real+synthetic": (0.6, 0.8)}), None),
    ],
    ids=["seed", "replicates", "test file", "no test file", "labels", "method", "none"],
)
def test_no_interval_where_the_runs_are_not_paired(then, reason):
    """The difference is given, and the reason why it has no interval."""
    change = compare(_side(NOW), then).cells[0].changes[0]
    assert change.difference is not None
    if reason is None:
        assert change.low is not None
    else:
        assert change.low is change.high is None
        assert change.reason == f"no interval: {reason}"


@pytest.mark.parametrize(("field", "reason"), [("real data", "other test documents"), ("seeds", None)])
def test_without_a_test_file_the_real_file_says_which_documents_are_tested(field, reason):
    """Labels and groups that are equal by chance pair nothing where they come of another file."""
    none = {"test data": None}
    change = compare(_side(NOW, **none), _side(THEN, **none, **{field: "d" * 64})).cells[0].changes[0]
    assert change.reason == (reason and f"no interval: {reason}")


def test_what_differs_is_named():
    """Settings of the input are named one by one, a hash by its beginning, and counts as they are."""
    then = _side(THEN, generators=("g", "h"), **{"real data": "d" * 64, "columns": {"text": "abstract"}})
    comparison = compare(_side(NOW), then)
    told = {each.field: (each.then, each.now) for each in comparison.differences}
    assert told == {
        "real data": ("dddddddddddd…", "aaaaaaaaaaaa…"),
        "columns.text": ("abstract", "text"),
        "generators": ("g, h", "g"),
        "kept texts of h": ("18", "none"),
        "trials done": ("14", "8"),
    }
    assert comparison.only_then == ["h, linear, all"]
    assert comparison.only_now == []
    assert [cell.generator for cell in comparison.cells] == ["g"]


def test_no_cell_in_common():
    """Runs of other generators have nothing to compare, and the page says so too."""
    comparison = compare(_side(NOW), _side(THEN, generators=("h",)))
    assert comparison.cells == []
    assert comparison.reason == "the two runs have no generator, classifier and regime in common"
    assert gains_chart(comparison) is None
    assert comparison.reason.encode() in render_comparison(comparison)


def test_a_gain_that_one_run_lacks():
    """Where the treatment was not run there is no difference, and the reason is that of the run that lacks it."""
    side = _side(THEN)
    kept = {trial: each for trial, each in side.evidence.results.items() if trial.condition != "real+synthetic"}
    cell = compare(_side(NOW), replace(side, evidence=replace(side.evidence, results=kept))).cells[0]
    assert cell.outcome_then == "cannot-tell"
    for change in cell.changes:
        assert (change.then.value, change.difference, change.low) == (None, None, None)
        assert "not run yet" in change.reason
        assert change.now.value is not None


def _load(folder) -> Side:
    with Ledger.open_readonly(folder / "ledger.db") as ledger:
        return Side.load(ledger)


def test_a_run_and_itself(finished, tmp_path):
    """A run is the same as itself and as its copy, and each gain changes by 0 [0, 0]."""
    copy = shutil.copytree(finished, tmp_path / "copy")
    comparison = compare(_load(finished), _load(copy))
    assert comparison.same
    assert comparison.differences == []
    assert comparison.cells
    for change in comparison.cells[0].changes:
        assert (change.difference, change.low, change.high) == (0.0, 0.0, 0.0)


def test_two_audits_with_other_texts(finished, tmp_path, warm, tiny, write_corpora):
    """Gains and verdicts are those of the two summaries, and texts are what differs."""
    real, synthetic = tiny()
    out = tmp_path / "run"
    files = write_corpora(tmp_path / "in", real, synthetic[:20])
    assert warm(*files.audit(out), plain=True).returncode == 0
    comparison = compare(_load(out), _load(finished))
    assert next(each.field for each in comparison.differences) == "synthetic data"
    change = comparison.cells[0].changes[0]
    assert change.low <= change.difference <= change.high
    for folder, gain, outcome in (
        (out, change.now, comparison.cells[0].outcome_now),
        (finished, change.then, comparison.cells[0].outcome_then),
    ):
        summary = _summary(folder)
        contrast = {"contrast": "real+synthetic - real", "metric": "micro-F1", "threshold": "tuned"}
        (told,) = [e for e in summary["estimates"] if contrast.items() <= e.items()]
        assert (gain.value, gain.low, gain.high) == (told["value"], told["low"], told["high"])
        assert outcome == summary["verdict"]["outcome"]


def _summary(folder):
    return json.loads((folder / "summary.json").read_text())


def test_hostile_names_are_inert():
    """Markup and terminal codes in the name of a generator reach neither page nor JSON as what they are."""
    name = "</style><script>alert(1)</script>\x1b[31m\u202e"
    comparison = compare(_side(NOW, generators=(name,)), _side(THEN, generators=(name,)))
    page = render_comparison(comparison).decode()
    assert "<script>alert" not in page
    assert page.count("<script>") == 1
    assert "\x1b" not in page + json_bytes(comparison).decode()
    assert "\u202e" not in page + json_bytes(comparison).decode()


def test_the_chart_has_both_gains():
    """Each cell has a row for then and one for now, with its interval, and a table with the difference."""
    comparison = compare(_side(NOW), _side(THEN))
    chart = gains_chart(comparison)
    then, now = comparison.cells[0].changes[0].then, comparison.cells[0].changes[0].now
    assert f"+{then.value:.3f} [" in chart.description
    assert f"now: +{now.value:.3f} [" in chart.description
    assert chart.rows[0][:3] == ("g · linear · all", "real", "+0.100")
    assert chart.rows[1][1] == "hardest control (replicated)"
    assert render_comparison(comparison) == render_comparison(comparison)
