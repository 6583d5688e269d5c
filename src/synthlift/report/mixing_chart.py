"""Ways of mixing: what another one than shuffling changes, drawn and listed; none computes a result."""

from __future__ import annotations

from synthlift.report.canvas import Frame, Row, dots, draw, texts, upright, whiskers
from synthlift.report.cells import primary_metric, same_cell
from synthlift.report.display import DASH, count, gain, interval, p_value, score
from synthlift.report.mixing import SHUFFLED
from synthlift.report.plots import Chart
from synthlift.report.records import ALPHA
from synthlift.report.summary import Mixing, Summary
from synthlift.report.tables import Table, cell_figures
from synthlift.report.wording import CONDITIONS

__all__ = ["mixing_answer", "mixing_chart", "mixing_table", "mixing_ways"]

TITLE = "Does another way of mixing do better than shuffling?"


def _primary(summary: Summary) -> list[Mixing]:
    """Return the records of the primary cell and metric, shuffled first."""
    wanted = primary_metric(summary.verdict)
    return [r for r in summary.mixing if same_cell(r, summary.verdict) and (r.metric, r.threshold) == wanted]


def mixing_answer(summary: Summary) -> str:
    """Say which mixings of the primary cell differ from shuffling by more than chance explains."""
    told = [record for record in _primary(summary) if record.q is not None and record.difference is not None]
    if not told:
        return "This run cannot tell: no other way of mixing has a score beside that of shuffling."
    differing = [record for record in told if record.q is not None and record.q < ALPHA]
    better = [record.mixing for record in differing if (record.difference or 0.0) > 0.0]
    worse = [record.mixing for record in differing if (record.difference or 0.0) < 0.0]
    if not differing:
        return f"None of the {count(len(told))} others is shown to do better than shuffling, or worse."
    parts = [f"better than shuffling: {', '.join(better) or 'none'}", f"worse: {', '.join(worse) or 'none'}"]
    rest = len(told) - len(differing)
    if rest:
        parts.append(f"no difference shown for {count(rest)} more" if rest > 1 else "no difference shown for one more")
    return f"Beyond what chance explains, {'; '.join(parts)}."


def mixing_ways(summary: Summary) -> list[tuple[str, str, str]]:
    """Return each way of mixing with what it is, and with why it could not be compared where it could not."""
    return [
        (r.mixing, CONDITIONS.get(r.mixing, DASH), (r.reason or "") if r.score is None else "")
        for r in _primary(summary)
    ]  # fmt: skip


def mixing_chart(summary: Summary) -> Chart | None:
    """Draw how much each mixing scores above or below shuffling, with the interval of that difference."""
    records = _primary(summary)
    drawn = [record for record in records if record.difference is not None]
    if not drawn:
        return None
    rows = [_row(record) for record in records if record.mixing == SHUFFLED or record.difference is not None]
    metric = primary_metric(summary.verdict)[0]
    frame = Frame(
        axis=f"difference in {metric} from shuffling", names="mixing", figures="score · difference [95 % interval]",
        left=150, plot=380, right=270,
    )  # fmt: skip
    described = "; ".join(f"{row.name}: {row.figure}" for row in rows)
    description = f"{metric} of each way of mixing, and its difference from shuffling: {described}."
    zero = upright(0, frame, len(rows), paint="ink")
    layers = [*zero, *whiskers(rows, frame), *dots(rows, frame), *texts(rows, frame)]
    svg = draw(layers, frame, len(rows), key="mixing", title=TITLE, description=description)
    header = (
        "Mixing", f"Mean {metric}", "95 % interval", "Difference", "Its 95 % interval", "p", "q",
        "Synthetic texts used", "Note",
    )  # fmt: skip
    return Chart(TITLE, svg, description, header, tuple((r.mixing, *_figures(r)) for r in records))


def _row(record: Mixing) -> Row:
    if record.mixing == SHUFFLED:
        return Row(record.mixing, score(record.score), "treatment", value=0.0)
    limits = interval(record.difference_low, record.difference_high, signed=True)
    return Row(
        record.mixing, f"{score(record.score)} · {gain(record.difference)} {limits}", "control",
        value=record.difference, low=record.difference_low, high=record.difference_high,
    )  # fmt: skip


def _figures(record: Mixing) -> tuple[str, ...]:
    return (
        score(record.score),
        interval(record.low, record.high, signed=False),
        gain(record.difference),
        interval(record.difference_low, record.difference_high, signed=True),
        p_value(record.p),
        p_value(record.q),
        count(record.n_used),
        record.reason or "",
    )


def mixing_table(summary: Summary) -> Table:
    """List every mixing: the primary cell whole, the others for the primary metric."""
    header = (
        "Mixing", "Generator", "Classifier", "Regime", "Metric", "Cut-off", "Mean", "95 % interval", "Difference",
        "Its 95 % interval", "p", "q", "Synthetic texts used", "Note",
    )  # fmt: skip
    wanted = primary_metric(summary.verdict)
    rows = (
        (r.mixing, *cell_figures(r)[:3], r.metric, r.threshold or "", *_figures(r))
        for r in summary.mixing
        if same_cell(r, summary.verdict) or (r.metric, r.threshold) == wanted
    )
    return Table.of("Ways of mixing, every cell", header, rows)
