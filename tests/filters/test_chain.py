"""Filters one after the other."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from synthlift.corpus import Document
from synthlift.filters.chain import Verdict, apply
from synthlift.filters.contract import Decision
from synthlift.filters.lengths import LengthFilter
from synthlift.filters.near_duplicates import NearDuplicateFilter
from synthlift.filters.refusals import RefusalFilter


def test_the_first_filter_that_drops_gives_the_reason_and_later_ones_never_see_the_text(documents):
    """The refusal has no length score; what has no score says None."""
    chain = {"refusal": RefusalFilter(), "length": LengthFilter(2, 4)}
    texts = ["I can't assist with that request.", "one", "one two", "one two three four five"]
    assert apply(chain, documents(texts)) == [
        Verdict(False, "refusal", {"refusal": None}),
        Verdict(False, "too-short", {"refusal": None, "length": 1.0}),
        Verdict(True, None, {"refusal": None, "length": 2.0}),
        Verdict(False, "too-long", {"refusal": None, "length": 5.0}),
    ]


def test_what_was_dropped_before_makes_no_duplicate(documents):
    """A refusal's copy, were it long enough, would be a near-duplicate; dropped ones count for nothing."""
    short, text = "one two", "one two three four five six"
    chain = {"length": LengthFilter(3, 9), "near-duplicate": NearDuplicateFilter([])}
    told = apply(chain, documents([short, text, short, text]))
    assert [each.reason for each in told] == ["too-short", None, "too-short", "near-duplicate"]
    other_order = {"near-duplicate": NearDuplicateFilter([]), "length": LengthFilter(3, 9)}
    assert [each.reason for each in apply(other_order, documents([short, text, short, text]))] == [
        "too-short",
        None,
        "near-duplicate",
        "near-duplicate",
    ]


def test_without_filters_all_stays(documents):
    """And without documents there are no verdicts."""
    assert apply({}, documents(["a"])) == [Verdict(True, None, {})]
    assert apply({"refusal": RefusalFilter()}, []) == []


class Odd:
    """Drops by a number in the text."""

    def __init__(self, by):
        self.by = by

    def judge(self, documents):
        """Measure the rest of the division."""
        rests = [int(document.text) % self.by for document in documents]
        return [Decision(rest > 0, None if rest else f"by-{self.by}", rest / self.by) for rest in rests]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 100), max_size=20))
def test_a_chain_is_each_filter_on_what_the_one_before_kept(numbers):
    """Checked against the sieve written out by hand."""
    documents = [Document(f"d{i}", str(number), ()) for i, number in enumerate(numbers)]
    told = apply({"two": Odd(2), "three": Odd(3)}, documents)
    for number, verdict in zip(numbers, told, strict=True):
        reason = "by-2" if number % 2 == 0 else "by-3" if number % 3 == 0 else None
        assert (verdict.kept, verdict.reason) == (reason is None, reason)
        assert list(verdict.scores) == (["two"] if reason == "by-2" else ["two", "three"])
