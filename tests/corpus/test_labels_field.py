"""Labels come out of lists, delimited cells, plain cells and columns, and stay what they are."""

from __future__ import annotations

import pytest

from synthlift.corpus.faults import FieldFault
from synthlift.corpus.labels_field import labels_in_cell, labels_in_columns

ODD = ["NA", "null", "None", "nan", "True", "1e5", "007", "a,b", "a|b", 'say "x"', "a\nb", "[/x]", "{{ 7 }}", "x" * 300]


@pytest.mark.parametrize("label", ODD)
def test_odd_labels_survive(label):
    """A label that other readers would change or split is kept, alone and in a list."""
    assert labels_in_cell(label, "labels") == (label,)
    assert labels_in_cell([label], "labels") == (label,)


def test_labels_are_distinct_and_sorted():
    """Repeated labels count once; whole numbers are text; null is not the empty set."""
    assert labels_in_cell(["b", "a", "b", 3], "labels") == ("3", "a", "b")
    assert labels_in_cell('["b", "a"]', "labels") == ("a", "b")
    assert labels_in_cell(3, "labels") == ("3",)
    assert labels_in_cell([], "labels") == labels_in_cell("", "labels") == labels_in_cell("[]", "labels") == ()
    assert labels_in_cell(None, "labels") is None


def test_a_delimiter_splits_and_strips():
    """Blanks around the pieces and empty pieces go; a list stays a list."""
    assert labels_in_cell(" b ; a;;", "labels", ";") == ("a", "b")
    assert labels_in_cell("x||y", "labels", "||") == ("x", "y")
    assert labels_in_cell(["a;b"], "labels", ";") == ("a;b",)


@pytest.mark.parametrize(
    "value", [True, 1.5, {}, [None], [True], [1.5], [["a"]], [""], [" a"], ["a\n"], " a", " ", "['a', 'b']"]
)
def test_what_is_no_label_is_rejected(value):
    """Other kinds, blanks around a label, and a Python list written as text are never guessed at."""
    with pytest.raises(FieldFault) as caught:
        labels_in_cell(value, "labels")
    assert caught.value.code == "bad-labels"


@pytest.mark.parametrize(
    ("value", "code"), [(["a\0"], "nul"), (["\ud800"], "lone-surrogate"), ("[" * 99_999, "nested-too-deep")]
)
def test_what_cannot_be_stored_is_rejected(value, code):
    """NUL, half characters and deep lists have their own codes."""
    with pytest.raises(FieldFault) as caught:
        labels_in_cell(value, "labels")
    assert caught.value.code == code


def test_label_columns_hold_yes_or_no():
    """Each spelling of true and false is read; an absent column is not false."""
    fields = {"a": "1", "b": "TRUE", "c": "yes", "d": True, "e": 1, "f": "0", "g": "", "h": "No", "i": False, "j": None}
    assert labels_in_columns(fields, tuple("jihgfedcba")) == tuple("abcde")
    assert labels_in_columns(fields, ("a", "z")) is None


@pytest.mark.parametrize("cell", ["2", "x", 2, 0.5, [1], "1.0", "y"])
def test_other_cells_of_a_label_column_are_rejected(cell):
    """A count or a probability is not a label."""
    with pytest.raises(FieldFault) as caught:
        labels_in_columns({"a": cell}, ("a",))
    assert caught.value.code == "bad-labels"
