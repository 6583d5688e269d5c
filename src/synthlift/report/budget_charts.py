"""Charts of a budget: what was measured over volume and share, and what money is expected to buy."""

from __future__ import annotations

from collections.abc import Sequence

from synthlift.report.curves import Curve, draw_curves
from synthlift.report.display import DASH, count, interval, score
from synthlift.report.names import short_names
from synthlift.report.plane import Plane
from synthlift.report.plots import Chart
from synthlift.report.summary import Summary
from synthlift.report.summary_budget import SurfacePoint, VolumeCurve

__all__ = ["frontier_chart", "surface_chart", "totals_chart", "volumes_chart"]

_MEASURED = ("Real", "Synthetic", "Score", "95 % interval", "Expected by the law", "Note")
_RIGHT = 110
_FEW = 2  # generators that a title has room for


def surface_chart(summary: Summary) -> Chart | None:
    """Draw the scores over the number of synthetic documents, a line for each number of real ones."""
    points = _grid(summary)
    sizes = sorted({point.n_real for point in points})
    if not points:
        return None
    curves = []
    for i, n_real in enumerate(sizes):
        own = [point for point in points if point.n_real == n_real]
        role = "treatment" if i == len(sizes) - 1 else "control"
        expected = [(float(p.n_synthetic), p.expected) for p in own]
        known = [(x, y) for x, y in expected if y is not None]
        if known:
            curves.append(Curve([x for x, _ in known], [y for _, y in known], "reference", is_dashed=True))
        curves.append(_measured(own, role, f"{count(n_real)} real"))
    title = _worth(summary)
    described = f"{title}. " + "; ".join(
        f"{count(p.n_real)} real and {count(p.n_synthetic)} synthetic: {score(p.score)}" for p in points
    )
    plane = Plane("synthetic documents", _metric(summary), "count", "score", right=_RIGHT)
    svg = draw_curves(curves, plane, key="surface", title=title, description=described)
    return Chart(title, svg, described, _MEASURED, tuple(_row(point) for point in points))


def _grid(summary: Summary) -> list[SurfacePoint]:
    """Return the measured points of the numbers of real documents that have several volumes, totals apart."""
    own = {law.generator for law in summary.budget_law}
    known = [p for p in summary.surface if p.score is not None and p.generator in (*own, None)]
    volumes = {p.n_synthetic for p in known if p.n_real == max(q.n_real for q in known if q.n_synthetic)}
    shared = [p for p in known if p.n_synthetic in volumes]
    sizes = {p.n_real for p in shared if p.n_synthetic}
    whole = {n for n in sizes if sum(p.n_real == n for p in shared) > 2}
    return sorted((p for p in shared if p.n_real in whole), key=lambda p: (p.n_real, p.n_synthetic))


def _measured(points: Sequence[SurfacePoint], role: str, name: str) -> Curve:
    return Curve(
        [float(p.n_synthetic) for p in points], [p.score for p in points if p.score is not None], role, name,
        has_points=True, low=[p.low for p in points], high=[p.high for p in points],
    )  # fmt: skip


def _row(point: SurfacePoint) -> tuple[str, ...]:
    return (
        count(point.n_real),
        count(point.n_synthetic),
        score(point.score),
        interval(point.low, point.high, signed=False),
        score(point.expected),
        point.reason or "",
    )


def _metric(summary: Summary) -> str:
    return summary.verdict.primary_metric.partition("@")[0]


def _worth(summary: Summary) -> str:
    """Say what the first synthetic documents are worth, by the law; else what was looked for."""
    law = next(iter(summary.budget_law), None)
    if law is None or law.worth is None:
        return "What do synthetic documents add beside so many real ones? No law could be fitted"
    told = f"The first synthetic documents are worth {law.worth:.2f} real ones each"
    if law.worth_low is not None and law.worth_high is not None:
        told += f" ({law.worth_low:.2f} to {law.worth_high:.2f})"
    if law.saturation is not None:
        told += f", and half of that at {count(round(law.saturation))}"
    return told


