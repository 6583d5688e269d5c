"""Some of a study's trials, by what they are."""

from __future__ import annotations

import pytest

from synthlift.errors import BadConfiguration
from synthlift.run.selection import Selection
from synthlift.study.trials import Trial

TRIALS = [
    Trial(condition, generator, classifier, "all", 20, replicate)
    for replicate in (0, 1)
    for classifier in ("linear", "embedding")
    for condition, generator in (("real", None), ("real+synthetic", "a"), ("real+synthetic", "b"))
]


@pytest.mark.parametrize(
    ("pairs", "n"),
    [
        (["classifier=linear"], 6),
        (["classifier=linear", "replicate=1"], 3),
        (["classifier=linear", "classifier=embedding"], 12),
        (["generator=a"], 8),  # and those of no generator, which it is compared with
        (["condition=real+synthetic", "generator=b"], 4),
    ],
)
def test_keys_narrow_and_values_widen(pairs: list[str], n: int) -> None:
    """All keys must hold, and of each key any of its values."""
    chosen = Selection.parse(pairs).of(TRIALS)
    assert len(chosen) == n
    assert chosen == [trial for trial in TRIALS if trial in chosen]


def test_nothing_said_is_no_selection() -> None:
    """Without pairs all trials run."""
    assert Selection.parse([]) is None


@pytest.mark.parametrize("pair", ["linear", "colour=red", "classifier"])
def test_what_is_no_pair_is_refused(pair: str) -> None:
    """A key that trials do not have is told with those that they have."""
    with pytest.raises(BadConfiguration, match="condition, generator, classifier, regime, replicate"):
        Selection.parse([pair])


def test_a_value_that_no_trial_has_is_refused() -> None:
    """A misspelt value would run nothing; the known ones are listed."""
    with pytest.raises(BadConfiguration, match="expected one of 'linear', 'embedding'"):
        Selection.parse(["classifier=lienar"]).of(TRIALS)
