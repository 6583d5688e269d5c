"""One value of one row: text, id, group, parents; what it may be, and what it means when absent."""

from __future__ import annotations

import json
import unicodedata

from synthlift.corpus.faults import FieldFault
from synthlift.errors import show

__all__ = ["as_text", "checked", "is_blank", "json_list", "kind_of", "name_of", "names_of", "text_of"]

INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def kind_of(value: object) -> str:
    """Name a JSON value's kind for a message, without printing it."""
    if value is None:
        return "null"
    kinds = {
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), "a value")


def checked(text: str, column: str) -> str:
    """Return `text` as it is, or reject what databases and UTF-8 writers cannot hold.

    Raises
    ------
    FieldFault
        ``nul`` or ``lone-surrogate``.
    """
    if "\0" in text:
        at = text.index("\0") + 1
        raise FieldFault("nul", f"a NUL character at position {at} of column {show(column)}: remove it")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            got = f"half a character (U+{ord(text[error.start]):04X}) at position {error.start + 1}"
            raise FieldFault(
                "lone-surrogate", f"{got} of column {show(column)}: write the text again without cutting characters"
            ) from None
    return text


def is_blank(text: str) -> bool:
    r"""Tell whether nothing in it can be seen: white space of any script, control and format characters.

    >>> is_blank(" \u3000\u200b"), is_blank("\u0645")
    (True, False)
    """
    return all(unicodedata.category(character) in INVISIBLE for character in text)


def text_of(value: object, column: str, max_chars: int) -> str:
    """Return a document's text, "" where it is absent.

    Raises
    ------
    FieldFault
        ``bad-text``, ``too-long``, ``nul`` or ``lone-surrogate``.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldFault(
            "bad-text", f"column {show(column)} holds {kind_of(value)}, expected a string: write it as one"
        )
    if len(value) > max_chars:
        raise FieldFault("too-long", f"a text of {len(value):,} characters, expected {max_chars:,} at most: cut it")
    return checked(value, column)


def name_of(value: object, column: str, code: str) -> str | None:
    """Return an id or a group byte for byte, whole numbers as text, None where it is null or empty.

    Raises
    ------
    FieldFault
        `code` for another kind or a blank string; ``nul`` or ``lone-surrogate``.
    """
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        got = f"column {show(column)} holds {kind_of(value)}"
        raise FieldFault(code, f"{got}, expected a string or a whole number: write it as a string")
    if is_blank(value):
        raise FieldFault(code, f"column {show(column)} holds only blanks: fill it, or leave it empty")
    return checked(value, column)


def names_of(value: object, column: str, code: str) -> tuple[str, ...]:
    """Return the ids in a value: none, one, or those of a list (a string that is a JSON list counts as one).

    Raises
    ------
    FieldFault
        `code` for an item that is no id; ``nul`` or ``lone-surrogate``.
    """
    items = json_list(value) if isinstance(value, str) else value
    if not isinstance(items, list):
        one = name_of(value, column, code)
        return () if one is None else (one,)
    names = [name_of(item, column, code) for item in items]
    if None in names:
        raise FieldFault(code, f"column {show(column)} holds a list with an empty item: leave it out")
    return tuple(dict.fromkeys(name for name in names if name is not None))


def as_text(value: object, column: str) -> str:
    """Spell a value as an option on the command line would: null is "", true is "true", 3 is "3".

    Raises
    ------
    FieldFault
        ``bad-value`` for a list or an object; ``nul`` or ``lone-surrogate``.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return checked(value, column)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise FieldFault("bad-value", f"column {show(column)} holds {kind_of(value)}, expected a string or a number")


def json_list(text: str) -> list[object] | None:
    """Read a string that is a JSON list; None where it is anything else.

    Raises
    ------
    FieldFault
        ``nested-too-deep``.
    """
    if not text.startswith("["):
        return None
    try:
        value = json.loads(text)
    except RecursionError:
        raise FieldFault("nested-too-deep", "a list nested too deep to be read: write a flat one") from None
    except ValueError:
        return None
    return value if isinstance(value, list) else None
