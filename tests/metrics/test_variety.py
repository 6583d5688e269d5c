"""Distinct-n and compression at equal amounts of text."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.metrics.copying import Words
from synthlift.metrics.variety import compression_ratio, distinct_share


def test_runs_do_not_cross_texts_and_are_counted_up_to_the_limit():
    """By hand: runs of two words in `a b a`, `b a`, `a b c`."""
    words = Words(np.array([0, 1, 0, 1, 0, 0, 1, 2]), np.array([0, 3, 5, 8]))
    assert distinct_share(words, 2, 8) == 3 / 5
    assert distinct_share(words, 2, 5) == 2 / 3
    assert distinct_share(words, 1, 8) == 3 / 8
    assert distinct_share(words, 3, 8) == 1.0


@pytest.mark.parametrize("n", [1, 2, 3])
def test_nothing_to_count_has_no_share(n):
    """Empty samples, and texts that are shorter than a run."""
    assert distinct_share(Words(np.array([], dtype=np.int64), np.array([0])), n, 9) is None
    assert distinct_share(Words(np.arange(2), np.array([0, 1, 2])), 2, 9) is None


def test_repetition_compresses_and_noise_does_not():
    """The same sentence many times shrinks to almost nothing; random bytes do not shrink."""
    noise = np.random.default_rng(0).bytes(4000)
    assert compression_ratio([b"a device that bears a load"] * 150, 4000) > 20
    assert compression_ratio([noise], 4000) < 1.01
    assert compression_ratio([], 10) is None
    assert compression_ratio([b"abc", b"abc"], 3) == compression_ratio([b"abc"], 3)
