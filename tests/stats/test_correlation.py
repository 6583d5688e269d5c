"""Correlations of points, against hand work, scipy and regression by other means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthlift.stats.correlation import partial_correlation, pearson, spearman


def draws(seed, n, rho):
    """Draw n points of two normal variables."""
    return np.random.default_rng(seed).multivariate_normal([0, 0], [[1, rho], [rho, 1]], n).T


def test_by_hand():
    """Pearson: sums of squares 10 and 10, of products 8. Spearman: 1 - 6 * 4 / (5 * 24)."""
    x, y = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5])
    assert pearson(x, y).value == pytest.approx(0.8)
    assert spearman(x**3, np.exp(y)).value == pytest.approx(0.8)
    half = 1.959963985 / np.sqrt(2)
    assert (pearson(x, y).low, pearson(x, y).high) == pytest.approx(tuple(np.tanh(np.log(3) + np.array([-half, half]))))
    wider = half * np.sqrt(1 + 0.64 / 2)
    assert spearman(x, y).low == pytest.approx(np.tanh(np.log(3) - wider))


@pytest.mark.parametrize("seed", range(5))
def test_scipy(seed):
    """Values and Pearson's interval are scipy's, ties among ranks included."""
    x, y = draws(seed, 6 + 5 * seed, 0.6)
    theirs = stats.pearsonr(x, y)
    ours = pearson(x, y)
    assert (ours.value, ours.low, ours.high) == pytest.approx((theirs.statistic, *theirs.confidence_interval(0.95)))
    x, y = np.round(x), np.round(2 * y)
    assert spearman(x, y).value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert (ours.n, ours.reason) == (6 + 5 * seed, None)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_partial_by_two_other_ways(k):
    """A partial correlation is that of regression residuals, and minus the scaled element of the inverse covariance."""
    rng = np.random.default_rng(k)
    covariates = rng.standard_normal((20, k))
    x, y = covariates.sum(axis=1) + rng.standard_normal((2, 20))
    ours = partial_correlation(x, y, covariates)
    design = np.column_stack([np.ones(20), covariates])
    left = [z - design @ np.linalg.lstsq(design, z, rcond=None)[0] for z in (x, y)]
    precision = np.linalg.inv(np.cov(np.column_stack([x, y, covariates]).T))
    assert ours.value == pytest.approx(stats.pearsonr(*left).statistic)
    assert ours.value == pytest.approx(-precision[0, 1] / np.sqrt(precision[0, 0] * precision[1, 1]))
    half = stats.norm.ppf(0.975) / np.sqrt(20 - k - 3)
    assert ours.low == pytest.approx(np.tanh(np.arctanh(ours.value) - half))


def test_covariates_that_say_nothing_cost_nothing():
    """A constant covariate changes nothing, one given twice counts once, and units and origin do not matter."""
    x, y = draws(1, 12, 0.5)
    volume = np.arange(12.0) ** 2
    assert partial_correlation(x, y, np.full(12, 0.1)) == pearson(x, y)
    once = partial_correlation(x, y, volume)
    again = partial_correlation(x, y, np.column_stack([volume, 3.0 + volume / 7, 1e9 + 1e4 * volume]))
    assert (again.value, again.low, again.high) == pytest.approx((once.value, once.low, once.high))


def test_invariances():
    """Order of points, units and origin change nothing; a turned axis turns the sign; ranks ignore monotone changes."""
    x, y = draws(2, 15, 0.4)
    order = np.random.default_rng(0).permutation(15)
    plain, turned = pearson(x, y), pearson(1e-200 * x[order], 5 - 1e6 * y[order])
    assert (turned.value, turned.low, turned.high) == pytest.approx((-plain.value, -plain.high, -plain.low))
    assert spearman(np.exp(x), y**3) == spearman(x, y)


@pytest.mark.parametrize("measure", [pearson, spearman, lambda x, y: partial_correlation(x, y, np.zeros(len(x)))])
def test_null_with_a_reason(measure):
    """Fewer than four points, or a variable that does not vary, give no value but a reason."""
    few = measure(np.array([1.0, 2, 3]), np.array([1.0, 3, 2]))
    assert (few.value, few.low, few.high, few.n) == (None, None, None, 3)
    assert "3 points" in few.reason
    assert measure(np.zeros(0), np.zeros(0)).reason.startswith("0 points")
    flat = measure(np.arange(6.0), np.full(6, 0.1))
    assert flat.value is None
    assert "does not vary" in flat.reason


def test_points_on_a_line_have_no_interval():
    """|r| = 1 is told as such, without an interval: three decimals of certainty from five points would be none."""
    x = np.array([0.1, 0.2, 0.7, 1.1, 1.3])
    for found, value in ((pearson(x, -3 * x + 0.3), -1.0), (spearman(x, x**5), 1.0)):
        assert (found.value, found.low, found.high) == (value, None, None)
        assert "infinite" in found.reason


def test_partial_refuses_what_the_covariates_explain():
    """What a covariate determines does not vary beyond it, and each covariate asks for a point more."""
    x, y = draws(3, 9, 0.5)
    assert "beyond the covariates" in partial_correlation(x, y, 2 * x - 1).reason
    assert "at least 6" in partial_correlation(x[:5], y[:5], draws(4, 5, 0.0).T).reason


def test_bad_arguments():
    """Unequal lengths and numbers that are not finite are the caller's mistake."""
    with pytest.raises(ValueError, match="got variables of shapes"):
        pearson(np.zeros(5), np.zeros(6))
    with pytest.raises(ValueError, match="not finite"):
        spearman(np.array([1.0, np.nan, 2, 3]), np.arange(4.0))
    with pytest.raises(ValueError, match="got variables of shapes"):
        partial_correlation(np.zeros(5), np.zeros(5), np.zeros((4, 2)))


@pytest.mark.parametrize(("rho", "n"), [(0.0, 6), (0.6, 14), (-0.9, 30)])
def test_intervals_hold_the_truth(rho, n):
    """Of 1,500 samples about 95 % of intervals hold the correlation that they were drawn with, Spearman's too."""
    rng = np.random.default_rng(n)
    samples = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], (1500, n))
    of_ranks = 6 / np.pi * np.arcsin(rho / 2)
    for measure, truth, lowest in ((pearson, rho, 0.935), (spearman, of_ranks, 0.925)):
        found = [measure(*sample.T) for sample in samples]
        held = [f.low <= truth <= f.high for f in found if f.low is not None]
        assert len(held) > 1450
        assert lowest < np.mean(held) < 0.975


def test_partial_interval_holds_zero_as_often_as_it_says():
    """Two variables that share two covariates and nothing else: 93.5 to 96.5 % of 1,500 intervals hold 0."""
    rng = np.random.default_rng(8)
    held = []
    for _ in range(1500):
        covariates = rng.standard_normal((10, 2))
        x, y = 2 * covariates.sum(axis=1) + rng.standard_normal((2, 10))
        found = partial_correlation(x, y, covariates)
        held.append(found.low <= 0.0 <= found.high)
    assert 0.935 < np.mean(held) < 0.965
