"""Caps and accounts."""

from __future__ import annotations

import pytest

from synthlift.models.request import ChatRequest
from synthlift.models.spending import Caps, Price, Spending, estimated_tokens

REQUEST = ChatRequest("small", "m", None, (("user", "x" * 299),), {"max_tokens": 50}, 1, "0")


def test_tokens_are_estimated_on_the_high_side() -> None:
    """Three characters a token, and as many as may be written."""
    assert estimated_tokens(REQUEST) == (100, 50)


@pytest.mark.parametrize(
    ("caps", "n_sent"),
    [(Caps(requests=3), 3), (Caps(tokens=450), 3), (Caps(cost_usd=0.0006), 3), (Caps(hours=1e-12), 0), (Caps(), 10)],
)
def test_no_cap_is_broken_by_requests_in_flight(caps: Caps, n_sent: int) -> None:
    """What may still be billed counts as if it were: 150 tokens and 0.0002 dollars a request here."""
    spending = Spending(caps, {"small": Price(1.0, 2.0)})
    for _ in range(10):
        if spending.over(REQUEST) is None:
            spending.send(REQUEST)
    assert spending.n_sent == n_sent


def test_an_answer_costs_what_was_counted_and_frees_what_was_reserved() -> None:
    """By hand: 80 tokens at 1 dollar a million and 10 at 2 make 100 millionths."""
    spending = Spending(Caps(tokens=300), {"small": Price(1.0, 2.0)})
    spending.send(REQUEST)
    spending.settle(REQUEST, "yes", 80, 10)
    assert (spending.n_tokens, spending.reserved_tokens) == (90, 0)
    assert spending.cost_usd == pytest.approx(100e-6)
    assert spending.over(REQUEST) is None


def test_what_may_be_billed_and_was_not_counted_is_unknown_and_counts_in_full() -> None:
    """A cap that trusted missing numbers would be no cap."""
    spending = Spending(Caps(tokens=300), {})
    for billed in ("maybe", "no"):
        spending.send(REQUEST)
        spending.settle(REQUEST, billed, None, None)
    assert (spending.n_tokens, spending.n_unknown, spending.n_sent) == (150, 1, 2)


def test_what_never_left_is_taken_back() -> None:
    """A request that was opened and not sent is no request."""
    spending = Spending()
    spending.send(REQUEST)
    spending.unsend(REQUEST)
    assert (spending.n_sent, spending.n_tokens, spending.reserved_tokens) == (0, 0, 0)
