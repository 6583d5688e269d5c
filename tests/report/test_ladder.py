"""The gain in parts: of convex learners, of those that count steps, and of every cell on the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from synthlift.api import Options, carry_out, plan
from synthlift.corpus.columns import Columns
from synthlift.report.analysis import analyse
from synthlift.report.evidence import Evidence
from synthlift.report.plots import ladder_chart
from synthlift.report.summary import Ladder, Summary
from synthlift.report.tables import ladder_notes, ladders_table
from synthlift.run.folder import LEDGER
from synthlift.storage.ledger import Ledger as Stored
from synthlift.storage.ledger import ScoreRow
from synthlift.study.input import Input

CONDITIONS = ("real", "real+steps", "replicated", "replicated-matched", "real+synthetic", "real+real")
METRIC = "micro-F1@tuned"


@pytest.fixture(scope="module")
def evidence(corpora: Any, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Audit a convex classifier with two replicates."""
    out = tmp_path_factory.mktemp("ladder") / "run"
    given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
    carry_out(plan(given, Options(replicates=2, conditions=CONDITIONS, regimes=("20",))), out)
    with Stored.open(out / LEDGER) as ledger:
        return Evidence.load(ledger)


def as_of(evidence: Evidence, condition: str, other: str) -> Evidence:
    """Give a condition the results that another one has."""
    by_place = {(t.condition, t.replicate): r for t, r in evidence.results.items()}
    results = {
        trial: replace(by_place[other, trial.replicate], key=result.key, spec=trial.spec)
        if trial.condition == condition
        else result
        for trial, result in evidence.results.items()
    }
    return replace(evidence, results=results)


def primary(summary: Summary) -> Ladder:
    return summary.ladder[0]


def cells_like(clear: Summary, **changed: Any) -> Summary:
    """Put a second cell beside the first."""
    second = primary(clear).model_copy(update={"classifier": "encoder", **changed})
    return clear.model_copy(update={"ladder": [primary(clear), second]})


@pytest.mark.parametrize("reason", ["convex: solved", "all conditions are trained for the same number of steps"])
def test_steps_that_do_not_apply_are_nothing_whatever_the_reason(evidence: Evidence, reason: str) -> None:
    """The rung is 0 with its reason; no control is missing for it, and the verdict is the same."""
    results = {
        trial: replace(result, reason=reason) if trial.condition == "real+steps" else result
        for trial, result in evidence.results.items()
    }
    summary = analyse(replace(evidence, results=results))
    assert primary(summary).steps == 0.0
    assert f"real+steps: {reason}" in (primary(summary).reason or "")
    assert summary.verdict.outcome == analyse(evidence).verdict.outcome
    assert "missing" not in summary.verdict.sentence


def test_steps_that_were_trained_are_a_rung(evidence: Evidence) -> None:
    """What longer training gives stands in the chart with its value, and the parts sum to the total."""
    summary = analyse(as_of(evidence, "real+steps", "real+synthetic"))
    rung = primary(summary)
    assert rung.steps == rung.total
    assert rung.steps
    assert rung.resampling == pytest.approx(-(rung.content or 0.0))
    assert sum(getattr(rung, name) for name in ("steps", "resampling", "label_mix", "text")) == pytest.approx(
        rung.total
    )
    chart = ladder_chart(summary)
    assert chart is not None
    row = next(row for row in chart.rows if row[0] == "More training")
    assert row[2] == f"{rung.steps:+.3f}"
    assert (row[4], row[5]) == ("real+steps - real", "")


def test_a_ceiling_below_copies_has_no_share(evidence: Evidence) -> None:
    """Of a loss nothing can be delivered: the share says why it is not there."""
    n_docs = len(evidence.truth.labels)
    nothing = np.packbits(np.zeros((n_docs, evidence.truth.labels.shape[1]), dtype=bool), axis=1)
    empty = (ScoreRow(METRIC, None, 0.0, None),)
    results = {
        trial: replace(result, scores=empty, arrays={**result.arrays, "predicted@tuned": nothing})
        if trial.condition == "real+real"
        else result
        for trial, result in as_of(evidence, "real+real", "replicated").results.items()
    }
    rung = primary(analyse(replace(evidence, results=results)))
    assert rung.ceiling is not None
    assert rung.ceiling < 0.0
    assert rung.share_of_ceiling is None
    assert "share of ceiling: as many further real documents do worse than copies" in (rung.reason or "")


def test_every_cell_has_its_parts_and_reasons_stand_once(clear: Summary) -> None:
    """A row a cell, whose parts sum to its total; what two cells share is said once, with both."""
    shared = primary(clear).reason
    summary = cells_like(clear, steps=0.02, resampling=-0.0192, reason=f"{shared}; share of ceiling: none")
    table = ladders_table(summary)
    assert table.header[3:-1] == (
        "More training", "Volume", "Label mix", "New text", "Total gain", "Ceiling", "Share of ceiling", "Interval",
    )  # fmt: skip
    assert [row[:4] for row in table.rows] == [
        ("qwen2.5-7b-instruct", "linear", "all", "0.000"),
        ("qwen2.5-7b-instruct", "encoder", "all", "+0.020"),
    ]
    assert ladder_notes(summary) == [(shared, "linear, encoder"), ("share of ceiling: none", "encoder")]


def test_a_cell_whose_text_cannot_be_parted_shows_both_together(clear: Summary) -> None:
    """Then the table has the column of label mix and new text."""
    summary = cells_like(clear, label_mix=None, text=None, reason="no parents known")
    assert "Label mix and new text" in ladders_table(summary).header


def test_a_cell_in_doubt_is_marked_in_the_table(clear: Summary) -> None:
    """Its neighbour is not: what is in doubt is the encoder's treatment."""
    table = ladders_table(cells_like(clear))
    assert table.header[-1] == "Note"
    assert [row[-1] for row in table.rows] == ["", "in doubt"]
