"""How numbers and foreign text are shown."""

from __future__ import annotations

import unicodedata

import pytest

from synthlift.report.display import DASH, count, gain, interval, p_value, percent, score, visible


def test_no_hidden_character_survives() -> None:
    """Every control, bidirectional or invisible format character, and every noncharacter, is spelled out."""
    kept = {chr(0x200C), chr(0x200D), chr(0xAD)}
    for code in [*range(0x3000), *range(0xD7FF, 0x10000), 0xE0041, 0x1FFFE]:
        character = chr(code)
        category = unicodedata.category(character)
        shown = visible(character)
        is_hidden = category in {"Cc", "Cf", "Cs", "Zl", "Zp"} or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
        assert shown == (f"⟦U+{code:04X}⟧" if is_hidden and character not in kept else character)


def test_letters_of_every_script_are_left_alone() -> None:
    """Names in Arabic, Hindi and Japanese, and emoji, read as they were written."""
    for name in ("مساعدة", "हिन्दी", "補聴器", "naïve Größe", "👩‍🦽"):
        assert visible(name) == name


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (gain(0.0), "0.000"),
        (gain(-0.0004), "0.000"),
        (gain(-0.0006), "\N{MINUS SIGN}0.001"),
        (gain(1234.5), "+1,234.500"),
        (gain(None), DASH),
        (score(0.9996), "1.000"),
        (interval(None, 0.2, signed=True), DASH),
        (interval(-0.0123, 0.0, signed=True), "[\N{MINUS SIGN}0.012, 0.000]"),
        (p_value(0.0009999), "< 0.001"),
        (p_value(0.001), "0.001"),
        (p_value(None), DASH),
        (percent(-0.125), "\N{MINUS SIGN}12.5\u00a0%"),
        (count(None), DASH),
        (count(1000), "1,000"),
    ],
)
def test_numbers_are_spelled_one_way(shown: str, expected: str) -> None:
    """Three decimals, a real minus sign, no signed zero, a dash for what is missing."""
    assert shown == expected
