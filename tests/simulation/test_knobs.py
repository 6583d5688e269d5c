"""Knobs are checked, and the presets are what their names say."""

from __future__ import annotations

from dataclasses import fields

import pytest

from synthlift.errors import BadConfiguration
from synthlift.simulation import PRESETS, Knobs


def test_the_defaults_write_as_real_documents_are_written() -> None:
    """All knowledge, all faith, no fault."""
    assert Knobs() == Knobs(1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert PRESETS["faithful"] == Knobs()


@pytest.mark.parametrize("field", [field.name for field in fields(Knobs)])
@pytest.mark.parametrize("value", [-0.1, 1.01, float("nan"), True, "0.5"])
def test_a_knob_outside_nought_to_one_is_refused(field: str, value: object) -> None:
    """The message names the knob and the value."""
    with pytest.raises(BadConfiguration, match=f"got {field} = "):
        Knobs(**{field: value})  # type: ignore[arg-type]


def test_presets_turn_the_knobs_that_their_names_speak_of() -> None:
    """Six names, each differing from a faithful generator in what it imitates; nobody can change them."""
    assert set(PRESETS) == {"faithful", "narrow", "off-style", "copycat", "mislabelled", "bland"}
    assert PRESETS["narrow"].coverage < 0.5
    assert PRESETS["off-style"].style_shift > 0.5
    assert PRESETS["copycat"] == Knobs(copying=1.0)
    assert PRESETS["mislabelled"].label_noise > 0.3
    assert PRESETS["bland"].faithfulness < 0.5
    with pytest.raises(TypeError):
        PRESETS["faithful"] = Knobs(copying=1.0)  # type: ignore[index]
