"""Squared MMD: by hand, against the direct sum over pairs, of one law, and under turns, moves and other orders."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from scipy.stats import ortho_group

from synthlift.errors import NotApplicable
from synthlift.metrics import pairs
from synthlift.metrics.mmd import median_bandwidths, squared_mmd

ONE = np.array([1.0])


def drawn(seed, n, dimensions=5, shift=0.0):
    """Draw a normal sample."""
    return np.random.default_rng(seed).normal(shift, 1.0, (n, dimensions))


def direct(x, y, bandwidths):
    """Sum every kernel over every pair in plain loops, as equation 3 of Gretton et al. (2012) is written."""

    def kernel(a, b):
        squared = sum((p - q) ** 2 for p, q in zip(a, b, strict=True))
        return sum(math.exp(-squared / (2 * h * h)) for h in bandwidths)

    def within(sample):
        n = len(sample)
        return sum(kernel(sample[i], sample[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))

    between = sum(kernel(a, b) for a in x for b in y) / (len(x) * len(y))
    return within(x) + within(y) - 2 * between


def test_two_points_each_by_hand():
    """Pairs at distance 1 within, and 3, 4, 2, 3 between, give 2 e^-1/2 - (2 e^-9/2 + e^-8 + e^-2) / 2."""
    found = squared_mmd(np.array([[0.0], [1.0]]), np.array([[3.0], [4.0]]), ONE)
    between = (2 * math.exp(-4.5) + math.exp(-8.0) + math.exp(-2.0)) / 4
    assert found == pytest.approx(2 * math.exp(-0.5) - 2 * between, abs=1e-14)


def test_equal_samples_are_below_zero_by_hand():
    """A sample against itself: its own rows count between but not within, so e^-1/2 - 1 is left."""
    sample = np.array([[0.0], [1.0]])
    assert squared_mmd(sample, sample, ONE) == pytest.approx(math.exp(-0.5) - 1.0, abs=1e-14)


@pytest.mark.parametrize(("n_x", "n_y"), [(2, 2), (7, 7), (9, 4), (3, 12)])
@pytest.mark.parametrize("block", [1, 4, 1024])
def test_blocks_give_the_direct_sum(monkeypatch, n_x, n_y, block):
    """Whatever the size of a block, it is the sum over all pairs."""
    monkeypatch.setattr(pairs, "BLOCK", block)
    x, y, bandwidths = drawn(1, n_x), drawn(2, n_y, shift=0.7), np.array([0.5, 1.0, 3.0])
    assert squared_mmd(x, y, bandwidths) == pytest.approx(direct(x, y, bandwidths), abs=1e-13)


def test_one_law_gives_zero_on_average():
    """Over 600 pairs of samples of one law the mean is within three standard errors of 0, and many are negative."""
    bandwidths = median_bandwidths(drawn(0, 100, 3))
    values = np.array([squared_mmd(drawn(2 * i + 1, 15, 3), drawn(2 * i + 2, 15, 3), bandwidths) for i in range(600)])
    assert abs(values.mean()) < 3 * values.std() / math.sqrt(len(values))
    # keeping each row's pair with itself would lift every value by two times five kernels over 15
    assert abs(values.mean()) < 0.02
    assert 0.3 < (values < 0).mean() < 0.7


def test_it_estimates_the_distance_of_two_normal_laws():
    """For N(0, 1) and N(2, 1) and h = 1 it is 2 (1 - e^-4/6) / sqrt 3; the mean of 400 estimates is near."""
    truth = 2.0 * (1.0 - math.exp(-4.0 / 6.0)) / math.sqrt(3.0)
    values = np.array([squared_mmd(drawn(2 * i, 20, 1), drawn(2 * i + 1, 20, 1, 2.0), ONE) for i in range(400)])
    assert abs(values.mean() - truth) < 3 * values.std() / math.sqrt(len(values))


def test_farther_laws_are_farther():
    """It grows as one law moves away from the other."""
    real = drawn(0, 200)
    bandwidths = median_bandwidths(real)
    values = [squared_mmd(drawn(1, 200, shift=shift), real, bandwidths) for shift in (0.0, 0.3, 0.6, 1.2)]
    assert values == sorted(values)
    assert values[0] < 0.03 < values[1]


def test_turning_moving_and_reordering_change_nothing():
    """A rotation, a far origin, another order of rows and of the two samples leave it as it was."""
    x, y, bandwidths = drawn(3, 40), drawn(4, 30, shift=0.5), np.array([0.7, 2.0])
    expected = squared_mmd(x, y, bandwidths)
    turn = ortho_group.rvs(5, random_state=0)
    rng = np.random.default_rng(5)
    assert squared_mmd(x @ turn, y @ turn, bandwidths) == pytest.approx(expected, abs=1e-12)
    assert squared_mmd(x + 1e6, y + 1e6, bandwidths) == pytest.approx(expected, abs=1e-8)
    assert squared_mmd(rng.permutation(x), rng.permutation(y), bandwidths) == pytest.approx(expected, abs=1e-12)
    assert squared_mmd(y, x, bandwidths) == pytest.approx(expected, abs=1e-12)


def test_another_unit_changes_nothing():
    """Vectors ten times as long have bandwidths ten times as wide, and the same distance."""
    x, y = drawn(6, 30), drawn(7, 30, shift=1.0)
    expected = squared_mmd(x, y, median_bandwidths(y))
    assert squared_mmd(10 * x, 10 * y, median_bandwidths(10 * y)) == pytest.approx(expected, abs=1e-10)


def test_several_bandwidths_are_a_sum_of_kernels():
    """Two bandwidths give the sum of what each gives alone."""
    x, y = drawn(8, 20), drawn(9, 20, shift=1.0)
    each = [squared_mmd(x, y, np.array([h])) for h in (0.5, 2.0)]
    assert squared_mmd(x, y, np.array([0.5, 2.0])) == pytest.approx(sum(each), abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 60])
@pytest.mark.parametrize("block", [3, 1024])
def test_the_median_is_that_of_all_pairs(monkeypatch, n, block):
    """The third bandwidth is the lower median of scipy's pairwise distances, the others a quarter to four times it."""
    monkeypatch.setattr(pairs, "BLOCK", block)
    real = drawn(10, n)
    distances = np.sort(pdist(real))
    median = distances[(len(distances) - 1) // 2]
    assert median_bandwidths(real) == pytest.approx(median * np.array([0.25, 0.5, 1, 2, 4]), rel=1e-12)


def test_many_equal_distances_have_a_median_too():
    """Rows at the corners of a cube: most distances are tied, and the median is one of them."""
    corners = np.array([[a, b, c] for a in (0.0, 1.0) for b in (0.0, 1.0) for c in (0.0, 1.0)])
    # of 28 distances 12 are 1, 12 are sqrt 2, 4 are sqrt 3: the lower middle is the second kind
    assert median_bandwidths(corners)[2] == pytest.approx(math.sqrt(2.0), rel=1e-12)


def test_one_far_document_leaves_the_median_alone():
    """A document a thousand times as far as the others costs no digits that matter."""
    near = drawn(11, 50)
    with_far = np.vstack([near, np.full((1, 5), 1e3)])
    distances = np.sort(cdist(with_far, with_far)[np.triu_indices(51, 1)])
    assert median_bandwidths(with_far)[2] == pytest.approx(distances[(len(distances) - 1) // 2], rel=1e-8)


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_documents_are_refused(n):
    """One document has no pair; the reason says how many came and how many are needed."""
    reason = re.escape(f"got {n} documents, expected at least 2 in each sample")
    for x, y in ((drawn(0, n), drawn(1, 5)), (drawn(1, 5), drawn(0, n))):
        with pytest.raises(NotApplicable, match=reason):
            squared_mmd(x, y, ONE)
    with pytest.raises(NotApplicable, match=reason):
        median_bandwidths(drawn(0, n))


def test_what_is_not_a_number_is_refused():
    """A NaN or an infinity would make the distance one too."""
    for bad in (np.nan, np.inf):
        spoilt = drawn(0, 5)
        spoilt[2, 1] = bad
        with pytest.raises(NotApplicable, match="not finite"):
            squared_mmd(drawn(1, 5), spoilt, ONE)
        with pytest.raises(NotApplicable, match="not finite"):
            median_bandwidths(spoilt)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 / 3])
def test_equal_documents_give_no_bandwidth(value):
    """Where more than half of the distances are zero, the median says nothing, and rounding is not taken for it."""
    real = np.full((10, 3), value)
    real[0] += 1.0
    with pytest.raises(NotApplicable, match="distances are zero"):
        median_bandwidths(real)
