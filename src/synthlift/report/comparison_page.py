"""Two runs on one page: what differs, and a chart of each gain in both; no number is computed here."""

from __future__ import annotations

from collections.abc import Sequence

from synthlift.report.canvas import Frame, Row, dots, draw, texts, upright, whiskers
from synthlift.report.comparison_records import Change, ComparedCell, Comparison, Gain
from synthlift.report.display import gain, interval
from synthlift.report.html import page
from synthlift.report.names import short_names
from synthlift.report.plots import Chart
from synthlift.report.tables import Table
from synthlift.report.wording import OUTCOMES

__all__ = ["gains_chart", "render_comparison"]


def render_comparison(comparison: Comparison) -> bytes:
    """Return the comparison as one UTF-8 HTML file that loads nothing, made as the report is."""
    return page(
        "comparison.html.j2",
        comparison=comparison,
        chart=gains_chart(comparison),
        outcomes=_outcomes(comparison),
        differences=_differences(comparison),
    )


def gains_chart(comparison: Comparison) -> Chart | None:
    """Draw the gain over real of each cell with its interval, then above now; None where no cell has one."""
    named = list(zip(_names(comparison.cells), (cell.changes[0] for cell in comparison.cells), strict=True))
    known = [(name, change) for name, change in named if not change.then.value is change.now.value is None]
    if not known:
        return None
    rows = [
        _row(title, found, role)
        for name, change in known
        for title, found, role in ((name, change.then, "baseline"), ("now", change.now, "treatment"))
    ]
    metric = comparison.metric
    frame = Frame(
        axis=f"gain in {metric} over real", names="cell", figures="gain [95 % interval]", left=260, plot=300, right=250
    )
    title = "Gain over the real documents alone, then and now"
    described = "; ".join(f"{row.name}: {row.figure}" for row in rows)
    zero = upright(0, frame, len(rows), paint="ink")
    layers = [*zero, *whiskers(rows, frame), *dots(rows, frame), *texts(rows, frame)]
    svg = draw(layers, frame, len(rows), key="gains", title=title, description=f"Gain in {metric}: {described}.")
    header = ("Cell", "Over", "Then", "Interval then", "Now", "Interval now", "Difference", "Its interval", "Note")
    cells = [
        _figures(name, change)
        for name, cell in zip(_names(comparison.cells), comparison.cells, strict=True)
        for change in cell.changes
    ]
    return Chart(title, svg, described, header, tuple(cells))


def _row(name: str, found: Gain, role: str) -> Row:
    figure = f"{gain(found.value)} {interval(found.low, found.high, signed=True)}"
    return Row(name, figure, role, value=found.value, low=found.low, high=found.high)


def _figures(name: str, change: Change) -> tuple[str, ...]:
    controls = dict.fromkeys(found.control for found in (change.then, change.now) if found.control is not None)
    over = f"{change.over} ({', then '.join(controls)})" if controls else change.over
    ends = [
        figure
        for found in (change.then, change.now)
        for figure in (gain(found.value), interval(found.low, found.high, signed=True))
    ]
    limits = interval(change.low, change.high, signed=True)
    return name, over, *ends, gain(change.difference), limits, change.reason or ""


def _names(cells: Sequence[ComparedCell]) -> list[str]:
    short = short_names([cell.generator for cell in cells])
    return [f"{short[cell.generator]} · {cell.classifier} · {cell.regime}" for cell in cells]


def _outcomes(comparison: Comparison) -> Table:
    rows = [
        (cell.generator, cell.classifier, cell.regime, _outcome(cell.outcome_then), _outcome(cell.outcome_now))
        for cell in comparison.cells
    ]
    return Table.of("Verdicts", ("Generator", "Classifier", "Regime", "Then", "Now"), rows)


def _outcome(name: str) -> str:
    return f"{OUTCOMES[name].symbol} {OUTCOMES[name].word}"


def _differences(comparison: Comparison) -> Table:
    rows = [(each.field, each.then, each.now) for each in comparison.differences]
    return Table.of("What differs", ("What", "Then", "Now"), rows)
