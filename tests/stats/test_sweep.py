"""Shares at a fixed total, and volumes that stop paying."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.stats.surface import NO_SPREAD, Surface
from synthlift.stats.sweep import fixed_total, volume_curve

SHARES = np.linspace(0.0, 1.0, 11)


def rng(*key):
    return np.random.default_rng(key)


def sweep(means, n_replicates=10, total=200.0):
    """Give the sweep of these mean scores with a little noise, among points of another total."""
    n_real = np.append(total * SHARES, [50.0, 70.0])
    n_synthetic = np.append(total * (1.0 - SHARES), [50.0, 90.0])
    noise = 0.005 * rng(1).standard_normal((n_replicates, 13)) * (n_replicates > 1)
    return fixed_total(Surface(n_real, n_synthetic, np.append(means, [0.1, 0.9]) + noise), total, rng(2))


def test_the_best_share_is_found_among_points_of_one_total():
    """Eleven points of N + M = 200 are taken, in order of share, and the planted best one is told from the worst."""
    told = sweep(0.7 - 0.4 * (SHARES - 0.7) ** 2)
    assert told.share.tolist() == pytest.approx(SHARES.tolist())
    assert told.best == pytest.approx(0.7)
    assert told.flat is False
    assert told.score[0].low < 0.7 - 0.4 * 0.49 < told.score[0].high


def test_equal_shares_are_flat():
    """Where the share makes no difference the sweep is flat, though some share is the best of eleven."""
    told = sweep(np.full(11, 0.6))
    assert told.flat is True
    assert told.best is not None


def test_one_replicate_cannot_tell_flatness():
    """Without spread there are scores, no limits and no word on flatness."""
    told = sweep(0.7 - (SHARES - 0.7) ** 2, n_replicates=1)
    assert (told.flat, told.reason, told.score[3].low) == (None, NO_SPREAD, None)
    assert told.score[3].value == pytest.approx(0.7 - 0.16)


def test_a_total_that_was_not_measured_has_a_reason():
    """No points of that total: nothing but the reason."""
    surface = Surface(np.array([10.0, 20.0]), np.array([10.0, 20.0]), np.zeros((2, 2)))
    told = fixed_total(surface, 500.0, rng(3))
    assert (told.score, told.best, told.flat) == ((), None, None)
    assert told.reason == "0 points with N + M = 500, at least 2 are compared"


def test_shares_of_whole_documents_count_as_one_total():
    """A third of 100 is 33 documents: 33 + 67 and 34 + 67 are the same total to within a document."""
    surface = Surface(np.array([33.0, 34.0, 36.0]), np.array([67.0, 67.0, 67.0]), np.zeros((2, 3)))
    assert len(fixed_total(surface, 100.0, rng(4)).share) == 2


def volumes(means, n_replicates=10, noise=0.003):
    """Give the curve of 1, 2, 4 and 8 synthetic documents for each of 50 seeds."""
    n_synthetic = np.array([400.0, 0.0, 50.0, 100.0, 200.0, 50.0])
    n_real = np.array([50.0, 50.0, 50.0, 50.0, 50.0, 99.0])
    values = np.array([means[3], 0.2, means[0], means[1], means[2], 0.9])
    around = noise * rng(5).standard_normal((n_replicates, 6)) + 0.02 * rng(6).standard_normal((n_replicates, 1))
    return volume_curve(Surface(n_real, n_synthetic, values + around * (n_replicates > 1)), 50.0, rng(7))


def test_the_volume_where_scaling_collapses():
    """Gains of 0.05, then 0.04, then nothing: four per seed is where a doubling stops paying."""
    told = volumes([0.40, 0.45, 0.49, 0.49])
    assert told.volume.tolist() == [50.0, 100.0, 200.0, 400.0]
    assert told.collapse == 200.0
    assert [step.low > 0.0 for step in told.gain] == [True, True, False]
    assert told.gain[0].low < 0.05 < told.gain[0].high


def test_a_doubling_that_harms_is_a_collapse():
    """A step whose interval lies below 0 stops scaling as one that holds 0 does."""
    told = volumes([0.40, 0.35, 0.40, 0.45])
    assert told.gain[0].high < 0.0
    assert told.collapse == 50.0


def test_scaling_without_end_is_told():
    """Where every doubling gains there is no collapse, with the reason."""
    told = volumes([0.40, 0.45, 0.50, 0.55])
    assert told.collapse is None
    assert "every step gains" in told.reason


def test_volumes_without_spread_have_gains_only():
    """One replicate gives the gains, no limits and no collapse."""
    told = volumes([0.40, 0.45, 0.49, 0.49], n_replicates=1)
    assert told.gain[0].value == pytest.approx(0.05)
    assert (told.gain[0].low, told.collapse, told.reason) == (None, None, NO_SPREAD)


def test_one_volume_is_no_curve():
    """A single volume beside these real documents is refused with the reason."""
    surface = Surface(np.array([50.0, 50.0]), np.array([0.0, 100.0]), np.zeros((2, 2)))
    told = volume_curve(surface, 50.0, rng(8))
    assert (told.gain, told.collapse) == ((), None)
    assert told.reason == "1 volumes at N = 50, at least 2 are compared"
