"""Where the pages of a Parquet column stand and how much they hold, read before anything is decompressed.

The footer may say anything of sizes; what the reader allocates is what the page headers say. The footer is read here
too, for the place of the pages: pyarrow ends the process where it is damaged in certain ways, and tells of no pages.

References
----------
Apache Parquet format, ``parquet.thrift``: FileMetaData, RowGroup, ColumnChunk, ColumnMetaData, PageHeader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from synthlift.corpus.thrift_compact import CompactReader, DamagedParquet, Struct, count

__all__ = ["Chunk", "Page", "RowGroup", "pages", "row_groups"]

HEADER_BYTES = (2**10, 2**16, 2**24)  # the last is what other readers allow
MAGIC = b"PAR1"
TAIL_BYTES = 8
BYTE_ARRAY = 6
# field numbers
ROW_GROUPS, COLUMNS, N_ROWS, COLUMN_METADATA = 4, 1, 3, 3
TYPE, TOTAL_COMPRESSED, DATA_OFFSET, DICTIONARY_OFFSET = 1, 7, 9, 11
UNCOMPRESSED, COMPRESSED, DATA_PAGE, DATA_PAGE_V2, N_VALUES = 2, 3, 5, 8, 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """A column of one row group: its bytes in the file, and whether its values have a length of their own."""

    start: int
    n_bytes: int
    is_byte_array: bool


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that are stored together: how many, and their columns in the order of the schema."""

    n_rows: int
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `n_bytes` when decompressed, `n_values` of its column (0 for a dictionary)."""

    n_bytes: int
    n_values: int


def row_groups(file: BinaryIO, n_stored: int) -> list[RowGroup]:
    """Return the row groups that the footer of a file of `n_stored` bytes lists.

    Raises
    ------
    DamagedParquet
    """
    file.seek(max(n_stored - TAIL_BYTES, 0))
    tail = file.read(TAIL_BYTES)
    n_footer = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or n_footer > n_stored - TAIL_BYTES:
        raise DamagedParquet("it does not end as one")
    file.seek(n_stored - TAIL_BYTES - n_footer)
    try:
        footer = CompactReader(file.read(n_footer)).struct()
    except IndexError:
        raise DamagedParquet("its footer ends early") from None
    return [
        RowGroup(count(group.get(N_ROWS)), tuple(_chunk(column) for column in _structs(group, COLUMNS)))
        for group in _structs(footer, ROW_GROUPS)
    ]


def _structs(fields: Struct, number: int) -> list[Struct]:
    items = fields.get(number)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise DamagedParquet("its footer lacks row groups or columns")
    return items


def _chunk(column: Struct) -> Chunk:
    fields = column.get(COLUMN_METADATA)
    if not isinstance(fields, dict):
        raise DamagedParquet("its footer does not tell of a column")
    start = count(fields.get(DATA_OFFSET))
    dictionary = fields.get(DICTIONARY_OFFSET)
    if isinstance(dictionary, int) and 0 < dictionary < start:
        start = dictionary
    return Chunk(start, count(fields.get(TOTAL_COMPRESSED)), fields.get(TYPE) == BYTE_ARRAY)


def pages(file: BinaryIO, chunk: Chunk) -> Iterator[Page]:
    """Yield the pages of a column.

    Raises
    ------
    DamagedParquet
    """
    start, end = chunk.start, chunk.start + chunk.n_bytes
    while start < end:
        fields, size = _header(file, start)
        data = fields.get(DATA_PAGE, fields.get(DATA_PAGE_V2))
        n_values = count(data.get(N_VALUES)) if isinstance(data, dict) else 0
        start += size + count(fields.get(COMPRESSED))
        yield Page(count(fields.get(UNCOMPRESSED)), n_values)
    if start != end:
        raise DamagedParquet("a page runs past the end of its column")


def _header(file: BinaryIO, start: int) -> tuple[Struct, int]:
    """Return a header and its size in bytes; its statistics may be long, so more is read where it does not end."""
    for n_bytes in HEADER_BYTES:
        file.seek(start)
        reader = CompactReader(file.read(n_bytes))
        try:
            return reader.struct(), reader.at
        except IndexError:
            continue
    raise DamagedParquet("a page header does not end")
