"""Fréchet distance: by hand in one dimension, with scipy's matrix root, and what shrinking is for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.stats import ortho_group
from sklearn.covariance import LedoitWolf

from synthlift.metrics.frechet import frechet_distance
from synthlift.metrics.samples import sample


def drawn(seed, n, dimensions=5, shift=0.0, scale=1.0):
    """Draw a normal sample."""
    return sample(np.random.default_rng(seed).normal(shift, scale, (n, dimensions)))


def test_in_one_dimension_it_is_means_and_deviations():
    """``(m - n)^2 + (s - t)^2``, where one variance has nothing to be shrunk to but itself."""
    x, y = drawn(0, 150, 1, 2.0, 3.0).vectors, drawn(1, 120, 1).vectors
    expected = (x.mean() - y.mean()) ** 2 + (x.std() - y.std()) ** 2
    assert frechet_distance(sample(x), sample(y)).value == pytest.approx(expected, rel=1e-10)


def test_it_is_the_formula_with_scipys_root():
    """Means, Ledoit and Wolf's covariances, and the root of their product, which is not symmetric."""
    x, y = drawn(2, 130, shift=0.4).vectors @ np.diag([3.0, 1.0, 1.0, 0.5, 0.1]), drawn(3, 110).vectors
    s, t = (LedoitWolf().fit(one).covariance_ for one in (x, y))
    difference = x.mean(axis=0) - y.mean(axis=0)
    expected = difference @ difference + np.trace(s + t - 2 * sqrtm(s @ t).real)
    assert frechet_distance(sample(x), sample(y)).value == pytest.approx(expected, rel=1e-9)


def test_equal_means_with_other_spreads_are_apart():
    """A cosine of the means would not see it: the same centre, three times the spread."""
    centred = drawn(4, 200).vectors
    centred -= centred.mean(axis=0)
    found = frechet_distance(sample(3.0 * centred + 1.0), sample(centred + 1.0))
    # every standard deviation s becomes 3 s, so that 4 s^2 each are added up: 5 dimensions of s about 1
    assert found.value == pytest.approx(4.0 * (centred**2).sum() / 200, rel=1e-6)
    assert found.low > 0.0


def test_fewer_documents_than_dimensions_have_a_distance():
    """A hundred documents in 150 dimensions, whose plain covariance has no inverse and a useless root."""
    near = frechet_distance(drawn(5, 100, 150), drawn(6, 100, 150)).value
    far = frechet_distance(drawn(5, 100, 150, scale=2.0), drawn(6, 100, 150)).value
    assert 0.0 < near < far


def test_turning_and_moving_change_nothing():
    """A rotation and a far origin leave it as it was; so does exchanging the samples."""
    x, y = drawn(7, 110, shift=0.3).vectors, drawn(8, 100).vectors
    expected = frechet_distance(sample(x), sample(y)).value
    turn = ortho_group.rvs(5, random_state=0)
    assert frechet_distance(sample(x @ turn + 1e4), sample(y @ turn + 1e4)).value == pytest.approx(expected, abs=1e-7)
    assert frechet_distance(sample(y), sample(x)).value == pytest.approx(expected, abs=1e-9)


def test_identical_and_constant_documents_are_at_zero():
    """Copies are at 0 (never below it), and so are constant vectors; a constant column alone does no harm."""
    x = drawn(9, 100).vectors
    x[:, 2] = 1.0 / 3.0
    assert frechet_distance(sample(x), sample(x)).value == pytest.approx(0.0, abs=1e-9)
    same = sample(np.full((100, 3), 1.0 / 3.0))
    found = frechet_distance(same, same)
    assert found.value == pytest.approx(0.0, abs=1e-20)
    moved = frechet_distance(sample(np.full((100, 2), 1.0)), sample(np.zeros((100, 2))))
    assert (moved.value, moved.low, moved.high) == (2.0, None, None)
    assert moved.reason == "nothing varies where documents are left out: no interval"


def test_under_a_hundred_documents_it_is_refused():
    """Ninety-nine are too few, with the reason."""
    found = frechet_distance(drawn(0, 99), drawn(1, 100))
    assert found.value is None
    assert found.reason == "got 99 synthetic and 100 real independent documents, expected at least 100 of either"
