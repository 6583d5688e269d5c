"""Tables and sentences of a budget: exchange rates, the law, and how far its advice is off where the truth is known."""

from __future__ import annotations

from synthlift.report.display import DASH, count, gain, interval, score
from synthlift.report.summary import Summary
from synthlift.report.summary_budget import BudgetLaw, ExchangeRate, PlantedAdvice
from synthlift.report.tables import Table

__all__ = ["exchange_table", "law_sentence", "planted_advice_sentence", "planted_advice_table"]

_BOUNDS = {"=": "", ">=": "at least ", "<=": "at most "}


def exchange_table(summary: Summary) -> Table:
    """List what each synthetic document stood in for, off the curve of real ones and by the law."""
    header = ("Real", "Synthetic", "Measured", "95 % interval", "By the law", "95 % interval of the law", "Note")
    rows = (
        (
            count(r.n_real), count(r.n_synthetic), _rate(r), interval(r.low, r.high, signed=True), score(r.law_rate),
            interval(r.law_low, r.law_high, signed=False), r.reason or "",
        )
        for r in summary.exchange
    )  # fmt: skip
    return Table.of("Real documents that each synthetic one stood in for", header, rows)


def _rate(record: ExchangeRate) -> str:
    return gain(record.rate) if record.bound == "=" else f"{_BOUNDS[record.bound]}{gain(record.rate)}"


def law_sentence(law: BudgetLaw) -> str:
    """Say what a law rests on, and what it cannot tell."""
    if law.misfit is None or law.least_real is None or law.most_real is None or law.most_synthetic is None:
        return f"No law could be fitted: {law.reason}."
    return (
        f"The law is fitted to {count(law.n_points)} points in {count(law.n_replicates)} replicates and leaves "
        f"{law.misfit:.3f} of {law.metric} unexplained (root mean square), which no interval holds. It foretells "
        f"{count(round(law.least_real))} to {count(round(law.most_real))} real and up to "
        f"{count(round(law.most_synthetic))} synthetic documents, and knows no harm: where more text harmed, the "
        "measured rate is negative and that of the law is not."
    )


def planted_advice_table(summary: Summary) -> Table:
    """List what the law foretold of each way to spend, and the truth."""
    header = (
        "Money spent", "Real", "Synthetic", "Expected", "95 % interval", "Truth", "Its standard error",
        "Holds the truth", "Note",
    )  # fmt: skip
    rows = (
        (
            r.split, count(r.n_real), count(r.n_synthetic), _number(r, r.expected),
            interval(r.low, r.high, signed=_is_difference(r)), _number(r, r.truth), score(r.standard_error),
            DASH if r.covered is None else "yes" if r.covered else "no", r.reason or "",
        )
        for r in summary.planted_advice
    )  # fmt: skip
    return Table.of("What the advice foretold, and the truth", header, rows)


def _is_difference(record: PlantedAdvice) -> bool:
    return record.n_real is None


def _number(record: PlantedAdvice, value: float | None) -> str:
    return gain(value) if _is_difference(record) else score(value)


def planted_advice_sentence(summary: Summary) -> str | None:
    """Say how far the advice is off; None where its truth is not known."""
    first = next((r for r in summary.planted_advice if r.split == "advised"), None)
    last = next((r for r in summary.planted_advice if _is_difference(r) and r.truth is not None), None)
    if first is None or first.n_real is None or first.truth is None or first.expected is None:
        return None
    told = (
        f"With {first.budget:,.0f} to spend, and nothing owned, at {first.price_real:g} a real and "
        f"{first.price_synthetic:g} a synthetic document, the advice is {count(first.n_real)} real and "
        f"{count(first.n_synthetic)} synthetic ones. It expects {score(first.expected)}; the truth is "
        f"{score(first.truth)}, off by {gain(first.truth - first.expected)}."
    )
    if last is None or last.truth is None:
        return told
    than = "more" if last.truth >= 0 else "less"
    return f"{told} That is {abs(last.truth):.3f} {than} than real documents for all of it."
