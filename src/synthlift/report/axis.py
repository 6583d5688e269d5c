"""The axis of a chart: from values to pixels, with ticks at round numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Literal

__all__ = ["Kind", "Scale", "scale_over", "tick_label"]

Kind = Literal["score", "gain", "count", "share"]

_NICE = 10  # ends are rounded to steps of a tenth of the axis: coarser ones would leave much of it bare
_EPSILON = 1e-9
_ROOM = 8  # pixels between an outermost mark and the edge
_LABEL = 48  # pixels that a label needs


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map of ``[low, high]`` to ``[0, pixels]``, with a tick at every multiple of the step."""

    low: float
    high: float
    pixels: int
    step: float

    def __call__(self, value: float) -> float:
        """Return where a value lies."""
        return (value - self.low) / (self.high - self.low) * self.pixels

    @property
    def ticks(self) -> list[float]:
        """The values with a tick."""
        first, last = ceil(self.low / self.step - _EPSILON), floor(self.high / self.step + _EPSILON)
        return [number * self.step for number in range(first, last + 1)]

    @property
    def decimals(self) -> int:
        """How many decimals tell the ticks apart."""
        return max(0, -floor(log10(self.step) + _EPSILON))


def scale_over(values: Sequence[float], pixels: int, n_ticks: int, *, has_zero: bool, is_positive: bool) -> Scale:
    """Return a scale that holds all values, and zero where it must.

    Parameters
    ----------
    values : sequence of float
        At least one.
    pixels, n_ticks : int
        The length of the axis, and about how many ticks it has.
    has_zero, is_positive : bool
        Whether zero is on it; whether nothing lies below zero, so that no room is left there.
    """
    shown = [*values, 0.0] if has_zero or is_positive else values
    low, high = min(shown), max(shown)
    if high - low < _EPSILON:
        low, high = (
            (0.0, 1.0) if is_positive and high < _EPSILON else (low - abs(low) / 10 - 0.01, high + abs(high) / 10)
        )
    room = 0.0 if is_positive else (high - low) * _ROOM / (pixels - 2 * _ROOM)
    nice = _step(high - low + 2 * room, _NICE)
    low, high = floor((low - room) / nice + _EPSILON) * nice, ceil((high + room) / nice - _EPSILON) * nice
    return Scale(low, high, pixels, _step(high - low, n_ticks, least=(high - low) * _LABEL / pixels))


def _step(span: float, n_steps: int, least: float = 0.0) -> float:
    """Return the round number (1, 2 or 5 times a power of ten) that divides a span into about so many steps.

    Where that is below `least`, the labels would overlap: then it is the next round number that is not.
    """
    raw = span / n_steps
    power = 10.0 ** floor(log10(raw))
    ratio = raw / power
    nearest = 10 if ratio >= 50**0.5 else 5 if ratio >= 10**0.5 else 2 if ratio >= 2**0.5 else 1
    return next(
        factor * power for factor in (1, 2, 5, 10, 20, 50, 100) if factor >= nearest and factor * power >= least
    )


def tick_label(value: float, scale: Scale, kind: Kind) -> str:
    """Spell the value of a tick.

    >>> tick_label(0.5, Scale(0.0, 1.0, 100, 0.5), "gain"), tick_label(0.5, Scale(0.0, 1.0, 100, 0.5), "score")
    ('+0.5', '0.5')
    """
    if abs(value) < scale.step / 2:
        return "0"
    if kind == "share":
        return f"{100 * value:.{max(0, scale.decimals - 2)}f}\N{NO-BREAK SPACE}%"
    if kind == "count":
        return f"{round(value):,}"
    return f"{value:{'+' if kind == 'gain' else ''}.{scale.decimals}f}".replace("-", "\N{MINUS SIGN}")
