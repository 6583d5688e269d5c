"""Shares of documents that name their labels, by hand, against Newcombe's example and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.metrics.leakage import NAMED, UNNAMEABLE, UNNAMED, Overlap, naming, overlap, overlap_difference
from synthlift.metrics.shares import wilson


def test_naming_by_hand() -> None:
    """Only keywords of a document's own labels count; with labels that have none, or no label, nothing is told."""
    found = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 1, 0], [1, 0, 0]], dtype=bool)
    labels = np.array([[1, 0, 1], [1, 0, 0], [0, 0, 1], [0, 0, 0], [1, 1, 0]], dtype=bool)
    states = naming(found, labels, np.array([True, True, False]))
    assert states.tolist() == [NAMED, UNNAMED, UNNAMEABLE, UNNAMEABLE, NAMED]


def test_naming_refuses_other_shapes() -> None:
    """Documents by labels twice, and labels."""
    with pytest.raises(ValueError, match="got shapes"):
        naming(np.zeros((2, 3), bool), np.zeros((2, 2), bool), np.zeros(2, bool))


def test_what_cannot_be_told_is_left_out() -> None:
    """Of four documents that could name a label three do."""
    found = overlap(np.array([1, 1, -1, 0, 1, -1]), np.arange(6))
    assert (found.value, found.n, found.reason) == (0.75, 4, None)
    assert found.low is not None
    assert found.high is not None
    assert 0.0 < found.low < 0.75 < found.high < 1.0


@pytest.mark.parametrize("state", [[], [-1, -1, -1], [1, -1, -1]])
def test_too_few_documents_are_null_with_a_reason(state: list[int]) -> None:
    """One independent document has no spread."""
    found = overlap(np.array(state, dtype=np.int64), np.arange(len(state)))
    assert found.value is found.low is found.high is None
    assert found.reason
    assert overlap_difference(found, Overlap(0.5, 0.4, 0.6, 90)).value is None


def test_the_difference_has_newcombes_interval() -> None:
    """Newcombe (1998), table II: 56/70 - 48/80 = 0.2000 [0.0524, 0.3339]; 10/10 - 0/20 = 1 [0.6791, 1]."""
    for (x, m), (y, n), expected in (
        ((56, 70), (48, 80), (0.2, 0.0524, 0.3339)),
        ((10, 10), (0, 20), (1.0, 0.6791, 1.0)),
        ((9, 10), (3, 10), (0.6, 0.1705, 0.8090)),
    ):
        one, other = wilson(x / m, m), wilson(y / n, n)
        found = overlap_difference(
            Overlap(one.value, one.low, one.high, m), Overlap(other.value, other.low, other.high, n)
        )
        assert (found.value, found.low, found.high) == pytest.approx(expected, abs=5e-5)


def test_families_make_the_interval_wider() -> None:
    """Ten families of ten like documents are ten answers, not a hundred."""
    state = np.repeat([1, 0] * 5, 10)
    alone, together = overlap(state, np.arange(100)), overlap(state, np.repeat(np.arange(10), 10))
    assert (alone.high or 0.0) - (alone.low or 0.0) < 0.4 * ((together.high or 0.0) - (together.low or 0.0))
