"""Which labels gain and which lose: the chart of pooled gains, and the table of all labels; nothing is computed."""

from __future__ import annotations

from synthlift.report.canvas import Frame, Row, dots, draw, rings, texts, upright, whiskers
from synthlift.report.cells import label_counts, labels_of
from synthlift.report.display import count, gain, interval, p_value
from synthlift.report.plots import Chart
from synthlift.report.summary import LabelLift, Summary
from synthlift.report.tables import Table

__all__ = ["labels_chart", "labels_table", "too_rare"]

# so many at either end: more are no longer read, and the table has them all
MOST_SHOWN = 20


def labels_chart(summary: Summary) -> Chart | None:
    """Draw the pooled gain of the labels that gain most and lose most in the primary cell, with the measured one."""
    ordered = [record for record in labels_of(summary, summary.verdict) if record.shrunk is not None]
    if not ordered:
        return None
    counts = label_counts(summary)
    rows = _both_ends([_row(record, None if counts is None else counts.alpha) for record in ordered])
    frame = Frame(axis="gain in F1", names="label", figures="pooled gain [95 % interval]", left=200, plot=380, row=24)
    title = "Gain of each label, drawn towards the average"
    described = "; ".join(f"{row.name} {row.figure}" for row in rows)
    description = f"Pooled gain in F1 by label, the largest first: {described}."
    zero = upright(0, frame, len(rows), paint="ink")
    layers = [*zero, *whiskers(rows, frame), *dots(rows, frame), *rings(rows, frame), *texts(rows, frame)]
    svg = draw(layers, frame, len(rows), key="labels", title=title, description=description)
    table = labels_table(summary)
    return Chart(title, svg, description, table.header, table.rows)


def _both_ends(rows: list[Row]) -> list[Row]:
    """Keep the labels that gain most and lose most; a row of dots stands for those between."""
    gaining = [row for row in rows if (row.value or 0.0) >= 0.0]
    losing = [row for row in rows if (row.value or 0.0) < 0.0]
    shown = (gaining[:MOST_SHOWN], losing[-MOST_SHOWN:])
    is_whole = len(shown[0]) + len(shown[1]) == len(rows)
    gap = [] if is_whole else [Row("\N{MIDLINE HORIZONTAL ELLIPSIS}", "others: see the table", "reference")]
    return [*shown[0], *gap, *shown[1]]


def _row(record: LabelLift, alpha: float | None) -> Row:
    is_clear = alpha is not None and record.q is not None and record.q < alpha
    figure = f"{gain(record.shrunk)} {interval(record.low, record.high, signed=True)}"
    role = "treatment" if is_clear else "control"
    return Row(
        record.label, figure, role, value=record.shrunk, low=record.low, high=record.high, faint=record.value
    )  # fmt: skip


def labels_table(summary: Summary) -> Table:
    """List every label of the primary cell: by pooled gain, then those of which only the counts are known."""
    header = (
        "Label", "Pooled gain", "95 % interval", "Measured gain", "p", "q", "Test positives", "Train positives", "Note",
    )  # fmt: skip
    rows = (
        (
            r.label, gain(r.shrunk), interval(r.low, r.high, signed=True), gain(r.value), p_value(r.p), p_value(r.q),
            count(r.support_test), count(r.support_train), r.reason or "",
        )
        for r in labels_of(summary, summary.verdict)
    )  # fmt: skip
    return Table.of("Gain in F1 by label", header, rows)


def too_rare(summary: Summary) -> list[LabelLift]:
    """Labels of the primary cell with too few positive test documents to be estimated, in the Summary's order."""
    counts = label_counts(summary)
    if counts is None:
        return []
    return [r for r in labels_of(summary, summary.verdict) if r.support_test < counts.fewest_test_positives]
