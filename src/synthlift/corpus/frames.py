"""Documents that are in memory already: lists, data frames and data sets, written as the JSON lines that files are."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from synthlift.corpus.class_names import METADATA_KEY, class_names, named
from synthlift.corpus.faults import FieldFault
from synthlift.errors import BadConfiguration, InputRejected, Rejection, show

__all__ = ["as_jsonl"]

MISSING = frozenset({"NAType", "NaTType"})  # pandas' marks beside NaN
NO_FORMAT = (None, "custom")  # a data set's own transform is what its user wants; other formats only wrap values


def as_jsonl(data: Any) -> bytes:
    r"""Return rows as JSON lines, so that one reader checks everything.

    Parameters
    ----------
    data : iterable of mapping, pandas or polars DataFrame, or Hugging Face Dataset
        One row a document, with the columns that a file would have. Missing values of pandas (NaN, NA, NaT) become
        null; classes of a data set become their names, and its -1 null.

    Raises
    ------
    BadConfiguration
        For anything else.
    InputRejected
        With the row, counted from 1, for a class without a name, a value that JSON cannot hold, or two columns of one
        name.

    Examples
    --------
    >>> as_jsonl([{"text": "a", "labels": ["x"]}])
    b'{"text": "a", "labels": ["x"]}\n'
    """
    lines: list[str] = []
    try:
        for fields in _rows(data):
            lines.append(_line(fields))  # noqa: PERF401 (those before a fault count)
    except FieldFault as fault:  # of the row that comes after those written
        source = f"{type(data).__name__} in memory"
        raise InputRejected([Rejection(source, len(lines) + 1, fault.code, fault.message)]) from None
    return "".join(lines).encode()


def _line(fields: Mapping[Any, Any]) -> str:
    _refuse_twins(fields)
    try:
        return json.dumps({str(key): _plain(value) for key, value in fields.items()}) + "\n"
    except RecursionError:
        raise FieldFault("nested-too-deep", "a value nested too deep to be written: flatten it") from None
    except ValueError:  # int() refuses what it could only write in quadratic time
        raise FieldFault("bad-value", "a number of thousands of digits: write it as a string") from None


def _refuse_twins(columns: Iterable[Any]) -> None:
    for name, times in Counter(map(str, columns)).items():
        if times > 1:
            raise FieldFault("duplicate-column", f"the column {show(name)} stands {times} times: keep one")


def _rows(data: Any) -> Iterator[Mapping[Any, Any]]:
    if hasattr(data, "to_dicts"):  # polars
        yield from data.to_dicts()
    elif hasattr(data, "to_dict") and hasattr(data, "columns"):  # pandas
        _refuse_twins(data.columns)  # of which pandas would leave one out
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
    """Yield the rows of a data set, the integers of its classes replaced by their names as in its Parquet files."""
    features = data.features.to_dict() if data.features else {}  # a stream may not know them
    names = class_names({METADATA_KEY: json.dumps({"info": {"features": features}}).encode()}) or {}
    if (getattr(data, "format", None) or {}).get("type") not in NO_FORMAT:
        data = data.with_format(None)
    for row in data:
        yield {
            column: named(_plain(value), names[column], column) if column in names else value
            for column, value in row.items()
        }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: other things become text, but bytes an object, which is not taken for text."""
    if hasattr(value, "tolist"):  # numpy
        value = value.tolist()
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=lambda one: (type(one).__name__, str(one)))
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": len(value)}
    if (isinstance(value, float) and math.isnan(value)) or type(value).__name__ in MISSING:
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
