"""Self-BLEU by an index of n-grams: the sum over all pairs, by hand, and against sacrebleu where it is there."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from synthlift.metrics.copying import Words
from synthlift.metrics.self_bleu import self_bleu


def words_of(texts):
    """Give each word of texts its number."""
    split = [text.split() for text in texts]
    known = {word: i for i, word in enumerate(dict.fromkeys(word for one in split for word in one))}
    token = np.array([known[word] for one in split for word in one], dtype=np.int64)
    return Words(token, np.cumsum([0, *map(len, split)]))


def drawn(seed, n_docs, n_words=12, longest=14):
    """Draw texts of few words, so that runs are shared, of 0 to `longest` words."""
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{i}" for i in rng.integers(n_words, size=rng.integers(longest + 1))) for _ in range(n_docs)]


def direct(texts, i):
    """Score one text against all others by the definition."""
    grams = [[Counter(tuple(t[j : j + n]) for j in range(len(t) - n + 1)) for n in (1, 2, 3, 4)]
             for t in map(str.split, texts)]  # fmt: skip
    own, others = grams[i], [one for j, one in enumerate(grams) if j != i]
    lengths = [len(text.split()) for text in texts]
    size = lengths.pop(i)
    if size == 0:
        return math.nan
    hits, totals = [], []
    for n in range(4):
        most = Counter()
        for other in others:
            most |= other[n]
        hits.append(sum(min(count, most[gram]) for gram, count in own[n].items()))
        totals.append(sum(own[n].values()))
    if not any(hits):
        return 0.0
    logs, halving = [], 1.0
    for hit, total in zip(hits, totals, strict=True):
        if total:
            halving *= 1.0 if hit else 2.0
            logs.append(math.log((hit or 1.0 / halving) / total))
    nearest = min(lengths, key=lambda length: (abs(length - size), length))
    return min(1.0, math.exp(1.0 - nearest / size)) * math.exp(sum(logs) / len(logs))


@pytest.mark.parametrize("seed", range(6))
def test_it_is_the_definition_for_every_document(seed):
    """Clipping, smoothing, brevity, short texts and empty ones: equal to a direct formula over all pairs."""
    texts = drawn(seed, 30)
    expected = [direct(texts, i) for i in range(len(texts))]
    np.testing.assert_allclose(self_bleu(words_of(texts)), expected, rtol=1e-12)


def test_sacrebleu_says_the_same():
    """Sentence BLEU of the reference implementation, each text against all others."""
    sacrebleu = pytest.importorskip("sacrebleu", reason="sacrebleu is not installed: benchmarks/run.py diversity")
    texts = [text for text in drawn(7, 25) if text]
    bleu = sacrebleu.BLEU(tokenize="none", effective_order=True)
    expected = [bleu.sentence_score(t, texts[:i] + texts[i + 1 :]).score / 100.0 for i, t in enumerate(texts)]
    np.testing.assert_allclose(self_bleu(words_of(texts)), expected, rtol=1e-9)


def test_texts_without_a_common_word_are_at_zero_and_copies_at_one():
    """The two ends."""
    assert self_bleu(words_of(["a b c d", "e f g h"])).tolist() == [0.0, 0.0]
    assert self_bleu(words_of(["a b c d e"] * 3)).tolist() == pytest.approx([1.0] * 3)


def test_one_text_none_and_empty_ones_have_no_number():
    """There is nothing to compare: NaN, which is left out of means, and no warning."""
    assert np.isnan(self_bleu(words_of(["a b"]))).all()
    assert self_bleu(words_of([])).shape == (0,)
    assert np.isnan(self_bleu(words_of(["", ""]))).all()
    assert self_bleu(words_of(["", "a", "a"])).tolist()[1:] == [1.0, 1.0]
