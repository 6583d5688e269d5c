"""Jensen-Shannon divergence of vocabularies: by hand, as scipy's, sparse or dense, texts without words left out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import jensenshannon

from synthlift.metrics.samples import sample
from synthlift.metrics.vocabulary import vocabulary_divergence

# as a language has them: the second word half as often as the first, the third a third
SHARES = 1.0 / np.arange(1, 201) / (1.0 / np.arange(1, 201)).sum()


def counted(seed, n, shares=SHARES):
    """Draw texts of 40 words."""
    return np.random.default_rng(seed).multinomial(40, shares, n).astype(float)


def test_no_common_word_is_one_bit():
    """Two vocabularies apart are at 1, whatever the lengths; equal shares are at 0."""
    one, other = np.tile([3.0, 0.0], (20, 1)), np.tile([0.0, 8.0], (30, 1))
    assert vocabulary_divergence(sample(one), sample(other)).value == pytest.approx(1.0, abs=1e-12)
    assert vocabulary_divergence(sample(one), sample(2.0 * one)).value == 0.0


def test_half_the_words_in_common_by_hand():
    """Shares (1, 0) and (1/2, 1/2): the middle is (3/4, 1/4), and JS = 3/2 - 3/4 log2 3."""
    one, other = np.tile([2.0, 0.0], (20, 1)), np.tile([1.0, 1.0], (20, 1))
    expected = 1.5 - 0.75 * np.log2(3.0)
    assert vocabulary_divergence(sample(one), sample(other)).value == pytest.approx(expected, abs=1e-12)


def test_it_is_the_square_of_scipys():
    """Scipy's is the root; sparse counts give the same number and the same interval."""
    one, other = counted(0, 50), counted(1, 60, SHARES[::-1])
    dense = vocabulary_divergence(sample(one), sample(other))
    assert dense.value == pytest.approx(jensenshannon(one.sum(axis=0), other.sum(axis=0), base=2) ** 2, abs=1e-12)
    assert 0.0 < dense.low < dense.value < dense.high <= 1.0
    kept = vocabulary_divergence(sample(sparse.csr_array(one)), sample(sparse.csr_array(other)))
    assert (kept.value, kept.low) == pytest.approx((dense.value, dense.low), abs=1e-12)


def test_texts_without_words_count_nowhere():
    """A thousand empty texts change neither value nor number of documents, but twenty of them are no sample."""
    one, other = counted(2, 30), counted(3, 30)
    expected = vocabulary_divergence(sample(one), sample(other))
    assert vocabulary_divergence(sample(np.vstack([one, np.zeros((1000, 200))])), sample(other)) == expected
    silent = vocabulary_divergence(sample(np.zeros((20, 200))), sample(other))
    assert silent.value is None
    assert silent.reason == "got 0 synthetic and 30 real independent documents, expected at least 20 of either"


def test_a_negative_count_is_an_error():
    """Counts below 0 are no counts."""
    with pytest.raises(ValueError, match="got a count of -1, expected none below 0"):
        vocabulary_divergence(sample(np.full((20, 2), -1.0)), sample(np.ones((20, 2))))
