"""How far a law's advice is off where the truth is known: what it foretells of two ways to spend, beside what is so.

The prices make an interior optimum likely, and the money is what the pool costs: then the advised documents are there,
and can be trained on. Nothing is owned, so that the advice is of the whole training set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil, floor

import numpy as np

from synthlift.report.budget import Budget
from synthlift.report.records import joined, rounded
from synthlift.report.summary_budget import PlantedAdvice
from synthlift.stats.budget import Prices, allocate
from synthlift.stats.law import Unfit
from synthlift.stats.surface import Quantity, quantity
from synthlift.study.grid import GridPoint

__all__ = ["ADVISED", "DIFFERENCE", "PLANTED_PRICES", "REAL_ALONE", "planted_advice", "splits_to_check"]

PLANTED_PRICES = Prices(real=1.0, synthetic=0.25)
ADVISED, REAL_ALONE, DIFFERENCE = "advised", "real alone", "advised - real alone"


def splits_to_check(budget: Budget) -> dict[str, GridPoint]:
    """Return N and M as the law advises, and with all money spent on real documents; none where it advises nothing."""
    if isinstance(budget.law, Unfit):
        return {}
    money = _money(budget)
    # what was never written cannot be trained on
    law = replace(budget.law, most_synthetic=min(budget.law.most_synthetic, float(budget.owned[1])))
    found = allocate(law, PLANTED_PRICES, money)
    if found.n_real.value is None or found.n_synthetic.value is None:
        return {}
    return {
        ADVISED: GridPoint(budget.generator, ceil(found.n_real.value), floor(found.n_synthetic.value)),
        REAL_ALONE: GridPoint(budget.generator, budget.owned[0], 0),
    }


def _money(budget: Budget) -> float:
    return budget.owned[0] * PLANTED_PRICES.real


def planted_advice(budget: Budget) -> Iterator[PlantedAdvice]:
    """Yield the law's forecast of each split whose truth a simulation knows, and of their difference."""
    truths = {record["split"]: record for record in budget.evidence.planted_splits}
    splits = {name: (r["n_real"], r["n_synthetic"]) for name, r in truths.items() if name != DIFFERENCE}
    for name, truth in truths.items():
        expected = _expected(budget, splits, name)
        yield PlantedAdvice.model_validate(
            {
                **truth,
                "generator": budget.generator,
                "classifier": budget.evidence.study.primary.classifier,
                "price_real": PLANTED_PRICES.real,
                "price_synthetic": PLANTED_PRICES.synthetic,
                "budget": _money(budget),
                "expected": rounded(expected.value),
                "low": rounded(expected.low),
                "high": rounded(expected.high),
                "truth": rounded(truth["truth"]),
                "standard_error": rounded(truth["standard_error"]),
                "covered": _is_covered(truth["truth"], expected),
                "reason": joined(truth["reason"], expected.reason),
            }
        )


def _is_covered(truth: float | None, expected: Quantity) -> bool | None:
    if truth is None or expected.low is None or expected.high is None:
        return None
    return expected.low <= truth <= expected.high


def _expected(budget: Budget, splits: dict[str, tuple[int, int]], name: str) -> Quantity:
    """Return what the law of this run foretells of a split, which was advised when its truth was looked up."""
    law = budget.law
    if isinstance(law, Unfit):
        return Quantity(None, None, None, law.reason)
    if name != DIFFERENCE:
        return law.predict(*splits[name])
    advised, alone = (law.predict(*splits[each]) for each in (ADVISED, REAL_ALONE))
    if advised.value is None or alone.value is None:
        return advised if advised.value is None else alone
    scores = law.scores(*np.array([splits[ADVISED], splits[REAL_ALONE]], dtype=float).T)
    gain = scores[:, 0] - scores[:, 1]
    return quantity(gain[0], gain[1:])
