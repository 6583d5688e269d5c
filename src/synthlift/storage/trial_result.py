"""What a trial leaves: scores, arrays, facts, or the reason why there are none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from synthlift.storage.canonical import JSON

__all__ = ["ScoreRow", "TrialResult"]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score of a trial.

    Attributes
    ----------
    metric : str
        Spelled like ``micro-F1@tuned``.
    label : str or None
        None for an average over labels.
    value : float or None
        Finite.
    reason : str or None
        Set where there is no value.

    Raises
    ------
    ValueError
        For NaN, infinity, or neither value nor reason.
    """

    metric: str
    label: str | None
    value: float | None
    reason: str | None

    def __post_init__(self) -> None:
        if self.value is None and self.reason is None:
            raise ValueError(f"{self.metric}: got neither value nor reason, expected one: give the reason")
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"{self.metric}: got {self.value}, expected a finite value: give None and the reason")


@dataclass(frozen=True, eq=False)  # arrays have no single answer to ==
class TrialResult:
    """What a trial leaves.

    Attributes
    ----------
    key : str
        SHA-256 of what makes the trial this one, in hex.
    name : str
        For people.
    spec : mapping of str to str, int, float or None
        The recipe.
    status : {"done", "not-applicable", "failed"}
    reason : str or None
        Set unless done.
    scores : tuple of ScoreRow
        In the order in which they are shown.
    arrays : mapping of str to ndarray
        Booleans, integers or floats.
    facts : mapping of str to JSON
        Small: chosen C, thresholds, n_documents.
    seconds : float
        How long it took; no part of what makes two results equal.
    n_tries : int
        How often it was started; no part of it either.

    Raises
    ------
    ValueError
        For a status without its reason.
    """

    key: str
    name: str
    spec: Mapping[str, str | int | float | None]
    status: Literal["done", "not-applicable", "failed"]
    reason: str | None
    scores: tuple[ScoreRow, ...] = ()
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, JSON] = field(default_factory=dict)
    seconds: float = 0.0
    n_tries: int = 1

    def __post_init__(self) -> None:
        if self.status != "done" and self.reason is None:
            raise ValueError(f"{self.name}: got {self.status} without a reason, expected one: say why")
