"""The spelling of a metric parses back."""

from __future__ import annotations

import pytest

from synthlift.metrics.metric import ALL, Metric


@pytest.mark.parametrize("metric", ALL, ids=str)
def test_round_trip(metric):
    """Every metric is read back from its spelling."""
    assert Metric.parse(str(metric)) == metric


def test_spelling():
    """The spelling is that of configuration keys and column names."""
    assert str(Metric("micro-F1", "tuned")) == "micro-F1@tuned"
    assert repr(Metric("mAP", None)) == "Metric.parse('mAP')"


def test_equal_metrics_are_one_key():
    """A metric can be a key of a dictionary."""
    assert {Metric("micro-F1", "tuned"): 1}[Metric.parse("micro-F1@tuned")] == 1


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "micro-f1",
        "accuracy@tuned",
        "micro-F1@0.5",
        "micro-F1@",
        "micro-F1@tuned@tuned",
        " micro-F1@tuned",
        "mAP@tuned",
    ],
)
def test_unknown_spellings_are_refused_with_the_known_ones(spelling):
    """Anything else is refused, and the message lists metrics and thresholds."""
    with pytest.raises(ValueError, match="expected one of") as caught:
        Metric.parse(spelling)
    assert all(str(known) in str(caught.value) for known in ALL)
