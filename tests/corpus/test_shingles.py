"""Near-duplicates are found exactly: against brute force over sets of Python strings."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthlift.corpus import shingles
from synthlift.corpus.shingles import near_pairs, normalised, shingle_matrix


def plain_shingles(text: str) -> set[tuple[str, ...] | str]:
    """Return runs of 3 words, or of 5 characters under 20 words, as method and interface define them."""
    clean = normalised(text)
    words = clean.split()
    if len(words) >= 20:
        return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}
    return {clean[i : i + 5] for i in range(max(len(clean) - 4, 1))}


def brute(texts: list[str], threshold: float = 0.7) -> dict[tuple[int, int], float]:
    sets = [plain_shingles(text) for text in texts]
    found = {}
    for i, j in combinations(range(len(texts)), 2):
        both, either = len(sets[i] & sets[j]), len(sets[i] | sets[j])
        if both >= threshold * either - 1e-9:
            found[i, j] = both / either
    return found


def pairs_of(texts: list[str], threshold: float = 0.7) -> dict[tuple[int, int], float]:
    near = near_pairs(shingle_matrix(texts), threshold)
    keys = list(zip(near.left.tolist(), near.right.tolist(), strict=True))
    assert len(set(keys)) == len(keys), "a pair is listed twice"
    return dict(zip(keys, near.similarity.tolist(), strict=True))


short_texts = st.text(alphabet="ab ", max_size=16)
long_texts = st.lists(st.sampled_from(["a", "b"]), min_size=18, max_size=30).map(" ".join)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(st.one_of(short_texts, long_texts), max_size=12), st.sampled_from([0.3, 0.5, 0.7, 0.9, 1.0]))
def test_all_pairs_of_small_alphabet_texts_are_those_of_brute_force(texts: list[str], threshold: float) -> None:
    """Random texts of two letters collide often: none is missed, none is made up, similarities are exact."""
    assert pairs_of(texts, threshold) == pytest.approx(brute(texts, threshold))


def test_many_texts_of_few_words_are_those_of_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also over the borders of blocks."""
    monkeypatch.setattr(shingles, "BLOCK", 7)
    rng = np.random.default_rng(0)
    base = [" ".join(rng.choice(list("abcdefgh"), 24)) for _ in range(12)]
    texts = [" ".join(np.where(rng.random(24) < 0.04, "z", text.split())) for text in base for _ in range(5)]
    found = pairs_of(texts)
    assert len(found) > 20
    assert found == pytest.approx(brute(texts))


