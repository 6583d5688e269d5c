"""Ways of mixing, in the summary and on the page: beside the treatment, and out of the way of the verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthlift.api import carry_out
from synthlift.corpus.columns import Columns
from synthlift.metrics.metric import ALL
from synthlift.report.html import render
from synthlift.report.mixing_chart import mixing_answer, mixing_chart, mixing_table, mixing_ways
from synthlift.report.summary import Summary
from synthlift.report.wording import CONDITIONS
from synthlift.study.catalog import MIXINGS
from synthlift.study.input import Input
from synthlift.study.plan import Options, plan_prepared
from synthlift.study.preparation import prepare

BESIDE = ("real", "replicated", "replicated-matched", "real+synthetic")
Audit = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def audit(corpora: Any, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """Give an audit of the tiny corpus in these conditions, three replicates: its summary, as a program reads it."""

    def run(*conditions: str) -> dict[str, Any]:
        prepared = prepare(Input(corpora.real, corpora.synthetic, columns=Columns(split="split")), 0)
        out: Path = tmp_path_factory.mktemp("run") / "run"
        carry_out(plan_prepared(prepared, Options(replicates=3, conditions=conditions)), out)
        read: dict[str, Any] = json.loads((out / "summary.json").read_text())
        return read

    return run


@pytest.fixture(scope="module")
def mixed(audit: Audit) -> dict[str, Any]:
    """Give the summary of a run with all mixings."""
    return audit(*BESIDE, *MIXINGS)


def of_metric(summary: dict[str, Any], metric: str, threshold: str | None) -> dict[str, dict[str, Any]]:
    return {r["mixing"]: r for r in summary["mixing"] if (r["metric"], r["threshold"]) == (metric, threshold)}


def test_mixings_change_nothing_else(audit: Audit, mixed: dict[str, Any]) -> None:
    """With them or without, every other record is the same: verdict, contrasts, their correction, scores, parts."""
    without = audit(*BESIDE)
    assert without["mixing"] == []
    apart = {"mixing", "method"}  # the configuration has another hash
    assert {k: v for k, v in mixed.items() if k not in apart} == {k: v for k, v in without.items() if k not in apart}


def test_every_mixing_has_score_and_difference_at_every_metric(mixed: dict[str, Any]) -> None:
    """The treatment first, called shuffled, then the mixings; the difference is that of the scores."""
    for metric in ALL:
        found = of_metric(mixed, metric.name, metric.threshold)
        assert list(found) == ["shuffled", *MIXINGS]
        base = found["shuffled"]
        [score] = [
            s for s in mixed["scores"]
            if (s["condition"], s["metric"], s["threshold"]) == ("real+synthetic", metric.name, metric.threshold)
        ]  # fmt: skip
        assert (base["score"], base["low"], base["high"]) == (score["mean"], score["low"], score["high"])
        for record in (r for r in found.values() if r["difference"] is not None):
            assert record["difference"] == pytest.approx(record["score"] - base["score"], abs=2e-5)
            assert record["difference_low"] <= record["difference"] <= record["difference_high"]


def test_q_is_holms_over_the_mixings_alone(mixed: dict[str, Any]) -> None:
    """Step by step: the k-th smallest of n p-values times n - k + 1, never below an earlier one, at most 1."""
    known = [r for r in of_metric(mixed, "mAP", None).values() if r["p"] is not None]
    assert len(known) == 5
    ordered = sorted(known, key=lambda r: r["p"])
    stepped = np.maximum.accumulate([r["p"] * (len(ordered) - k) for k, r in enumerate(ordered)])
    assert [r["q"] for r in ordered] == pytest.approx(np.minimum(stepped, 1.0).tolist(), rel=1e-4)


def test_what_is_missing_says_why_and_what_is_filtered_says_how_much_is_left(mixed: dict[str, Any]) -> None:
    """Curricula of a convex learner have a reason; `filtered` used fewer texts than the others."""
    found = of_metric(mixed, "micro-F1", "tuned")
    assert all("order" in found[name]["reason"] and found[name]["n_used"] is None for name in MIXINGS[:2])
    assert found["shuffled"]["reason"] == "difference: this is the treatment itself"
    assert 0 < found["filtered"]["n_used"] < found["ensemble"]["n_used"] == found["shuffled"]["n_used"]


def test_the_answer_names_what_differs_beyond_chance(clear: Summary, cannot_tell: Summary) -> None:
    """By the corrected p and the sign of the difference; without any, and without numbers, it says so."""
    assert mixing_answer(clear) == (
        "Beyond what chance explains, better than shuffling: ensemble; worse: filtered; no difference shown for one "
        "more."
    )
    level = [r.model_copy(update={"q": 0.4 if r.q is not None else None}) for r in clear.mixing]
    level_answer = mixing_answer(clear.model_copy(update={"mixing": level}))
    assert level_answer == "None of the 3 others is shown to do better than shuffling, or worse."
    assert mixing_answer(cannot_tell).startswith("This run cannot tell")


def test_the_section_stands_only_where_mixings_were_run(clear: Summary, cannot_tell: Summary) -> None:
    """With its link, every way in plain words, and the reason of what was not run."""
    page = render(clear).decode()
    assert 'href="#mixing"' in page
    assert "How to mix real and synthetic documents" in page
    assert "(no score; convex: solved to its minimum)" in page
    without = render(clear.model_copy(update={"mixing": []})).decode()
    assert "#mixing" not in without
    assert "shuffling" not in without
    assert "There is no difference to draw: " in render(cannot_tell).decode()


def test_every_way_is_told_in_plain_words(clear: Summary) -> None:
    """No mixing of the catalogue is without a sentence."""
    assert {"shuffled", *MIXINGS} <= set(CONDITIONS)
    assert [name for name, _, _ in mixing_ways(clear)] == [
        "shuffled", "real-last", "ensemble", "filtered", "weighted-0.3",
    ]  # fmt: skip


def test_the_chart_draws_what_has_a_difference_and_the_tables_list_all(clear: Summary) -> None:
    """What was not run has a row in the table only; the other metrics stand in the list of all numbers."""
    chart = mixing_chart(clear)
    assert chart is not None
    assert "real-last" not in chart.svg
    assert [row[0] for row in chart.rows] == ["shuffled", "real-last", "ensemble", "filtered", "weighted-0.3"]
    assert len(mixing_table(clear).rows) == len(clear.mixing) == 10
