"""Texts in scripts that put no blank between words: for them a word analyzer takes whole clauses for words."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["share_without_spaces"]

# Chinese and Japanese words seldom have over 4 characters, Thai, Lao, Khmer and Burmese ones seldom over 12 with their
# vowel signs. Korean and Tibetan part their words or syllables, and are not meant.
_HAN_AND_KANA = r"[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
_SOUTHEAST_ASIAN = r"[\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u104f\u1780-\u17d3]"
_LONG_RUN = re.compile(f"{_HAN_AND_KANA}{{6,}}|{_SOUTHEAST_ASIAN}{{13,}}")
_LETTER = re.compile(rf"\w|{_SOUTHEAST_ASIAN}")
HALF = 0.5


def share_without_spaces(texts: Sequence[str]) -> float:
    """Return the share of the texts that look unsegmented: half their letters or more are in runs too long for words.

    Examples
    --------
    >>> share_without_spaces(["今天天气很好我们去公园", "今天 天气 很 好", "A red fox.", "빨간 여우가 달린다"])
    0.25
    """
    if not texts:
        return 0.0
    return sum(_is_unsegmented(text) for text in texts) / len(texts)


def _is_unsegmented(text: str) -> bool:
    if text.isascii():
        return False
    n_in_runs = sum(len(run) for run in _LONG_RUN.findall(text))
    return n_in_runs > 0 and n_in_runs >= HALF * len(_LETTER.findall(text))
