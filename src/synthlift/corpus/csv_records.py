"""Records of a CSV or TSV file: the csv module in strict mode, every row as wide as the header."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from synthlift.corpus.faults import Faults
from synthlift.corpus.text_lines import MAX_EMPTY_LINES
from synthlift.errors import show

__all__ = ["csv_records"]

DELIMITERS = ";\t,|"
MAX_COLUMNS_SHOWN = 20


def csv_records(
    lines: Iterable[str],
    delimiter: str,
    required: Sequence[str],
    optional: Sequence[str],
    max_row_chars: int,
    faults: Faults,
) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the record number (the header is 1) and the cells by column name.

    Empty lines are passed over but counted. ``ragged-row`` is noted in `faults` and reading goes on.

    Raises
    ------
    InputRejected
        ``wrong-delimiter``, ``missing-column`` or ``duplicate-column`` in the header; ``bad-quote`` or ``too-long``,
        after which rows cannot be told apart.
    """
    header: list[str] | None = None
    n_empty = 0
    for row, cells in _rows(lines, delimiter, max_row_chars, faults):
        if not cells:
            n_empty += 1
            if n_empty > MAX_EMPTY_LINES:
                faults.stop("ragged-row", f"over {MAX_EMPTY_LINES:,} empty lines in a row: remove them")
            continue
        n_empty = 0
        if header is None:
            header = cells
            _check_header(header, delimiter, required, optional, faults)
        elif len(cells) == len(header):
            yield row, dict(zip(header, cells, strict=True))
        else:
            quote = f"quote cells that hold {delimiter!r} or a line end"
            faults.add("ragged-row", f"got {len(cells)} cells, expected {len(header)} as in the header: {quote}")
    if header is None:
        faults.stop("missing-column", "no header found, only empty lines: write the column names first", row=0)


def _rows(lines: Iterable[str], delimiter: str, max_row_chars: int, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Yield numbered rows of cells, with `faults.row` on the one being read."""
    # The csv module's limit is global and would stop texts of 131,072 characters; it is only ever raised. What bounds
    # a row here is the count below, which also sees a row of many cells.
    csv.field_size_limit(max(csv.field_size_limit(), max_row_chars + 1))
    n_chars = 0

    def counted() -> Iterator[str]:
        nonlocal n_chars
        for line in lines:
            n_chars += len(line)
            if n_chars > max_row_chars:
                advice = "cut the text, or close the quote that runs on"
                faults.stop("too-long", f"a row of over {max_row_chars:,} characters: {advice}")
            yield line

    reader = csv.reader(counted(), delimiter=delimiter, strict=True)
    faults.row = row = 1
    while True:
        n_chars = 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            advice = 'close every quote, and write a quote inside a quoted cell twice ("")'
            faults.stop("bad-quote", f"{show(error)} in the row that begins here: {advice}")
        if cells is None:
            return
        yield row, cells
        row += 1
        faults.row = row


def _check_header(
    header: Sequence[str], delimiter: str, required: Sequence[str], optional: Sequence[str], faults: Faults
) -> None:
    missing = [name for name in required if name not in header]
    if missing and len(header) == 1:
        likely = max(DELIMITERS, key=header[0].count)
        if likely != delimiter and likely in header[0]:
            option = f"use --csv-delimiter {likely!r}"
            faults.stop(
                "wrong-delimiter",
                f"1 column found, expected {delimiter!r} between columns; looks like {likely!r}: {option}",
            )
    if missing:
        found = ", ".join(show(name) for name in header[:MAX_COLUMNS_SHOWN])
        wanted = ", ".join(show(name) for name in missing[:MAX_COLUMNS_SHOWN])
        faults.stop("missing-column", f"no column {wanted}; found {found}: name it by its --...-column option")
    for name in (*required, *optional):
        if header.count(name) > 1:
            faults.stop("duplicate-column", f"the column {show(name)} stands {header.count(name)} times: keep one")
