"""Axes: round ticks, every value inside, zero where it must be."""

from __future__ import annotations

import pytest

from synthlift.report.axis import scale_over
from synthlift.report.lettering import shortened, shortened_inside, width


@pytest.mark.parametrize(
    ("low", "high"), [(0.39, 0.63), (-0.031, 0.25), (0.0, 12_500), (1e-5, 3e-5), (-8.0, -2.0), (0.4, 0.4), (0.0, 0.0)]
)
@pytest.mark.parametrize("positive", [False, True])
def test_every_value_lies_inside_with_a_few_round_ticks(low: float, high: float, positive: bool) -> None:
    """Both ends have room, ticks are multiples of 1, 2 or 5, and there are neither none nor a crowd."""
    if positive:
        low, high = sorted((abs(low), abs(high)))
    scale = scale_over([low, high], 400, 6, has_zero=False, is_positive=positive)
    least = -0.01 if positive else 7.99
    assert least <= scale(low) <= scale(high) <= 400 - least
    assert 2 <= len(scale.ticks) <= 9
    assert f"{scale.step:e}"[0] in "125"
    assert all(scale.low - 1e-9 <= tick <= scale.high + 1e-9 for tick in scale.ticks)
    assert len({f"{tick:.{scale.decimals}f}" for tick in scale.ticks}) == len(scale.ticks)
    assert not positive or scale.low == 0.0


def test_by_hand() -> None:
    """From 0.39 to 0.63 with room for a mark: 0.38 to 0.64, labelled every 0.05; a gain's axis holds zero."""
    scale = scale_over([0.39, 0.63], 400, 6, has_zero=False, is_positive=False)
    assert (scale.low, scale.high) == pytest.approx((0.38, 0.64))
    assert scale.ticks == pytest.approx([0.4, 0.45, 0.5, 0.55, 0.6])
    assert scale(0.51) == pytest.approx(200)
    assert 0.0 in scale_over([0.05, 0.2], 400, 6, has_zero=True, is_positive=False).ticks


def test_labels_keep_apart_on_a_short_axis() -> None:
    """Where labels would overlap the step is the next round number."""
    scale = scale_over([0, 9], 200, 9, has_zero=True, is_positive=True)
    assert scale.ticks == [0, 5]


def test_a_text_is_cut_to_its_room_and_no_further() -> None:
    """What is left, with its ellipsis, fits, and one letter more would not; marks that combine take no room."""
    text = "a rather long name of a generator"
    for limit in (20, 60, 120):
        cut = shortened(text, limit, 13)
        assert cut.endswith("…")
        assert width(cut, 13) <= limit
        longer = text[: len(cut)].rstrip() + "…"
        assert width(longer, 13) > limit or longer.rstrip("…").rstrip() == cut.rstrip("…")
        inside = shortened_inside(text, limit, 13)
        assert width(inside, 13) <= limit
        before, _, after = inside.partition("…")
        assert text.startswith(before)
        assert text.endswith(after)
        assert after
    assert shortened(text, width(text, 13), 13) == text
    assert width("e\u0301", 13) == width("e", 13)
    assert width("漢", 10) == 10
