"""The exchange rate off the curve of real documents alone, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.stats.exchange import exchange_rate
from synthlift.stats.surface import NO_SPREAD, Surface

CURVE = {10: 0.5, 20: 0.6, 80: 0.8}


def rate(score, n_real=20, n_synthetic=60, curve=None, spread=None):
    """Give the exchange rate of one point beside the curve; `spread` adds replicates around each score."""
    curve = CURVE if curve is None else curve
    means = np.array([*curve.values(), score])
    around = (
        np.zeros((1, len(means))) if spread is None else spread * np.resize([-1.0, 1.0], (8, 1)) * np.ones(len(means))
    )
    if spread is not None:
        around[:, :-1] *= -1.0
    sizes = np.array([*curve, n_real], dtype=float)
    surface = Surface(sizes, np.array([0.0] * len(curve) + [n_synthetic]), means + around)
    return exchange_rate(surface, n_real, n_synthetic, np.random.default_rng(0))


def test_by_hand_between_two_sizes():
    """0.7 is half-way from N = 20 to 80, in log N at 40: 20 real documents for 60 synthetic ones."""
    told = rate(0.7)
    assert told.rate.value == pytest.approx(20 / 60)
    assert (told.bound, told.rate.reason) == ("=", NO_SPREAD)


def test_no_gain_is_worth_nothing_and_harm_less():
    """The score of N real documents alone gives 0; the score of half as many gives a negative rate."""
    assert rate(0.6).rate.value == 0.0
    assert rate(0.5).rate.value == pytest.approx((10 - 20) / 60)


def test_above_the_curve_only_a_lower_bound_is_told():
    """A score that real documents alone never had is worth at least the curve's end, flagged, not extrapolated."""
    told = rate(0.9, spread=0.01)
    assert (told.bound, told.rate.value) == (">=", pytest.approx((80 - 20) / 60))
    assert told.rate.low == pytest.approx(1.0)
    assert told.rate.high is None
    assert "above all of real documents alone" in told.rate.reason


def test_below_the_curve_only_an_upper_bound_is_told():
    """A score worse than that of the fewest real documents is worth at most the curve's beginning."""
    told = rate(0.3, spread=0.01)
    assert (told.bound, told.rate.value) == ("<=", pytest.approx((10 - 20) / 60))
    assert (told.rate.low, told.rate.high) == (None, pytest.approx(-10 / 60))
    assert "below all of real documents alone" in told.rate.reason


def test_an_interval_that_runs_off_the_curve_is_open_there():
    """Near the curve's end the value is told, the upper limit is not, and the reason says so."""
    told = rate(0.795, spread=0.01)
    assert told.bound == "="
    assert told.rate.low < told.rate.value < 1.0
    assert told.rate.high is None
    assert "open there" in told.rate.reason


def test_a_dip_of_the_curve_is_levelled():
    """Where more real documents scored less the two are pooled: 0.65 and 0.55 at 20 and 40 are both 0.6."""
    told = rate(0.7, curve={10: 0.5, 20: 0.65, 40: 0.55, 80: 0.8})
    assert told.rate.value == pytest.approx((40 * 2**0.5 - 20) / 60)


def test_the_interval_covers_a_planted_rate():
    """Synthetic documents planted at 0.3 real ones each are found so in about 95 % of studies (here 92 % at least)."""
    sizes = np.geomspace(50, 800, 9)
    n_real, n_synthetic = np.append(sizes, 100.0), np.append(np.zeros(9), 400.0)
    truth = 1.0 - 2.0 * (n_real + 0.3 * n_synthetic) ** -0.45
    covered = 0
    for study in range(100):
        rng = np.random.default_rng([1, study])
        score = truth + 0.004 * rng.standard_normal((10, 10)) + 0.01 * rng.standard_normal((10, 1))
        told = exchange_rate(Surface(n_real, n_synthetic, score), 100.0, 400.0, rng).rate
        covered += told.low <= 0.3 <= told.high
    assert covered >= 92


def test_one_size_is_no_curve():
    """With real documents alone at one size the rate is None, with the reason."""
    told = rate(0.7, curve={20: 0.6})
    assert told.rate.value is None
    assert "at least 2 make a curve" in told.rate.reason


@pytest.mark.parametrize("point", [(20, 0), (30, 60)])
def test_a_point_that_was_not_measured_is_refused(point):
    """An exchange rate without synthetic documents, or at a point without a score, is a bad argument."""
    surface = Surface(np.array([20.0, 40.0, 20.0]), np.array([0.0, 0.0, 60.0]), np.zeros((1, 3)))
    with pytest.raises(ValueError, match="expected a measured point"):
        exchange_rate(surface, *point, np.random.default_rng(0))
