"""Names that a person would take for the same one: they differ by case, Unicode form or blanks only."""

from __future__ import annotations

import unicodedata

__all__ = ["Spellings", "folded"]


def folded(name: str) -> str:
    r"""Return what all confusable spellings of a name share (canonical caseless form, blanks collapsed).

    >>> folded("Caf\u00e9  Bar ") == folded("cafe\u0301 bar")
    True
    """
    if not name.isascii():
        name = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
    return " ".join(name.casefold().split())


class Spellings:
    """The first spelling and row of each name met."""

    def __init__(self) -> None:
        self._row: dict[str, int] = {}
        self._spelling: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._row)

    def first(self, name: str, row: int) -> tuple[str, int]:
        """Return the spelling and the row under which this name was first met; `name` and `row` if now."""
        key = folded(name)
        met = self._row.get(key)
        if met is not None:
            return self._spelling.get(key, key), met
        if key == name:  # a million ids: the id is its own key, and is not kept twice
            self._row[name] = row
        else:
            self._row[key] = row
            self._spelling[key] = name
        return name, row
