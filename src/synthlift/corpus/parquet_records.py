"""Records of a Parquet file: only the columns asked for, a few rows at a time, every byte counted before it is a text.

A file of 5 kB can hold 200 GB: one long text in a dictionary, and a million references to it. Nothing that such a file
says of itself is believed. Page headers bound what one batch can decode to, and the batches are cut by that bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet

from synthlift.corpus.class_names import class_names, named
from synthlift.corpus.columns import Limits
from synthlift.corpus.faults import Faults, FieldFault
from synthlift.corpus.parquet_pages import Chunk, pages, row_groups
from synthlift.corpus.parquet_values import VALUE_BYTES, is_usable, item_type, n_python_bytes, values_of
from synthlift.corpus.stored_file import FREE_BYTES, MAX_RATIO, StoredFile
from synthlift.corpus.thrift_compact import DamagedParquet
from synthlift.errors import show

__all__ = ["parquet_records"]

MAX_BATCH_ROWS = 1024
MAX_BATCH_BYTES = 2**26
MAX_PAGE_BYTES = 2**27
MAX_LIST_VALUES = 2**24  # of one row group; a single row may hold them all
BUFFER_BYTES = 2**18
MAX_COLUMNS_SHOWN = 20
Names = dict[str, tuple[str, ...]]


def parquet_records(
    stored: StoredFile,
    required: Sequence[str],
    optional: Sequence[str],
    labels: str | None,
    limits: Limits,
    faults: Faults,
) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield row numbers and fields; rows are numbered on from `faults.row`, so that shards follow each other.

    Integers are replaced by the class names that `datasets` stored; `labels` names a column whose integers may not be
    left without them. ``unknown-class`` and ``bad-value`` are noted in `faults` and reading goes on.

    Raises
    ------
    InputRejected
        ``bad-parquet``, ``too-large``, ``missing-column``, ``duplicate-column``, ``bad-type``, ``unnamed-classes``,
        ``bad-encoding``, or ``unreadable`` for an empty file.
    """
    before = faults.row
    with stored.whole() as file:
        if stored.n_bytes > limits.max_file_bytes:
            faults.stop("too-large", f"over {limits.max_file_bytes:,} bytes: take a part of it", row=0)
        if stored.n_bytes == 0:
            faults.stop("unreadable", "is empty, expected rows: check that it was written to the end", row=0)
        try:
            table = _Table(parquet.read_metadata(file), file, stored.n_bytes, limits, faults)
            table.choose(required, optional, labels)
            yield from table.rows(before)
        except (pa.ArrowException, OSError, UnicodeDecodeError, DamagedParquet) as error:
            got = show(" ".join(str(error).split()))
            faults.stop("bad-parquet", f"is no Parquet file, or a damaged one ({got}): write or copy it again", row=0)
    stored.must_be_unchanged()


