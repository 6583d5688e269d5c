"""How far the answer reaches: to other real documents, and beyond these trained models; words and a table of records.

A result for new test documents and runs on these real documents is the least that a verdict claims. Others claim more
(that other real documents would do the same) or less (that these very models differ).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synthlift.report.cells import find_estimate, primary_metric, same_cell, shares_setting
from synthlift.report.display import DASH, count, gain, interval, p_value, percent
from synthlift.report.records import ALPHA
from synthlift.report.summary import Randomisation, Sensitivity, Summary
from synthlift.report.tables import Table, lies
from synthlift.report.wording import TREATMENT
from synthlift.study.trials import DRAWS

__all__ = ["ALPHA", "drawn", "other_documents", "reach_reasons", "reach_table", "regime_words", "these_models"]


def regime_words(record: Sensitivity) -> str:
    """Say what a record was drawn from: draws of a share of the real documents are no regime that the user wrote."""
    if record.regime == DRAWS:
        return f"draws of {percent(record.share)} of the real documents ({count(record.n_real)})"
    return f"regime {record.regime}"


def _other(summary: Summary) -> list[Sensitivity]:
    """Return the records of the primary cell: in its own regime, else on draws of it."""
    verdict = summary.verdict
    own = [record for record in summary.sensitivity if same_cell(record, verdict)]
    at = verdict.model_copy(update={"regime": DRAWS})
    return own or [r for r in summary.sensitivity if shares_setting(r, at) and r.generator == verdict.generator]


def _these(summary: Summary) -> list[Randomisation]:
    return [record for record in summary.randomisation if same_cell(record, summary.verdict)]


def drawn(summary: Summary) -> Sensitivity | None:
    """Return a record of the draws that stood for other documents; None where the primary regime is itself drawn."""
    return next((record for record in _other(summary) if record.regime == DRAWS), None)


def reach_reasons(summary: Summary) -> list[str]:
    """Return why there is no number for other documents, nor for these models, each reason once."""
    records = [*_other(summary), *_these(summary)]
    return list(dict.fromkeys(record.reason for record in records if record.reason))


def other_documents(summary: Summary) -> list[str]:
    """Say where the intervals for other real documents lie, a sentence for above, around and below zero."""
    known = [record for record in _other(summary) if record.low is not None]
    told = []
    for where, meaning in (
        ("above", "it would be a gain with other real documents too"),
        ("around", "with other real documents it could be a gain or none, or a loss"),
        ("below", "it would be a loss with other real documents too"),
    ):
        own = [record for record in known if lies(record.low, record.high) == f"{where}\N{NO-BREAK SPACE}zero"]
        if own:
            told.append(f"Against {_names(own)} the interval lies {where} zero: {meaning}.")
    return told


def these_models(summary: Summary) -> list[str]:
    """Say which differences are there in these trained models, and whether new runs would show them as well."""
    groups: dict[str, list[Randomisation]] = {}
    for record in _these(summary):
        if record.p is not None:
            groups.setdefault(_standing(record, summary), []).append(record)
    return [f"Against {_names(own)} {_MODELS[key]} ({_largest_p(own)})." for key, own in groups.items()]


_MODELS = {
    "both": "these trained models differ by more than chance, and so would newly trained ones: it is not these only",
    "only": "these trained models differ by more than chance, but newly trained ones might not: it may be these only",
    "neither": "not even these trained models differ by more than chance",
}


def _standing(record: Randomisation, summary: Summary) -> str:
    if record.p is None or record.p >= ALPHA:
        return "neither"
    found = find_estimate(summary.estimates, record, record.contrast, primary_metric(summary.verdict))
    known = found is not None and found.low is not None and found.high is not None
    return "both" if found is not None and known and "around" not in lies(found.low, found.high) else "only"


def _names(records: Sequence[Sensitivity | Randomisation]) -> str:
    names = [record.contrast.removeprefix(f"{TREATMENT} - ") for record in records]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _largest_p(records: Sequence[Randomisation]) -> str:
    p = p_value(max(record.p for record in records if record.p is not None))
    return f"p {p}" if p.startswith("<") else f"p {'=' if len(records) == 1 else 'at most'} {p}"


def reach_table(summary: Summary) -> Table:
    """Set side by side, for each contrast of the primary cell: new runs, other real documents, these very models."""
    other = {record.contrast: record for record in _other(summary)}
    these = {record.contrast: record for record in _these(summary)}
    rows = [_row(name, other.get(name), these.get(name), summary) for name in dict.fromkeys([*other, *these])]
    header = (
        "Gain over", "Gain", "New test documents and runs", "Gain in the draws", "Other real documents too",
        "p, these models only", "Note",
    )  # fmt: skip
    if drawn(summary) is None:
        rows = [(*row[:3], "", *row[4:]) for row in rows]
    return Table.of("The same gain, asked of new runs, of other real documents and of these models", header, rows)


def _row(name: str, other: Sensitivity | None, these: Randomisation | None, summary: Summary) -> tuple[str, ...]:
    found = find_estimate(summary.estimates, summary.verdict, name, primary_metric(summary.verdict))
    reasons = [record.reason for record in (other, these) if record is not None and record.reason]
    return (
        name.removeprefix(f"{TREATMENT} - "),
        DASH if found is None else gain(found.value),
        DASH if found is None else interval(found.low, found.high, signed=True),
        DASH if other is None else gain(other.value),
        DASH if other is None else interval(other.low, other.high, signed=True),
        DASH if these is None else p_value(these.p),
        _joined(reasons),
    )


def _joined(reasons: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(reasons))
