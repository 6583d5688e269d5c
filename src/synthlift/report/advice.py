"""What to buy next for a sum of money, from what a run measured."""

from __future__ import annotations

from math import floor, isfinite

from synthlift.errors import BadConfiguration, show
from synthlift.report.budget import Budget
from synthlift.report.budget_records import NOTHING
from synthlift.report.evidence import Evidence
from synthlift.report.records import joined, rounded, spelled
from synthlift.report.summary_budget import Advice
from synthlift.stats.budget import Allocation, Prices, allocate
from synthlift.stats.law import Law
from synthlift.stats.surface import Quantity

__all__ = ["advise", "prices_of"]

DEAREST, MOST = 1e9, 1e12  # of a document, and of a budget: beyond them numbers are slips of the pen
KINDS = ("real", "synthetic", "audit")
EXPECTED = "expected real=2.50,synthetic=0.003, and audit=0.10 where texts are looked at"


def prices_of(text: str) -> Prices:
    """Read prices as the command line has them.

    Raises
    ------
    BadConfiguration

    Examples
    --------
    >>> prices_of("real=2.50,synthetic=0.003")
    Prices(real=2.5, synthetic=0.003, audit=0.0)
    """
    found: dict[str, float] = {}
    for pair in text.split(","):
        name, _, value = (part.strip() for part in pair.partition("="))
        if name not in KINDS or name in found:
            raise BadConfiguration(f"--prices: got {show(pair)}, {EXPECTED}, each once")
        found[name] = _number(name, value)
    absent = [name for name in ("real", "synthetic") if name not in found]
    if absent:
        raise BadConfiguration(f"--prices: got no price of a {absent[0]} document, {EXPECTED}")
    return Prices(**found)


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    least = f"more than 0 and up to {DEAREST:g}" if name == "real" else f"0 to {DEAREST:g}"
    if not 0.0 <= number <= DEAREST or (name == "real" and number == 0.0):
        raise BadConfiguration(f"--prices: got {name}={show(value)}, expected a number, {least}")
    return number


def _check_budget(budget: float) -> None:
    """Raise BadConfiguration for what is no sum of money."""
    if not (isfinite(budget) and 0.0 <= budget <= MOST):
        raise BadConfiguration(f"--budget: got {budget:g}, expected a number, 0 to {MOST:g}")


def advise(evidence: Evidence, prices: Prices, money: float) -> Advice:
    """Return what to buy next, and what it is expected to do.

    What the run trained on is owned: its real training documents, and the kept texts of its first generator.

    Raises
    ------
    BadConfiguration
        Where the run has no grid, or the budget is no sum of money.
    """
    _check_budget(money)
    if not evidence.study.grid:
        raise BadConfiguration(
            "RUN: got a run without a grid of volumes, expected one: run the same command again with --grid, on the "
            "same folder, which goes on from what it has"
        )
    budget = Budget(evidence)
    law = budget.law
    owned = budget.owned
    split = allocate(law, prices, money, owned) if isinstance(law, Law) else _no_split(money, law.reason)
    metric, _, threshold = evidence.study.primary.metric.partition("@")
    now = law.predict(*owned) if isinstance(law, Law) else NOTHING
    measured, why = _measured(budget)
    texts = _bought(split.n_synthetic, owned[1])
    documents = _bought(split.n_real, owned[0])
    spent = None
    if documents.value is not None and texts.value is not None:
        spent = prices.real * documents.value + (prices.synthetic + prices.audit) * texts.value
    return Advice.model_validate(
        {
            "generator": budget.generator,
            "classifier": evidence.study.primary.classifier,
            "metric": metric,
            "threshold": threshold,
            "price_real": prices.real,
            "price_synthetic": prices.synthetic,
            "price_audit": prices.audit,
            "budget": money,
            "owned_real": owned[0],
            "owned_synthetic": owned[1],
            **spelled(documents, "buy_real", "buy_real_"),
            **spelled(texts, "buy_synthetic", "buy_synthetic_"),
            "spent": rounded(spent),
            **spelled(now, "now", "now_"),
            **spelled(split.score, "expected", "expected_"),
            **spelled(split.over_real, "over_real", "over_real_"),
            "real_alone": floor(money / prices.real),
            "flat": split.flat,
            "misfit": rounded(law.misfit) if isinstance(law, Law) else None,
            **measured,
            "reason": joined(split.reason, *(each.reason for each in (*_parts(split), now)), why),
        }
    )


def _no_split(money: float, reason: str) -> Allocation:
    nothing = Quantity(None, None, None, reason)
    return Allocation(money, nothing, nothing, nothing, nothing, None, reason)


def _bought(found: Quantity, owned: float) -> Quantity:
    """Return how many documents are bought, whole ones, so that the money suffices."""
    value, low, high = (
        None if number is None else float(max(floor(number - owned + 1e-9), 0))
        for number in (found.value, found.low, found.high)
    )
    return Quantity(value, low, high, found.reason)


def _measured(budget: Budget) -> tuple[dict[str, float | str | int | None], str | None]:
    """Return what needs no law: the rate off the curve of real documents, and where more text stopped paying."""
    n_real = budget.owned[0]
    most = max((point.n_synthetic for point in budget.measured if point.n_real == n_real), default=0)
    exchange = budget.exchange(n_real, most) if most else None
    curve = budget.volume_curve(budget.generator)
    collapse = None if curve is None or curve.collapse is None else int(curve.collapse)
    no_curve = "there is no volume of synthetic text to double" if curve is None else curve.reason
    fields = {
        "rate_at": most or None,
        **spelled(exchange.rate if exchange else NOTHING, "rate", "rate_"),
        "rate_bound": exchange.bound if exchange else None,
        "collapse": collapse,
        "collapse_beside": budget.n_primary if collapse is not None else None,
    }
    no_rate = exchange.rate.reason if exchange else f"no synthetic text was measured beside all {n_real} real documents"
    return fields, joined(f"rate: {no_rate}" if no_rate else None, f"collapse: {no_curve}" if no_curve else None)


def _parts(split: Allocation) -> tuple[Quantity, ...]:
    return split.n_real, split.n_synthetic, split.score, split.over_real
