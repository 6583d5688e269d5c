"""Keeps the texts of the chosen prompt families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthlift.corpus import Document
from synthlift.filters.contract import Decision

__all__ = ["PromptFamilyFilter"]


@dataclass(frozen=True, slots=True)
class PromptFamilyFilter:
    """Drop ``other-family``: texts of another prompt family, or of an unknown one.

    Attributes
    ----------
    families : frozenset of str
        Names as in `Origin.family`.
    """

    families: frozenset[str]

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document; nothing is measured."""
        stays = [document.origin is not None and document.origin.family in self.families for document in documents]
        return [Decision(keep, None if keep else "other-family", None) for keep in stays]
