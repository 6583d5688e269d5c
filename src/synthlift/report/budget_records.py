"""A budget as records of the summary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from synthlift.report.budget import Budget
from synthlift.report.grid_scores import GridScores
from synthlift.report.records import joined, rounded, spelled
from synthlift.report.summary_budget import (
    BudgetLaw,
    ExchangeRate,
    FixedTotal,
    FrontierPoint,
    SurfacePoint,
    VolumeCurve,
)
from synthlift.stats.budget import Prices, frontier
from synthlift.stats.law import Law, Unfit
from synthlift.stats.surface import NO_SPREAD, Quantity, quantity
from synthlift.stats.sweep import fixed_total
from synthlift.study.grid import GridPoint

__all__ = [
    "EXAMPLE_PRICES",
    "NOTHING",
    "exchange_rates",
    "fixed_totals",
    "frontier_points",
    "laws",
    "surface_points",
    "volumes",
]

# a page has to show some: an expert's time to label a document, and a text of an open model, kept
EXAMPLE_PRICES = Prices(real=2.50, synthetic=0.003)
N_BUDGETS = 13
N_DRAWS = 2000
NOTHING = Quantity(None, None, None)


def laws(budget: Budget) -> Iterator[BudgetLaw]:
    """Yield the law, or why there is none; nothing where no grid was asked for."""
    if not budget.evidence.study.grid:
        return
    metric, _, threshold = budget.evidence.study.primary.metric.partition("@")
    law = budget.law if isinstance(budget.law, Law) else None
    worth, saturation = (law.worth, law.saturation) if law else (NOTHING, NOTHING)
    reasons = (worth.reason, saturation.reason) if law else (getattr(budget.law, "reason", None),)
    yield BudgetLaw.model_validate(
        {
            **_about(budget),
            "metric": metric,
            "threshold": threshold,
            **spelled(worth, "worth", "worth_"),
            **spelled(saturation, "saturation", "saturation_"),
            **{name: rounded(getattr(law, name, None)) for name in ("misfit", "least_real", "most_real")},
            "most_synthetic": rounded(law.most_synthetic) if law else None,
            "owned_real": budget.owned[0],
            "owned_synthetic": budget.owned[1],
            "n_points": 0 if budget.fitted is None else len(budget.fitted.n_real),
            **_counts(budget),
            "reason": joined(*reasons),
        }
    )


def surface_points(budget: Budget) -> Iterator[SurfacePoint]:
    """Yield every point of the grid; of the first generator with what the law expects there."""
    for generator, scores in budget.by_generator.items():
        for point, score in _scored(budget, generator, scores):
            expected = _expected(budget, point)
            yield SurfacePoint.model_validate(
                {
                    **_about(budget),
                    "generator": generator if point.n_synthetic else None,
                    "n_real": point.n_real,
                    "n_synthetic": point.n_synthetic,
                    **spelled(score, "score"),
                    "expected": rounded(expected.value),
                    **_counts(budget),
                    "reason": joined(score.reason, expected.reason),
                }
            )


def _scored(budget: Budget, generator: str, scores: GridScores) -> Iterator[tuple[GridPoint, Quantity]]:
    surface = scores.surface
    if surface is not None:
        drawn = surface.draws(N_DRAWS, budget.stream("surface", generator))
        for point, value, column in zip(scores.points, surface.mean, drawn.T, strict=True):
            yield point, quantity(value, column)
    for point, reason in scores.missing.items():
        yield point, Quantity(None, None, None, reason)


def _expected(budget: Budget, point: GridPoint) -> Quantity:
    if point.generator != budget.generator:
        return Quantity(None, None, None, "expected: the law is of the first generator")
    if isinstance(budget.law, Unfit):
        return Quantity(None, None, None, f"expected: {budget.law.reason}")
    if point.n_real < budget.least_real:
        return Quantity(None, None, None, f"expected: the law is fitted from N = {budget.least_real} on")
    return Quantity(budget.law.predict(point.n_real, point.n_synthetic).value, None, None)


def exchange_rates(budget: Budget) -> Iterator[ExchangeRate]:
    """Yield the exchange rate at each point with documents of both kinds, from the grid's smallest N on."""
    for point in budget.by_generator[budget.generator].points:
        found = budget.exchange(point.n_real, point.n_synthetic) if point.n_synthetic else None
        if found is not None and point.n_real >= budget.least_real:
            law = budget.law
            by_law = law.exchange_rate(point.n_synthetic) if isinstance(law, Law) else NOTHING
            why = f"law: {by_law.reason if isinstance(law, Law) else law.reason}"
            yield ExchangeRate.model_validate(
                {
                    **_about(budget),
                    "n_real": point.n_real,
                    "n_synthetic": point.n_synthetic,
                    **spelled(found.rate, "rate"),
                    "bound": found.bound,
                    **spelled(by_law, "law_rate", "law_"),
                    "reason": joined(found.rate.reason, why if by_law.value is None or by_law.reason else None),
                }
            )


