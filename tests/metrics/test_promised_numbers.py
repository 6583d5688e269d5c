"""R12: what metrics say of inputs that no study should have."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def metric_draws():
    """Give the module that the sweep draws its inputs with."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(Path(__file__).resolve().parents[2] / "benchmarks"))
        import metric_draws

        yield metric_draws


def test_a_number_is_finite_or_has_its_reason(metric_draws):
    """R12: of 300 random inputs every result is a finite number, or none with the reason beside it."""
    met, kinds = set(), {"numbers": 0, "undefined": 0}
    for number in range(300):
        name, records = metric_draws.drawn(number)
        met.add(name)
        for record in records:
            for value, kind in metric_draws.judged(record):
                assert kind in kinds, (number, name, value, record)
                kinds[kind] += 1
    assert met == {name for name, _ in metric_draws.DRAWS}
    assert min(kinds.values()) > 500


def test_what_is_no_number_is_seen(metric_draws):
    """R12: the judge is no blank: it tells what is not finite, and what is missing without a word."""
    record = {"value": float("nan"), "low": float("inf"), "high": None, "n": 3, "generator": None, "reason": None}
    found = [("value", "infinite"), ("low", "infinite"), ("high", "silent"), ("n", "numbers")]
    assert list(metric_draws.judged(record)) == found
    assert list(metric_draws.judged({"value": None, "reason": "too few"})) == [("value", "undefined")]
