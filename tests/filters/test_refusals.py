"""Refusals are dropped."""

from __future__ import annotations

from synthlift.filters.contract import Decision
from synthlift.filters.refusals import RefusalFilter


def test_a_refusal_is_dropped_and_what_follows_a_mention_of_one_stays(documents):
    """By the rule that an audit has."""
    texts = ["I'm sorry, but I can't assist with that request.", "He said: I can't assist with that request."]
    assert RefusalFilter().judge(documents(texts)) == [Decision(False, "refusal", None), Decision(True, None, None)]
