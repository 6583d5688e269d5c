"""A row is its fields, read by their column names."""

from __future__ import annotations

import pytest

from synthlift.corpus.columns import Columns
from synthlift.corpus.faults import FieldFault
from synthlift.corpus.rows import Row, parsed


def test_every_field_is_found_under_its_own_name():
    """Columns may be called anything."""
    columns = Columns(text="t", labels="l", id="i", group="g", parent="p", split="s", generator="w")
    fields = {"t": "x", "l": ["a"], "i": 1, "g": 2, "p": "q", "s": True, "w": "llm", "text": 5}
    assert parsed(fields, columns, 9, synthetic=True) == Row("1", "x", ("a",), False, "2", "true", ("q",), "llm")


def test_fields_that_a_real_corpus_does_not_use_are_not_inspected():
    """A list in the generator column of a real file harms nobody."""
    fields = {"text": "x", "labels": [], "generator": [1], "origin_id": 1.5}
    row = parsed(fields, Columns(), 9, synthetic=False)
    assert (row.generator, row.parents) == (None, ())
    with pytest.raises(FieldFault):
        parsed(fields, Columns(), 9, synthetic=True)


def test_the_column_that_tells_treatments_apart_must_be_filled():
    """An empty value of `by` is rejected, an empty generator column is not."""
    fields = {"text": "x", "labels": [], "generator": " ", "temperature": 0.7}
    assert parsed(fields, Columns(), 9, synthetic=True).generator is None
    assert parsed(fields, Columns(), 9, synthetic=True, by="temperature").generator == "0.7"
    with pytest.raises(FieldFault) as caught:
        parsed(fields, Columns(), 9, synthetic=True, by="generator")
    assert caught.value.code == "missing-value"


def test_a_plain_cell_is_one_label_for_want_of_a_delimiter():
    """Only a string that became one label is in doubt."""
    for cell, delimiter, plain in (
        ("a;b", None, True),
        ("a;b", "|", False),
        (["a;b"], None, False),
        ('["a"]', None, False),
    ):
        fields = {"text": "x", "labels": cell}
        assert parsed(fields, Columns(label_delimiter=delimiter), 9, synthetic=False).plain_cell is plain
