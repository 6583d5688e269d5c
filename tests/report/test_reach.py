"""How far an answer reaches: other real documents, these trained models, and which generator is chosen."""

from __future__ import annotations

import re
from typing import Any

from synthlift.report.display import DASH
from synthlift.report.html import render
from synthlift.report.reach import drawn, other_documents, reach_table, regime_words, these_models
from synthlift.report.summary import Summary
from synthlift.report.tables import contrasts_table


def plain(text: str) -> str:
    """Spaces made one, tags gone."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text)).strip()


def section(summary: Summary, name: str) -> str:
    """Return the text of a section."""
    page = render(summary).decode()
    return plain(page[page.index(f'<section id="{name}"') :].partition("</section>")[0])


def changed(summary: Summary, field: str, at: int, **values: Any) -> Summary:
    """Return the summary with other values in one record."""
    records = list(getattr(summary, field))
    records[at] = records[at].model_copy(update=values)
    return summary.model_copy(update={field: records})


def test_draws_read_as_what_they_are(clear: Summary) -> None:
    """A regime that no user wrote is said in words, in the section and in the table of all records."""
    record = drawn(clear)
    assert record is not None
    assert plain(regime_words(record)) == "draws of 80 % of the real documents (1,027)"
    page = plain(render(clear).decode())
    assert "also trained on draws of 80 % of the real documents (1,027), each time" in page
    assert "80% draws" not in page


def test_other_documents_are_told_by_where_the_interval_lies(clear: Summary) -> None:
    """Above, around and below zero each have their sentence, with the controls that it holds for."""
    assert [plain(one) for one in other_documents(clear)] == [
        "Against real and replicated the interval lies above zero: it would be a gain with other real documents too.",
        (
            "Against replicated-matched the interval lies around zero: with other real documents it could be a gain or "
            "none, or a loss."
        ),
    ]
    worse = changed(clear, "sensitivity", 0, value=-0.2, low=-0.3, high=-0.1)
    assert plain(other_documents(worse)[-1]).startswith("Against real the interval lies below zero: it would be a loss")


def test_a_regime_below_the_pool_needs_no_further_draws(clear: Summary) -> None:
    """Where the declared regime is itself drawn its own records count, and no second gain is shown."""
    own = [record.model_copy(update={"regime": "all", "share": 0.5}) for record in clear.sensitivity]
    other = [*own, *clear.sensitivity]
    summary = clear.model_copy(update={"sensitivity": other})
    assert drawn(summary) is None
    assert "Gain in the draws" not in reach_table(summary).header
    assert "Gain in the draws" in reach_table(clear).header
    assert "Each replicate drew its own real documents" in section(summary, "reach")


def test_table_sets_the_three_questions_side_by_side(clear: Summary) -> None:
    """Each control has the interval of this run, the wider one, and the p of these models; what is missing says why."""
    rows = {row[0]: row for row in reach_table(clear).rows}
    assert rows["replicated-matched"] == (
        "replicated-matched", "+0.129", "[+0.099, +0.158]", "+0.061", "[\N{MINUS SIGN}0.013, +0.136]", "0.213", "",
    )  # fmt: skip
    assert rows["real+steps"][3:] == (DASH, DASH, DASH, "a convex learner trains to its optimum")


def test_these_models_are_told_from_newly_trained_ones(clear: Summary) -> None:
    """Both beyond chance; these only; not even these: each has its sentence with its p."""
    both, neither = these_models(clear)
    assert both.startswith("Against real and replicated these trained models differ by more than chance, and so would")
    assert both.endswith("it is not these only (p at most 0.002).")
    assert neither == (
        "Against replicated-matched not even these trained models differ by more than chance (p = 0.213)."
    )
    at = next(i for i, e in enumerate(clear.estimates) if e.contrast == "real+synthetic - real")
    only = these_models(changed(clear, "estimates", at, low=-0.01))
    assert only[0] == (
        "Against real these trained models differ by more than chance, but newly trained ones might not: it may be "
        "these only (p < 0.001)."
    )


def test_nothing_to_say_has_its_reason(cannot_tell: Summary) -> None:
    """Without a number neither question is answered, and the section says why."""
    told = section(cannot_tell, "reach")
    assert "There is no interval for other real documents: all replicates of real+synthetic failed (draws)" in told
    assert "The answers of these models could not be swapped" in told
    assert other_documents(cannot_tell) == these_models(cannot_tell) == []


def test_the_choice_of_validation_documents_comes_with_its_verdict(clear: Summary) -> None:
    """The chosen generator, its score there, its outcome here, and the mean over all stand before the best."""
    at = next(i for i, v in enumerate(clear.verdicts) if (v.generator, v.classifier) == ("llama-3.1-8b", "linear"))
    told = section(changed(clear, "verdicts", at, outcome="only-volume", sentence="Copies do as well."), "generators")
    assert "240 validation documents, which no score on this page rests on, choose llama-3.1-8b" in told
    assert "(micro-F1@tuned 0.552 there). What the test documents say of it: = Only volume. Copies do as well." in told
    assert "On average over these 2 generators the gain over replicated-matched is +0.120 [+0.091, +0.148]" in told
    assert "from +0.110 with the least helpful to +0.129 with the most helpful" in told
    assert told.index("choose llama") < told.index("On average") < told.index("s curse")
    assert "0.542" in told  # the other one's score on validation documents, in the chart's table


def test_without_validation_documents_it_is_said_and_the_mean_stands(clear: Summary) -> None:
    """Nothing is chosen, with the reason; no column of validation scores is shown."""
    nothing = {"chosen": None, "validation_scores": {}, "n_validation_documents": 0, "reason": "chosen: none to"}
    record = clear.generator_choice[0].model_copy(update=nothing)
    told = section(clear.model_copy(update={"generator_choice": [record]}), "generators")
    assert "No generator is chosen: none to." in told
    assert "On average over these 2 generators" in told
    assert "Score on validation documents" not in told
    other = record.model_copy(update={"contrast": "real+synthetic - real"})
    told = section(clear.model_copy(update={"generator_choice": [other]}), "generators")
    assert "On average" not in told


def test_contrasts_say_what_they_could_have_found(clear: Summary) -> None:
    """The smallest difference that each contrast finds stands in its row."""
    table = contrasts_table(clear)
    column = table.header.index("Could have found")
    assert {row[column] for row in table.rows} == {"0.043"}
