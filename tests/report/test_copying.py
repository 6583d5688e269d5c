"""What the page says about copying: answers, reasons and remarks follow the numbers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from synthlift.report.copying import AGREEMENT, QUESTIONS, Question, answer, standings
from synthlift.report.copying_charts import copying_chart, copying_sections
from synthlift.report.html import render
from synthlift.report.summary import Fidelity, Summary

CLOSEST, ALIKE, WORDING, WHOLE, CONTAMINATION = QUESTIONS
FIRST, SECOND = "qwen2.5-7b-instruct", "llama-3.1-8b"


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def changed(summary: Summary, measure: str, generator: str, **values: Any) -> Summary:
    """Return the summary with other values in one record."""
    records = [
        record.model_copy(update=values) if (record.measure, record.generator) == (measure, generator) else record
        for record in summary.fidelity
    ]
    return summary.model_copy(update={"fidelity": records})


def test_title_answers_who_copies_and_who_does_not(clear: Summary) -> None:
    """The text above unseen real text is named with both numbers, then the text that is not above."""
    assert plain(answer(WORDING, clear)) == (
        "The text of qwen2.5-7b-instruct repeats more of the wording of training documents than unseen real text does "
        "(2.04 % against 0.58 %); that of llama-3.1-8b does not (0.04 %)"
    )
    assert "is not (0.054)" in answer(ALIKE, clear)


def test_an_interval_around_the_number_of_real_text_is_no_answer(clear: Summary) -> None:
    """A value above that of unseen real text, by less than its interval, is said to be undecided."""
    assert plain(answer(CLOSEST, clear)).endswith("; for llama-3.1-8b this run cannot tell (53.1 % against 51.1 %)")


def test_one_that_copies_nothing_is_said_to_copy_no_more(clear: Summary) -> None:
    """Where nobody copies, the sentence says so for all, and of the test it compares with training text."""
    assert plain(answer(CONTAMINATION, clear)) == (
        "The text of qwen2.5-7b-instruct and llama-3.1-8b shares long runs of words with test documents no more often "
        "than the real training documents do (0 % against 0.11 %)"
    )


def test_without_real_text_to_compare_with_the_number_stands_alone(clear: Summary) -> None:
    """A missing floor makes no claim, and a missing value says that there is none."""
    lonely = changed(clear, "near-copies", FIRST, floor=None, reason="floor: too few other real documents")
    assert "for qwen2.5-7b-instruct it is 1.23 %, with no unseen real text to compare with" in plain(
        answer(WHOLE, lonely)
    )
    nothing = {"value": None, "low": None, "high": None, "reason": "value: too few documents"}
    without = changed(clear, "near-copies", SECOND, **nothing)
    assert answer(WHOLE, without).endswith("; for llama-3.1-8b there is no number")


def test_many_generators_are_counted_and_the_worst_named(clear: Summary) -> None:
    """Of more than three the title gives the number and the largest value, not a list."""
    one = next(record for record in clear.fidelity if record.measure == "containment-5")
    records = [one.model_copy(update={"generator": f"g{i}", "value": 0.02 + i / 100}) for i in range(5)]
    told = plain(answer(WORDING, clear.model_copy(update={"fidelity": records})))
    assert told.startswith("The text of 5 generators, most of all g4, repeats more")
    assert "(up to 6 % against 0.58 %)" in told


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_charts_have_a_row_for_every_record_and_title_their_answer(question: Question, clear: Summary) -> None:
    """Each generator and measure has its row, with value, interval and the number of real text."""
    chart = copying_chart(question, clear)
    assert chart is not None
    assert chart.title == answer(question, clear)
    assert len(chart.rows) == 2 * len(question.measures)
    assert all(len(row) == len(chart.header) for row in chart.rows)
    assert chart.header[4] == question.beside.capitalize()


def test_p_is_shown_where_it_was_tested_and_else_not_missed(clear: Summary) -> None:
    """Only the tested measure has a p; the others do not fill their notes with the reason for having none."""
    closest, wording = copying_chart(CLOSEST, clear), copying_chart(WORDING, clear)
    assert closest is not None
    assert wording is not None
    assert [row[5] for row in closest.rows] == ["< 0.001", "< 0.001"]
    assert {row[5] for row in wording.rows} == {""}
    assert {row[-1] for row in wording.rows} == {""}


def test_standing_of_each_generator_counts_its_measures(clear: Summary) -> None:
    """The summary in words: by how many measures, and what of the test."""
    told = dict(standings(clear))
    assert told[FIRST].startswith("more like training documents than unseen real text is, by 4 of 4 measures; it holds")
    assert told[SECOND].startswith("by none of 4 measures clearly more like training documents")
    alike = changed(clear, "near-copies", FIRST, value=0.0, low=0.0, high=0.01)
    same = [
        record.model_copy(update={"generator": name}) for name in ("a", "b") for record in alike.fidelity
        if record.generator == FIRST
    ]  # fmt: skip
    ((names, sentence),) = standings(clear.model_copy(update={"fidelity": same}))
    assert names == "a, b"
    assert "by 3 of 4 measures" in sentence
    seen = changed(clear, "test-contamination", SECOND, value=0.02, low=0.01, high=0.03)
    assert dict(standings(seen))[SECOND].endswith("it holds more pieces of test documents than real training text does")


def test_nulls_have_their_reason_and_remarks_are_not_lost(clear: Summary) -> None:
    """A record without value says why beside the chart; a warning in a reason is told in the section."""
    without = changed(
        clear,
        "containment-5",
        SECOND,
        value=None,
        low=None,
        high=None,
        floor=None,
        n=None,
        reason="all texts too short",
    )
    warned = changed(without, "closest-train-share", FIRST, reason="held-out are test documents")
    asked = {one.question.key: one for one in copying_sections(warned)}
    assert asked["wording"].reasons == ["llama-3.1-8b: all texts too short"]
    assert asked["closest"].remarks == ["held-out are test documents"]
    page = re.sub(r"\s+", " ", render(warned).decode())
    assert "No number for llama-3.1-8b: all texts too short." in page
    assert "To be read with it: held-out are test documents." in page


def test_all_null_is_words_and_no_chart(clear: Summary, cannot_tell: Summary) -> None:
    """Where no generator has a number there is no picture, and where nothing was measured the section says so."""
    assert all(one.chart is None for one in copying_sections(cannot_tell))
    half = [r for r in cannot_tell.fidelity if r.measure == "exact-copies"]
    told = render(clear.model_copy(update={"fidelity": [*clear.fidelity[:9], *half]})).decode()
    assert "There is nothing to draw: qwen2.5-7b-instruct and llama-3.1-8b: below 50 documents: refused." in told
    page = re.sub(r"\s+", " ", render(cannot_tell).decode())
    assert "Copying was not measured: qwen2.5-7b-instruct and llama-3.1-8b: below 50 documents: refused." in page
    other: list[Fidelity] = [record for record in clear.fidelity if record.measure == "MMD^2"]
    assert "Copying was not measured" in render(clear.model_copy(update={"fidelity": other})).decode()
    assert copying_sections(clear.model_copy(update={"fidelity": []})) == []


def test_all_zero_can_be_drawn(clear: Summary) -> None:
    """Nobody copied, no interval, and real text has none either: the chart stands nevertheless."""
    records = [
        record.model_copy(update={"value": 0.0, "low": None, "high": None, "floor": 0.0}) for record in clear.fidelity
    ]
    chart = copying_chart(WHOLE, clear.model_copy(update={"fidelity": records}))
    assert chart is not None
    assert "NaN" not in chart.svg


def test_texts_that_read_unlike_their_labels_are_named(clear: Summary) -> None:
    """Of agreement with labels less is the alarm: the text below real text is named, the other is not."""
    assert answer(AGREEMENT, clear) == (
        "The text of llama-3.1-8b reads less like its labels than real text does (0.432 against 0.587); "
        "that of qwen2.5-7b-instruct does not (0.612)"
    )
    unclear = changed(clear, "label-agreement", SECOND, high=0.6)
    assert "for llama-3.1-8b this run cannot tell (0.432 against 0.587)" in answer(AGREEMENT, unclear)
    one = next(record for record in clear.fidelity if record.measure == "label-agreement")
    records = [one.model_copy(update={"generator": f"g{i}", "value": 0.4 - i / 100, "high": 0.5}) for i in range(5)]
    told = answer(AGREEMENT, clear.model_copy(update={"fidelity": records}))
    assert told.startswith("The text of 5 generators, most of all g4, reads less like its labels")
    assert "(down to 0.360 against 0.587)" in told


def test_label_agreement_has_a_section_of_its_own(clear: Summary, cannot_tell: Summary) -> None:
    """It stands after copying, is no measure of copying, and says why where nobody judged."""
    page = re.sub(r"\s+", " ", render(clear).decode())
    own = page[page.index('<section id="agreement"') :].partition("</section>")[0]
    assert "Do the texts read like their labels?" in own
    assert "0.432" in own
    assert page.index('<section id="copying"') < page.index('<section id="agreement"')
    assert "of 4 measures" in page
    told = re.sub(r"\s+", " ", render(cannot_tell).decode())
    assert "Nobody judged the labels: qwen2.5-7b-instruct and llama-3.1-8b: below 50 documents: refused" in told
    assert "Nobody judged the labels." in render(clear.model_copy(update={"fidelity": []})).decode()
