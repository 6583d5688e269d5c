"""Facts are counts that JSON can hold and give back."""

from __future__ import annotations

import json

import pytest

from synthlift.study.facts import Facts, VolumeFacts

FACTS = Facts(
    n_train=2,
    n_validation=0,
    n_spare=1,
    n_test=3,
    n_test_groups=2,
    labels=["NA", "x"],
    support_train=[1, 2],
    support_test=[0, 3],
    classifiable=True,
    real_dropped={"train-near-test": 1},
    split="column 'split': 2 train, 3 test",
    columns_used=["id"],
    without_spaces=0.0,
    volume={"tool": VolumeFacts(5, 4, 3, 1, 2, {"refusal": 1}), "-": VolumeFacts(0, 0, 0, 0, 0, {})},
)


def test_facts_survive_json() -> None:
    """Volumes are values again, in the order of generators, and strict JSON takes all of it."""
    again = Facts.from_json(json.loads(json.dumps(FACTS.as_json(), allow_nan=False)))
    assert again == FACTS
    assert list(again.volume) == ["tool", "-"]
    assert isinstance(again.volume["tool"], VolumeFacts)


def test_facts_of_another_form_are_not_read() -> None:
    """A field too many, one too few, or a volume that is a list."""
    good = FACTS.as_json()
    for bad in ({**good, "extra": 1}, {k: v for k, v in good.items() if k != "n_test"}, {**good, "volume": []}):
        with pytest.raises(TypeError):
            Facts.from_json(bad)


def test_as_json_is_a_copy() -> None:
    """Changing what was given out does not change the facts."""
    given = FACTS.as_json()
    given["labels"].append("z")  # type: ignore[attr-defined]
    assert FACTS.labels == ["NA", "x"]