@dataclass(slots=True)
class _Table:
    """An open Parquet file: what is read of it, and how much so far."""

    metadata: Any
    file: BinaryIO
    n_stored: int
    limits: Limits
    faults: Faults
    columns: tuple[str, ...] = ()
    names: Names | None = None
    delicate: tuple[str, ...] = ()
    n_bytes: int = 0

    def choose(self, required: Sequence[str], optional: Sequence[str], labels: str | None) -> None:
        """Note the columns to decode, and reject those that cannot be used."""
        schema = self.metadata.schema.to_arrow_schema()
        missing = [name for name in required if name not in schema.names]
        if missing:
            found = ", ".join(show(name) for name in schema.names[:MAX_COLUMNS_SHOWN]) or "none"
            wanted = ", ".join(show(name) for name in missing[:MAX_COLUMNS_SHOWN])
            advice = "name it by its --...-column option"
            self.faults.stop("missing-column", f"no column {wanted}; found {found}: {advice}", row=0)
        self.columns = tuple(name for name in dict.fromkeys((*required, *optional)) if name in schema.names)
        self.names = class_names(self.metadata.metadata or {})
        for name in self.columns:
            if (times := schema.names.count(name)) > 1:
                self.faults.stop("duplicate-column", f"the column {show(name)} stands {times} times: keep one", row=0)
            if not is_usable(kind := schema.field(name).type):
                expected = "expected strings, numbers, true or false, or lists of them"
                got = f"column {show(name)} is of type {show(kind)}"
                self.faults.stop("bad-type", f"{got}, {expected}: convert it", row=0)
        nameless = labels in self.columns and self.names is not None and labels not in self.names
        if nameless and pa.types.is_integer(item_type(schema.field(labels).type)):
            got = f"column {show(labels)} holds integers for which the file's Hugging Face metadata has no names"
            self.faults.stop("unnamed-classes", f"{got}: store the names, or the labels as strings", row=0)

        floats = {name for name in self.columns if pa.types.is_floating(item_type(schema.field(name).type))}
        self.delicate = tuple(name for name in self.columns if name in floats or name in (self.names or {}))

    def rows(self, before: int) -> Iterator[tuple[int, dict[str, object]]]:
        """Yield the rows of every row group."""
        leaves = self._leaves()
        lists = [path for _, path, is_list in leaves if is_list]
        # a list's strings are read as references into a dictionary: one row may hold any number of them
        reader = parquet.ParquetFile(
            self.file,
            metadata=self.metadata,
            read_dictionary=lists,
            buffer_size=BUFFER_BYTES,
            pre_buffer=False,
            page_checksum_verification=True,
        )
        row = before
        for i, group in enumerate(row_groups(self.file, self.n_stored)):
            if len(group.chunks) != self.metadata.num_columns:
                raise DamagedParquet(f"{len(group.chunks)} columns in a row group, not {self.metadata.num_columns}")
            if group.n_rows == 0:  # its columns stand nowhere
                continue
            size = self._batch_rows([(group.chunks[leaf], path, is_list) for leaf, path, is_list in leaves])
            self.faults.row = row + 1
            for batch in reader.iter_batches(size, [i], list(self.columns), use_threads=False):
                yield from self._batch(batch, row)
                row += batch.num_rows
                self.faults.row = row
        if row - before != self.metadata.num_rows:
            raise DamagedParquet(f"{row - before} rows found, {self.metadata.num_rows} promised")

    def _leaves(self) -> list[tuple[int, str, bool]]:
        """Return number, path and whether in a list, of the stored columns that decoding reads (it takes prefixes)."""
        schema = self.metadata.schema
        columns = [schema.column(i) for i in range(len(schema.names))]
        prefixes = tuple(f"{name}." for name in self.columns)
        return [
            (i, column.path, column.max_repetition_level > 0)
            for i, column in enumerate(columns)
            if column.path.startswith(prefixes) or column.path in self.columns
        ]

    def _batch_rows(self, leaves: Sequence[tuple[Chunk, str, bool]]) -> int:
        """Return how many rows can be decoded at once: no value is longer than the longest page of its column.

        A row group that holds too much whatever its values are is rejected here, before a row is read.
        """
        n_row_bytes, n_certain = 1, self.n_bytes
        for chunk, path, is_list in leaves:
            n_bytes = n_values = longest = 0
            for page in pages(self.file, chunk):
                n_bytes, n_values = n_bytes + page.n_bytes, n_values + page.n_values
                longest = max(longest, page.n_bytes)
                self._check_pages(n_bytes, longest)
            n_certain += VALUE_BYTES * n_values
            self._check_size(n_certain)
            if is_list and n_values > MAX_LIST_VALUES:
                got = f"over {MAX_LIST_VALUES:,} list items of {show(path)} in one row group"
                self.faults.stop("too-large", f"{got}: write smaller row groups", row=0)
            if chunk.is_byte_array and not is_list:
                n_row_bytes += longest
        return max(1, min(MAX_BATCH_ROWS, MAX_BATCH_BYTES // n_row_bytes))

    def _check_pages(self, n_bytes: int, longest: int) -> None:
        if longest > MAX_PAGE_BYTES:
            advice = "write it with smaller pages"
            self.faults.stop("too-large", f"a page of {longest:,} bytes, at most {MAX_PAGE_BYTES:,}: {advice}", row=0)
        self._check_size(n_bytes)

    def _check_size(self, n_bytes: int) -> None:
        if n_bytes > self.limits.max_file_bytes:
            advice = "take a part of it"
            self.faults.stop("too-large", f"over {self.limits.max_file_bytes:,} bytes when decoded: {advice}")
        if n_bytes > max(FREE_BYTES, MAX_RATIO * self.n_stored):
            advice = "no text compresses so well; write it as JSON lines if it is what you mean"
            self.faults.stop("too-large", f"over {MAX_RATIO} times larger than stored: {advice}")

    def _batch(self, batch: Any, row: int) -> Iterator[tuple[int, dict[str, object]]]:
        """Yield the rows of one batch, once its size is known to be allowed."""
        arrays = [batch.column(name) for name in self.columns]
        self.n_bytes += sum(n_python_bytes(array) for array in arrays)
        self._check_size(self.n_bytes)
        lists = [self._values(array, name, row) for array, name in zip(arrays, self.columns, strict=True)]
        for number, values in enumerate(zip(*lists, strict=True), start=row + 1):
            self.faults.row = number
            try:
                fields = dict(zip(self.columns, values, strict=True))
                fields.update((name, self._value(fields[name], name)) for name in self.delicate)
            except FieldFault as fault:
                self.faults.add(fault.code, fault.message)
            else:
                yield number, fields

    def _value(self, value: object, column: str) -> object:
        if isinstance(value, float) and not math.isfinite(value):
            raise FieldFault("bad-value", f"column {show(column)} holds {value}: write null instead")
        names = (self.names or {}).get(column)
        return value if names is None else named(value, names, column)

    def _values(self, array: Any, column: str, row: int) -> list[object]:
        values, at = values_of(array)
        if at is not None:
            self.faults.row = row + 1 + at
            self.faults.stop("bad-encoding", f"column {show(column)} holds bytes that are not UTF-8: write it as UTF-8")
        return values
