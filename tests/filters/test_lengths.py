"""Texts of unusual length are dropped."""

from __future__ import annotations

import pytest

from synthlift.errors import BadConfiguration
from synthlift.filters.contract import Decision
from synthlift.filters.lengths import LengthFilter


def test_both_ends_are_allowed_and_the_score_is_the_number_of_words(documents):
    """From 2 to 3 words."""
    told = LengthFilter(2, 3).judge(documents(["one", "one two", "one two three", "one two  three\nfour"]))
    assert told == [
        Decision(False, "too-short", 1.0),
        Decision(True, None, 2.0),
        Decision(True, None, 3.0),
        Decision(False, "too-long", 4.0),
    ]


def test_the_limits_come_from_the_training_texts():
    """Lengths 100 to 200: the 1 % quantile is 101, the 99 % one 199; half the one rounded down, twice the other."""
    assert LengthFilter.of(["w " * n for n in range(100, 201)]) == LengthFilter(50, 398, "word")


def test_characters_are_counted_where_no_blanks_part_words(documents):
    """Ten characters of Chinese are one run between blanks."""
    train = ["今天天气很好我们去公园散步"] * 3
    told = LengthFilter.of(train)
    assert told == LengthFilter(6, 26, "char")
    assert told.judge(documents(["今天 天气", "今天天气很好我"])) == [
        Decision(False, "too-short", 4.0),
        Decision(True, None, 7.0),
    ]


@pytest.mark.parametrize("limits", [(5, 4), (-1, 4)])
def test_limits_that_nothing_can_meet_are_refused(limits):
    """It names what was got."""
    with pytest.raises(BadConfiguration, match=f"got {limits[0]} to {limits[1]}"):
        LengthFilter(*limits)


def test_no_training_texts_are_refused():
    """There is nothing to learn from."""
    with pytest.raises(BadConfiguration, match="no training texts"):
        LengthFilter.of([])


@pytest.mark.data
@pytest.mark.parametrize("name", ["uspto64/real.jsonl", "hallmarks/data.jsonl", "valueeval_t5/real.jsonl"])
def test_at_most_one_real_document_in_200_is_dropped(documents, rows, name):
    """Limits from 165 documents, evenly spread, judged on all."""
    texts = [row["text"] for row in rows(name)]
    told = LengthFilter.of(texts[:: len(texts) // 165]).judge(documents(texts))
    assert sum(not each.keep for each in told) <= 0.005 * len(told)
