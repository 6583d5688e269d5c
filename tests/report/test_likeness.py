"""What the page says about likeness, and about whether it foretells the gain: answers follow the numbers."""

from __future__ import annotations

from typing import Any

from synthlift.report.copying import answer
from synthlift.report.copying_charts import copying_sections
from synthlift.report.fidelity_gain_chart import (
    correlations_table,
    fidelity_gain_charts,
    shift_sentences,
    shifts_table,
)
from synthlift.report.html import render
from synthlift.report.likeness import QUESTIONS, by_label_table, measures_table
from synthlift.report.summary import FidelityGain, Summary

DISTANCE, APART, COVERAGE, OPENING, VARIETY = QUESTIONS


def plain(text: str) -> str:
    """Put plain blanks."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def net(summary: Summary, **changed: Any) -> Summary:
    """Return the summary with another net correlation."""
    records = [r.model_copy(update=changed) if r.gain == "net" else r for r in summary.fidelity_gain]
    return summary.model_copy(update={"fidelity_gain": records})


def test_far_text_is_told_from_text_within_the_floor(clear: Summary) -> None:
    """A whole interval beyond what halves of real text have is an alarm; a value inside is not."""
    assert answer(DISTANCE, clear) == (
        "The text of qwen2.5-7b-instruct is farther from unseen real text than real text is from itself (0.081 against "
        "0.002); that of llama-3.1-8b is not (0.001)"
    )
    assert "that of llama-3.1-8b cannot (51.1 %)" in plain(answer(APART, clear))
    assert plain(answer(COVERAGE, clear)).startswith("The text of qwen2.5-7b-instruct covers less of the real texts")
    assert "(84.1 % against 13.1 %)" in plain(answer(OPENING, clear))


def test_records_by_label_and_of_other_spaces_are_in_tables_and_not_in_the_answer(clear: Summary) -> None:
    """One chart row a generator; the label's record and the other representation are listed."""
    asked = {one.question.key: one for one in copying_sections(clear, QUESTIONS)}
    assert set(asked) == {"distance", "apart", "coverage", "opening"}
    assert [row[0] for row in asked["distance"].chart.rows] == ["qwen2.5-7b-instruct", "llama-3.1-8b"]
    assert [row[0] for row in by_label_table(clear).rows] == ["mobility", "mobility"]
    assert len(measures_table(clear).rows) == 10


def test_the_title_says_what_the_correlation_can_carry(many: Summary) -> None:
    """Below zero without any one model, above it, around it, and where there is none."""
    (chart,) = fidelity_gain_charts(many)
    assert chart.title.startswith("Regime all: the nearer to real text, the larger the gain (r = \N{MINUS SIGN}0.731")
    assert all(name in chart.svg for name in ("open-model-4", "open-model-9"))
    for changed, told in (
        (
            {"pearson": 0.8, "without_low": 0.5, "without_high": 0.9, "fisher_low": 0.4, "fisher_high": 0.9},
            "the farther from real text, the larger",
        ),
        ({"fisher_high": 0.1}, "likeness does not foretell the gain for certain"),
        ({"without_high": 0.1}, "likeness does not foretell the gain for certain"),
        ({"low": -0.95, "high": 0.05}, "likeness does not foretell the gain for certain"),
        ({"without_low": None, "without_high": None}, "of too few models to say more"),
        ({"pearson": None, "reason": "3 points"}, "too little to say whether nearer text gains more (3 points)"),
    ):
        (chart,) = fidelity_gain_charts(net(many, **changed))
        assert told in chart.title


def test_regimes_are_compared_in_a_sentence_and_every_number_is_listed(many: Summary) -> None:
    """The interval is that of overlapping correlations; the published one stands in the table."""
    (told,) = shift_sentences(many)
    assert "from regime all to 1:10" in told.lower()
    assert "[\N{MINUS SIGN}1.421, \N{MINUS SIGN}0.311]" in told
    assert len(correlations_table(many).rows) == 2
    (row,) = shifts_table(many).rows
    assert "\N{MINUS SIGN}2.441" in row


def test_generators_without_a_gain_are_no_points_and_say_why(many: Summary) -> None:
    """Without estimates nothing is drawn, and the page gives the reason."""
    bare = net(many.model_copy(update={"estimates": []}), pearson=None, reason="0 points, Fisher's z needs at least 4")
    assert fidelity_gain_charts(bare) == []
    page = render(bare).decode()
    assert "There is nothing to draw: 0 points" in page


def test_one_generator_has_no_such_section(clear: Summary) -> None:
    """The section is there only where generators can be compared; likeness is there always."""
    assert not clear.fidelity_gain
    page = render(clear).decode()
    assert 'id="likeness"' in page
    assert 'id="foretells"' not in page
    assert "Likeness was not measured" in render(clear.model_copy(update={"fidelity": []})).decode()


def test_a_record_with_foreign_text_is_placed_as_text(many: Summary) -> None:
    """A regime named like a script is only shown."""
    record: FidelityGain = many.fidelity_gain[0]
    hostile = many.model_copy(update={"fidelity_gain": [record.model_copy(update={"regime": "<script>x</script>"})]})
    assert "<script>x" not in render(hostile).decode()
