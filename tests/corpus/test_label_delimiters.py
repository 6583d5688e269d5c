"""Glued labels are noticed, and names that hold a delimiter are left alone."""

from __future__ import annotations

import pytest

from synthlift.corpus.label_delimiters import likely_delimiter


@pytest.mark.parametrize("delimiter", [";", "|", ","])
@pytest.mark.parametrize("blank", ["", " "])
def test_pieces_that_recur_as_labels_betray_the_delimiter(delimiter, blank):
    """Cells that hold labels seen alone elsewhere are several labels."""
    glue = delimiter + blank
    cells = {f"sports{glue}world news": 4, "sports": 9, "world news": 9, "business": 3}
    assert likely_delimiter(cells) == (delimiter, f"sports{glue}world news")


def test_pieces_that_recur_in_other_cells_betray_it_too():
    """No label needs to stand alone."""
    assert likely_delimiter({"a;b": 1, "b;c": 1, "c;a": 1}) == (";", "a;b")


def test_names_that_hold_a_comma_are_names():
    """Pieces that are no labels elsewhere explain nothing."""
    cells = {"Security, personal": 9, "Security, societal": 9, "Power": 5}
    assert likely_delimiter(cells) is None


def test_a_few_names_made_of_labels_do_not_outweigh_the_others():
    """Where most cells that hold the delimiter are names, it is part of names."""
    cells = {"Food, drink": 20, "Law, order": 20, "Arts, Sports": 5, "Arts": 9, "Sports": 9}
    assert likely_delimiter(cells) is None


def test_one_or_two_rows_are_no_evidence():
    """A slip in two rows is left to the user's eye."""
    assert likely_delimiter({"a;b": 2, "a": 5, "b": 5}) is None


def test_a_known_label_is_not_in_question():
    """What the real corpus has as one label is one label, and its labels explain pieces."""
    assert likely_delimiter({"a;b": 9}, known={"a;b", "a", "b"}) is None
    assert likely_delimiter({"a;b": 9}, known={"a", "b"}) == (";", "a;b")
