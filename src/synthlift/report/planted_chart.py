"""The planted truth beside its estimates, where the corpus is simulated; only intervals that hold it are counted."""

from __future__ import annotations

from dataclasses import replace

from synthlift.report.canvas import Frame, Row, dots, draw, texts, truths, upright, whiskers
from synthlift.report.cells import cell_names, same_cell
from synthlift.report.display import DASH, count, gain, interval, score
from synthlift.report.plots import Chart
from synthlift.report.summary import Planted, Summary
from synthlift.report.wording import TREATMENT

__all__ = ["planted_answer", "planted_chart", "planted_reasons"]


def planted_answer(summary: Summary) -> str | None:
    """Count in one sentence the intervals that hold the truth; None where no contrast has both."""
    known = [record.covered for record in summary.planted if record.covered is not None]
    if not known:
        return None
    contrasts = "the one contrast" if len(known) == 1 else f"{count(len(known))} contrasts"
    if len(known) == 1:
        return f"The interval {'holds' if known[0] else 'misses'} the truth in {contrasts}"
    return f"The interval holds the truth in {count(sum(known))} of {contrasts}"


def planted_reasons(summary: Summary) -> list[str]:
    """Return why truths or estimates are missing, each reason once."""
    return list(dict.fromkeys(record.reason for record in summary.planted if record.reason))


def planted_chart(summary: Summary) -> Chart | None:
    """Draw each estimate with its interval, and a cross where the truth lies."""
    records = [record for record in summary.planted if record.truth is not None]
    if not records:
        return None
    rows = [
        Row(
            name, f"{gain(record.truth)} · {_estimate(record)}",
            "treatment" if same_cell(record, summary.verdict) else "control",
            value=record.value, low=record.low, high=record.high, faint=record.truth,
        )
        for name, record in zip(_names(records), records, strict=True)
    ]  # fmt: skip
    metric = records[0].metric
    frame = Frame(
        axis=f"gain in {metric}", names="gain over", figures="truth · estimate [95 % interval]", left=260, plot=300,
        right=250,
    )  # fmt: skip
    title = planted_answer(summary) or "The truth; there is no interval that could hold it"
    described = "; ".join(f"{row.name}: {row.figure}" for row in rows)
    description = f"True gain in {metric}, and its estimate with interval: {described}."
    plain = [replace(row, role="control") for row in rows]  # names in bold would not fit, and none stands out here
    zero = upright(0, frame, len(rows), paint="rule")
    layers = [*zero, *whiskers(rows, frame), *dots(rows, frame), *truths(rows, frame), *texts(plain, frame)]
    svg = draw(layers, frame, len(rows), key="planted", title=title, description=description)
    header = (
        "Gain over", "Generator", "Classifier", "Regime", "Truth", "Its standard error", "Estimate", "95 % interval",
        "Holds the truth", "Fresh documents", "Fresh runs", "Note",
    )  # fmt: skip
    return Chart(title, svg, description, header, tuple(_cells(record) for record in summary.planted))


def _names(records: list[Planted]) -> list[str]:
    """Name each row by its control, and by whatever else differs between the cells."""
    controls = [_control(record) for record in records]
    cells = {(record.generator, record.classifier, record.regime) for record in records}
    if len(cells) == 1:
        return controls
    return [f"{control} · {cell}" for control, cell in zip(controls, cell_names(records), strict=True)]


def _estimate(record: Planted) -> str:
    limits = interval(record.low, record.high, signed=True)
    return gain(record.value) if limits == DASH else f"{gain(record.value)} {limits}"


def _control(record: Planted) -> str:
    return record.contrast.removeprefix(f"{TREATMENT} - ")


def _cells(record: Planted) -> tuple[str, ...]:
    return (
        _control(record),
        record.generator or DASH,
        record.classifier,
        record.regime,
        gain(record.truth),
        score(record.standard_error),
        gain(record.value),
        interval(record.low, record.high, signed=True),
        DASH if record.covered is None else "yes" if record.covered else "no",
        count(record.n_documents),
        count(record.n_runs),
        record.reason or "",
    )
