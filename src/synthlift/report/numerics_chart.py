"""The audit of numerics: what full precision moves, drawn, and symptoms of training, listed; nothing is computed."""

from __future__ import annotations

from synthlift.report.canvas import Frame, Row, bars, dots, draw, texts, upright
from synthlift.report.cells import primary_metric
from synthlift.report.display import DASH, count, gain, score
from synthlift.report.numerics import FEWEST_PAIRS
from synthlift.report.plots import Chart
from synthlift.report.summary import Numerics, Summary
from synthlift.report.tables import CELL, Table, cell_figures
from synthlift.report.wording import IN_DOUBT, SYMPTOMS

__all__ = ["is_told", "moved_chart", "moved_reasons", "numerics_table", "symptoms_table"]


def is_told(summary: Summary) -> bool:
    """Whether the page has a section of it: something was audited, or is in doubt."""
    return any(record.check == "moved" or record.flagged for record in summary.numerics)


def _moved(summary: Summary) -> list[Numerics]:
    return [record for record in summary.numerics if record.check == "moved"]


def _is_compared(record: Numerics) -> bool:
    return record.value is not None and record.spread is not None and record.n_replicates >= FEWEST_PAIRS


def _why(record: Numerics) -> str:
    """Say why a training set was not judged, or is in doubt, without what its reason says of volumes."""
    parts = (record.reason or "").split("; ")
    return "; ".join(part for part in parts if not part.startswith("n_synthetic: "))


def moved_reasons(summary: Summary) -> list[str]:
    """Return why training sets could not be compared with full precision, each reason once."""
    return list(dict.fromkeys(_why(r) for r in _moved(summary) if not _is_compared(r) and _why(r)))


def moved_chart(summary: Summary) -> Chart | None:
    """Draw how far each audited score lies from the one in full precision, against the spread of its replicates."""
    records = _moved(summary)
    drawn = [record for record in records if _is_compared(record)]
    if not drawn:
        return None
    several = len({record.classifier for record in records}) > 1
    names = [f"{r.condition} · {r.classifier}" if several else r.condition for r in drawn]
    rows = [_spread(record, name) for record, name in zip(drawn, names, strict=True)]
    marks = [_change(record, name) for record, name in zip(drawn, names, strict=True)]
    metric, title = primary_metric(summary.verdict)[0], _title(drawn)
    described = "; ".join(f"{row.name}: {row.figure}" for row in marks)
    description = f"Change of {metric} from full precision, and its spread over replicates: {described}."
    axis = f"{metric} as requested, less in full precision"
    frame = Frame(axis=axis, names="training set", figures="moves by · spread", left=230, plot=340)
    zero = upright(0, frame, len(rows), paint="ink")
    layers = [*bars(rows, frame), *zero, *dots(marks, frame), *texts(marks, frame)]
    svg = draw(layers, frame, len(rows), key="numerics", title=title, description=description)
    header = (
        "Training set", "Classifier", "Regime", "In full precision", "Moves by", "Spread of its replicates",
        "Replicates run both ways", "Result", "Note",
    )  # fmt: skip
    return Chart(title, svg, description, header, tuple(_moved_cells(record) for record in records))


def _title(drawn: list[Numerics]) -> str:
    doubted = dict.fromkeys(record.condition for record in drawn if record.flagged)
    if not doubted:
        return "No training set moves by more than its replicates differ"
    return f"What moves by more than its replicates differ: {', '.join(doubted)}"


def _spread(record: Numerics, name: str) -> Row:
    ends = (None, None) if record.spread is None else (-record.spread, record.spread)
    return Row(name, "", "reference", start=ends[0], end=ends[1])


def _change(record: Numerics, name: str) -> Row:
    figure = f"{gain(record.value)} · {score(record.spread)}"
    if record.flagged:
        return Row(name, f"{figure}, {IN_DOUBT}", "treatment", record.value)
    return Row(name, figure, "control", record.value)


def _moved_cells(record: Numerics) -> tuple[str, ...]:
    judged = IN_DOUBT if record.flagged else "holds" if _is_compared(record) else DASH
    return (
        record.condition, record.classifier, record.regime, score(record.reference), gain(record.value),
        score(record.spread), count(record.n_replicates), judged, _why(record),
    )  # fmt: skip


def symptoms_table(summary: Summary) -> Table:
    """List what went wrong in training, or looks as if it had: a row a symptom of a training set."""
    header = ("Training set", *CELL, "What was seen", "How often", "Result")
    rows = (
        (r.condition, *cell_figures(r), SYMPTOMS[r.check], _often(r), IN_DOUBT if r.flagged else "")
        for r in summary.numerics
        if r.check != "moved"
    )
    return Table.of("What was seen in training and prediction", header, rows)


def _often(record: Numerics) -> str:
    what = "steps" if record.check == "not-finite" else "replicates"
    return f"{_whole(record.value)} of {_whole(record.reference)} {what}"


def _whole(value: float | None) -> str:
    return count(None if value is None else round(value))


def numerics_table(summary: Summary) -> Table:
    """List every check."""
    header = ("Training set", *CELL, "Check", "Value", "Reference", "Spread", "Replicates", "Result", "Note")
    rows = (
        (
            r.condition, *cell_figures(r), r.check, *_numbers(r), count(r.n_replicates),
            IN_DOUBT if r.flagged else "", r.reason or "",
        )
        for r in summary.numerics
    )  # fmt: skip
    return Table.of("Checks of the numerics", header, rows)


def _numbers(record: Numerics) -> tuple[str, str, str]:
    if record.check == "moved":
        return gain(record.value), score(record.reference), score(record.spread)
    return _whole(record.value), _whole(record.reference), score(record.spread)
