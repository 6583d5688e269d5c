"""Names that look the same are found, with the row of the first."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthlift.corpus.spellings import Spellings, folded


@pytest.mark.parametrize(
    ("one", "other"),
    [("a", "A"), ("caf\u00e9", "cafe\u0301"), ("a b", " a  b"), ("straße", "STRASSE"), ("a\u00a0b", "a b")],
)
def test_case_unicode_form_and_blanks_do_not_tell_names_apart(one, other):
    """Whichever comes first is the one that the other is held against."""
    for first, second in ((one, other), (other, one)):
        spellings = Spellings()
        assert spellings.first(first, 1) == (first, 1)
        assert spellings.first(second, 1) == (first, 1)
        assert spellings.first(second, 7) == (first, 1)
        assert len(spellings) == 1


def test_different_names_stay_different():
    """Names that merely resemble each other are two."""
    spellings = Spellings()
    assert [spellings.first(name, row) for row, name in enumerate(["1", "01", "a-b", "a b", "\u0131"])] == [
        ("1", 0), ("01", 1), ("a-b", 2), ("a b", 3), ("\u0131", 4),
    ]  # fmt: skip


@given(st.text())
def test_folding_does_not_depend_on_the_unicode_form(name):
    """Composed and decomposed spellings fold alike."""
    assert folded(unicodedata.normalize("NFC", name)) == folded(unicodedata.normalize("NFD", name))
