"""Places of rankings: ties by hand, and parts that merge into the whole."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from synthlift.metrics.ranking import Tied, merged, placed
from synthlift.randomness import stream


def tied(scores, gains, counts=None):
    """Entries of one query."""
    n = len(scores)
    counts = np.ones(n, dtype=np.int64) if counts is None else np.array(counts)
    return Tied(np.zeros(n, dtype=np.int64), np.array(scores, dtype=float), np.array(gains, dtype=float), counts)


def over_orders(scores, gains, k):
    """Average each place's gain over all orders of the documents that descend in score."""
    orders = [
        order
        for order in itertools.permutations(range(len(scores)))
        if all(scores[a] >= scores[b] for a, b in itertools.pairwise(order))
    ]
    return np.mean([[gains[i] for i in order[:k]] for order in orders], axis=0)


def test_two_tied_for_the_last_place_share_it():
    """Of two documents tied for the second place each has it half of the time; the place stands for both."""
    ranking = placed(tied([0.5, 0.9, 0.5], [1.0, 0.2, 0.0]), 1, 2)
    assert ranking.score.tolist() == [[0.9, 0.5]]
    assert ranking.gain.tolist() == [[0.2, 0.5]]
    assert ranking.count.tolist() == [[1, 2]]


def test_places_without_documents_are_empty():
    """One document and three places: two have no score, no gain and stand for none; a query without any has none."""
    ranking = placed(tied([0.3], [0.7]), 2, 3)
    assert ranking.score.tolist() == [[0.3, -np.inf, -np.inf], [-np.inf] * 3]
    assert ranking.gain.tolist() == [[0.7, 0.0, 0.0], [0.0] * 3]
    assert ranking.count.tolist() == [[1, 0, 0], [0] * 3]


@pytest.mark.parametrize("seed", range(8))
def test_gains_are_means_over_every_order(seed):
    """Six documents, few distinct scores: each place's gain is its mean over all orders that are allowed."""
    rng = stream(seed, "orders")
    scores, gains = rng.integers(0, 3, 6).astype(float), rng.random(6)
    for k in (1, 3, 6):
        assert placed(tied(scores, gains), 1, k).gain[0] == pytest.approx(over_orders(scores, gains, k), abs=1e-12)


def test_an_entry_of_many_documents_is_as_many_entries():
    """A count of three with the sum of their gains fills places as three entries do."""
    one = placed(tied([0.9, 0.5], [1.0, 1.5], [1, 3]), 1, 3)
    three = placed(tied([0.9, 0.5, 0.5, 0.5], [1.0, 1.0, 0.5, 0.0]), 1, 3)
    assert one.gain.tolist() == three.gain.tolist() == [[1.0, 0.5, 0.5]]
    assert one.count.tolist() == three.count.tolist() == [[1, 1, 2]]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("k", [1, 4, 30])
def test_parts_merge_into_the_whole(seed, k):
    """Whatever way 60 documents with ties are cut into three parts, their rankings merge into that of all."""
    rng = stream(seed, "parts")
    n = 60
    query, score, gain = rng.integers(0, 4, n), rng.integers(0, 5, n).astype(float), rng.random(n)
    part, ones = rng.integers(0, 3, n), np.ones(n, dtype=np.int64)
    whole = placed(Tied(query, score, gain, ones), 4, k)
    cut = [placed(Tied(*(a[part == p] for a in (query, score, gain, ones))), 4, k) for p in range(3)]
    for together in (merged(cut), merged([merged(cut[:2]), cut[2]])):
        assert np.array_equal(together.score, whole.score)
        assert np.array_equal(together.count, whole.count)
        assert together.gain == pytest.approx(whole.gain, abs=1e-12)
