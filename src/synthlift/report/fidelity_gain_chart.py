"""Likeness and gain on the page: each generator where the two meet, a chart a regime, and the tables of it."""

from __future__ import annotations

from synthlift.report.cells import find_estimate, in_doubt, primary_metric, same_cell
from synthlift.report.display import DASH, count, gain, interval, p_value, score
from synthlift.report.fidelity_gain import CONTROLS, MEASURE, REPRESENTATION
from synthlift.report.plane import Plane
from synthlift.report.plots import Chart
from synthlift.report.scatter import Point, draw_points
from synthlift.report.summary import Estimate, Fidelity, FidelityGain, Summary, Verdict
from synthlift.report.tables import Table
from synthlift.report.wording import TREATMENT

__all__ = ["correlations_table", "fidelity_gain_charts", "shift_sentences", "shifts_table"]

_NET = f"{TREATMENT} - {CONTROLS['net']}"
_WORDS = {"net": f"net, over {CONTROLS['net']}", "raw": f"raw, over {CONTROLS['raw']}"}


def fidelity_gain_charts(summary: Summary) -> list[Chart]:
    """Draw, for each regime of the verdict's classifier, every generator's distance from real text and its net gain."""
    regimes = dict.fromkeys(
        record.regime for record in summary.fidelity_gain if record.classifier == summary.verdict.classifier
    )
    charts = [_chart(summary, regime) for regime in regimes]
    return [chart for chart in charts if chart is not None]


def _chart(summary: Summary, regime: str) -> Chart | None:
    found = {
        record.generator: record
        for record in summary.fidelity
        if (record.measure, record.representation, record.label_set) == (MEASURE, REPRESENTATION, None)
    }
    wanted = primary_metric(summary.verdict)
    cells = [v for v in summary.verdicts if (v.classifier, v.regime) == (summary.verdict.classifier, regime)]
    pairs = [(v, found.get(v.generator or ""), find_estimate(summary.estimates, v, _NET, wanted)) for v in cells]
    points = [_point(summary, *pair) for pair in pairs]
    known = [point for point in points if point is not None]
    if len(known) < 2:
        return None
    plane = Plane(f"distance from real text ({MEASURE}, {REPRESENTATION})", f"net gain in {wanted[0]}", x_kind="score")
    record = _net(summary, regime)
    title = _answer(record, regime)
    described = "; ".join(f"{p.name}: distance {score(p.x)}, gain {gain(p.y)}" for p in known)
    svg = draw_points(known, plane, key=f"fidelity-gain-{regime}", title=title, description=f"{title}: {described}.")
    header = ("Generator", "Distance", "95 % interval", f"Net gain in {wanted[0]}", "95 % interval of the gain", "Note")
    return Chart(title, svg, f"{title}: {described}.", header, tuple(_cells(summary, *pair) for pair in pairs))


def _net(summary: Summary, regime: str) -> FidelityGain | None:
    wanted = ("net", summary.verdict.classifier, regime, REPRESENTATION)
    return next(
        (r for r in summary.fidelity_gain if (r.gain, r.classifier, r.regime, r.representation) == wanted), None
    )


def _answer(record: FidelityGain | None, regime: str) -> str:
    """Say what the correlation is, and whether one model decides it."""
    if record is None or record.pearson is None:
        why = record.reason if record is not None else "not measured"
        return f"Regime {regime}: too little to say whether nearer text gains more ({why})"
    told = f"r = {gain(record.pearson)} over {count(record.n_generators)} generators"
    low, high = _ends(record)
    if low is None or high is None:
        return f"Regime {regime}: {told}, of too few models to say more"
    if high < 0.0:
        return f"Regime {regime}: the nearer to real text, the larger the gain ({told})"
    if low > 0.0:
        return f"Regime {regime}: the farther from real text, the larger the gain ({told})"
    return f"Regime {regime}: likeness does not foretell the gain for certain ({told})"


