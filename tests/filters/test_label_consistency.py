"""Texts that do not read like their labels are dropped."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.filters.contract import Decision
from synthlift.filters.label_consistency import LabelConsistencyFilter


class Judge:
    """Says what it was told to say."""

    def __init__(self, *scores):
        self.scores = scores

    def agreement(self, documents):  # noqa: ARG002
        """Return the scores."""
        return np.array(self.scores)


def test_the_minimum_itself_stays(documents):
    """The score is the agreement."""
    told = LabelConsistencyFilter(Judge(0.0, 0.5, 1.0), 0.5).judge(documents(["a", "b", "c"]))
    assert told == [Decision(False, "label-inconsistent", 0.0), Decision(True, None, 0.5), Decision(True, None, 1.0)]


def test_a_judge_that_leaves_documents_out_is_an_error(documents):
    """Decisions would go to the wrong documents."""
    with pytest.raises(ValueError, match="shorter"):
        LabelConsistencyFilter(Judge(1.0), 0.5).judge(documents(["a", "b"]))


def test_without_documents_nobody_is_asked():
    """A filter before it may have dropped all."""
    assert LabelConsistencyFilter(Judge(1.0), 0.5).judge([]) == []
