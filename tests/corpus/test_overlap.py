"""What is too near to a test document is neither trained on nor counted as new."""

from __future__ import annotations

import numpy as np

from synthlift.corpus.overlap import beside_test, dropped_synthetic, pairs_within
from synthlift.corpus.shingles import NearPairs

ROLES = {"a": "train", "b": "test", "c": "spare", "d": "validation"}


def near(*pairs: tuple[int, int]) -> NearPairs:
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return NearPairs(left, right, np.ones(len(left)))


def dropped(parents: list[tuple[str, ...]], pairs: NearPairs | None = None) -> dict[int, str]:
    is_test = np.array([role == "test" for role in ROLES.values()])
    return dropped_synthetic(parents, ROLES, pairs or near(), is_test)


def test_members_of_a_group_with_a_test_document_are_beside_it_and_the_test_document_is_not() -> None:
    """Whatever their role; groups without a test document are left alone."""
    role = np.array(["train", "test", "spare", "validation", "train", "test"])
    group = np.array([0, 0, 0, 2, 2, 5])
    assert beside_test(role, group).tolist() == [True, False, True, False, False, False]


def test_a_parent_in_test_drops_and_one_in_spare_or_validation_does_too() -> None:
    """Each with its own reason; a train parent, an unknown one and none are kept."""
    assert dropped([("a",), ("b",), ("c",), ("d",), ("unknown",), ()]) == {
        1: "parent-in-test",
        2: "parent-not-in-train",
        3: "parent-not-in-train",
    }


def test_one_of_several_parents_is_enough_and_test_is_the_graver_reason() -> None:
    """Few-shot examples are parents alike."""
    assert dropped([("a", "c"), ("c", "b"), ("a", "unknown"), ("unknown", "b")]) == {
        0: "parent-not-in-train",
        1: "parent-in-test",
        3: "parent-in-test",
    }


def test_a_near_duplicate_of_a_test_document_drops_and_one_of_a_train_document_does_not() -> None:
    """Copies of train documents are what the audit must find."""
    pairs = near((1, 4), (0, 5), (2, 6), (4, 6))
    assert dropped([(), (), ()], pairs) == {0: "near-test"}


def test_near_pairs_among_real_or_among_synthetic_documents_drop_nothing() -> None:
    """Only a pair across counts."""
    assert dropped([(), ()], near((0, 1), (4, 5))) == {}


def test_each_dropped_document_has_one_reason() -> None:
    """With a parent in test the parent is told; near a test document with a parent in spare, the test."""
    assert dropped([("b",), ("c",)], near((1, 4), (1, 5))) == {0: "parent-in-test", 1: "near-test"}


def test_pairs_within_a_range_are_counted_from_its_start() -> None:
    """Pairs that leave the range on either side are out."""
    left, right = pairs_within(near((0, 1), (1, 3), (3, 5), (4, 5), (5, 6)), 3, 6)
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 2), (1, 2)]
