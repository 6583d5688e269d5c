"""Numbered records out of a stored text file: CSV, TSV or JSON lines."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from synthlift.corpus.columns import Columns, Limits
from synthlift.corpus.csv_records import csv_records
from synthlift.corpus.faults import Faults
from synthlift.corpus.jsonl_records import jsonl_records
from synthlift.corpus.stored_file import StoredFile, uncompressed
from synthlift.corpus.text_lines import text_lines
from synthlift.errors import BadConfiguration, show

__all__ = ["SUFFIXES", "TEXT_SUFFIXES", "Layout", "layout_of", "records"]

DELIMITERS = {".csv": ",", ".tsv": "\t", ".jsonl": None, ".ndjson": None}
TEXT_SUFFIXES = (*DELIMITERS, *(f"{suffix}.gz" for suffix in DELIMITERS))
SUFFIXES = (*TEXT_SUFFIXES, ".parquet")  # the last is read in `parquet_records`
PEEKED_ROWS = 100
MAX_KEYS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: `delimiter` is None for JSON lines."""

    delimiter: str | None
    gzipped: bool


def layout_of(path: str | os.PathLike[str], columns: Columns) -> Layout:
    r"""Tell a text file's layout from its suffix.

    Raises
    ------
    BadConfiguration
        For another suffix, or an impossible ``csv_delimiter``.

    Examples
    --------
    >>> layout_of("a/Real.TSV.gz", Columns())
    Layout(delimiter='\t', gzipped=True)
    """
    name = os.fspath(path).lower()
    bare = name.removesuffix(".gz")
    suffix = next((suffix for suffix in DELIMITERS if bare.endswith(suffix)), None)
    if suffix is None:
        raise BadConfiguration(f"{show(os.fspath(path))} has an unknown suffix, expected one of {' '.join(SUFFIXES)}")
    delimiter = DELIMITERS[suffix]
    if delimiter is not None and columns.csv_delimiter is not None:
        delimiter = "\t" if columns.csv_delimiter == r"\t" else columns.csv_delimiter
        if len(delimiter) != 1 or delimiter in '"\r\n\0':
            got = show(columns.csv_delimiter)
            raise BadConfiguration(rf"--csv-delimiter {got}: expected one character (or \t), not a quote or a line end")
    return Layout(delimiter, gzipped=name.endswith(".gz"))


def records(
    stored: StoredFile,
    layout: Layout,
    required: Sequence[str],
    optional: Sequence[str],
    limits: Limits,
    faults: Faults,
) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield row numbers and fields, in file order, with `faults.row` on the row being read.

    Raises
    ------
    InputRejected
        For the faults of the bytes, lines and records, and ``missing-column`` where a required column is absent (from
        the header, or from all of the first rows of a JSONL file).
    """
    lines = text_lines(
        uncompressed(stored, gzipped=layout.gzipped, limits=limits, faults=faults), limits.max_row_bytes, faults
    )
    if layout.delimiter is not None:
        yield from csv_records(lines, layout.delimiter, required, optional, limits.max_row_bytes, faults)
        return
    rows = jsonl_records(lines, faults)
    peeked: list[tuple[int, dict[str, object]]] = []
    missing = list(required)
    while missing and len(peeked) < PEEKED_ROWS and (item := next(rows, None)) is not None:
        peeked.append(item)
        missing = [name for name in missing if name not in item[1]]
    if missing and peeked:
        found = ", ".join(show(name) for name in list(peeked[0][1])[:MAX_KEYS_SHOWN]) or "none"
        wanted = ", ".join(show(name) for name in missing[:MAX_KEYS_SHOWN])
        faults.row = peeked[0][0]
        faults.stop("missing-column", f"no key {wanted}; found {found}: name it by its --...-column option")
    yield from chain(peeked, rows)