def _ends(record: FidelityGain) -> tuple[float | None, float | None]:
    """Return the interval by model; of too few models the widest that is known, which may still be too narrow."""
    if record.low is not None and record.high is not None:
        return record.low, record.high
    lows, highs = (record.without_low, record.fisher_low), (record.without_high, record.fisher_high)
    known = [value for value in (*lows, *highs) if value is not None]
    return (min(known), max(known)) if record.without_low is not None else (None, None)


def _doubted(summary: Summary, cell: Verdict) -> bool:
    return in_doubt(summary, cell, TREATMENT, CONTROLS["net"])


def _point(summary: Summary, cell: Verdict, found: Fidelity | None, gained: Estimate | None) -> Point | None:
    if found is None or found.value is None or gained is None or gained.value is None:
        return None
    role = "treatment" if same_cell(cell, summary.verdict) else "control"
    ends = [(r.low, r.high) if r.low is not None and r.high is not None else None for r in (found, gained)]
    return Point(
        found.generator, "reference" if _doubted(summary, cell) else role, found.value, gained.value, ends[0], ends[1]
    )


def _cells(summary: Summary, cell: Verdict, found: Fidelity | None, gained: Estimate | None) -> tuple[str, ...]:
    reasons = [r.reason for r in (found, gained) if r is not None and r.value is None and r.reason]
    if _doubted(summary, cell):
        reasons.append("in doubt")
    return (
        cell.generator or DASH,
        score(None if found is None else found.value),
        interval(*((None, None) if found is None else (found.low, found.high)), signed=False),
        gain(None if gained is None else gained.value),
        interval(*((None, None) if gained is None else (gained.low, gained.high)), signed=True),
        "; ".join(reasons),
    )


def correlations_table(summary: Summary) -> Table:
    """List every correlation of distance and gain."""
    header = (
        "Gain", "Classifier", "Regime", "Representation", "Pearson", "Interval by model", "Without one model",
        "Interval of independent points", "Spearman", "Given volume", "Generators", "Models", "Note",
    )  # fmt: skip
    rows = (
        (
            _WORDS[r.gain], r.classifier, r.regime, r.representation, gain(r.pearson),
            interval(r.low, r.high, signed=True), interval(r.without_low, r.without_high, signed=True),
            interval(r.fisher_low, r.fisher_high, signed=True), gain(r.spearman), gain(r.partial),
            count(r.n_generators), count(r.n_models), r.reason or "",
        )
        for r in summary.fidelity_gain
    )  # fmt: skip
    return Table.of("Correlations of distance from real text with gain", header, rows)


def shift_sentences(summary: Summary) -> list[str]:
    """Say how the correlations of two regimes differ, in the classifier of the verdict."""
    told = []
    for r in summary.fidelity_shift:
        if r.classifier == summary.verdict.classifier and r.gain == "net" and r.difference is not None:
            apart = f"{gain(r.difference)} {interval(r.low, r.high, signed=True)}"
            told.append(
                f"From regime {r.first_regime} to {r.second_regime} the correlation differs by {apart}; the generators "
                "are the same in both, which this interval knows."
            )
    return told


def shifts_table(summary: Summary) -> Table:
    """List every difference between the correlations of two regimes."""
    header = (
        "Gain", "Classifier", "Regimes", "Difference", "95 % interval", "p", "Interval by model",
        "As if independent: z", "Its 95 % interval", "Generators", "Models", "Note",
    )  # fmt: skip
    rows = (
        (
            _WORDS[r.gain], r.classifier, f"{r.first_regime} less {r.second_regime}", gain(r.difference),
            interval(r.low, r.high, signed=True), p_value(r.p), interval(r.by_model_low, r.by_model_high, signed=True),
            gain(r.independent_z), interval(r.independent_low, r.independent_high, signed=True),
            count(r.n_generators), count(r.n_models), r.reason or "",
        )
        for r in summary.fidelity_shift
    )  # fmt: skip
    return Table.of("Correlations of two regimes compared", header, rows)
