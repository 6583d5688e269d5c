"""Records of a JSONL file: one JSON object a line, read strictly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NoReturn

from synthlift.corpus.faults import Faults, FieldFault
from synthlift.corpus.fields import kind_of
from synthlift.corpus.text_lines import MAX_EMPTY_LINES
from synthlift.errors import show

__all__ = ["jsonl_records"]

BLANK = " \t\r\n"


def jsonl_records(lines: Iterable[str], faults: Faults) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the line number and the object of each line; empty lines are passed over but counted in the numbers.

    Faults of single lines (``bad-json``, ``duplicate-key``, ``nested-too-deep``, ``not-an-object``, ``nul``) are noted
    in `faults`, and the lines after them are still read.
    """
    n_empty = 0
    faults.row = 1
    for row, line in enumerate(lines, start=1):
        faults.row = row
        if line.strip(BLANK):
            n_empty = 0
            try:
                fields = _object(line)
            except FieldFault as fault:
                faults.add(fault.code, fault.message)
            else:
                yield row, fields
        else:
            n_empty += 1
            if n_empty > MAX_EMPTY_LINES:
                faults.stop("bad-json", f"over {MAX_EMPTY_LINES:,} empty lines in a row: write one JSON object a line")
        faults.row = row + 1


def _object(line: str) -> dict[str, object]:
    try:
        value = _DECODER.decode(line)
    except RecursionError:
        raise FieldFault("nested-too-deep", "brackets nested too deep to be read: flatten the object") from None
    except json.JSONDecodeError as error:
        raise _unreadable(line, error) from None
    except ValueError:  # int() refuses what it could only read in quadratic time
        raise FieldFault("bad-json", "a number of thousands of digits: write it as a string, or leave it out") from None
    if not isinstance(value, dict):
        raise FieldFault("not-an-object", f'got {kind_of(value)}, expected an object such as {{"text": "..."}} a line')
    return value


def _unreadable(line: str, error: json.JSONDecodeError) -> FieldFault:
    if "\0" in line:
        return FieldFault("nul", f"a NUL character at column {line.index(chr(0)) + 1}: remove it")
    got = f"{error.msg} at column {error.colno}"
    if line.strip(BLANK) in ("[", "{"):
        return FieldFault("bad-json", f"{got}: got JSON over several lines, write one object a line")
    return FieldFault("bad-json", f"{got}, near {show(line[max(0, error.pos - 10) : error.pos + 20])}: not a JSON line")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    raise FieldFault("duplicate-key", f"the key {show(twice)} stands twice in one object: keep one")


def _no_constant(name: str) -> NoReturn:
    raise FieldFault("bad-json", f"{name} is not JSON: write null, or leave the key out")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
