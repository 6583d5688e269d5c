"""Increase, decrease, and giving up."""

from __future__ import annotations

from synthlift.models.pace import Breaker, Pace


def test_the_limit_halves_once_per_complaint_and_never_falls_below_one() -> None:
    """Requests sent before a complaint was heard say nothing new when they complain too."""
    pace = Pace(16)
    pace.narrow(sent_at=0.0, now=1.0)
    for _ in range(15):
        pace.narrow(sent_at=0.5, now=1.1)
    assert pace.limit == 8
    for sent in range(2, 40):
        pace.narrow(sent_at=float(sent), now=sent + 0.5)
    assert pace.limit == 1


def test_a_round_of_answers_raises_the_limit_by_one_up_to_the_most() -> None:
    """Additive increase: as many answers as are in flight make room for one more."""
    pace = Pace(16)
    pace.narrow(sent_at=0.0, now=1.0)
    for _ in range(9):
        pace.widen()
    assert pace.limit == 9
    for _ in range(1000):
        pace.widen()
    assert pace.limit == 16


def test_the_breaker_opens_at_nine_in_ten_of_the_last_fifty() -> None:
    """Not before fifty attempts, and not for a server that answers one in nine."""
    breaker = Breaker()
    for _ in range(49):
        breaker.note(failed=True)
    assert not breaker.is_open
    breaker.note(failed=True)
    assert breaker.is_open
    for _ in range(5):
        breaker.note(failed=False)
    assert breaker.is_open
    breaker.note(failed=False)
    assert not breaker.is_open, "44 of 50"
