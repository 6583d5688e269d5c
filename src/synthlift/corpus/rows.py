"""One row with each of its fields read, before anything is said about its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synthlift.corpus.columns import Columns
from synthlift.corpus.faults import FieldFault
from synthlift.corpus.fields import as_text, is_blank, name_of, names_of, text_of
from synthlift.corpus.labels_field import labels_in_cell, labels_in_columns
from synthlift.errors import show

__all__ = ["BETWEEN", "Row", "columns_of", "model_of", "parsed"]

# between the values of several columns that name a generator together
BETWEEN = " / "  # values of several columns that name one generator


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one row.

    Attributes
    ----------
    id, group, split, generator : str or None
        None where the column or its value is absent; `generator` is always None in a real corpus.
    text : str
        "" where it is absent.
    labels : tuple of str or None
        None where the value is null or absent, as distinct from a row that carries no label.
    plain_cell : bool
        The labels are one string, taken as one label for want of a delimiter.
    parents : tuple of str
    """

    id: str | None
    text: str
    labels: tuple[str, ...] | None
    plain_cell: bool
    group: str | None
    split: str | None
    parents: tuple[str, ...]
    generator: str | None


def parsed(
    fields: Mapping[str, object], columns: Columns, max_doc_chars: int, *, synthetic: bool, by: str | None = None
) -> Row:
    """Read the fields of one row; parents and generator only where it is `synthetic`.

    Raises
    ------
    FieldFault
        The first fault of form among the fields used; ``missing-value`` where a column of `by` is empty.
    """
    cell = fields.get(columns.labels)
    if columns.label_columns:
        labels, plain = labels_in_columns(fields, columns.label_columns), False
    else:
        labels = labels_in_cell(cell, columns.labels, columns.label_delimiter)
        plain = isinstance(cell, str) and labels == (cell,) and columns.label_delimiter is None
    return Row(
        id=name_of(fields.get(columns.id), columns.id, "bad-id"),
        text=text_of(fields.get(columns.text), columns.text, max_doc_chars),
        labels=labels,
        plain_cell=plain,
        group=name_of(fields.get(columns.group), columns.group, "bad-group"),
        split=None if columns.split is None else as_text(fields.get(columns.split), columns.split) or None,
        parents=names_of(fields.get(columns.parent), columns.parent, "bad-parent") if synthetic else (),
        generator=_generator(fields, columns, by) if synthetic else None,
    )


def _generator(fields: Mapping[str, object], columns: Columns, by: str | None) -> str | None:
    if by is None:
        name = as_text(fields.get(columns.generator), columns.generator)
        return None if is_blank(name) else name
    parts = {column: as_text(fields.get(column), column) for column in columns_of(by)}
    for column, part in parts.items():
        if is_blank(part):
            raise FieldFault("missing-value", f"no value in column {show(column)}, expected one in every row: fill it")
    return BETWEEN.join(parts.values())


def columns_of(by: str) -> tuple[str, ...]:
    """Return the columns whose values name a generator, the model's first.

    >>> columns_of("generator,mode")
    ('generator', 'mode')
    """
    return tuple(by.split(","))


def model_of(generator: str) -> str:
    """Return the first of the values that name a generator: of ``--by generator,mode`` the model.

    >>> model_of("google/gemma-2-9b-it / paraphrase"), model_of("gpt-2")
    ('google/gemma-2-9b-it', 'gpt-2')
    """
    return generator.partition(BETWEEN)[0]
