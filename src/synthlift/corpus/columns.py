"""Where to find things in a file, and how large a file may be."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_COLUMNS", "DEFAULT_LIMITS", "Columns", "Limits"]


@dataclass(frozen=True, slots=True)
class Columns:
    r"""The columns of a CSV file, or the keys of a JSONL file, that are read.

    Attributes
    ----------
    text, labels : str
        Always needed; `labels` is not looked at where `label_columns` is given.
    id, group, parent : str
        Used where present.
    split : str or None
        Needed in REAL, and used in SYNTHETIC where present, when given.
    generator : str
        Names the generator of a synthetic document where present.
    label_delimiter : str or None
        What separates the labels in one cell; None means one label, or a JSON list, per cell.
    csv_delimiter : str or None
        One character, or backslash-t for tab; None means comma in .csv and tab in .tsv.
    label_columns : tuple of str
        One column per label, holding 0/1, true/false, yes/no or nothing.
    """

    text: str = "text"
    labels: str = "labels"
    id: str = "id"
    group: str = "group"
    parent: str = "origin_id"
    split: str | None = None
    generator: str = "generator"
    label_delimiter: str | None = None
    csv_delimiter: str | None = None
    label_columns: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which no row can be read, text first."""
        return (self.text, *(self.label_columns or (self.labels,)))

    @property
    def optional(self) -> tuple[str, ...]:
        """The columns that are used where they are present."""
        return (self.id, self.group, self.parent, self.generator)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold at most.

    Attributes
    ----------
    max_doc_chars : int
        Characters of one text.
    max_labels : int
        Distinct labels of one file.
    max_file_bytes : int
        Bytes after decompression, counted while they are read.
    """

    max_doc_chars: int = 200_000
    max_labels: int = 2_000
    max_file_bytes: int = 4 * 2**30

    @property
    def max_row_bytes(self) -> int:
        r"""Bytes of one row: the longest text written in ``\uXXXX`` escapes, and 4 MiB for what else the row holds."""
        return 12 * self.max_doc_chars + 4 * 2**20


DEFAULT_COLUMNS = Columns()
DEFAULT_LIMITS = Limits()
