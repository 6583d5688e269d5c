"""Blocks of squared distances: each pair once, whatever the size of a block."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from synthlift.metrics import pairs

ROWS = np.random.default_rng(0).normal(size=(11, 3))
OTHERS = np.random.default_rng(1).normal(size=(7, 3))


@pytest.mark.parametrize("block", [1, 4, 5, 100])
def test_blocks_within_are_the_upper_half(monkeypatch, block):
    """Each block equals scipy's distances there, and with their mirror images they fill the square once."""
    monkeypatch.setattr(pairs, "BLOCK", block)
    seen = np.zeros((11, 11), dtype=int)
    for at, other, squared in pairs.within(ROWS):
        assert squared == pytest.approx(cdist(ROWS, ROWS, "sqeuclidean")[at, other], abs=1e-12)
        seen[at, other] += 1
        if at != other:
            seen[other, at] += 1
    assert (seen == 1).all()


@pytest.mark.parametrize("block", [1, 4, 5, 100])
def test_blocks_between_are_all_pairs(monkeypatch, block):
    """They fill the rectangle once."""
    monkeypatch.setattr(pairs, "BLOCK", block)
    seen = np.full((11, 7), np.nan)
    for at, other, squared in pairs.between(ROWS, OTHERS):
        assert np.isnan(seen[at, other]).all()
        seen[at, other] = squared
    assert seen == pytest.approx(cdist(ROWS, OTHERS, "sqeuclidean"), abs=1e-12)


def test_no_distance_is_negative():
    """Equal rows are at distance 0, but for rounding that is never below it."""
    rows = np.full((6, 4), 1.0 / 3.0)
    assert all((squared >= 0.0).all() and squared.max() < 1e-15 for _, _, squared in pairs.within(rows))
