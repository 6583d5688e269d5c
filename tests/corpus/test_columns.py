"""The columns that a file must have, and the size that bounds a row."""

from __future__ import annotations

from synthlift.corpus.columns import Columns, Limits


def test_label_columns_take_the_place_of_the_labels_column():
    """With one column per label, the labels column is not asked for."""
    assert Columns().required == ("text", "labels")
    assert Columns(label_columns=("a", "b")).required == ("text", "a", "b")


def test_the_longest_text_fits_a_row_even_when_every_character_is_escaped():
    r"""A text of emoji, each written as two ``\uXXXX`` escapes, is not longer than a row may be."""
    limits = Limits(max_doc_chars=1000)
    assert limits.max_row_bytes > len(r"\ud83d\ude00") * 1000
