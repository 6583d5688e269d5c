"""Read a real or a synthetic corpus file: every row is kept, dropped with a counted reason, or rejects the file."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from synthlift.corpus.columns import DEFAULT_COLUMNS, DEFAULT_LIMITS, Columns, Limits
from synthlift.corpus.content import Content, RealContent, SyntheticContent
from synthlift.corpus.corpus import Corpus
from synthlift.corpus.document import Document, Origin
from synthlift.corpus.faults import Faults, FieldFault
from synthlift.corpus.parquet_shards import parquet_shards
from synthlift.corpus.records import Layout, layout_of, records
from synthlift.corpus.row_filter import ALL_ROWS, RowFilter, Where, parse_where
from synthlift.corpus.rows import Row, columns_of, parsed
from synthlift.corpus.spellings import Spellings
from synthlift.corpus.stored_file import StoredFile
from synthlift.errors import BadConfiguration, show

__all__ = ["Reading", "Where", "parse_where", "read_real", "read_synthetic"]

UNNAMED_GENERATOR = "synthetic"
OPTIONAL = ("id", "group", "parent", "split", "generator")
MAX_MISSING_IDS = 20


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds.

    Attributes
    ----------
    documents : tuple of Document
        Those kept, in file order.
    rows : tuple of int
        Row number of each document; shards of a folder are numbered on.
    splits : tuple of (str or None)
        Value of the split column of each document, as text; None where empty or not asked for.
    dropped : mapping of str to int
        Rows dropped by content, by reason code.
    dropped_documents : tuple of (id, generator or "", reason)
        The same rows one by one, in file order.
    columns_used : tuple of str
        Which of id, group, parent, split, generator were found and used.
    n_rows : int
        Data rows in the file, before `where`.
    sha256 : str
        Of the bytes of the file as stored; for a folder, of the digests of its shards.
    """

    documents: tuple[Document, ...]
    rows: tuple[int, ...]
    splits: tuple[str | None, ...]
    dropped: Mapping[str, int]
    dropped_documents: tuple[tuple[str, str, str], ...]
    columns_used: tuple[str, ...]
    n_rows: int
    sha256: str

    @classmethod
    def of(cls, documents: Iterable[Document], lost: Iterable[tuple[str, str, str]] = ()) -> Self:
        """Return documents as if they had been read from a file; `lost` is as `dropped_documents`."""
        kept, dropped = tuple(documents), tuple(lost)
        labels = sorted({label for document in kept for label in document.labels})
        return cls(
            documents=kept,
            rows=tuple(range(1, len(kept) + 1)),
            splits=(None,) * len(kept),
            dropped=dict(Counter(reason for _, _, reason in dropped)),
            dropped_documents=dropped,
            columns_used=(),
            n_rows=len(kept) + len(dropped),
            sha256=Corpus(kept, tuple(labels)).fingerprint,
        )


