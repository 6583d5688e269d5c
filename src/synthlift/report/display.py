"""How numbers and foreign text are shown: one spelling each, everywhere on the page.

A null is a dash; what is missing and why stands beside it. Foreign text keeps its letters, but whatever could hide or
reorder them (control characters, bidirectional overrides, invisible format characters) is spelled out.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["DASH", "count", "gain", "interval", "is_figure", "level", "p_value", "percent", "score", "visible"]

DASH = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_SPELLED_OUT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Joiners shape letters in Persian and Hindi and hold emoji together; a soft hyphen only breaks lines.
_HARMLESS = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}")
_FIGURE = re.compile(
    rf"(?:< )?[+{_MINUS}]?[\d,]+(?:\.\d+)?(?:\N{{NO-BREAK SPACE}}%)?|\[[^\]a-z]*\]|{DASH}|[\d,]+ to [\d,]+"
)


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


def score(value: float | None) -> str:
    """Show a score with three decimals.

    >>> score(0.56), score(-0.1), score(None)
    ('0.560', '−0.100', '–')
    """
    return DASH if value is None else _spelled(value, sign="")


def gain(value: float | None) -> str:
    """Show a difference with its sign and three decimals; what rounds to zero has no sign.

    >>> gain(0.0621), gain(-0.01), gain(0.0001)
    ('+0.062', '−0.010', '0.000')
    """
    return DASH if value is None else _spelled(value, sign="+")


def _spelled(value: float, *, sign: str) -> str:
    size = f"{abs(value):,.3f}"
    if float(size.replace(",", "")) == 0:
        return size
    return (_MINUS if value < 0 else sign) + size


def interval(low: float | None, high: float | None, *, signed: bool) -> str:
    """Show both limits in brackets, or a dash where one is missing.

    >>> interval(0.5, 0.62, signed=False), interval(-0.01, 0.02, signed=True)
    ('[0.500, 0.620]', '[−0.010, +0.020]')
    """
    if low is None or high is None:
        return DASH
    show = gain if signed else score
    return f"[{show(low)}, {show(high)}]"


def p_value(value: float | None) -> str:
    """Show a p-value with three decimals, and below them only that it is.

    >>> p_value(0.0312), p_value(0.00004)
    ('0.031', '< 0.001')
    """
    if value is None:
        return DASH
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def level(value: float) -> str:
    """Show a chosen level, such as that of a test, with the digits it was chosen with.

    >>> level(0.05)
    '0.05'
    """
    return f"{value:g}"


def percent(share: float | None) -> str:
    r"""Show a share as a percentage.

    >>> percent(0.9833).replace("\N{NO-BREAK SPACE}", " ")
    '98.3 %'
    """
    return DASH if share is None else f"{100 * share:.3g}".replace("-", _MINUS) + "\N{NO-BREAK SPACE}%"


def count(value: int | None) -> str:
    """Show a whole number, thousands apart.

    >>> count(12500)
    '12,500'
    """
    return DASH if value is None else f"{value:,}"


def is_figure(cell: str) -> bool:
    """Whether a cell holds only figures, and so is aligned to the right.

    >>> [is_figure(cell) for cell in ("+0.062", "[0.500, 0.620]", "12 dogs", "–")]
    [True, True, False, True]
    """
    return _FIGURE.fullmatch(cell) is not None
