"""Texts without blanks between words are noticed, and compared by their characters on request."""

from __future__ import annotations

import pytest

from synthlift.corpus.segmentation import share_without_spaces
from synthlift.corpus.shingles import near_pairs, normalised, shingle_matrix

LONG = " ".join(f"word{i}" for i in range(40))


def char_shingles(text: str) -> set[str]:
    folded = normalised(text)
    return {folded[i : i + 5] for i in range(max(len(folded) - 4, 1))}


def test_char_shingles_are_runs_of_five_characters_in_long_texts_too():
    """Jaccard similarities are those of sets of substrings."""
    texts = [LONG, LONG.replace("word7", "verb7"), "a red fox"]
    sets = [char_shingles(text) for text in texts]
    expected = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
    pairs = near_pairs(shingle_matrix(texts, "char"))
    assert (pairs.left.tolist(), pairs.right.tolist()) == ([0], [1])
    assert pairs.similarity[0] == pytest.approx(expected, abs=1e-12)
    assert shingle_matrix(texts, "char").sum(axis=1).tolist() == [len(found) for found in sets]


def test_the_word_analyzer_is_what_it_was():
    """Three words in long texts, five characters in short ones, whether or not it is named."""
    for analyzer in ((), ("word",)):
        assert shingle_matrix([LONG, "a red fox"], *analyzer).sum(axis=1).tolist() == [38, 5]


def test_char_shingles_find_copies_that_word_shingles_miss():
    """Chinese clauses count as words: twenty of them, a character changed in each, share no run of words."""
    clauses = [f"今天天气很好我们去第{chr(0x4E00 + 97 * i)}个公园散步" for i in range(24)]
    changed = [clause.replace("散", "跑") if i % 3 == 0 else clause for i, clause in enumerate(clauses)]
    texts = ["\N{FULLWIDTH COMMA}".join(clauses), "\N{FULLWIDTH COMMA}".join(changed)]
    assert len(near_pairs(shingle_matrix(texts)).left) == 0
    assert len(near_pairs(shingle_matrix(texts, "char")).left) == 1


@pytest.mark.parametrize(
    "text",
    [
        "今天天气很好\N{FULLWIDTH COMMA}我们去公园散步。",
        "私は昨日友達と一緒に映画を見に行きました。",
        "วันนี้อากาศดีมากเราจึงไปเดินเล่นที่สวนสาธารณะ",
        "ມື້ນີ້ອາກາດດີຫຼາຍພວກເຮົາໄປສວນສາທາລະນະ",
        "ថ្ងៃនេះអាកាសធាតុល្អណាស់យើងទៅសួនច្បារ",
        "ဒီနေ့ရာသီဥတုကောင်းတယ်ပန်းခြံသွားကြမယ်",
        "GPT-4 是一个非常强大的语言模型",
    ],
)
def test_scripts_without_blanks_are_noticed(text):
    """Chinese, Japanese, Thai, Lao, Khmer, Burmese, with a Latin name among them."""
    assert share_without_spaces([text]) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A red fox ran.",
        "Donaudampfschifffahrtsgesellschaftskapitän " * 3,
        "오늘은 날씨가 좋아서 공원에 갔습니다",
        "今天 天气 很 好 \N{FULLWIDTH COMMA} 我们 去 公园 散步",
        "วันนี้ อากาศ ดี มาก เรา ไป สวนสาธารณะ",
        "The word 日本語の文書 means a Japanese document, and little else in this sentence is not English.",
        "आज मौसम बहुत अच्छा है",
        "https://example.org/" + "a" * 200,
        "👩‍👩‍👧" * 20,
    ],
    ids=range(10),
)
def test_texts_with_blanks_are_not(text):
    """Nor are long compounds, addresses, segmented Chinese, or a quotation."""
    assert share_without_spaces([text]) == 0.0


def test_the_share_is_of_texts():
    """One in four is a quarter; no text is none."""
    assert share_without_spaces(["今天天气很好我们去公园", "a", "b", "c"]) == 0.25
    assert share_without_spaces([]) == 0.0
