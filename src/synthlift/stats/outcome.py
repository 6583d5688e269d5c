"""The verdict table: which of five outcomes the intervals allow, the first line that holds.

References
----------
Berger (1982), Multiparameter hypothesis testing and acceptance sampling, Technometrics 24 (intersection-union: every
control beaten at 2.5 % bounds the error of *helps* at 2.5 %).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from synthlift.stats.two_way import TwoWay

__all__ = ["Decision", "Outcome", "decide"]

Outcome = Literal["helps", "only-volume", "no-effect", "harms", "cannot-tell"]


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome and the comparison it rests on.

    Attributes
    ----------
    outcome : str
    against : str
        "real", or the volume control that decided: for *helps* the one with the least lower limit, for *only-volume*
        the one whose upper limit is least, for *cannot-tell* the hardest to beat.
    """

    outcome: Outcome
    against: str


def decide(
    against_real: TwoWay,
    controls: Mapping[str, TwoWay],
    *,
    delta: float,
    alpha: float = 0.05,
    complete: bool = True,
) -> Decision:
    """Apply the table of method section 5.

    Parameters
    ----------
    against_real : TwoWay
        ``real+synthetic - real``.
    controls : mapping of str to TwoWay
        ``real+synthetic - control`` for the volume controls whose predictions differ from `real`; there are K.
    delta : float
        The smallest gain worth having, > 0.
    alpha : float
        Two-sided level: 0.05 in the primary cell, divided by the number of cells elsewhere.
    complete : bool
        False where a control is missing: *helps* and *only-volume* cannot be said then.
    """
    low, high = against_real.interval(alpha)
    if -delta < low and high < delta:
        return Decision("no-effect", "real")
    if high < 0.0:
        return Decision("harms", "real")
    lows = {"real": low} | {name: estimate.interval(alpha)[0] for name, estimate in controls.items()}
    hardest = min(lows, key=lows.__getitem__)
    if low > 0.0 and complete:
        # "some control" is K chances to err, so each takes its share of the level
        uppers = {name: e.bound(1.0 - alpha / 2.0 / len(controls)) for name, e in controls.items()}
        nearest = min(uppers, key=uppers.__getitem__, default=None)
        if nearest is not None and uppers[nearest] < delta:
            return Decision("only-volume", nearest)
        if lows[hardest] > 0.0:
            return Decision("helps", hardest)
    return Decision("cannot-tell", hardest)
