"""The audit of numerics: what full precision moves is in doubt, never ranked, and no verdict rests on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest

from synthlift.api import Options, carry_out, plan
from synthlift.corpus.columns import Columns
from synthlift.report import comparison_charts, plots
from synthlift.report.analysis import analyse
from synthlift.report.cells import best_generator, generator_contrasts
from synthlift.report.evidence import Evidence
from synthlift.report.html import render
from synthlift.report.mixing_chart import mixing_answer, mixing_chart
from synthlift.report.numerics import doubts
from synthlift.report.numerics_chart import moved_chart
from synthlift.report.summary import Numerics, Summary
from synthlift.report.tables import contrasts_table
from synthlift.run.folder import LEDGER
from synthlift.storage.ledger import Ledger, ScoreRow, TrialResult
from synthlift.study.input import Input
from synthlift.study.trials import Trial, reference_of, setting_of

CONDITIONS = ("real", "real+steps", "replicated", "replicated-matched", "placebo", "real+synthetic")
TREATMENT = "real+synthetic"
SAFE = {"precision": "fp32", "attention": "eager"}
FAST = {"precision": "bf16", "attention": "sdpa"}


@pytest.fixture(scope="module")
def audited(corpora: Any, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Audit a convex classifier, which has nothing to compare, with its settings named; four replicates."""
    out = tmp_path_factory.mktemp("numerics") / "run"
    given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
    settings: Mapping[str, Mapping[str, Any]] = {"linear": {}}
    planned = plan(
        given,
        Options(
            replicates=4, conditions=CONDITIONS, classifier_settings=settings, audit_numerics=True, regimes=("20",)
        ),
    )
    carry_out(planned, out)
    with Ledger.open(out / LEDGER) as ledger:
        return Evidence.load(ledger)


def is_safe(trial: Trial) -> bool:
    return trial.classifier == reference_of(setting_of(trial.classifier))


def in_full(evidence: Evidence, **instead: str) -> Evidence:
    """Give each condition the results in full precision that another condition has, by default its own."""
    results: dict[Trial, TrialResult] = {}
    by_place = {(t.condition, t.classifier, t.replicate): r for t, r in evidence.results.items()}
    for trial, result in evidence.results.items():
        own = by_place[instead.get(trial.condition, trial.condition), setting_of(trial.classifier), trial.replicate]
        if is_safe(trial):
            results[trial] = replace(own, key=result.key, spec=trial.spec, facts={**own.facts, **SAFE})
        else:
            results[trial] = replace(result, facts={**result.facts, **FAST})
    return replace(evidence, results=results)


def with_facts(evidence: Evidence, condition: str, **facts: Any) -> Evidence:
    """Let the trials of a condition, as requested, leave these facts."""
    results = {
        trial: replace(result, facts={**result.facts, **facts})
        if trial.condition == condition and not is_safe(trial)
        else result
        for trial, result in evidence.results.items()
    }
    return replace(evidence, results=results)


def predicting(evidence: Evidence, condition: str, replicate: int, column: int | None) -> Evidence:
    """Let one trial give every test document the label of this column, or none."""
    labels = np.zeros(evidence.truth.labels.shape, dtype=bool)
    if column is not None:
        labels[:, column] = True
    results = dict(evidence.results)
    for trial, result in evidence.results.items():
        if (trial.condition, trial.replicate, is_safe(trial)) == (condition, replicate, False):
            arrays = {**result.arrays, "predicted@tuned": np.packbits(labels, axis=1)}
            results[trial] = replace(result, arrays=arrays)
    return replace(evidence, results=results)


def found(summary: Summary, check: str) -> dict[str, Numerics]:
    return {record.condition: record for record in summary.numerics if record.check == check}


def scores(evidence: Evidence, condition: str) -> list[float]:
    arm = evidence.arm(evidence.primary, condition)
    values = [arm.value(replicate, "micro-F1@tuned") for replicate in arm.results]
    return [value for value in values if value is not None]


def codes(summary: Summary) -> dict[str, str]:
    return {warning.code: warning.message for warning in summary.warnings}


def text(page: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.decode()))


def test_what_is_computed_in_double_precision_is_not_compared(audited: Evidence) -> None:
    """Each audited condition that was run says so; nothing is flagged, and the verdict stands on its own."""
    summary = analyse(audited)
    moved = found(summary, "moved")
    assert list(moved) == ["real", "replicated", "replicated-matched", TREATMENT]
    for record in moved.values():
        assert (record.value, record.reference, record.flagged) == (None, None, False)
        assert "computed in double precision: nothing to compare" in (record.reason or "")
    assert "numerics" not in codes(summary)
    assert summary.verdict.outcome != "cannot-tell"
    page = text(render(summary))
    assert "compared with full precision: computed in double precision: nothing to compare" in page