def fixed_totals(budget: Budget) -> Iterator[FixedTotal]:
    """Yield each total that was split at all shares."""
    surface, pool = budget.surface, budget.owned[0]
    if surface is None:
        return
    for total in (pool, pool // 2):
        found = fixed_total(surface, total, budget.stream("total", total))
        best = max((score.value for score in found.score if score.value is not None), default=None)
        yield FixedTotal.model_validate(
            {
                **_about(budget),
                "total": total,
                "best_share": rounded(found.best),
                "best_score": rounded(best),
                "flat": found.flat,
                "n_shares": len(found.share),
                "reason": found.reason,
            }
        )


def volumes(budget: Budget) -> Iterator[VolumeCurve]:
    """Yield where more text of each generator stops paying: from one document per real one on."""
    n_real = budget.n_primary
    for generator in budget.by_generator if budget.evidence.grid.points else ():
        about = {**_about(budget), "generator": generator, "n_real": n_real, "steps": [], "collapse": None}
        found = budget.volume_curve(generator)
        if found is None:
            few = f"fewer than {2 * n_real} synthetic documents: no volume to double beside {n_real} real ones"
            yield VolumeCurve.model_validate({**about, "reason": few})
            continue
        ends = zip(found.volume, found.volume[1:], found.gain, strict=False)
        about["steps"] = [
            {"volume": int(a), "next_volume": int(b), **spelled(gain, "gain"), "reason": gain.reason}
            for a, b, gain in ends
        ]
        about["collapse"] = None if found.collapse is None else int(found.collapse)
        yield VolumeCurve.model_validate({**about, "reason": found.reason})


def frontier_points(budget: Budget) -> Iterator[FrontierPoint]:
    """Yield the best split of several sums at the example prices, spent beyond what the run owns."""
    law = budget.law
    if isinstance(law, Unfit):
        return
    most = EXAMPLE_PRICES.real * max(law.most_real - budget.owned[0], 0.0)
    found = frontier(law, EXAMPLE_PRICES, np.linspace(0.0, most, N_BUDGETS).tolist(), budget.owned)
    columns = {name: getattr(found, name) for name in ("budget", "n_real", "n_synthetic", "score", "real_alone")}
    limits = {"low": found.low, "high": found.high}
    for i in range(len(found.budget)):
        yield FrontierPoint.model_validate(
            {
                "price_real": EXAMPLE_PRICES.real,
                "price_synthetic": EXAMPLE_PRICES.synthetic,
                **{name: rounded(float(column[i])) for name, column in columns.items()},
                **{name: None if limit is None else rounded(float(limit[i])) for name, limit in limits.items()},
                "reason": NO_SPREAD if found.low is None else None,
            }
        )


def _about(budget: Budget) -> dict[str, Any]:
    return {"generator": budget.generator, "classifier": budget.evidence.study.primary.classifier}


def _counts(budget: Budget) -> dict[str, int]:
    return {"n_replicates": budget.evidence.study.replicates, "n_test_documents": budget.evidence.facts.n_test}
