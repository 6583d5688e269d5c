"""Random Fourier features: near the exact value within the error that is told, and in blocks."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.metrics import random_features
from synthlift.metrics.mmd import median_bandwidths, squared_mmd
from synthlift.metrics.random_features import approximate_mmd


def drawn(seed, n, dimensions=6, shift=0.0):
    """Draw a normal sample."""
    return np.random.default_rng(seed).normal(shift, 1.0, (n, dimensions))


@pytest.mark.parametrize("shift", [0.0, 0.2, 1.0])
def test_the_exact_value_is_within_the_error(shift):
    """Of 200 draws of frequencies at least 96 of 100 hold the exact value of these samples within the 99 % error."""
    x, y = drawn(0, 100, shift=shift), drawn(1, 80)
    bandwidths = median_bandwidths(y)
    exact = squared_mmd(x, y, bandwidths)
    found = [approximate_mmd(x, y, bandwidths, np.random.default_rng(i), 200) for i in range(200)]
    values = np.array([one.value for one in found])
    errors = np.array([one.error for one in found])
    assert (np.abs(values - exact) <= errors).mean() >= 0.96
    assert abs(values.mean() - exact) < 4 * values.std() / np.sqrt(200)
    # and it is no wider than it must be: 2.6 standard errors
    assert errors.mean() / values.std() == pytest.approx(2.6, rel=0.2)


def test_the_error_falls_with_the_root_of_the_frequencies():
    """Sixteen times as many frequencies leave a quarter of the error."""
    x, y = drawn(2, 60, shift=0.5), drawn(3, 60)
    few, many = (approximate_mmd(x, y, np.ones(1), np.random.default_rng(0), n) for n in (250, 4000))
    assert few.error / many.error == pytest.approx(4.0, rel=0.25)


def test_blocks_and_origin_change_nothing(monkeypatch):
    """Rows in blocks of seven, and a far origin, give the same number but for rounding."""
    x, y = drawn(4, 40, shift=0.5), drawn(5, 30)
    expected = approximate_mmd(x, y, np.ones(1), np.random.default_rng(0)).value
    monkeypatch.setattr(random_features, "BLOCK", 7)
    assert approximate_mmd(x + 1e6, y + 1e6, np.ones(1), np.random.default_rng(0)).value == pytest.approx(
        expected, abs=1e-8
    )


def test_single_precision_is_enough():
    """Vectors as an encoder gives them, of 32 bits, give the same value to seven digits."""
    x, y = drawn(6, 40, shift=0.5), drawn(7, 40)
    double = approximate_mmd(x, y, np.ones(1), np.random.default_rng(0)).value
    single = approximate_mmd(x.astype(np.float32), y.astype(np.float32), np.ones(1), np.random.default_rng(0)).value
    assert single == pytest.approx(double, abs=1e-6)


def test_constant_documents_are_at_zero():
    """All vectors one: every frequency gives 0, without error."""
    same = np.full((30, 3), 1.0 / 3.0)
    found = approximate_mmd(same, same, np.ones(1), np.random.default_rng(0))
    assert (found.value, found.error) == pytest.approx((0.0, 0.0), abs=1e-12)


def test_what_cannot_be_measured_has_a_reason():
    """Nineteen documents, a NaN and an infinity are reasons; bad arguments are errors."""
    rng = np.random.default_rng(0)
    assert approximate_mmd(drawn(0, 19), drawn(1, 30), np.ones(1), rng).reason.startswith("got 19 synthetic")
    for bad in (np.nan, np.inf):
        spoilt = drawn(0, 30)
        spoilt[3, 2] = bad
        for pair in ((spoilt, drawn(1, 30)), (drawn(1, 30), spoilt)):
            found = approximate_mmd(*pair, np.ones(1), rng)
            assert (found.value, found.error, found.reason) == (None, None, "got a number that is not finite")
    with pytest.raises(ValueError, match="expected positive numbers"):
        approximate_mmd(drawn(0, 30), drawn(1, 30), np.zeros(1), rng)
    with pytest.raises(ValueError, match="expected at least 2"):
        approximate_mmd(drawn(0, 30), drawn(1, 30), np.ones(1), rng, 1)
    with pytest.raises(ValueError, match="columns"):
        approximate_mmd(drawn(0, 30), drawn(1, 30, 5), np.ones(1), rng)
