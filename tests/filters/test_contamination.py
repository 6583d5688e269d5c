"""What repeats a test document is dropped, from fingerprints alone."""

from __future__ import annotations

import random

import pytest

from synthlift.corpus.shingles import near_pairs, shingle_matrix
from synthlift.filters.contamination import ContaminationFilter, fingerprints
from synthlift.filters.contract import Decision

WORDS = [f"word{i}" for i in range(60)]
TEST = " ".join(WORDS)
REST = [f"rest{i}" for i in range(60)]


def judged(text, documents, test=TEST, analyzer="word"):
    return ContaminationFilter(fingerprints([test], analyzer)).judge(documents([text]))[0]


def test_a_run_of_13_words_drops_and_one_of_12_does_not(documents):
    """48 words, 36 runs of 13: one of them is a test document's."""
    assert judged(" ".join(WORDS[:13] + REST[:35]), documents) == Decision(False, "test-ngram", pytest.approx(1 / 36))
    assert judged(" ".join(WORDS[:12] + REST[:36]), documents) == Decision(True, None, 0.0)


def test_the_share_is_told_where_the_whole_is_near_too(documents):
    """50 of 60 words: 38 of 48 runs of 13, beside a similarity of 48 to 68 shingles."""
    told = judged(" ".join(WORDS[:50] + REST[:10]), documents)
    assert told == Decision(False, "test-ngram", pytest.approx(38 / 48))


def test_in_texts_of_under_40_words_8_are_enough(documents):
    """39 words have 32 runs of 8; with 40 words the 13 are asked for."""
    assert judged(" ".join(WORDS[:8] + REST[:31]), documents) == Decision(False, "test-ngram", pytest.approx(1 / 32))
    assert judged(" ".join(WORDS[:8] + REST[:32]), documents) == Decision(True, None, 0.0)
    assert judged(" ".join(WORDS[:7] + REST[:31]), documents) == Decision(True, None, 0.0)


def test_texts_too_short_for_a_run_are_dropped_by_their_signatures(documents):
    """Seven words have no run of 8: all runs of 5 characters are shared, or 20 of 22, or hardly any."""
    test = "a cat sat on the blue mat"
    same, near, other = (
        judged(text, documents, test) for text in ("A cat sat on the blue MAT!", test[:-1] + "x", "a dog sat")
    )
    assert same == Decision(False, "near-test", 1.0)
    assert near == Decision(False, "near-test", pytest.approx(20 / 22, abs=0.1))
    assert other == Decision(True, None, other.score)
    assert other.score < 0.6


def test_characters_are_compared_where_no_blanks_part_words(documents):
    """A Chinese text is one word, so it has no run of words; with another end it is nearly the same."""
    test = "今天天气很好我们一起去公园散步孩子们在草地上奔跑玩耍老人们在树下下棋聊天"
    told = judged(test[:-2] + "读书", documents, test, "char")
    assert told == Decision(False, "near-test", pytest.approx(30 / 34, abs=0.12))


def test_no_test_text_is_in_the_fingerprints():
    """Numbers only; and their printed form shows none of them."""
    told = fingerprints(["an extraordinary secret " * 20])
    assert {array.dtype.name for array in told.ngrams.values()} == {"uint64"}
    assert told.signatures.dtype.name == "uint32"
    assert "secret" not in repr(ContaminationFilter(told))


def test_without_test_documents_all_stays(documents):
    """Nothing can be found."""
    told = ContaminationFilter(fingerprints([])).judge(documents([TEST, "short"]))
    assert told == [Decision(True, None, 0.0)] * 2


def test_nearly_all_near_duplicates_are_found_among_many(documents):
    """Texts of 7 words, too few for a run, with another end: those with a similarity of 0.7 or more."""
    rng = random.Random(0)
    vocabulary = [f"{a}{b}" for a in "abcdefghijklm" for b in "nopqrstuvwxyz"]
    test = [" ".join(rng.choices(vocabulary, k=7)) for _ in range(600)]
    near = [text[: -rng.randrange(1, 5)] + "zzq" for text in test]
    pairs = near_pairs(shingle_matrix([*near, *test]))
    expected = {int(left) for left, right in zip(pairs.left, pairs.right, strict=True) if left < 600 <= right}
    told = ContaminationFilter(fingerprints(test)).judge(documents(near))
    found = {row for row, each in enumerate(told) if not each.keep}
    assert len(expected) > 200
    assert len(expected - found) <= 0.01 * len(expected)


@pytest.mark.data
def test_synthetic_texts_that_never_saw_the_test_documents_stay(documents, rows):
    """None of 990 is dropped, of other real documents 4 in 1,853, and of abstracts made from test ones over a fifth."""
    test = [row["text"] for row in rows("uspto64/real.jsonl", lambda row: row["split"] == "test")]
    train = [row["text"] for row in rows("uspto64/real.jsonl", lambda row: row["split"] != "test")]
    told = ContaminationFilter(fingerprints(test))
    written = [row["text"] for row in rows("uspto64/synthetic.jsonl")]
    assert all(each.keep for each in told.judge(documents(written)))
    assert sum(not each.keep for each in told.judge(documents(train))) == 4
    paired = ContaminationFilter(fingerprints([row["text"] for row in rows("a61b_llm/real.jsonl")]))
    rewritten = [row["text"] for row in rows("a61b_llm/synthetic.jsonl")]
    assert sum(not each.keep for each in paired.judge(documents(rewritten))) > 0.2 * len(rewritten)
