"""Which rows a user asked for: ``--where key=value``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from synthlift.corpus.fields import as_text
from synthlift.errors import BadConfiguration, show

__all__ = ["ALL_ROWS", "RowFilter", "Where", "parse_where"]

Where = Mapping[str, Sequence[str]]
ALL_ROWS: Where = MappingProxyType({})
MAX_VALUES_SHOWN = 20


def parse_where(options: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Gather ``key=value`` options: values of one key are alternatives, different keys must all hold.

    Raises
    ------
    BadConfiguration
        For an option without ``=`` or without a key.

    Examples
    --------
    >>> parse_where(["mode=a", "mode=b", "k="])
    {'mode': ('a', 'b'), 'k': ('',)}
    """
    where: dict[str, tuple[str, ...]] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key:
            raise BadConfiguration(f"--where {show(option)}: expected column=value, such as --where mode=synthesis")
        where[key] = tuple(dict.fromkeys((*where.get(key, ()), value)))
    return where


class RowFilter:
    """Accepts rows, and remembers which values it met so that an empty selection can be explained."""

    def __init__(self, where: Where) -> None:
        self._accepted = {key: frozenset(values) for key, values in where.items()}
        self._found: dict[str, dict[str, None]] = {key: {} for key in where}

    def accepts(self, fields: Mapping[str, object]) -> bool:
        """Tell whether every key holds one of its accepted values; an absent key compares as empty text.

        Raises
        ------
        FieldFault
            For a value that is not text or a number.
        """
        accepted = True
        for key, values in self._accepted.items():
            value = as_text(fields.get(key), key)
            found = self._found[key]
            if key in fields and len(found) <= MAX_VALUES_SHOWN:
                found[value] = None
            accepted = accepted and value in values
        return accepted

    def explain(self) -> str:
        """Say which values were asked for and which were found, key by key."""
        return "; ".join(
            f"{show(key)}: asked for {_listed(sorted(self._accepted[key]))}, found {_listed(list(found))}"
            for key, found in self._found.items()
        )


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(show(value) for value in values[:MAX_VALUES_SHOWN])
    return f"{shown}, ..." if len(values) > MAX_VALUES_SHOWN else shown or "nothing (no row has this column)"