def test_the_same_scores_in_full_precision_hold(audited: Evidence) -> None:
    """No difference is no doubt: the spread is that of all replicates, the comparison that of the audited ones."""
    plain, summary = analyse(audited), analyse(in_full(audited))
    for condition, record in found(summary, "moved").items():
        assert (record.value, record.n_replicates, record.flagged) == (0.0, 3, False)
        assert record.spread == pytest.approx(stdev(scores(audited, condition)), rel=1e-5)
        assert record.reference == pytest.approx(fmean(scores(audited, condition)[:3]), rel=1e-5)
    assert summary.verdicts == plain.verdicts


@pytest.mark.parametrize("condition", ["real", "replicated-matched", TREATMENT])
def test_a_verdict_that_rests_on_what_moves_cannot_tell(audited: Evidence, condition: str) -> None:
    """Start, control or treatment: the sentence says by how much it moves, from what to what, and the spread."""
    evidence = in_full(audited, **{condition: "placebo"})
    summary = analyse(evidence)
    record = found(summary, "moved")[condition]
    change = fmean(scores(evidence, condition)[:3]) - fmean(scores(evidence, "placebo")[:3])
    assert record.value == pytest.approx(change, rel=1e-5)
    assert record.flagged
    said = f"{condition} moves by {change:+.3f} in micro-F1@tuned from fp32 with eager attention to bf16 with sdpa "
    said += f"attention, more than the {record.spread:.3f} between its replicates"
    verdict = summary.verdict
    assert verdict.outcome == "cannot-tell"
    assert verdict.sentence == f"Cannot tell: {said}; run again in fp32 with eager attention."
    assert (verdict.value, verdict.against, verdict.settles_delta) == (None, None, None)
    assert said in codes(summary)["numerics"]
    assert f"Cannot tell: {said}" in text(render(summary))


def test_several_in_doubt_are_named(audited: Evidence) -> None:
    """The treatment comes first and in full, the others by their names."""
    summary = analyse(in_full(audited, **dict.fromkeys(("real", "replicated", TREATMENT), "placebo")))
    assert summary.verdict.sentence.startswith(f"Cannot tell: {TREATMENT} moves by +")
    assert "(real, replicated in doubt as well)" in summary.verdict.sentence


def test_less_than_the_spread_is_no_doubt(audited: Evidence) -> None:
    """A condition that moves by less than its replicates differ is left alone, whichever way it moves."""
    evidence = in_full(audited)
    record = found(analyse(evidence), "moved")["real"]
    for share, is_flagged in ((0.9, False), (-0.9, False), (1.1, True), (-1.1, True)):
        results = dict(evidence.results)
        for trial, result in evidence.results.items():
            if is_safe(trial) and trial.condition == "real":
                by = share * (record.spread or 0.0)
                rows = tuple(replace(s, value=(s.value or 0.0) - by) for s in result.scores)
                results[trial] = replace(result, scores=rows)
        moved = found(analyse(replace(evidence, results=results)), "moved")["real"]
        assert moved.value == pytest.approx(share * (record.spread or 0.0), rel=1e-4)
        assert moved.flagged is is_flagged


def test_one_replicate_in_full_precision_is_not_enough(audited: Evidence) -> None:
    """With one pair there is a difference and a reason, and no flag."""
    evidence = in_full(audited, real="placebo")
    results = {t: r for t, r in evidence.results.items() if not (is_safe(t) and t.replicate > 0)}
    summary = analyse(replace(evidence, results=results))
    record = found(summary, "moved")["real"]
    assert (record.n_replicates, record.flagged) == (1, False)
    assert record.value is not None
    assert "replicates in full precision: 1, expected at least 2" in (record.reason or "")
    page = text(render(summary))
    assert "No training set was compared with full precision: replicates in full precision: 1, expected" in page


