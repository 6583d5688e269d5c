"""Drops texts that do not read like the labels they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Document
from synthlift.filters.contract import Decision

__all__ = ["LabelAgreement", "LabelConsistencyFilter"]


class LabelAgreement(Protocol):
    """A judge of labels that learned them from real documents alone."""

    def agreement(self, documents: Sequence[Document]) -> NDArray[np.float64]:
        """Return the F1 of predicted against given labels, from 0 to 1, ``(n_documents,)``."""
        ...


@dataclass(frozen=True, slots=True)
class LabelConsistencyFilter:
    """Drop ``label-inconsistent``: labels predicted from the text agree too little with those it carries.

    Attributes
    ----------
    judged_by : LabelAgreement
    minimum : float
        The lowest F1 that stays, from 0 to 1.
    """

    judged_by: LabelAgreement
    minimum: float

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document; the score is the F1."""
        scores = self.judged_by.agreement(documents).tolist() if documents else []
        stays = [score >= self.minimum for _, score in zip(documents, scores, strict=True)]
        return [
            Decision(keep, None if keep else "label-inconsistent", score)
            for keep, score in zip(stays, scores, strict=True)
        ]
