"""Intervals by leaving out parts, limits of shares, and the floor of real halves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from synthlift.metrics.fidelity import Fidelity, bounded, jackknifed, real_floor
from synthlift.metrics.mmd import median_bandwidths, mmd, squared_mmd
from synthlift.metrics.samples import sample

DRAWN = np.random.default_rng(0).normal(size=(100, 2))


def near(x, y, bandwidths=None):
    """Measure MMD with few permutations."""
    return mmd(x, y, np.ones(1) if bandwidths is None else bandwidths, np.random.default_rng(0), 9)


def distance(x, y, bandwidths=None):
    """Return the squared MMD alone."""
    return np.array([squared_mmd(x.vectors, y.vectors, np.ones(1) if bandwidths is None else bandwidths)])


def mean_difference(synthetic, real):
    """Subtract the means of both columns."""
    return synthetic.vectors.mean(axis=0) - real.vectors.mean(axis=0)


def test_twenty_clusters_are_a_plain_jackknife():
    """With one document a part, and nothing that varies among real ones, it is Student's interval of a mean."""
    one, zeros = sample(DRAWN[:20]), sample(np.zeros((20, 2)))
    for k, found in enumerate(jackknifed(mean_difference, one, zeros)):
        values = DRAWN[:20, k]
        half = t.ppf(0.975, 19) * values.std(ddof=1) / np.sqrt(20)
        assert found.value == pytest.approx(values.mean(), abs=1e-14)
        assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=1e-12)


def test_parts_leave_clusters_whole():
    """Four copies of each of 20 documents as clusters have the interval of the 20, not of 80."""
    copies, zeros = sample(np.repeat(DRAWN[:20], 4, axis=0), np.repeat(np.arange(20), 4)), sample(np.zeros((20, 2)))
    found, expected = (jackknifed(mean_difference, one, zeros)[0] for one in (copies, sample(DRAWN[:20])))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_without_spread_there_is_no_interval():
    """Constant samples have a value, no limits and a reason."""
    found = jackknifed(mean_difference, sample(np.ones((20, 1))), sample(np.zeros((20, 1))))[0]
    assert (found.value, found.low, found.high) == (1.0, None, None)
    assert found.reason == "nothing varies where documents are left out: no interval"


def test_a_share_has_limits_that_a_share_can_have():
    """Limits are cut at 0 and 1; where there are none nothing is made up."""
    cut = bounded(Fidelity(0.9, -0.2, 1.1, None, 5, 5))
    assert (cut.low, cut.high) == (0.0, 1.0)
    none = Fidelity(1.0, None, None, None, 5, 5, "nothing varies")
    assert bounded(none) is none


def test_the_floor_of_mmd_holds_zero():
    """Real halves are of one law: their unbiased distances lie on both sides of 0, and a shifted sample's above all."""
    real = sample(DRAWN)
    bandwidths = median_bandwidths(DRAWN)
    (floor,) = real_floor(lambda x, y: distance(x, y, bandwidths), 20, real, 40, np.random.default_rng(1))
    assert floor.low < 0.0 < floor.high
    assert floor.low < floor.median < floor.high
    assert (floor.n_docs, floor.n_splits, floor.reason) == (50, 40, None)
    assert near(sample(DRAWN[:50] + 1.5), sample(DRAWN[50:]), bandwidths).value > floor.high


def test_halves_are_whole_clusters():
    """No family lies on both sides, every document lies on one, and the halves differ from split to split."""
    real = sample(np.arange(60.0)[:, np.newaxis], np.repeat(np.arange(20), 3))
    seen = []

    def measure(left, right):
        values = left.vectors.ravel(), right.vectors.ravel()
        assert sorted(np.concatenate(values)) == list(range(60))
        assert not set(values[0] // 3) & set(values[1] // 3)
        assert left.n_clusters == right.n_clusters == 10
        seen.append(tuple(sorted(values[0])))
        return np.array([values[0][0], 1.0])

    floors = real_floor(measure, 2, real, 8, np.random.default_rng(0))
    assert [floor.n_docs for floor in floors] == [30, 30]
    assert (floors[1].low, floors[1].median, floors[1].high) == (1.0, 1.0, 1.0)
    assert len(set(seen)) == 8


def test_a_floor_of_too_few_documents_tells_why():
    """Thirty documents have halves of 15, of which MMD has no number; no splits are an error."""
    (floor,) = real_floor(distance, 20, sample(DRAWN[:30]), 5, np.random.default_rng(0))
    assert (floor.median, floor.low, floor.high) == (None, None, None)
    assert floor.reason == "got 15 synthetic and 15 real independent documents, expected at least 20 of either"
    with pytest.raises(ValueError, match="got 0 splits"):
        real_floor(distance, 20, sample(DRAWN), 0, np.random.default_rng(0))