def test_steps_that_were_not_finite_put_in_doubt_whoever_had_them(audited: Evidence) -> None:
    """They are counted over the replicates; a condition of the verdict takes it along, another does not."""
    summary = analyse(with_facts(audited, TREATMENT, n_nonfinite=2, n_steps=40))
    record = found(summary, "not-finite")[TREATMENT]
    assert (record.value, record.reference, record.n_replicates, record.flagged) == (8, 160, 4, True)
    said = f"8 of 160 steps of {TREATMENT} were not finite and were skipped"
    assert summary.verdict.sentence.startswith(f"Cannot tell: {said}")
    assert said in codes(summary)["numerics"]
    other = analyse(with_facts(audited, "placebo", n_nonfinite=1, n_steps=40))
    assert found(other, "not-finite")["placebo"].flagged
    assert other.verdict == analyse(audited).verdict
    assert found(analyse(with_facts(audited, TREATMENT, n_nonfinite=0, n_steps=40)), "not-finite") == {}


def test_a_flat_loss_is_told_and_not_flagged(audited: Evidence) -> None:
    """A loss that falls by less than 5 % is that of a model that has learnt little; the verdict stands."""
    summary = analyse(with_facts(audited, "real", loss_first=0.5, loss_last=0.476))
    record = found(summary, "flat-loss")["real"]
    assert (record.value, record.reference, record.flagged) == (4, 4, False)
    assert "linear, regime 20: in some replicate of real the training loss hardly fell" in codes(summary)["flat-loss"]
    assert summary.verdict == analyse(audited).verdict
    assert found(analyse(with_facts(audited, "real", loss_first=0.5, loss_last=0.474)), "flat-loss") == {}
    assert "Do the numbers survive" in text(render(summary))


def test_constant_and_empty_predictions_are_told(audited: Evidence) -> None:
    """In any replicate, of any classifier; none and the same some are two things, and wrong labels are no warning."""
    assert not {"all-empty", "constant"} & {record.check for record in analyse(audited).numerics}
    changed = predicting(predicting(audited, "real", 1, None), TREATMENT, 2, 0)
    summary = analyse(changed)
    empty, constant = found(summary, "all-empty"), found(summary, "constant")
    assert {name: (r.value, r.reference) for name, r in empty.items()} == {"real": (1, 4)}
    assert {name: (r.value, r.reference) for name, r in constant.items()} == {TREATMENT: (1, 4)}
    assert not any(record.flagged for record in summary.numerics)
    assert f"in some replicate of real, {TREATMENT} all test" in codes(summary)["constant-predictions"]
    assert "constant-predictions" not in codes(analyse(predicting(audited, "placebo", 0, 0)))


def records(value: Any) -> Iterator[dict[str, Any]]:
    for record in value:
        yield record.model_dump()


def test_every_null_of_a_check_has_its_reason(audited: Evidence) -> None:
    """Whatever is null says why."""
    changed = with_facts(in_full(audited, real="placebo"), "real", n_nonfinite=1, n_steps=9, loss_first=1, loss_last=1)
    for summary in (analyse(audited), analyse(predicting(changed, "real", 0, 1))):
        assert summary.numerics
        for record in records(summary.numerics):
            nulls = [name for name in ("value", "reference", "spread", "n_synthetic") if record[name] is None]
            assert not nulls or record["reason"], record


def flagged(summary: Summary, condition: str, **place: Any) -> Summary:
    """Put a condition in doubt."""
    record = next(r for r in summary.numerics if r.flagged)
    where = {"generator": summary.verdict.generator, "classifier": "linear", **place}
    doubted = record.model_copy(update={**where, "condition": condition})
    return summary.model_copy(update={"numerics": [*summary.numerics, doubted]})


def test_what_is_in_doubt_comes_last_among_generators(clear: Summary) -> None:
    """The best in score is not called the best; it stands last, marked."""
    first = generator_contrasts(clear)[0]
    assert best_generator(clear) == first
    summary = flagged(clear, TREATMENT, generator=first.generator)
    ordered = generator_contrasts(summary)
    assert ordered[-1] == first
    assert best_generator(summary) == ordered[0]
    chart = comparison_charts.generators_chart(summary)
    assert chart is not None
    assert chart.rows[-1][-1] == "in doubt"
    assert "The largest gain here is that of llama-3.1-8b" in text(render(summary))