def read_real(
    path: str | os.PathLike[str],
    columns: Columns = DEFAULT_COLUMNS,
    *,
    where: Where = ALL_ROWS,
    drop_empty: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Reading:
    """Read documents that people wrote.

    Faults of form and of content reject the file, but texts without content where `drop_empty` has them dropped and
    counted.

    Raises
    ------
    BadConfiguration
        For an unknown suffix or impossible options.
    InputRejected
        With the row and the reason of each fault, up to a hundred.
    """
    faults = Faults(os.fspath(path))
    content = RealContent(faults, drop_empty=drop_empty, max_labels=limits.max_labels)
    required = columns.required if columns.split is None else (*columns.required, columns.split)
    return _Intake(columns, limits, faults, content, synthetic=False).read(path, required, where)


def read_synthetic(
    path: str | os.PathLike[str],
    columns: Columns = DEFAULT_COLUMNS,
    *,
    known_labels: Sequence[str],
    where: Where = ALL_ROWS,
    by: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Reading:
    """Read documents that a model wrote; `by` names the column that tells generators apart, or several with commas.

    Faults of form reject the file; rows without text or labels, with a label not in `known_labels`, and refusals are
    dropped and counted.

    Raises
    ------
    BadConfiguration
        For an unknown suffix or impossible options.
    InputRejected
        With the row and the reason of each fault, up to a hundred; ``mostly-unusable`` where more than half of the rows
        were dropped.
    """
    faults = Faults(os.fspath(path))
    content = SyntheticContent(faults, known_labels=known_labels)
    required = columns.required if by is None else (*columns.required, *columns_of(by))
    return _Intake(columns, limits, faults, content, synthetic=True, by=by).read(path, required, where)


@dataclass(slots=True)
class _Intake:
    """A file being read: what came of its rows so far."""

    columns: Columns
    limits: Limits
    faults: Faults
    content: Content
    synthetic: bool = field(kw_only=True)
    by: str | None = field(default=None, kw_only=True)
    documents: list[Document] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    splits: list[str | None] = field(default_factory=list)
    dropped_documents: list[tuple[str, str, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    ids: Spellings = field(default_factory=Spellings)
    rows_without_id: list[int] = field(default_factory=list)
    label_sets: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    n_rows: int = 0

    def read(self, path: str | os.PathLike[str], required: Sequence[str], where: Where) -> Reading:
        """Read the file to its end."""
        _check_options(self.columns)
        shards = parquet_shards(path, self.faults)
        layout = None if shards else layout_of(path, self.columns)
        chosen = RowFilter(where)
        required = tuple(dict.fromkeys(required))
        if layout is None or layout.delimiter is not None:  # those have a header, a JSONL file tells after its last row
            required = tuple(dict.fromkeys((*required, *where)))
        digests = []
        for part in shards or (path,):
            self.faults.shard = os.fspath(part) if len(shards) > 1 else None
            with StoredFile(part, self.faults) as stored:
                for number, row in self._chosen_rows(self._records(stored, layout, required), chosen):
                    self._take(number, row)
                digests.append(stored.sha256)
        self.faults.shard = None
        sha256 = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
        self._must_have_rows(chosen)
        self._check_missing_ids()
        dropped = Counter(reason for _, _, reason in self.dropped_documents)
        self.content.settle(len(self.documents), dropped)
        return Reading(
            documents=tuple(self.documents),
            rows=tuple(self.rows),
            splits=tuple(self.splits),
            dropped=dict(sorted(dropped.items())),
            dropped_documents=tuple(self.dropped_documents),
            columns_used=tuple(name for name in OPTIONAL if name in self.used),
            n_rows=self.n_rows,
            sha256=sha256,
        )

    def _records(
        self, stored: StoredFile, layout: Layout | None, required: Sequence[str]
    ) -> Iterator[tuple[int, dict[str, object]]]:
        """Yield the records of one file; without a layout it is Parquet, of which only what is used is decoded."""
        columns = self.columns
        if layout is not None:
            return records(stored, layout, required, columns.optional, self.limits, self.faults)
        from synthlift.corpus.parquet_records import parquet_records

        named = (columns.generator,) if self.by is None else columns_of(self.by)
        of_synthetic = (columns.parent, *named, columns.split)
        optional = (columns.id, columns.group, *(name for name in of_synthetic if self.synthetic and name is not None))
        labels = None if columns.label_columns else columns.labels
        return parquet_records(stored, required, optional, labels, self.limits, self.faults)

    def _chosen_rows(
        self, found: Iterator[tuple[int, dict[str, object]]], chosen: RowFilter
    ) -> Iterator[tuple[int, Row]]:
        """Yield the rows that `where` accepts; those with a fault of form are noted and passed over."""
        for number, fields in found:
            self.n_rows += 1
            self.faults.row = number
            try:
                if chosen.accepts(fields):
                    n_chars = self.limits.max_doc_chars
                    yield number, parsed(fields, self.columns, n_chars, synthetic=self.synthetic, by=self.by)
            except FieldFault as fault:
                self.faults.add(fault.code, fault.message)

    def _take(self, number: int, row: Row) -> None:
        """Keep or drop one row."""
        name = row.id if row.id is not None else f"row-{number}"
        self._note_id(row.id, number)
        reason = self.content.reason_to_drop(row)
        if reason is not None:
            self.dropped_documents.append((name, self._generator(row) if self.synthetic else "", reason))
            return
        labels = row.labels or ()
        origin = Origin(self._generator(row), row.parents) if self.synthetic else None
        self.documents.append(Document(name, row.text, self.label_sets.setdefault(labels, labels), row.group, origin))
        self.rows.append(number)
        self.splits.append(row.split)
        present = (row.id, row.group, row.parents or None, row.split, row.generator)
        self.used.update(column for column, value in zip(OPTIONAL, present, strict=True) if value is not None)

    def _generator(self, row: Row) -> str:
        return UNNAMED_GENERATOR if row.generator is None else row.generator

    def _note_id(self, name: str | None, number: int) -> None:
        if name is None:
            if len(self.rows_without_id) < MAX_MISSING_IDS:
                self.rows_without_id.append(number)
            return
        first, met = self.ids.first(name, number)
        if met == number:
            return
        if first == name:
            self.faults.add("duplicate-id", f"id {show(name)} is that of row {met} too: give every row its own")
        else:
            got = f"id {show(name)} and {show(first)} of row {met} differ by case, Unicode form or blanks only"
            self.faults.add("ambiguous-id", f"{got}: rename one")

    def _check_missing_ids(self) -> None:
        if len(self.ids) and self.rows_without_id:
            for number in self.rows_without_id:
                self.faults.row = number
                self.faults.add(
                    "missing-id", f"no {show(self.columns.id)}, but other rows have one: fill it, or drop the column"
                )

    def _must_have_rows(self, chosen: RowFilter) -> None:
        if self.n_rows and (self.documents or self.dropped_documents):
            return
        self.faults.settle()
        if self.n_rows:
            self.faults.stop("no-rows", f"none of {self.n_rows:,} rows is left by --where; {chosen.explain()}", row=0)
        self.faults.stop("no-rows", "no data rows: check that the file was written to the end", row=0)


def _check_options(columns: Columns) -> None:
    if len(set(columns.label_columns)) < len(columns.label_columns):
        raise BadConfiguration("--label-columns names a column twice: name each once")
    if columns.label_delimiter == "":
        raise BadConfiguration("--label-delimiter is empty: give the character between labels, or leave it out")
