"""Drops texts in which the model declined to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthlift.corpus import Document
from synthlift.corpus.refusals import is_refusal
from synthlift.filters.contract import Decision

__all__ = ["RefusalFilter"]


@dataclass(frozen=True, slots=True)
class RefusalFilter:
    """Drop refusals, with the same rule by which an audit drops those of a file; English only."""

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document, reason ``refusal``; nothing is measured."""
        refused = [is_refusal(document.text) for document in documents]
        return [Decision(not each, "refusal" if each else None, None) for each in refused]
