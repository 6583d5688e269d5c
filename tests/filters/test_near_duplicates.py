"""One of each cluster stays, and none that is near to a seed."""

from __future__ import annotations

import pytest

from synthlift.filters.contract import Decision
from synthlift.filters.near_duplicates import NearDuplicateFilter

WORDS = [f"word{i}" for i in range(30)]
SEED = " ".join(WORDS)
# 28 shingles of three words each; 25 of 31 are shared when the last three words differ
NEAR = " ".join([*WORDS[:27], "x", "y", "z"])
OTHER = " ".join(reversed(WORDS))
OTHER_NEAR = " ".join([*reversed(WORDS[3:]), "x", "y", "z"])
KEPT = Decision(True, None, 0.0)


def test_a_near_copy_of_a_seed_is_dropped_with_its_similarity(documents):
    """The same words in another order are another text."""
    told = NearDuplicateFilter([SEED]).judge(documents([NEAR, OTHER, SEED.upper()]))
    assert told == [
        Decision(False, "near-copy-of-seed", pytest.approx(25 / 31)),
        KEPT,
        Decision(False, "near-copy-of-seed", 1.0),
    ]


def test_the_first_of_a_cluster_stays(documents):
    """A copy says 1, a near one its similarity."""
    told = NearDuplicateFilter([]).judge(documents([SEED, NEAR, OTHER, SEED]))
    assert told == [
        KEPT,
        Decision(False, "near-duplicate", pytest.approx(25 / 31)),
        KEPT,
        Decision(False, "near-duplicate", 1.0),
    ]


def test_what_was_dropped_drops_nothing(documents):
    """B is near A and C is near B but not near A: C stays."""
    first = " ".join(WORDS)
    second = " ".join([*WORDS[3:], "a", "b", "c"])
    third = " ".join([*WORDS[6:], "a", "b", "c", "d", "e", "f"])
    told = NearDuplicateFilter([]).judge(documents([first, second, third]))
    assert [each.reason for each in told] == [None, "near-duplicate", None]
    # and the second time round the third is met by the one that it kept away from
    assert [each.reason for each in NearDuplicateFilter([]).judge(documents([second, first, third]))] == [
        None,
        "near-duplicate",
        "near-duplicate",
    ]


def test_a_copy_of_a_dropped_document_meets_those_kept_since(documents):
    """The highest similarity is told, here to a document that stayed after the first copy was dropped."""
    nearer = " ".join([*WORDS[3:], "a", "b", "c"])
    farther = " ".join([*WORDS[6:], "a", "b", "c", "d", "e", "f"])
    told = NearDuplicateFilter([]).judge(documents([SEED, nearer, farther, nearer]))
    assert [each.reason for each in told] == [None, "near-duplicate", None, "near-duplicate"]
    assert told[3].score == max(told[1].score, 25 / 31)


def test_one_text_for_all_requests_costs_no_pairs(documents):
    """Twenty thousand equal texts would have 200 million pairs."""
    told = NearDuplicateFilter([OTHER]).judge(documents([SEED] * 20_000))
    assert told == [KEPT] + [Decision(False, "near-duplicate", 1.0)] * 19_999


def test_characters_are_compared_where_the_analyzer_says_so(documents):
    """A Chinese text is one word, and near to its copy with another end."""
    text = "今天天气很好我们一起去公园散步孩子们在草地上奔跑玩耍老人们在树下下棋聊天"
    told = NearDuplicateFilter([text], "char").judge(documents([text[:-2] + "读书"]))
    assert told[0].reason == "near-copy-of-seed"


@pytest.mark.data
def test_paraphrases_that_change_little_are_near_their_seeds(documents, rows):
    """Of the T5 paraphrases over half are, of the texts that a large model wrote from label sets none."""
    seeds = [row["text"] for row in rows("valueeval_t5/real.jsonl")]
    copies = [row["text"] for row in rows("valueeval_t5/synthetic.jsonl")]
    told = NearDuplicateFilter(seeds).judge(documents(copies))
    assert sum(each.reason == "near-copy-of-seed" for each in told) > 0.5 * len(told)
    patents = [row["text"] for row in rows("uspto64/real.jsonl", lambda row: row["split"] == "seed")]
    written = [row["text"] for row in rows("uspto64/synthetic.jsonl")]
    assert set(NearDuplicateFilter(patents).judge(documents(written))) == {KEPT}
