"""Partial pooling: the spread between labels is Paule-Mandel's, and intervals cover what they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from synthlift.stats.shrinkage import shrink

Z = 1.959963984540054


def paule_mandel(value, variance):
    """Iterate as published: start at 0, take Newton steps on the weighted sum of squares, stop at n - 1."""
    t = 0.0
    for _ in range(500):
        weight = 1.0 / (t + variance)
        squares = (value - np.average(value, weights=weight)) ** 2
        step = ((weight * squares).sum() - (len(value) - 1)) / (weight**2 * squares).sum()
        t = max(t + step, 0.0)
        if abs(step) < 1e-14 or (t == 0.0 and step < 0):
            break
    return t, np.average(value, weights=1.0 / (t + variance))


@pytest.mark.parametrize("spread", [0.0, 0.05, 1.0])
@pytest.mark.parametrize("n", [2, 3, 5, 12, 60])
def test_spread_and_mean_solve_the_paule_mandel_equation(n, spread):
    """Spread and mean are those of the published iteration, at 0 where the equation has no root."""
    rng = np.random.default_rng([n, int(100 * spread)])
    for _ in range(20):
        variance = np.exp(rng.normal(-4, 1, n))
        value = rng.normal(0.1, spread, n) + rng.normal(0, np.sqrt(variance))
        found = shrink(value, variance)
        between, mean = paule_mandel(value, variance)
        assert found.between == pytest.approx(between, rel=1e-6, abs=1e-9)
        assert found.mean == pytest.approx(mean, abs=1e-8)


def test_averages_over_the_spread_are_the_integrals():
    """Value and interval are those of adaptive quadrature over all between-label variances."""
    value, variance = np.array([0.3, -0.1, 0.05, 0.2, -0.15]), np.array([0.01, 0.03, 0.002, 0.05, 0.01])

    def moments(t):
        weight = 1.0 / (t + variance)
        mean = np.average(value, weights=weight)
        likelihood = np.sqrt(weight.prod() / weight.sum()) * np.exp(-0.5 * (weight * (value - mean) ** 2).sum())
        kept = t * weight
        at = mean + kept * (value - mean)
        second = at**2 + kept * variance + (1 - kept) ** 2 / weight.sum()
        return likelihood * np.concatenate([[1.0], at, second])

    total, _ = integrate.quad_vec(moments, 0, np.inf, epsabs=1e-9, epsrel=1e-9)
    mean, second = total[1:6] / total[0], total[6:] / total[0]
    found = shrink(value, variance)
    assert found.value == pytest.approx(mean, abs=1e-6)
    assert (found.high - found.low) / (2 * Z) == pytest.approx(np.sqrt(second - mean**2), abs=1e-6)


def test_limits():
    """Equal values stay where they are; far apart ones are left alone, interval included; noisier ones move more."""
    same = shrink(np.full(6, 0.2), np.array([1.0, 2, 3, 4, 5, 6]) / 100)
    assert same.value == pytest.approx(np.full(6, 0.2))
    assert same.between == 0.0
    apart = np.array([-30.0, -10.0, 0.0, 10.0, 30.0])
    kept = shrink(apart, np.full(5, 0.01))
    assert kept.value == pytest.approx(apart, abs=1e-3)
    assert kept.high - kept.low == pytest.approx(np.full(5, 2 * Z * 0.1), rel=1e-3)
    pulled = shrink(np.array([-0.2, -0.2, 0.2, 0.2, 0.0]), np.array([0.001, 0.1, 0.001, 0.1, 0.01]))
    assert abs(pulled.value[1] - pulled.mean) < abs(pulled.value[0] - pulled.mean)


def test_values_are_drawn_to_the_mean_and_hardly_so_where_it_does_not_pay():
    """Where noise dominates most of the distance goes; where the spread is ten times the noise, little."""
    value = np.array([-0.2, -0.1, 0.0, 0.0, 0.1, 0.2])
    noisy, clear = shrink(value, np.full(6, 0.5)), shrink(value, np.full(6, 0.0005))
    assert np.ptp(noisy.value) < 0.55 * np.ptp(value)
    assert np.ptp(clear.value) > 0.95 * np.ptp(value)
    assert (np.diff(noisy.value) >= -1e-12).all()


def test_scale_and_shift_change_nothing_else():
    """In other units, or from another zero, the same answer comes out; so does it in another order."""
    rng = np.random.default_rng(5)
    value, variance = rng.normal(0, 0.1, 9), rng.uniform(0.002, 0.02, 9)
    plain = shrink(value, variance)
    order = rng.permutation(9)
    other = shrink(7.0 * value[order] + 3.0, 49.0 * variance[order])
    assert other.value == pytest.approx(7.0 * plain.value[order] + 3.0)
    assert other.low == pytest.approx(7.0 * plain.low[order] + 3.0)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_fewer_than_four_are_left_as_they_are(n):
    """With one to three labels every value keeps its own interval."""
    value, variance = np.array([0.1, -0.2, 0.3])[:n], np.array([0.01, 0.02, 0.03])[:n]
    found = shrink(value, variance)
    assert found.value.tolist() == value.tolist()
    assert found.high - value == pytest.approx(Z * np.sqrt(variance))


def test_no_noise_seen_is_not_certainty():
    """A label whose answers never differ neither pins the others to zero nor has an interval of no width."""
    found = shrink(np.array([0.0, 0.0, 0.3, 0.35, 0.3]), np.array([0.0, 0.0, 0.01, 0.01, 0.01]))
    assert (found.high - found.low > 0.1).all()
    assert found.value[2:].min() > 0.15
    alone = shrink(np.array([0.0, 0.3]), np.array([0.0, 0.01]))
    assert alone.value.tolist() == [0.0, 0.3]
    assert alone.high[0] > 0.1


def test_all_variances_zero():
    """Identical arms give zero with no width worth printing."""
    found = shrink(np.zeros(5), np.zeros(5))
    assert found.value.tolist() == [0.0] * 5
    assert np.abs(found.high).max() < 1e-5


def test_a_wider_interval_for_a_smaller_alpha():
    """At 1 % the interval is wider by the ratio of normal quantiles."""
    value, variance = np.linspace(-0.2, 0.3, 7), np.full(7, 0.01)
    wide, plain = shrink(value, variance, alpha=0.01), shrink(value, variance)
    assert (wide.high - wide.low) / (plain.high - plain.low) == pytest.approx(np.full(7, 2.5758293 / Z))


def covered(n, spread, heterogeneous, n_studies):
    """Return the share of labels in each simulated study whose interval covers its true effect."""
    rng = np.random.default_rng([n, int(100 * spread), heterogeneous])
    shares = np.zeros(n_studies)
    for study in range(n_studies):
        variance = np.exp(rng.normal(0, 1, n)) if heterogeneous else np.ones(n)
        true = rng.normal(0.3, np.sqrt(spread), n)
        found = shrink(true + rng.normal(0, np.sqrt(variance)), variance)
        shares[study] = np.mean((found.low <= true) & (true <= found.high))
    return shares


@pytest.mark.parametrize("heterogeneous", [False, True])
@pytest.mark.parametrize(
    ("n", "spread"), [(3, 0.3), (4, 1.0), (8, 1.0), (8, 3.0), (40, 0.3), (40, 1.0), (40, 3.0), (40, 30.0)]
)
def test_intervals_cover_95_percent_where_the_spread_can_be_told(n, spread, heterogeneous):
    """On average over labels 93 to 97 % are covered, variance between labels in units of the noise.

    The simulation error is below half a percentage point (one standard deviation; asserted).
    """
    shares = covered(n, spread, heterogeneous, 800 if n < 10 else 300)
    error = shares.std() / np.sqrt(len(shares))
    assert error < 0.005
    assert 0.93 <= shares.mean() <= 0.97 + 2 * error


@pytest.mark.parametrize("heterogeneous", [False, True])
@pytest.mark.parametrize(("n", "spread"), [(4, 0.0), (8, 0.0), (40, 0.0), (4, 0.1), (8, 0.1), (40, 0.1)])
def test_intervals_never_cover_less_where_it_cannot(n, spread, heterogeneous):
    """With no or little true spread, which no data tell from a small one, at least 95 % are covered.

    More than 97 % is the price: an interval right for a variance of a tenth is wider than one for 0 need be. The
    interval is still the narrower one: no wider than that of the labels on their own.
    """
    shares = covered(n, spread, heterogeneous, 400)
    assert shares.std() / np.sqrt(len(shares)) < 0.005
    assert shares.mean() >= 0.95
    rng = np.random.default_rng(n)
    widths = [np.diff([f.low, f.high], axis=0) for f in (shrink(rng.normal(0, 1, n), np.ones(n)) for _ in range(100))]
    assert np.mean(widths) < 2 * Z
