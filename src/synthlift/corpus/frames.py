"""Documents that are in memory already: lists, data frames and data sets, written as the JSON lines that files are."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from synthlift.errors import BadConfiguration

__all__ = ["as_jsonl"]


def as_jsonl(data: Any) -> bytes:
    r"""Return rows as JSON lines, so that one reader checks everything.

    Parameters
    ----------
    data : iterable of mapping, pandas or polars DataFrame, or Hugging Face Dataset
        One row a document, with the columns that a file would have. Missing values of pandas (NaN) become null; classes
        of a data set become their names.

    Raises
    ------
    BadConfiguration
        For anything else.

    Examples
    --------
    >>> as_jsonl([{"text": "a", "labels": ["x"]}])
    b'{"text": "a", "labels": ["x"]}\n'
    """
    lines = [json.dumps({str(key): _plain(value) for key, value in row.items()}) for row in _rows(data)]
    return "".join(line + "\n" for line in lines).encode()


def _rows(data: Any) -> Iterator[Mapping[str, Any]]:
    if hasattr(data, "to_dicts"):  # polars
        yield from data.to_dicts()
    elif hasattr(data, "to_dict") and hasattr(data, "columns"):  # pandas
        yield from data.to_dict("records")
    elif hasattr(data, "features") and hasattr(data, "column_names"):  # Hugging Face
        yield from _named(data)
    elif isinstance(data, Iterable) and not isinstance(data, (str, bytes, Mapping)):
        for row in data:
            if not isinstance(row, Mapping):
                raise BadConfiguration(
                    f"got a row of type {type(row).__name__}, expected a mapping with text and labels"
                )
            yield row
    else:
        raise BadConfiguration(
            f"got data of type {type(data).__name__}, expected a path, rows, a pandas or polars DataFrame, or a Dataset"
        )


def _named(data: Any) -> Iterator[dict[str, Any]]:
    """Replace the integers of class features by their names."""
    classes = {}
    for column, feature in data.features.items():
        inner = getattr(feature, "feature", feature)
        if hasattr(inner, "int2str"):
            classes[column] = inner.int2str
    for row in data:
        yield {
            column: ([classes[column](v) for v in value] if isinstance(value, list) else classes[column](value))
            if column in classes and value is not None
            else value
            for column, value in row.items()
        }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if hasattr(value, "tolist"):  # numpy
        value = value.tolist()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one) for one in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
