"""Energy distance: by hand, as scipy's in one dimension, in plain loops in several."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from synthlift.metrics.energy import energy_distance
from synthlift.metrics.samples import sample


def drawn(seed, n, dimensions=4, shift=0.0):
    """Draw a normal sample."""
    return sample(np.random.default_rng(seed).normal(shift, 1.0, (n, dimensions)))


def measured(x, y, seed=0, n_permutations=9):
    """Measure with few permutations."""
    return energy_distance(x, y, np.random.default_rng(seed), n_permutations)


def mean_distances(x, y):
    """Average the distances between, and within with each row's own, in plain loops."""

    def mean(left, right):
        return float(np.mean([[np.sqrt(((a - b) ** 2).sum()) for b in right] for a in left]))

    return mean(x, y), mean(x, x), mean(y, y)


@pytest.mark.parametrize("shift", [0.0, 1.0, 10.0])
def test_in_one_dimension_it_is_scipys(shift):
    """Scipy's squared has a row's distance to itself in the means: put back, it is ours."""
    x, y = drawn(0, 30, 1, shift), drawn(1, 45, 1)
    _, within_x, within_y = mean_distances(x.vectors, y.vectors)
    biased = measured(x, y).value + within_x / 29 + within_y / 44
    assert biased == pytest.approx(scipy.stats.energy_distance(x.vectors.ravel(), y.vectors.ravel()) ** 2, abs=1e-6)


def test_in_several_dimensions_it_is_the_direct_formula():
    """Twice the mean between, less the means over pairs of different rows within."""
    x, y = drawn(2, 25, shift=0.5), drawn(3, 32)
    between, within_x, within_y = mean_distances(x.vectors, y.vectors)
    expected = 2 * between - within_x * 25 / 24 - within_y * 32 / 31
    assert measured(x, y).value == pytest.approx(expected, abs=1e-12)


def test_two_places_are_twice_their_distance():
    """All documents at 0 against all at 3: nothing within, so 2 x 3, and no dealing is as far."""
    found = measured(sample(np.zeros((20, 1))), sample(np.full((20, 1), 3.0)), n_permutations=999)
    assert found.value == pytest.approx(6.0, abs=1e-12)
    assert found.p == 1 / 1000


def test_the_unit_is_that_of_the_vectors():
    """Vectors ten times as long are ten times as far apart, and p is the same."""
    x, y = drawn(4, 30, shift=0.3), drawn(5, 30)
    near = measured(x, y, n_permutations=199)
    far = measured(sample(10 * x.vectors), sample(10 * y.vectors), n_permutations=199)
    assert far.value == pytest.approx(10 * near.value, rel=1e-9)
    assert far.p == near.p


def test_equal_laws_are_at_zero_on_average():
    """Over 300 pairs of samples the mean is within three standard errors of 0."""
    values = np.array([measured(drawn(2 * i, 20), drawn(2 * i + 1, 20)).value for i in range(300)])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(300)
    assert 0.3 < (values < 0).mean() < 0.75


def test_under_twenty_documents_it_is_refused():
    """Nineteen are too few, with the reason."""
    found = measured(drawn(0, 19), drawn(1, 30))
    assert (found.value, found.low, found.p) == (None, None, None)
    assert found.reason.startswith("got 19 synthetic and 30 real")
