"""Texts are cut once each, and batches hold texts of like length without any being left out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from synthlift.classifiers.token_batches import TokenCache, ordered_batches, training_batches

LENGTHS = np.random.default_rng(0).integers(3, 60, 70)


def _batches(n_steps: int, seed: int = 0, stage=None) -> list:
    return training_batches(LENGTHS, n_steps, 8, np.random.default_rng(seed), stage)


def test_an_epoch_passes_every_row_once():
    """Nine batches of at most eight hold all seventy rows; the next nine do so again, in another order."""
    batches = _batches(18)
    for epoch in (batches[:9], batches[9:]):
        assert sorted(np.concatenate(epoch).tolist()) == list(range(70))
        assert sorted(map(len, epoch)) == [6] + [8] * 8
    assert [b.tolist() for b in batches[:9]] != [b.tolist() for b in batches[9:]]


@pytest.mark.parametrize("n_steps", [1, 9, 10, 33])
def test_there_are_as_many_steps_as_asked(n_steps):
    """Whatever the number of rows; a row is seen once more than another at most, but for the last epoch's start."""
    batches = _batches(n_steps)
    assert len(batches) == n_steps
    seen = Counter(np.concatenate(batches).tolist())
    assert max(seen.values()) - min(seen.get(row, 0) for row in range(70)) <= 1


def test_batches_hold_texts_of_like_length():
    """Padding shrinks to a fraction of that of shuffled rows; yet batches come in no order of length."""

    def padding(batches) -> int:
        return sum(int(LENGTHS[b].max() * len(b) - LENGTHS[b].sum()) for b in batches)

    batches = _batches(90)
    shuffled = [np.random.default_rng(i).permutation(70)[:8] for i in range(90)]
    assert padding(batches) < 0.35 * padding(shuffled)
    means = [LENGTHS[b].mean() for b in batches[:9]]
    assert means != sorted(means)


def test_batches_are_those_of_the_generator():
    """The same stream gives the same batches, another one others."""
    assert all(np.array_equal(a, b) for a, b in zip(_batches(12), _batches(12), strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(_batches(12), _batches(12, seed=1), strict=True))


def test_a_lower_stage_comes_first_with_its_share_of_the_steps():
    """All steps of stage 0 stand before those of stage 1, in proportion to their rows."""
    stage = np.where(np.arange(70) < 50, 1, 0)
    batches = _batches(28, stage=stage)
    stages = [set(stage[batch].tolist()) for batch in batches]
    assert stages == [{0}] * 8 + [{1}] * 20
    assert sorted(np.concatenate(batches[:3]).tolist()) == list(range(50, 70))


def test_prediction_begins_with_the_longest():
    """Each row once, from long to short, so that too little memory shows at once."""
    batches = ordered_batches(LENGTHS, 16)
    order = np.concatenate(batches)
    assert sorted(order.tolist()) == list(range(70))
    assert (np.diff(LENGTHS[order]) <= 0).all()
    assert list(map(len, batches)) == [16, 16, 16, 16, 6]
    assert ordered_batches(LENGTHS[:0], 16) == []


@pytest.fixture
def tokenizer(tiny_bert_dir):
    """Give the tokenizer of the tiny BERT."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_bert_dir)


class Counting:
    """A tokenizer that remembers what it was asked."""

    def __init__(self, tokenizer) -> None:
        self._tokenizer, self.asked = tokenizer, []

    def __call__(self, texts, **options):
        """Read texts, and note which."""
        self.asked.extend(texts)
        return self._tokenizer(texts, **options)


def test_a_text_is_read_once(tokenizer):
    """Copies, and texts that came before, are not given to the tokenizer again."""
    counting = Counting(tokenizer)
    cache = TokenCache(counting, 64)
    first, _ = cache.ids(["ruby rose", "sky", "ruby rose"])
    second, _ = cache.ids(["sky", "river", ""])
    assert counting.asked == ["ruby rose", "sky", "river", ""]
    assert [ids.tolist() for ids in first] == [
        tokenizer(text)["input_ids"] for text in ("ruby rose", "sky", "ruby rose")
    ]
    assert np.array_equal(first[1], second[0])
    assert len(second[2]) == 2  # begin and end


def test_longer_texts_are_cut_and_counted(tokenizer):
    """What fits to the last token is not counted; what is cut keeps its ends, and counts with every copy."""
    cache = TokenCache(tokenizer, 8)
    fits, cut = "sky " * 6, "sky " * 7
    ids, n_cut = cache.ids([fits, cut, "sky", cut])
    assert n_cut == 2
    assert [len(one) for one in ids] == [8, 8, 3, 8]
    assert np.array_equal(ids[0], ids[1])
    assert cache.ids([cut])[1] == 1
    assert cache.ids([fits])[1] == 0
