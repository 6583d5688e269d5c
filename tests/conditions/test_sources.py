"""Training sets are stacked from documents, and everybody knows whom they descend from."""

from __future__ import annotations

import numpy as np

from synthlift.conditions.sources import compose_rows
from synthlift.corpus import Corpus, Document

LABELS = ("x", "y")


def corpus(*documents: tuple[str, str]) -> Corpus:
    """Build documents from a text and its labels, one character each."""
    return Corpus.of([Document(text, text, tuple(labels)) for text, labels in documents], LABELS)


def test_parts_are_stacked_in_order_with_their_labels_and_roles() -> None:
    """Texts, label rows and tuning marks stand one under the other."""
    training = compose_rows(
        (corpus(("a", "x"), ("b", "xy")), np.array([7, 8]), True), (corpus(("c", "")), np.array([-1]), False)
    )
    assert training.texts == ("a", "b", "c")
    assert training.labels.tolist() == [[True, False], [True, True], [False, False]]
    assert training.is_real.tolist() == [True, True, False]
    assert training.sample_weight is None
    assert training.label_weight is None
    assert training.loss == "bce"
    assert training.n_steps is None


def test_original_is_the_first_row_of_the_same_key_across_parts() -> None:
    """Keys are arbitrary numbers of groups; they become rows of this set, and nothing stays nothing."""
    keys = (np.array([40, 3, 40]), np.array([-1, 3, 40, -1]))
    training = compose_rows(
        (corpus(("a", ""), ("b", ""), ("c", "")), keys[0], True),
        (corpus(("d", ""), ("e", ""), ("f", ""), ("g", "")), keys[1], False),
    )
    assert training.original.tolist() == [0, 1, 0, -1, 1, 0, -1]


def test_a_family_that_no_real_document_is_in_starts_at_its_own_first_row() -> None:
    """`original` then is a row of the set all the same."""
    training = compose_rows(
        (corpus(("a", "")), np.array([5]), True), (corpus(("b", ""), ("c", "")), np.array([9, 9]), False)
    )
    assert training.original.tolist() == [0, 1, 1]


def test_labels_given_replace_those_of_the_last_part_only() -> None:
    """As the placebo needs; the corpus keeps its own."""
    added = corpus(("b", "x"), ("c", "y"))
    given = added.label_matrix()[::-1]
    training = compose_rows((corpus(("a", "x")), np.array([0]), True), (added, np.array([-1, -1]), False), labels=given)
    assert training.labels.tolist() == [[True, False], [False, True], [True, False]]
    assert added.label_matrix().tolist() == [[True, False], [False, True]]


def test_an_empty_part_adds_nothing() -> None:
    """M = 0 leaves the real documents."""
    training = compose_rows((corpus(("a", "x")), np.array([0]), True), (corpus(), np.zeros(0, np.int64), False))
    assert training.texts == ("a",)
    assert training.labels.shape == (1, 2)
    assert training.original.tolist() == [0]
