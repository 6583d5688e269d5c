"""A text as tokens that carry their own spacing, so that any row of tokens reads like a text.

A word takes a blank on either side. A mark, and a character of a script that puts no blank between words, takes one
where the text that it stood in had one: ``" ("``, ``", "``, ``"/"``. Between two tokens stands a blank where both take
one. Words can so be exchanged freely, and brackets and commas keep to their side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["is_word", "join", "matched", "sentences", "tokenise"]

_MARKS = (
    r"!-/:-@\[-\^`{-~\u00a1-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u0964\u0965\u2010-\u205e"
    r"\u20a0-\u20cf\u2190-\u2bff\u3001-\u3004\u3008-\u3020\u3030\ufe30-\ufe4f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40"
    r"\uff5b-\uff65\U0001f000-\U0001faff"
)
_UNSEGMENTED = (
    r"\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u104f\u1780-\u17d3\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_LETTERS = rf"[^\s{_MARKS}{_UNSEGMENTED}]+"
_TOKEN = re.compile(
    rf"(?P<word>{_LETTERS}(?:(?:[-'\u2019./]|(?<=\d),(?=\d)){_LETTERS})*)|\.+|[!?]+|-+|\S[\ufe00-\ufe0f]*"
)
_WIDE = re.compile(rf"[{_UNSEGMENTED}\u3001-\u3030\ufe30-\ufe4f\uff01-\uff65]")
_CLOSES = {")": "(", "]": "[", "}": "{", "\uff09": "\uff08", "\u3011": "\u3010", "\u300d": "\u300c", "\u201d": "\u201c"}
_OPENS = frozenset(_CLOSES.values())
_FULL_WIDTH = ("\u3002", "\uff01", "\uff1f")
_ENDS = (".", "!", "?", "\u0964", *_FULL_WIDTH)


def tokenise(text: str) -> list[str]:
    """Cut a text into tokens; runs of white space count as one blank.

    >>> tokenise("A low-power pump (P1), off.")
    [' A ', ' low-power ', ' pump ', ' (', ' P1 ', ')', ', ', ' off ', '. ']
    >>> tokenise("今天 ok")
    ['今', '天 ', ' ok ']
    """
    padded = f" {text.strip()} "
    tokens = []
    for match in _TOKEN.finditer(padded):
        if match["word"]:
            tokens.append(f" {match['word']} ")
            continue
        first, end = (1, len(padded) - 1) if _WIDE.match(match[0]) else (0, len(padded))  # at the ends it takes none
        before = " " if padded[match.start() - 1].isspace() and match.start() > first else ""
        after = " " if padded[match.end()].isspace() and match.end() < end else ""
        tokens.append(f"{before}{match[0]}{after}")
    return tokens


def join(tokens: Sequence[str]) -> str:
    """Return the text of the tokens, the inverse of `tokenise` but for runs of white space.

    >>> join([" A ", " pump ", " (", " P1 ", ")", ", ", " off ", ". "])
    'A pump (P1), off.'
    """
    return "".join(tokens).replace("  ", "\n").replace(" ", "").replace("\n", " ").strip()  # no token holds white space


def is_word(token: str) -> bool:
    """Whether a token has a letter or a digit."""
    return any(character.isalnum() for character in token)


def sentences(tokens: Sequence[str]) -> list[list[str]]:
    """Cut tokens after full stops, exclamation and question marks that a blank follows, or that are full-width.

    >>> [join(sentence) for sentence in sentences(tokenise("It rains. Why? No reason"))]
    ['It rains.', 'Why?', 'No reason']
    """
    cut: list[list[str]] = [[]]
    for token in tokens:
        cut[-1].append(token)
        mark = token.strip()
        if mark.startswith(_ENDS) and (token.endswith(" ") or mark.startswith(_FULL_WIDTH)):
            cut.append([])
    return [sentence for sentence in cut if sentence]


def matched(tokens: Sequence[str]) -> list[str]:
    """Return the tokens without brackets and quotation marks that lack their other half or hold nothing.

    >>> join(matched(tokenise("a) The pump (P1) and ( ) the valve (V2.")))
    'a The pump (P1) and the valve V2.'
    """
    kept: list[str] = []
    opened: dict[str, list[int]] = {mark: [] for mark in _OPENS}
    for token in tokens:
        mark = token.strip()
        if mark in _CLOSES:
            if not opened[_CLOSES[mark]]:
                continue
            if opened[_CLOSES[mark]].pop() == len(kept) - 1:
                kept.pop()
                continue
        elif mark in _OPENS:
            opened[mark].append(len(kept))
        kept.append(token)
    lone = {row for rows in opened.values() for row in rows}
    return [token for row, token in enumerate(kept) if row not in lone]
