"""Filters one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthlift.corpus import Document
from synthlift.filters.contract import Filter

__all__ = ["Verdict", "apply"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all filters say of one document.

    Attributes
    ----------
    kept : bool
    reason : str or None
        Of the filter that dropped it.
    scores : dict of str to float or None
        By name of the filter, in order, up to the one that dropped it: later ones never see it.
    """

    kept: bool
    reason: str | None
    scores: dict[str, float | None] = field(default_factory=dict)


def apply(filters: Mapping[str, Filter], documents: Sequence[Document]) -> list[Verdict]:
    """Return one verdict per document, in order; each filter judges what the ones before it kept."""
    scores: list[dict[str, float | None]] = [{} for _ in documents]
    reasons: dict[int, str | None] = {}
    for name, each in filters.items():
        rows = [row for row in range(len(documents)) if row not in reasons]
        for row, decision in zip(rows, each.judge([documents[row] for row in rows]), strict=True):
            scores[row][name] = decision.score
            if not decision.keep:
                reasons[row] = decision.reason
    return [Verdict(row not in reasons, reasons.get(row), scores[row]) for row in range(len(documents))]
