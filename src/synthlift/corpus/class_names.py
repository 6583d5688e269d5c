"""Names of integer classes, as the Hugging Face `datasets` library leaves them in the metadata of a Parquet file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from synthlift.corpus.faults import FieldFault
from synthlift.errors import show

__all__ = ["METADATA_KEY", "class_names", "named"]

METADATA_KEY = b"huggingface"
NO_CLASS = -1
MAX_WRAPPERS = 4


def class_names(metadata: Mapping[bytes, bytes]) -> dict[str, tuple[str, ...]] | None:
    """Return the class names by column, None where the file was not written by `datasets`.

    Columns whose names are missing, are no strings or stand twice are left out: their integers cannot be told apart.

    Examples
    --------
    >>> class_names({b"huggingface": b'{"info": {"features": {"y": {"names": ["no", "yes"], "_type": "ClassLabel"}}}}'})
    {'y': ('no', 'yes')}
    """
    if METADATA_KEY not in metadata:
        return None
    try:
        content = json.loads(metadata[METADATA_KEY])
    except (ValueError, RecursionError):
        return {}
    info = content.get("info") if isinstance(content, dict) else None
    features = info.get("features") if isinstance(info, dict) else None
    found = {name: _names(feature) for name, feature in features.items()} if isinstance(features, dict) else {}
    return {name: names for name, names in found.items() if names}


def _names(feature: object) -> tuple[str, ...]:
    """Return the names of a class, or of the classes in a list; older files write the list as one of JSON."""
    for _ in range(MAX_WRAPPERS):
        if isinstance(feature, list) and len(feature) == 1:
            feature = feature[0]
        elif isinstance(feature, dict) and "names" not in feature:
            feature = feature.get("feature")
        else:
            break
    names = feature.get("names") if isinstance(feature, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return ()
    return tuple(names) if len(set(names)) == len(names) else ()


def named(value: object, names: Sequence[str], column: str) -> object:
    """Return a value with its integers replaced by their names; -1, by which `datasets` means no value, by None.

    Raises
    ------
    FieldFault
        ``unknown-class`` for an integer without a name, and for -1 in a list.

    Examples
    --------
    >>> named([1, 0], ("no", "yes"), "y"), named(-1, ("no", "yes"), "y")
    (['yes', 'no'], None)
    """
    if isinstance(value, list):
        return [_name(item, names, column) for item in value]
    return None if value == NO_CLASS else _name(value, names, column)


def _name(value: object, names: Sequence[str], column: str) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    if not 0 <= value < len(names):
        expected = f"expected 0 to {len(names) - 1} as its metadata names them"
        raise FieldFault("unknown-class", f"column {show(column)} holds class {value}, {expected}: write the data anew")
    return names[value]
