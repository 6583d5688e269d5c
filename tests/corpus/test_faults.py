"""Faults are gathered in order, and never without bound."""

from __future__ import annotations

import pytest

from synthlift.corpus.faults import MAX_REJECTIONS, Faults
from synthlift.errors import InputRejected


def test_faults_carry_file_and_row_and_are_raised_together():
    """Everything found before a stop is told with it."""
    faults = Faults("a.csv")
    faults.row = 3
    faults.add("one", "first")
    faults.row = 5
    with pytest.raises(InputRejected) as caught:
        faults.stop("two", "second")
    assert [(r.file, r.row, r.code) for r in caught.value.rejections] == [("a.csv", 3, "one"), ("a.csv", 5, "two")]


def test_a_hopeless_file_is_given_up():
    """After a hundred faults reading ends."""
    faults = Faults("a.csv")
    for _ in range(MAX_REJECTIONS - 1):
        faults.add("bad", "again")
    with pytest.raises(InputRejected) as caught:
        faults.add("bad", "once more")
    assert len(caught.value.rejections) == MAX_REJECTIONS


def test_settling_without_faults_does_nothing():
    """A clean file is not rejected."""
    Faults("a.csv").settle()
