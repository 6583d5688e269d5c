"""What a filter is: a rule that measures documents and says of each whether it stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from synthlift.corpus import Document

__all__ = ["Decision", "Filter"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a filter says of one document.

    Attributes
    ----------
    keep : bool
    reason : str or None
        A stable code such as ``too-short`` where it is dropped, None where it is kept.
    score : float or None
        What was measured, kept or dropped; None where the rule measures nothing.
    """

    keep: bool
    reason: str | None
    score: float | None


class Filter(Protocol):
    """Measure first, decide second."""

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document, in their order."""
        ...
