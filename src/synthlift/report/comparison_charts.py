"""Charts that compare: what the run could see, one generator with another, and the cells; none computes a result."""

from __future__ import annotations

from dataclasses import replace

from synthlift.report.canvas import Frame, Row, bars, dots, draw, texts, upright, whiskers
from synthlift.report.cells import (
    cell_names,
    find_estimate,
    generator_choice,
    generator_contrasts,
    is_doubted,
    primary_effects,
    primary_metric,
    same_cell,
)
from synthlift.report.display import DASH, count, gain, interval, percent, score
from synthlift.report.plots import Chart
from synthlift.report.summary import Cell, Estimate, MinimumDetectableEffect, Summary
from synthlift.report.wording import IN_DOUBT, OUTCOMES, TREATMENT

__all__ = ["cells_chart", "generators_chart", "power_chart"]


def power_chart(summary: Summary) -> Chart | None:
    """Draw each gain of the primary cell beside the smallest one that this run would find."""
    effects = primary_effects(summary)
    if all(record.value is None for record in effects):
        return None
    wanted = primary_metric(summary.verdict)
    pairs = [(effect, find_estimate(summary.estimates, effect, effect.contrast, wanted)) for effect in effects]
    rows = [_power_row(effect, found) for effect, found in pairs]
    gains = [replace(row, role="treatment", start=None, end=None) for row in rows]  # marks on outlined bars
    frame = Frame(axis=f"gain in {wanted[0]}", names="gain over", figures="gain · detectable from")
    title = "Each gain beside the smallest one that would be found"
    described = "; ".join(f"{row.name} {row.figure}" for row in rows)
    description = f"Gain in {wanted[0]}, and the smallest gain that would be found: {described}."
    zero = upright(0, frame, len(rows), paint="ink")
    layers = [*bars(rows, frame), *zero, *whiskers(gains, frame), *dots(gains, frame), *texts(rows, frame)]
    svg = draw(layers, frame, len(rows), key="power", title=title, description=description)
    header = ("Gain over", "Gain", "95 % interval", "Detectable from", "Power", "Test documents", "Replicates", "Note")
    return Chart(title, svg, description, header, tuple(_power_cells(*pair) for pair in pairs))


def _power_row(effect: MinimumDetectableEffect, found: Estimate | None) -> Row:
    name = effect.contrast.removeprefix(f"{TREATMENT} - ")
    if effect.value is None:
        return Row(name, DASH, "reference")
    value, low, high = (None, None, None) if found is None else (found.value, found.low, found.high)
    figure = f"{gain(value)} · {score(effect.value)}"
    return Row(name, figure, "reference", value=value, low=low, high=high, start=0.0, end=effect.value)


def _power_cells(effect: MinimumDetectableEffect, found: Estimate | None) -> tuple[str, ...]:
    value, low, high = (None, None, None) if found is None else (found.value, found.low, found.high)
    return (
        effect.contrast.removeprefix(f"{TREATMENT} - "),
        gain(value),
        interval(low, high, signed=True),
        score(effect.value),
        percent(effect.power),
        count(effect.n_test_documents),
        count(effect.n_replicates),
        effect.reason or "",
    )


def generators_chart(summary: Summary) -> Chart | None:
    """Draw the gain of every generator over the same control, the best first, where there are several."""
    records = generator_contrasts(summary)
    if all(record.value is None for record in records):
        return None
    rows = [
        Row(_generator(r), _gain(r, summary), _standing(r, summary), value=r.value, low=r.low, high=r.high)
        for r in records
    ]  # fmt: skip
    metric = primary_metric(summary.verdict)[0]
    over = records[0].contrast.removeprefix(f"{TREATMENT} - ")
    frame = Frame(
        axis=f"gain in {metric} over {over}",
        names="generator",
        figures="gain [95 % interval]",
        ticks=4,
        left=230,
        plot=350,
    )
    title = "Gain of each generator's text, the best first"
    described = "; ".join(f"{row.name}: {row.figure}" for row in rows)
    description = f"Gain in {metric} over {over} by generator, the best first: {described}."
    zero = upright(0, frame, len(rows), paint="ink")
    layers = [*zero, *whiskers(rows, frame), *dots(rows, frame), *texts(rows, frame)]
    svg = draw(layers, frame, len(rows), key="generators", title=title, description=description)
    header = (
        "Generator", f"Gain over {over}", "95 % interval", "Outcome", "Score on validation documents", "Documents used",
        "Note",
    )  # fmt: skip
    return Chart(title, svg, description, header, tuple(_generator_cells(r, summary) for r in records))


def _generator(record: Cell) -> str:
    return DASH if record.generator is None else record.generator


def _gain(record: Estimate, summary: Summary) -> str:
    beside = IN_DOUBT if is_doubted(summary, record) else interval(record.low, record.high, signed=True)
    return f"{gain(record.value)} {beside}"


def _role(record: Cell, summary: Summary) -> str:
    return "treatment" if same_cell(record, summary.verdict) else "control"


def _standing(record: Estimate, summary: Summary) -> str:
    """Set what is in doubt apart: as a mark like a reference's."""
    return "reference" if is_doubted(summary, record) else _role(record, summary)


def _generator_cells(record: Estimate, summary: Summary) -> tuple[str, ...]:
    outcome = next(OUTCOMES[verdict.outcome] for verdict in summary.verdicts if same_cell(verdict, record))
    choice = generator_choice(summary)
    validated = {} if choice is None else choice.validation_scores
    return (
        _generator(record),
        gain(record.value),
        interval(record.low, record.high, signed=True),
        f"{outcome.symbol} {outcome.word}",
        score(validated.get(record.generator or "")) if validated else "",
        count(record.n_synthetic),
        IN_DOUBT if is_doubted(summary, record) else (record.reason or "") if record.value is None else "",
    )


def cells_chart(summary: Summary) -> Chart | None:
    """Draw the gain and interval of every cell, where there is more than one."""
    verdicts = summary.verdicts
    if len(verdicts) < 2 or all(record.value is None for record in verdicts):
        return None
    rows = []
    for name, record in zip(cell_names(verdicts), verdicts, strict=True):
        outcome = OUTCOMES[record.outcome]
        figure = f"{outcome.symbol} {outcome.word}"
        rows.append(
            Row(name, figure, _role(record, summary), value=record.value, low=record.low, high=record.high)
        )  # fmt: skip
    metric = primary_metric(summary.verdict)[0]
    frame = Frame(axis=f"gain in {metric}", names="cell", figures="outcome", left=260, right=130)
    agreeing, others = summary.verdict.n_agreeing, summary.verdict.n_cells
    title = f"The same outcome in {count(agreeing)} of {count(others)} other cells"
    described = "; ".join(f"{row.name}: {gain(row.value)}, {row.figure}" for row in rows)
    description = f"Gain in {metric} and outcome by cell: {described}."
    zero = upright(0, frame, len(rows), paint="ink")
    layers = [*zero, *whiskers(rows, frame), *dots(rows, frame), *texts(rows, frame)]
    svg = draw(layers, frame, len(rows), key="cells", title=title, description=description)
    header = ("Generator", "Classifier", "Regime", "Outcome", "Against", "Gain", "Interval", "Note")
    table = tuple(
        (
            _generator(record),
            record.classifier,
            record.regime,
            row.figure,
            record.against or DASH,
            gain(record.value),
            interval(record.low, record.high, signed=True),
            record.reason or "",
        )
        for row, record in zip(rows, verdicts, strict=True)
    )
    return Chart(title, svg, description, header, table)
