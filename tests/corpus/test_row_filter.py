"""Rows are chosen by values compared as text."""

from __future__ import annotations

import pytest

from synthlift.corpus.row_filter import RowFilter, parse_where
from synthlift.errors import BadConfiguration


def test_options_of_one_key_are_alternatives():
    """Only the first equals sign separates; repeated values count once."""
    assert parse_where(["a=1", "b=x=y", "a=2", "a=1", "c="]) == {"a": ("1", "2"), "b": ("x=y",), "c": ("",)}
    assert parse_where([]) == {}


@pytest.mark.parametrize("option", ["a", "=1", ""])
def test_an_option_without_key_or_equals_sign_is_bad(option):
    """The form is told with an example."""
    with pytest.raises(BadConfiguration, match=r"expected column=value"):
        parse_where([option])


def test_all_keys_must_hold_one_of_their_values():
    """Different keys are and, values of a key are or; numbers, true and null compare as text."""
    chosen = RowFilter({"a": ("1", "true"), "b": ("",)})
    assert chosen.accepts({"a": 1, "b": None})
    assert chosen.accepts({"a": True})
    assert chosen.accepts({"a": "1", "b": ""})
    assert not chosen.accepts({"a": "2", "b": ""})
    assert not chosen.accepts({"a": "1", "b": "x"})


def test_an_empty_selection_is_explained_by_the_values_found():
    """Asked for and found stand side by side; a key that no row has is told."""
    chosen = RowFilter({"a": ("x",), "b": ("y",)})
    for value in ("p", "q", "p"):
        chosen.accepts({"a": value})
    assert chosen.explain() == (
        "'a': asked for 'x', found 'p', 'q'; 'b': asked for 'y', found nothing (no row has this column)"
    )


def test_the_explanation_is_short():
    """A column of a million values is not printed."""
    chosen = RowFilter({"a": ("x",)})
    for value in range(1000):
        chosen.accepts({"a": value})
    assert len(chosen.explain()) < 300
