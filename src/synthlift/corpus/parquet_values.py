"""Values of Arrow arrays: which types are read, how much they come to, and the values themselves."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pyarrow import compute

__all__ = ["VALUE_BYTES", "is_usable", "item_type", "n_python_bytes", "values_of"]

VALUE_BYTES = 16  # what a value costs besides its characters, about as in JSON


def is_usable(kind: Any) -> bool:
    """Tell whether a column of this type can be a text, a name, labels or a value of `where`.

    >>> is_usable(pa.list_(pa.dictionary(pa.int8(), pa.string()))), is_usable(pa.binary())
    (True, False)
    """
    item = item_type(kind)
    return _is_text(item) or any(
        test(item) for test in (pa.types.is_null, pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating)
    )


def item_type(kind: Any) -> Any:
    """Return the type of the items of a list, else of the values themselves, behind a dictionary too."""
    item = kind.value_type if _is_list(kind) else kind
    return item.value_type if pa.types.is_dictionary(item) else item


def n_python_bytes(array: Any) -> int:
    """Return about how much an array holds as Python values, without making them.

    >>> n_python_bytes(pa.array(["a" * 100] * 5).dictionary_encode())
    580
    """
    n_bytes = VALUE_BYTES * len(array)
    if _is_list(array.type):
        return n_bytes + n_python_bytes(array.flatten())
    if pa.types.is_dictionary(array.type):
        lengths = _lengths(array.dictionary) if _is_text(array.type.value_type) else None
        return n_bytes + (0 if lengths is None else _total(compute.take(lengths, array.indices)))
    return n_bytes + (_total(_lengths(array)) if _is_text(array.type) else 0)


def values_of(array: Any) -> tuple[list[object], int | None]:
    """Return the values, and the place of the first that is not UTF-8, where there is one."""
    if _is_list(array.type) and pa.types.is_dictionary(array.type.value_type):
        array = array.cast(pa.large_list(item_type(array.type)))  # looking up item by item is slow
    try:
        return array.to_pylist(), None
    except UnicodeDecodeError:
        return [], next((i for i in range(len(array)) if not _is_readable(array[i])), 0)


def _is_readable(scalar: Any) -> bool:
    try:
        scalar.as_py()
    except UnicodeDecodeError:
        return False
    return True


def _lengths(array: Any) -> Any:
    # views have no kernel for their length
    return compute.binary_length(array.cast(pa.large_string()) if pa.types.is_string_view(array.type) else array)


def _total(lengths: Any) -> int:
    return int(compute.sum(lengths.cast(pa.int64())).as_py() or 0)


def _is_list(kind: Any) -> bool:
    views = (pa.types.is_list_view, pa.types.is_large_list_view)
    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, *views)
    return any(test(kind) for test in tests)


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
