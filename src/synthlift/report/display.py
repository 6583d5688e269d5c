"""How numbers and foreign text are shown: one spelling each, everywhere on the page.

A null is a dash; what is missing and why stands beside it. A number carries, beside its spelling, what a table is
sorted by. Foreign text keeps its letters, but whatever could hide or
reorder them (control characters, bidirectional overrides, invisible format characters) is spelled out.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Self

__all__ = [
    "DASH",
    "Figure",
    "count",
    "gain",
    "interval",
    "is_figure",
    "level",
    "p_value",
    "percent",
    "percents",
    "score",
    "sort_key",
    "visible",
]

DASH = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_SPELLED_OUT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Joiners shape letters in Persian and Hindi and hold emoji together; a soft hyphen only breaks lines.
_HARMLESS = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}")
_FIGURE = re.compile(
    rf"(?:< )?[+{_MINUS}]?[\d,]+(?:\.\d+)?(?:\N{{NO-BREAK SPACE}}%)?|\[[^\]a-z]*\]|{DASH}|[\d,]+ to [\d,]+"
)


class Figure(str):
    """A number as it is shown, with the one that it is sorted by; None sorts last."""

    __slots__ = ("number",)
    number: float | None

    def __new__(cls, shown: str, number: float | None) -> Self:
        """Keep the number beside its spelling."""
        made = super().__new__(cls, shown)
        made.number = number
        return made


def sort_key(cell: str) -> str:
    """Return the number that a cell is sorted by, for a program to read; empty where there is none.

    >>> sort_key(count(12500)), sort_key(gain(-0.01)), sort_key(gain(None)), sort_key("knn")
    ('12500', '-0.01', '', '')
    """
    number = cell.number if isinstance(cell, Figure) else None
    return "" if number is None else f"{number:.9g}"


def visible(text: str) -> str:
    r"""Spell out the characters that a reader would not see, or that would reorder the others.

    >>> visible("safe\u202etxt.exe")
    'safe⟦U+202E⟧txt.exe'
    """
    return "".join(f"⟦U+{ord(c):04X}⟧" if _is_hidden(c) else c for c in text)


def _is_hidden(character: str) -> bool:
    if character in _HARMLESS:
        return False
    code = ord(character)
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return is_noncharacter or unicodedata.category(character) in _SPELLED_OUT


def score(value: float | None) -> Figure:
    """Show a score with three decimals.

    >>> score(0.56), score(-0.1), score(None)
    ('0.560', '−0.100', '–')
    """
    return Figure(DASH if value is None else _spelled(value, sign=""), value)


def gain(value: float | None) -> Figure:
    """Show a difference with its sign and three decimals; what rounds to zero has no sign.

    >>> gain(0.0621), gain(-0.01), gain(0.0001)
    ('+0.062', '−0.010', '0.000')
    """
    return Figure(DASH if value is None else _spelled(value, sign="+"), value)


def _spelled(value: float, *, sign: str) -> str:
    size = f"{abs(value):,.3f}"
    if float(size.replace(",", "")) == 0:
        return size
    return (_MINUS if value < 0 else sign) + size


def interval(low: float | None, high: float | None, *, signed: bool) -> Figure:
    """Show both limits in brackets, or a dash where one is missing; it is sorted by its lower limit.

    >>> interval(0.5, 0.62, signed=False), interval(-0.01, 0.02, signed=True)
    ('[0.500, 0.620]', '[−0.010, +0.020]')
    """
    if low is None or high is None:
        return Figure(DASH, None)
    show = gain if signed else score
    return Figure(f"[{show(low)}, {show(high)}]", low)


def p_value(value: float | None) -> Figure:
    """Show a p-value with three decimals, and below them only that it is.

    >>> p_value(0.0312), p_value(0.00004)
    ('0.031', '< 0.001')
    """
    if value is None:
        return Figure(DASH, None)
    return Figure("< 0.001" if value < 0.001 else f"{value:.3f}", value)


def level(value: float) -> str:
    """Show a chosen level, such as that of a test, with the digits it was chosen with.

    >>> level(0.05)
    '0.05'
    """
    return f"{value:g}"


def percent(share: float | None) -> Figure:
    r"""Show a share as a percentage, with three digits and two decimals at most.

    >>> [percent(share).replace("\N{NO-BREAK SPACE}", " ") for share in (0.9833, 0.000396, 0.00001)]
    ['98.3 %', '0.04 %', '< 0.01 %']
    """
    if share is None:
        return Figure(DASH, None)
    shown = round(100 * share, 2)
    spelled = "< 0.01" if shown == 0 and share > 0 else f"{shown + 0.0:.3g}".replace("-", _MINUS)
    return Figure(f"{spelled}\N{NO-BREAK SPACE}%", share)


def percents(low: float | None, high: float | None) -> Figure:
    r"""Show both limits of a share in brackets, as `interval` does.

    >>> percents(0.0, 0.0058).replace("\N{NO-BREAK SPACE}", " ")
    '[0 %, 0.58 %]'
    """
    if low is None or high is None:
        return Figure(DASH, None)
    return Figure(f"[{percent(low)}, {percent(high)}]", low)


def count(value: int | None) -> Figure:
    """Show a whole number, thousands apart.

    >>> count(12500)
    '12,500'
    """
    return Figure(DASH if value is None else f"{value:,}", value)


def is_figure(cell: str) -> bool:
    """Whether a cell holds only figures, and so is aligned to the right.

    >>> [is_figure(cell) for cell in ("+0.062", "[0.500, 0.620]", "12 dogs", "–")]
    [True, True, False, True]
    """
    return _FIGURE.fullmatch(cell) is not None
