"""A corpus keeps its order, its labels and an identity that any change shows in."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from synthlift.corpus import Corpus, Document, Origin

A = Document("1", "red fox", ("x",))
B = Document("2", "blue whale", ("x", "y"), "g", Origin("tool", ("1",)))
NONE = Document("3", "nothing", ())


def test_labels_are_sorted_and_those_that_occur_unless_given() -> None:
    """Given ones keep their order and may be more."""
    assert Corpus.of([B, NONE]).labels == ("x", "y")
    assert Corpus.of([A], ("z", "x")).labels == ("z", "x")


def test_the_label_matrix_follows_the_label_order_and_cannot_be_written() -> None:
    """One row per document, one column per label, False where a document carries none."""
    matrix = Corpus.of([A, B, NONE], ("z", "y", "x")).label_matrix()
    assert matrix.tolist() == [[False, False, True], [False, True, True], [False, False, False]]
    assert matrix.dtype == bool
    with pytest.raises(ValueError, match="read-only"):
        matrix[0, 0] = True


def test_an_empty_corpus_has_a_matrix_without_rows() -> None:
    """Its labels stay."""
    assert Corpus.of([], ("x", "y")).label_matrix().shape == (0, 2)


def test_taking_rows_keeps_their_order_repeats_and_the_label_order() -> None:
    """Rows may come from NumPy, in any order, more than once."""
    taken = Corpus.of([A, B, NONE], ("y", "x")).take(np.array([2, 0, 0]))
    assert taken.ids == ["3", "1", "1"]
    assert taken.texts == ["nothing", "red fox", "red fox"]
    assert taken.labels == ("y", "x")
    assert len(taken) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"id": "9"},
        {"text": "blue whale "},
        {"labels": ("x",)},
        {"group": None},
        {"origin": None},
        {"origin": Origin("tool", ())},
        {"origin": Origin("other", ("1",))},
        {"origin": Origin("tool", ("1", "2"))},
    ],
    ids=str,
)
def test_the_fingerprint_changes_with_every_field(change: dict[str, object]) -> None:
    """A changed id, text, label, group or origin is another corpus."""
    before = Corpus.of([A, B], ("x", "y")).fingerprint
    assert Corpus.of([A, replace(B, **change)], ("x", "y")).fingerprint != before  # type: ignore[arg-type]


def test_the_fingerprint_changes_with_the_order_of_documents_and_labels_and_is_stable() -> None:
    """Order is part of what a corpus is; equal corpora have equal fingerprints, in every process."""
    corpus = Corpus.of([A, B], ("x", "y"))
    assert Corpus.of([B, A], ("x", "y")).fingerprint != corpus.fingerprint
    assert Corpus.of([A, B], ("y", "x")).fingerprint != corpus.fingerprint
    assert Corpus.of([A, B]).fingerprint == corpus.fingerprint
    assert Corpus.of([A]).fingerprint == "6ea61f6e5d2ac4cf0951d0339eccd0fe1984d9bcd2f57b656ab21a42e0182732"


def test_text_cannot_slip_from_one_field_or_document_to_the_next() -> None:
    """Where fields end is part of the fingerprint."""
    one = Corpus.of([Document("a", "bc", ()), Document("d", "e", ())])
    other = Corpus.of([Document("ab", "c", ()), Document("d", "e", ())])
    assert one.fingerprint != other.fingerprint


def test_documents_and_corpora_cannot_be_changed() -> None:
    """They are values."""
    with pytest.raises(FrozenInstanceError):
        A.text = "other"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        Corpus.of([A]).labels = ()  # type: ignore[misc]


def test_a_document_is_real_where_nobody_generated_it() -> None:
    """An origin makes it synthetic, parents or not."""
    assert A.is_real
    assert not B.is_real
    assert not replace(A, origin=Origin("tool")).is_real
