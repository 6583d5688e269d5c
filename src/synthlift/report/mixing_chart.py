"""Ways of mixing: what another one than shuffling changes, drawn and listed; none computes a result."""

from __future__ import annotations

from synthlift.report.canvas import Frame, Row, dots, draw, texts, upright, whiskers
from synthlift.report.cells import in_doubt, primary_metric, same_cell
from synthlift.report.display import DASH, count, gain, interval, p_value, score
from synthlift.report.mixing import SHUFFLED
from synthlift.report.plots import Chart
from synthlift.report.records import ALPHA
from synthlift.report.summary import Mixing, Summary
from synthlift.report.tables import Table, cell_figures
from synthlift.report.wording import CONDITIONS, IN_DOUBT, TREATMENT

__all__ = ["mixing_answer", "mixing_chart", "mixing_table", "mixing_ways"]

TITLE = "Does another way of mixing do better than shuffling?"


def _primary(summary: Summary) -> list[Mixing]:
    """Return the records of the primary cell and metric, shuffled first."""
    wanted = primary_metric(summary.verdict)
    return [r for r in summary.mixing if same_cell(r, summary.verdict) and (r.metric, r.threshold) == wanted]


def _is_doubted(summary: Summary, record: Mixing) -> bool:
    """Whether the difference of a mixing from shuffling rests on numbers that are in doubt."""
    return in_doubt(summary, record, TREATMENT, record.mixing)


def mixing_answer(summary: Summary) -> str:
    """Say which mixings of the primary cell differ from shuffling by more than chance explains."""
    compared = [record for record in _primary(summary) if record.q is not None and record.difference is not None]
    told = [record for record in compared if not _is_doubted(summary, record)]
    if compared and not told:
        return "This run cannot tell: the numbers that it would rest on are in doubt."
    if not told:
        return "This run cannot tell: no other way of mixing has a score beside that of shuffling."
    doubted = [record.mixing for record in compared if record not in told]
    apart = f" In doubt, so not ranked: {', '.join(doubted)}." if doubted else ""
    differing = [record for record in told if record.q is not None and record.q < ALPHA]
    better = [record.mixing for record in differing if (record.difference or 0.0) > 0.0]
    worse = [record.mixing for record in differing if (record.difference or 0.0) < 0.0]
    if not differing:
        return f"None of the {count(len(told))} others is shown to do better than shuffling, or worse.{apart}"
    parts = [f"better than shuffling: {', '.join(better) or 'none'}", f"worse: {', '.join(worse) or 'none'}"]
    rest = len(told) - len(differing)
    if rest:
        parts.append(f"no difference shown for {count(rest)} more" if rest > 1 else "no difference shown for one more")
    return f"Beyond what chance explains, {'; '.join(parts)}.{apart}"


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
    rows = [_row(record, summary) for record in records if record.mixing == SHUFFLED or record.difference is not None]
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
    return Chart(TITLE, svg, description, header, tuple((r.mixing, *_figures(r, summary)) for r in records))


def _row(record: Mixing, summary: Summary) -> Row:
    """Place a difference; one that is in doubt stands apart, as a mark like a reference's."""
    doubt = _is_doubted(summary, record)
    if record.mixing == SHUFFLED:
        figure = f"{score(record.score)}, {IN_DOUBT}" if doubt else score(record.score)
        return Row(record.mixing, figure, "treatment", value=0.0)
    beside = IN_DOUBT if doubt else interval(record.difference_low, record.difference_high, signed=True)
    return Row(
        record.mixing, f"{score(record.score)} · {gain(record.difference)} {beside}",
        "reference" if doubt else "control",
        value=record.difference, low=record.difference_low, high=record.difference_high,
    )  # fmt: skip


def _figures(record: Mixing, summary: Summary) -> tuple[str, ...]:
    return (
        score(record.score),
        interval(record.low, record.high, signed=False),
        gain(record.difference),
        interval(record.difference_low, record.difference_high, signed=True),
        p_value(record.p),
        p_value(record.q),
        count(record.n_used),
        IN_DOUBT if _is_doubted(summary, record) else record.reason or "",
    )


def mixing_table(summary: Summary) -> Table:
    """List every mixing: the primary cell whole, the others for the primary metric."""
    header = (
        "Mixing", "Generator", "Classifier", "Regime", "Metric", "Cut-off", "Mean", "95 % interval", "Difference",
        "Its 95 % interval", "p", "q", "Synthetic texts used", "Note",
    )  # fmt: skip
    wanted = primary_metric(summary.verdict)
    rows = (
        (r.mixing, *cell_figures(r)[:3], r.metric, r.threshold or "", *_figures(r, summary))
        for r in summary.mixing
        if same_cell(r, summary.verdict) or (r.metric, r.threshold) == wanted
    )
    return Table.of("Ways of mixing, every cell", header, rows)
