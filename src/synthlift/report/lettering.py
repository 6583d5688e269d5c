"""How much room a text takes: a table of widths, so that a picture does not depend on the fonts of this machine."""

from __future__ import annotations

import unicodedata

__all__ = ["shortened", "shortened_inside", "width"]

# advance widths of Helvetica, which the page's fonts come near to, in thousandths of the font size
_WIDTHS = {
    character: size
    for size, characters in (
        (191, "'"), (222, "ijl"), (278, " !,./:;\\[]fIt|\N{NO-BREAK SPACE}\N{MIDDLE DOT}"), (333, "()-r`{}"),
        (389, "*"), (469, "^"), (500, "cksvxyzJ"), (584, "+<=>~\N{MINUS SIGN}"), (611, "FTZ"), (667, "ABEKPSVXY&"),
        (722, "CDHNRUw"), (778, "GOQ"), (833, "mM"), (889, "%"), (944, "W"), (1000, "\N{HORIZONTAL ELLIPSIS}"),
        (1015, "@"),
    )
    for character in characters
}  # fmt: skip
_USUAL = 556
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_BOLD = 1.16  # of the widest of them


def width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Return about how many pixels a text takes at a font size.

    >>> width("iii", 10) < width("mmm", 10) < width("mmm", 10, is_bold=True)
    True
    """
    thousandths = sum(_advance(character) for character in text)
    return thousandths / 1000 * size * (_BOLD if is_bold else 1.0)


def _advance(character: str) -> int:
    known = _WIDTHS.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character):
        return 0
    return 1000 if unicodedata.east_asian_width(character) in "WF" else _USUAL


def shortened(text: str, limit: float, size: float, *, is_bold: bool = False) -> str:
    """Cut a text that takes more than `limit` pixels, and end it with an ellipsis.

    >>> shortened("replicated-matched", 200, 13), shortened("replicated-matched", 60, 13)
    ('replicated-matched', 'replicat…')
    """
    if width(text, size, is_bold=is_bold) <= limit:
        return text
    return f"{text[: _fitting(text, limit, size, is_bold=is_bold)].rstrip()}{_ELLIPSIS}"


def shortened_inside(text: str, limit: float, size: float, *, is_bold: bool = False) -> str:
    """Cut a name in its middle: what tells one from another is as often at its end as at its beginning.

    >>> shortened_inside("mistralai/Mistral-7B-Instruct-v0.3", 120, 13)
    'mistralai/…truct-v0.3'
    """
    if width(text, size, is_bold=is_bold) <= limit:
        return text
    before = _fitting(text, 0.6 * limit, size, is_bold=is_bold)
    rest = limit - width(text[:before], size, is_bold=is_bold)
    after = _fitting(text[:before:-1], rest, size, is_bold=is_bold)
    return f"{text[:before].rstrip()}{_ELLIPSIS}{text[len(text) - after :].lstrip(' .')}"


def _fitting(text: str, limit: float, size: float, *, is_bold: bool) -> int:
    """Return how many of the first characters fit with an ellipsis."""
    used = width(_ELLIPSIS, size, is_bold=is_bold)
    for number, character in enumerate(text):
        used += width(character, size, is_bold=is_bold)
        if used > limit:
            return number
    return len(text)
