"""The labels of one row, from a list, a delimited cell, one plain label, or one column per label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from synthlift.corpus.faults import FieldFault
from synthlift.corpus.fields import checked, json_list, kind_of
from synthlift.errors import show

__all__ = ["labels_in_cell", "labels_in_columns"]

TRUE_CELLS = frozenset({"1", "true", "yes"})
FALSE_CELLS = frozenset({"0", "false", "no", ""})
PYTHON_LIST_STARTS = ("['", '["')


def labels_in_cell(value: object, column: str, delimiter: str | None = None) -> tuple[str, ...] | None:
    """Return the distinct labels of a cell, sorted; empty where it carries none, None where it is null.

    Raises
    ------
    FieldFault
        ``bad-labels``, ``nul``, ``lone-surrogate`` or ``nested-too-deep``.

    Examples
    --------
    >>> labels_in_cell('["b", "a", "b"]', "labels"), labels_in_cell("b; a;", "labels", ";")
    (('a', 'b'), ('a', 'b'))
    >>> labels_in_cell("NA", "labels"), labels_in_cell("", "labels"), labels_in_cell(None, "labels")
    (('NA',), (), None)
    """
    if value is None:
        return None
    items = json_list(value) if isinstance(value, str) else value
    if isinstance(items, list):
        return _sorted(_label(item, column) for item in items)
    if not isinstance(value, str):
        return (_label(value, column),)
    if value.startswith(PYTHON_LIST_STARTS) and value.endswith("]"):
        hint = 'write it as JSON, ["a", "b"]'
        raise FieldFault("bad-labels", f"column {show(column)} holds {show(value)}, a list that is not JSON: {hint}")
    if delimiter is not None:
        pieces = (piece.strip() for piece in value.split(delimiter))
        return _sorted(checked(piece, column) for piece in pieces if piece)
    return (_label(value, column),) if value else ()


def labels_in_columns(fields: Mapping[str, object], columns: Sequence[str]) -> tuple[str, ...] | None:
    """Return the names of the columns that are true in this row, sorted; None where a column is absent from the row.

    Raises
    ------
    FieldFault
        ``bad-labels`` for a cell that is none of 0, 1, true, false, yes, no and empty.
    """
    if any(column not in fields for column in columns):
        return None
    return _sorted(column for column in columns if _is_true(fields[column], column))


def _is_true(value: object, column: str) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    cell = str(value).strip().lower() if isinstance(value, str | int) else None
    if cell in TRUE_CELLS or cell in FALSE_CELLS:
        return cell in TRUE_CELLS
    got = show(value) if isinstance(value, str | int | float) else kind_of(value)
    raise FieldFault(
        "bad-labels", f"the label column {show(column)} holds {got}, expected 0, 1, true, false, yes, no or nothing"
    )


def _label(item: object, column: str) -> str:
    """Return one label as text, byte for byte."""
    if isinstance(item, int) and not isinstance(item, bool):
        return str(item)
    if not isinstance(item, str):
        raise FieldFault("bad-labels", f"column {show(column)} holds {kind_of(item)} as a label, expected strings")
    if item != item.strip() or not item:
        raise FieldFault("bad-labels", f"the label {show(item)} is empty or has blanks around it: remove them")
    return checked(item, column)


def _sorted(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(labels)))