def totals_chart(summary: Summary) -> Chart | None:
    """Draw scores over the share of real documents, a line for each total that was split."""
    curves: list[Curve] = []
    rows: list[tuple[str, ...]] = []
    told: list[str] = []
    for total in summary.fixed_totals:
        own = [p for p in summary.surface if p.score is not None and abs(p.n_real + p.n_synthetic - total.total) <= 1]
        own = [p for p in own if p.generator in (total.generator, None)]
        shares = sorted((p.n_real / (p.n_real + p.n_synthetic), p) for p in own)
        if len(shares) < 2 or total.best_share is None:
            continue
        ordered = [p for _, p in shares]
        role = "control" if curves else "treatment"
        curves.append(
            Curve(
                [share for share, _ in shares], [p.score for p in ordered if p.score is not None], role,
                f"{count(total.total)} in all", has_points=True,
                low=[p.low for p in ordered], high=[p.high for p in ordered],
            )
        )  # fmt: skip
        rows += [(count(total.total), *_row(p)) for p in ordered]
        best = f"of {count(total.total)} documents, {100 * total.best_share:.0f} % real scored best"
        told.append(best + (", though no share is told from another" if total.flat else ""))
    if not curves:
        return None
    title = "; ".join(told)
    title = title[0].upper() + title[1:]
    described = f"{title}."
    plane = Plane("share of real documents", _metric(summary), "share", "score", right=_RIGHT)
    svg = draw_curves(curves, plane, key="totals", title=title, description=described)
    return Chart(title, svg, described, ("Total", *_MEASURED), tuple(rows))


def volumes_chart(summary: Summary) -> Chart | None:
    """Draw scores over each generator's volume, beside the same real documents."""
    curves: list[Curve] = []
    rows: list[tuple[str, ...]] = []
    told: list[str] = []
    short = short_names([curve.generator for curve in summary.volume_curves])
    for curve in summary.volume_curves:
        volumes = [curve.steps[0].volume, *(step.next_volume for step in curve.steps)] if curve.steps else []
        own = [
            p
            for p in summary.surface
            if p.score is not None
            and (p.generator, p.n_real) == (curve.generator, curve.n_real)
            and p.n_synthetic in volumes
        ]
        if len(own) < 2:
            continue
        own.sort(key=lambda p: p.n_synthetic)
        curves.append(_measured(own, "control" if curves else "treatment", short[curve.generator]))
        rows += [(curve.generator, *_row(p)) for p in own]
        told.append(_collapse(curve))
    if not curves:
        return None
    described = f"{'; '.join(told)}."
    n_collapsed = sum(curve.collapse is not None for curve in summary.volume_curves)
    of_all = (
        f"More text was seen to stop paying for {count(n_collapsed)} of {count(len(summary.volume_curves))} generators"
    )
    title = "; ".join(told) if len(told) <= _FEW else of_all
    plane = Plane("synthetic documents", _metric(summary), "count", "score", right=_RIGHT + 40)
    svg = draw_curves(curves, plane, key="volumes", title=title, description=described)
    return Chart(title, svg, described, ("Generator", *_MEASURED), tuple(rows))


def _collapse(curve: VolumeCurve) -> str:
    if curve.collapse is None:
        return f"{curve.generator}: every doubling gains" if curve.reason else f"{curve.generator}: not told"
    return f"{curve.generator}: twice {count(curve.collapse)} is not seen to gain"


def frontier_chart(summary: Summary) -> Chart | None:
    """Draw the expected score over money spent, split at best and for real documents alone."""
    points = summary.frontier
    if len(points) < 2:
        return None
    first, last = points[0], points[-1]
    budgets = [p.budget for p in points]
    curves = [
        Curve(budgets, [p.real_alone for p in points], "reference", "real alone", is_dashed=True),
        Curve(
            budgets, [p.score for p in points], "treatment", "best split",
            low=[p.low for p in points], high=[p.high for p in points],
        ),
    ]  # fmt: skip
    title = (
        f"At {first.price_real:,.2f} a real and {first.price_synthetic:,.3f} a synthetic document, {last.budget:,.0f} "
        f"more is expected to raise {_metric(summary)} from {score(first.score)} to {score(last.score)}"
    )
    described = f"{title}. " + "; ".join(f"{p.budget:,.0f}: {score(p.score)}" for p in points)
    header = ("Money", "Real in all", "Synthetic in all", "Expected", "95 % interval", "Real alone", "Note")
    rows = [
        (
            count(round(p.budget)),
            count(round(p.n_real)),
            count(round(p.n_synthetic)),
            score(p.score),
            interval(p.low, p.high, signed=False) if p.low is not None else DASH,
            score(p.real_alone),
            p.reason or "",
        )
        for p in points
    ]
    plane = Plane("money spent beyond what is owned", _metric(summary), "count", "score", right=_RIGHT)
    svg = draw_curves(curves, plane, key="frontier", title=title, description=described)
    return Chart(title, svg, described, header, tuple(rows))
