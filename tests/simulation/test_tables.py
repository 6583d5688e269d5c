"""Integer tables choose as often as their weights say."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.simulation.tables import apportion, lookup_table, threshold, zipf_weights


def test_largest_remainders_are_served_first_and_ties_go_to_the_earlier() -> None:
    """Seven entries over 3:3:1 are 3, 3 and 1; two over three equals go to the first two."""
    assert apportion([3, 3, 1], 7) == [3, 3, 1]
    assert apportion([1, 1, 1], 2) == [1, 1, 0]


@pytest.mark.parametrize("size", [64, 256, 4096])
def test_apportionment_gives_out_every_entry(size: int) -> None:
    """The counts sum to the size and differ from the exact quota by less than one."""
    weights = zipf_weights(11)
    counts = apportion(weights, size)
    assert sum(counts) == size
    assert all(abs(count - weight * size / sum(weights)) < 1 for count, weight in zip(counts, weights, strict=True))


def test_a_table_holds_each_item_as_often_as_apportioned() -> None:
    """Random bits used as an index therefore choose with the planted probabilities."""
    assert np.bincount(lookup_table([4, 2, 1, 1], 16)).tolist() == [8, 4, 2, 2]


def test_zipf_weights_fall_as_one_over_rank_plus_shift() -> None:
    """The ratio of the first to the third weight is 3 without a shift and 7/5 with a shift of four."""
    plain, shifted = zipf_weights(3), zipf_weights(3, shift=4)
    assert plain[0] / plain[2] == pytest.approx(3, rel=1e-5)
    assert shifted[0] / shifted[2] == pytest.approx(7 / 5, rel=1e-5)


def test_thresholds_are_exact_at_never_and_always() -> None:
    """No 32-bit draw is below the threshold of 0 and each is below that of 1."""
    assert threshold(0.0) == 0
    assert threshold(1.0) == 1 << 32
