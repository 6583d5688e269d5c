"""The interval of a ratio, against Fieller's quadratic and planted truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthlift.stats.ratio import ratio


def one_way(x):
    """Give a mean of documents as one replicate."""
    return np.array([x.mean()]), ((x - x.mean()) / len(x))[np.newaxis]


def fieller(x, y, alpha=0.05):
    """Solve the textbook quadratic for mean(x) / mean(y) of paired values."""
    n = len(x)
    t2 = stats.t.ppf(1 - alpha / 2, n - 1) ** 2
    xx, xy, yy = (np.cov(x, y)[i, j] / n for i, j in ((0, 0), (0, 1), (1, 1)))
    a, b, c = y.mean() ** 2 - t2 * yy, x.mean() * y.mean() - t2 * xy, x.mean() ** 2 - t2 * xx
    root = np.sqrt(b**2 - a * c)
    return (b - root) / a, (b + root) / a


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_textbook_quadratic(seed, sign):
    """With one replicate the interval is Fieller's, for positive and negative ratios, near and far from 0."""
    rng = np.random.default_rng(seed)
    y = 1.0 + rng.standard_normal(40)
    x = sign * (0.2 * seed * y + rng.standard_normal(40))
    found = ratio(one_way(x), one_way(y))
    assert found is not None
    assert found.value == pytest.approx(x.mean() / y.mean())
    assert (found.low, found.high) == pytest.approx(fieller(x, y), abs=1e-7)


def test_level():
    """Another level gives the quadratic of that level."""
    rng = np.random.default_rng(1)
    x, y = 0.5 + rng.standard_normal(50), 2.0 + rng.standard_normal(50)
    found = ratio(one_way(x), one_way(y), alpha=0.01)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(fieller(x, y, 0.01), abs=1e-7)


def test_no_interval_where_the_denominator_may_be_zero():
    """A ceiling that is not told from 0 gives no share of it."""
    rng = np.random.default_rng(2)
    y = 0.1 + rng.standard_normal(30)
    assert ratio(one_way(rng.standard_normal(30)), one_way(y)) is None
    assert ratio(one_way(y), (np.zeros(3), np.zeros((3, 30)))) is None


def test_a_quantity_over_itself_is_one():
    """The ratio of a difference to itself is 1, without doubt."""
    y = one_way(5.0 + np.random.default_rng(3).standard_normal(20))
    found = ratio(y, y)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((1.0, 1.0, 1.0))


def test_units_cancel():
    """A denominator in other units or of other sign scales the interval, and turns it round."""
    rng = np.random.default_rng(4)
    x, y = 0.5 + rng.standard_normal(50), 2.0 + rng.standard_normal(50)
    plain, turned = ratio(one_way(x), one_way(y)), ratio(one_way(x), one_way(-10 * y))
    assert plain is not None
    assert turned is not None
    assert (turned.low, turned.high) == pytest.approx((-plain.high / 10, -plain.low / 10), abs=1e-7)


def test_coverage_of_crossed_studies():
    """Over replicates crossed with documents the interval holds the true ratio in 93 to 97.5 % of studies."""
    rng, n_studies, R, G, hits, kept = np.random.default_rng(5), 400, 6, 60, 0, 0
    for _ in range(n_studies):
        shared = rng.standard_normal((1, G)) + 0.3 * rng.standard_normal((R, G))
        arms = []
        for mean in (0.4, 0.8):
            x = mean + 0.6 * shared + 0.4 * rng.standard_normal((1, G)) + 0.1 * rng.standard_normal((R, 1))
            arms.append((x.mean(axis=1), (x - x.mean(axis=1, keepdims=True)) / G))
        found = ratio(*arms)
        if found is not None:
            kept += 1
            hits += found.low <= 0.5 <= found.high
    assert kept > 0.98 * n_studies
    assert 0.93 - 2 * 0.011 <= hits / kept <= 0.975 + 2 * 0.011