def test_what_is_in_doubt_is_marked_among_training_sets(clear: Summary) -> None:
    """In the chart and in the table of contrasts; it is not called the best of the controls."""
    plain = plots.conditions_chart(clear)
    summary = flagged(clear, "replicated-matched")
    chart = plots.conditions_chart(summary)
    assert plain is not None
    assert chart is not None
    assert "the best of its controls, replicated-matched" in plain.title
    assert "the best of its controls, replicated," in chart.title
    notes = {row[0]: row[-1] for row in chart.rows}
    assert notes["replicated-matched"] == "in doubt"
    contrasts = {row[0]: row[-1] for row in contrasts_table(summary).rows}
    assert contrasts["replicated-matched"] == "in doubt"
    assert contrasts["replicated"] != "in doubt"
    ladder = plots.ladder_chart(summary)
    assert ladder is not None
    assert ladder.title == "The gain in parts, some of which are in doubt"


def test_section_stands_only_where_something_was_audited_or_is_in_doubt(clear: Summary) -> None:
    """Its chart names what moves; symptoms alone are left to the warnings and to the list of all numbers."""
    page = text(render(clear))
    chart = moved_chart(clear)
    assert chart is not None
    assert chart.title == "What moves by more than its replicates differ: real+synthetic"
    assert chart.title in page
    assert "12 of 990 steps" in page
    symptoms = [record for record in clear.numerics if record.check == "flat-loss"]
    assert symptoms
    quiet = text(render(clear.model_copy(update={"numerics": symptoms})))
    assert "Do the numbers survive full precision?" not in quiet
    assert "Checks of the numerics" in quiet
    assert "Checks of the numerics" not in text(render(clear.model_copy(update={"numerics": []})))


def test_a_mixing_in_doubt_is_not_ranked(clear: Summary) -> None:
    """It is named apart from those that do better or worse, and marked; a doubted treatment leaves nothing to say."""
    assert "better than shuffling: ensemble" in mixing_answer(clear)
    summary = flagged(clear, "ensemble")
    answer = mixing_answer(summary)
    assert "better than shuffling: none; worse: filtered" in answer
    assert answer.endswith("In doubt, so not ranked: ensemble.")
    chart = mixing_chart(summary)
    assert chart is not None
    assert {row[0]: row[-1] for row in chart.rows}["ensemble"] == "in doubt"
    assert "filtered: 0.531 · \N{MINUS SIGN}0.029 [" in chart.description
    assert "ensemble: 0.571 · +0.011 in doubt" in chart.description
    assert mixing_answer(flagged(clear, TREATMENT)).startswith(
        "This run cannot tell: the numbers that it would rest on"
    )


def test_gains_of_labels_are_in_doubt_with_their_training_sets(clear: Summary) -> None:
    """The sentence that counts them says so, and where to read on."""
    said = "In doubt , as its training sets are: see Precision"
    assert said not in text(render(clear))
    assert said in text(render(flagged(clear, "replicated-matched")))


def share_flagged(evidence: Evidence, redrawn: float, shift: float = 0.0, n: int = 250) -> float:
    """Return how often a condition is flagged whose scores vary by seed with standard deviation 1.

    Of that variance arithmetic draws the share `redrawn` anew, so that a pair with one seed differs in it; `shift` is
    what it adds to every score besides.
    """
    rng = np.random.default_rng(0)
    compared = {t: r for t, r in in_full(evidence).results.items() if t.condition in CONDITIONS and r.status == "done"}
    n_flagged, n_conditions = 0, len({t.condition for t in compared if is_safe(t)})
    for _ in range(n):
        seeds = rng.normal(scale=(1.0 - redrawn) ** 0.5, size=(len(CONDITIONS), evidence.study.replicates))
        results = {}
        for trial, result in compared.items():
            value = seeds[CONDITIONS.index(trial.condition), trial.replicate] + rng.normal(scale=redrawn**0.5)
            score = ScoreRow("micro-F1@tuned", None, value + (0.0 if is_safe(trial) else shift), None)
            results[trial] = replace(result, scores=(score,))
        n_flagged += len(doubts(replace(evidence, results=results), evidence.primary))
    return n_flagged / (n * n_conditions)


def test_seed_noise_alone_is_seldom_flagged_and_a_broken_condition_nearly_always(audited: Evidence) -> None:
    """Pairs share their seeds, so noise cancels but for what arithmetic draws anew; four replicates, three pairs.

    Where it draws all of it anew, so that a pair is no more alike than two seeds, three flags in ten are false: the
    rule errs on the side of doubt.
    """
    assert share_flagged(audited, 0.01) < 0.01
    assert share_flagged(audited, 0.1) == pytest.approx(0.03, abs=0.02)
    assert share_flagged(audited, 1.0) == pytest.approx(0.31, abs=0.04)
    assert share_flagged(audited, 0.1, shift=3.0) > 0.95