@pytest.mark.parametrize("block", [7, 4096])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_edited_copies_on_both_sides_of_the_threshold_are_those_of_brute_force(
    threshold: float, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sets that differ in a few shingles to nearly all, of a few shingles to more than a row has bits."""
    monkeypatch.setattr(shingles, "BLOCK", block)
    rng = np.random.default_rng(1)
    alphabet = np.array([chr(0x4E00 + i) for i in range(3000)])
    texts = []
    for length in (6, 12, 30, 60, 200, 600):
        base = rng.choice(alphabet[:40] if length < 100 else alphabet, length)
        rates = (0.0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3)
        texts += ["".join(np.where(rng.random(length) < rate, "z", base)) for rate in rates]
    found = pairs_of(texts, threshold)
    assert found == pytest.approx(brute(texts, threshold) if threshold else overlapping(texts))
    assert found


@pytest.mark.parametrize("n", [10, 20, 30, 50, 100, 1000])
def test_a_text_and_its_beginning_are_near_down_to_the_threshold(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest that the size of a set allows is met, also from another block; pairs are in the order of rows."""
    monkeypatch.setattr(shingles, "BLOCK", 1)
    text = "".join(chr(0x4E00 + i) for i in range(n + 4))
    shorter = [text[: 4 + 7 * n // 10], text[: 3 + 7 * n // 10]]
    assert list(pairs_of([text, *shorter, text]))[:2] == [(0, 1), (0, 3)]
    assert pairs_of([text, *shorter])[0, 1] == pytest.approx(0.7)
    assert (0, 2) not in pairs_of([text, *shorter])


def overlapping(texts: list[str]) -> dict[tuple[int, int], float]:
    """Return the pairs that share a shingle: no search by shingles meets any other."""
    return {pair: similarity for pair, similarity in brute(texts, 0.0).items() if similarity}


def spelled(n_words: int, start: int = 0) -> list[str]:
    return [f"w{i}" for i in range(start, start + n_words)]


@pytest.mark.parametrize("n", [10, 20, 30, 50, 100, 1000])
def test_at_the_threshold_to_the_last_shingle(n: int) -> None:
    """Of n shingles in all, 0.7 n shared are near, one fewer is not, on characters and on words."""
    alphabet = [chr(0x4E00 + i) for i in range(4 * n + 100)]
    for shared, wanted in ((7 * n // 10, {(0, 1)}), (7 * n // 10 - 1, set())):
        own = n - shared
        text = "".join(alphabet[: shared + 4])
        other = "".join(alphabet[: shared + 4] + alphabet[2 * n + 20 : 2 * n + 20 + own])
        assert set(pairs_of([text, other])) == wanted, "characters"
        if shared + 2 >= 20:
            assert set(pairs_of([" ".join(text[:-2]), " ".join(other[:-2])])) == wanted, "words"


def test_case_punctuation_and_unicode_form_do_not_tell_texts_apart() -> None:
    """Exact duplicates after normalisation have similarity 1."""
    texts = ["The  caf\u00e9 \ufb01lled; quickly!", "the cafe\u0301 filled quickly", "THE CAF\u00c9 FILLED, QUICKLY"]
    assert pairs_of(texts) == {(0, 1): 1.0, (0, 2): 1.0, (1, 2): 1.0}


@pytest.mark.parametrize(
    ("texts", "near"),
    [
        (["\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3067\u3059\u304b\u3089"] * 2, True),
        (
            [
                "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3067\u3059",
                "\u4e2d\u6587\u53e5\u5b50\u5b8c\u5168\u4e0d\u540c\u7684",
            ],
            False,
        ),
        (["\U0001f468\u200d\U0001f469\u200d\U0001f467"] * 2, True),
        (["\U0001f600\U0001f600", "\U0001f622\U0001f622"], False),
        (["?!", "?!"], True),
        (["?!", "..."], False),
        (["ab", "ab"], True),
        (["ab", "abc"], False),
        (["a", "a b"], False),
        (["", "x"], False),
    ],
)
def test_scripts_without_blanks_emoji_and_texts_under_one_shingle(texts: list[str], near: bool) -> None:
    """Equal texts are near whatever they are made of, different ones are not."""
    assert (set(pairs_of(texts)) == {(0, 1)}) == near


def test_texts_without_any_pair_and_no_texts_are_answered() -> None:
    """With empty arrays of pairs."""
    assert pairs_of([]) == {}
    assert pairs_of(["one text"]) == {}
    assert near_pairs(shingle_matrix([])).left.dtype == np.int64


def test_every_text_has_distinct_shingles_each_counted_once() -> None:
    """The matrix holds ones, a row each, as many as the text has different runs."""
    texts = ["aaaaaaaaaa", " ".join(["a", "b"] * 15), "abc", ""]
    matrix = shingle_matrix(texts)
    assert set(matrix.data.tolist()) == {1}
    assert np.diff(matrix.indptr).tolist() == [len(plain_shingles(text)) for text in texts] == [1, 2, 1, 1]


def test_order_within_a_shingle_counts() -> None:
    """The same words the other way round are other shingles."""
    forward = spelled(25)
    assert pairs_of([" ".join(forward), " ".join(reversed(forward))]) == {}


def test_a_hash_of_words_is_none_of_characters() -> None:
    """Texts of 19 and of 20 words are counted in other units and never meet, as defined."""
    assert pairs_of([" ".join(spelled(19)), " ".join(spelled(20))]) == {}
