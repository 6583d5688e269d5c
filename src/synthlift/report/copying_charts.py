"""The charts of copying: every generator's text beside real text that no generator saw; nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from synthlift.report.canvas import Frame, Row, bars, dots, draw, texts, whiskers
from synthlift.report.copying import QUESTIONS, Question, answer, beside, is_alarm, missing, notes, records_of
from synthlift.report.display import DASH, count, interval, p_value, percent, percents, score
from synthlift.report.plots import Chart
from synthlift.report.summary import Fidelity, Summary

__all__ = ["Asked", "copying_chart", "copying_sections"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its chart, where there is something to draw, and what is to be read with it."""

    question: Question
    chart: Chart | None
    reasons: list[str]
    remarks: list[str]


def copying_sections(summary: Summary, questions: Sequence[Question] = QUESTIONS) -> list[Asked]:
    """Ask every question of which there are records."""
    asked = []
    for question in questions:
        records = records_of(question, summary)
        if records:
            known = [record for record in records if record.value is not None]
            told = [part for record in known for part in notes(record, has_p=False).split("; ") if part]
            remarks = list(dict.fromkeys(told))
            asked.append(Asked(question, copying_chart(question, summary), missing(question, summary), remarks))
    return asked


def copying_chart(question: Question, summary: Summary) -> Chart | None:
    """Draw each generator's value and interval on an outlined bar that ends where real text lies."""
    records = records_of(question, summary)
    if all(record.value is None for record in records):
        return None
    rows = [_row(question, record) for record in records]
    marks = [
        replace(row, role="treatment" if is_alarm(question, r) else "control")
        for row, r in zip(rows, records, strict=True)
    ]
    frame = Frame(
        axis=question.axis,
        names="generator",
        figures=f"value [95 % interval] · {question.beside}",
        is_gain=False,
        is_share=question.is_share,
        ticks=5,
        left=240 if len(question.measures) > 1 else 220,
        plot=250,
        right=310,
    )
    title = answer(question, summary)
    described = "; ".join(f"{row.name} {row.figure}" for row in rows)
    description = f"{question.title} {question.axis.capitalize()}, and that of {question.beside}: {described}."
    layers = [*bars(rows, frame), *whiskers(marks, frame), *dots(marks, frame), *texts(marks, frame)]
    svg = draw(layers, frame, len(rows), key=f"copying-{question.key}", title=title, description=description)
    header = (
        "Generator", "Measure", "Value", "95 % interval", question.beside.capitalize(), "p", "Texts", "Note",
    )  # fmt: skip
    has_p = any(record.p is not None for record in records)
    return Chart(title, svg, description, header, tuple(_cells(question, r, has_p=has_p) for r in records))


def _row(question: Question, record: Fidelity) -> Row:
    before = dict(question.measures)[record.measure]
    name = f"{before} · {record.generator}" if before else record.generator
    if record.value is None:
        return Row(name, f"{DASH} {record.reason or ''}", "reference")
    value, limits, floor = _figures(question, record)
    end = beside(question, record)
    return Row(
        name, f"{value} {limits} · {floor}", "reference", value=record.value, low=record.low, high=record.high,
        start=None if end is None else 0.0, end=end,
    )  # fmt: skip


def _figures(question: Question, record: Fidelity) -> tuple[str, str, str]:
    if question.is_share:
        return percent(record.value), percents(record.low, record.high), percent(beside(question, record))
    limits = interval(record.low, record.high, signed=False)
    return score(record.value), limits, score(beside(question, record))


def _cells(question: Question, record: Fidelity, *, has_p: bool) -> tuple[str, ...]:
    shown_p = p_value(record.p) if has_p else ""
    figures = _figures(question, record)
    return (record.generator, record.measure, *figures, shown_p, count(record.n), notes(record, has_p=has_p))
