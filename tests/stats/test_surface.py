"""Measured surfaces and the spread of their means, against t intervals, the two-way variance and noise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthlift.stats.surface import NO_SPREAD, Quantity, Surface, quantity, told_apart
from synthlift.stats.two_way import two_way

N = np.array([10.0, 20.0, 40.0])
M = np.zeros(3)


def rng(*key):
    return np.random.default_rng(key)


def test_the_interval_of_a_mean_of_few_replicates_is_the_t_interval():
    """With five replicates the draws of one point's mean are Student's with 4 degrees of freedom, not narrower."""
    score = 0.5 + 0.01 * rng(1).standard_normal((5, 3))
    surface = Surface(N, M, score)
    drawn = surface.draws(100_000, rng(2))
    for point in range(3):
        test = stats.ttest_1samp(score[:, point], 0.5).confidence_interval()
        told = quantity(surface.mean[point], drawn[:, point])
        assert told.low == pytest.approx(test.low, abs=3e-4)
        assert told.high == pytest.approx(test.high, abs=3e-4)


def test_points_that_share_replicates_move_together():
    """A difference of points is told by its own spread: what replicates have in common cancels."""
    common = rng(3).standard_normal((10, 1))
    surface = Surface(N, M, 0.5 + 0.1 * common + 1e-4 * rng(4).standard_normal((10, 3)))
    drawn = surface.draws(2000, rng(5))
    assert np.std(drawn[:, 1]) > 0.02
    assert np.std(drawn[:, 1] - drawn[:, 0]) < 1e-4


def test_replicates_and_test_groups_both_count():
    """The variance of the draws is V_r + V_d of the two-way interval, each made wider by its Student's t."""
    score, influence = 0.5 + 0.01 * rng(6).standard_normal((9, 3)), 0.01 * rng(7).standard_normal((9, 3, 12))
    influence -= influence.mean(axis=-1, keepdims=True)
    drawn = Surface(N, M, score, influence).draws(200_000, rng(8))
    for point in range(3):
        parts = two_way(score[:, point], influence[:, point])
        expected = parts.v_replicates * 8 / 6 + parts.v_documents * 11 / 9
        assert drawn[:, point].var() == pytest.approx(expected, rel=0.05)


def test_nothing_that_varies_gives_no_interval_and_says_why():
    """One replicate, and replicates that are all alike, have values and a reason in place of limits."""
    for score in (np.full((1, 3), 0.5), np.full((4, 3), 0.5)):
        surface = Surface(N, M, score)
        drawn = surface.draws(50, rng(9))
        assert drawn.shape == (0, 3)
        assert quantity(surface.mean[0], drawn[:, 0]) == Quantity(0.5, None, None, NO_SPREAD)
        assert not told_apart(surface.mean, drawn)


def test_equal_values_are_told_apart_in_at_most_five_per_cent():
    """The widest of 55 differences between eleven equal values is seldom taken for a difference."""
    found = 0
    for study in range(200):
        score = 0.5 + 0.01 * rng(10, study).standard_normal((10, 11))
        surface = Surface(np.arange(1.0, 12.0), np.zeros(11), score)
        found += told_apart(surface.mean, surface.draws(300, rng(11, study)))
    assert found <= 10


def test_a_real_difference_is_told_apart():
    """One value that lies seven standard errors from the others is found."""
    score = 0.5 + 0.01 * rng(12).standard_normal((10, 11))
    score[:, 4] += 0.022
    surface = Surface(np.arange(1.0, 12.0), np.zeros(11), score)
    assert told_apart(surface.mean, surface.draws(1000, rng(13)))


@pytest.mark.parametrize(
    ("n_real", "n_synthetic", "score", "message"),
    [
        (N, M[:2], np.zeros((2, 3)), "expected .n_points"),
        (N, M, np.zeros((2, 4)), "expected .n_points"),
        (N, M, np.zeros((0, 3)), "scores that are none"),
        (N, M, np.full((2, 3), np.nan), "not finite"),
        (N, M, np.full((2, 3), 50.0), "above 1"),
        (N - 20.0, M, np.zeros((2, 3)), "negative"),
        (np.zeros(3), np.array([0.0, 1.0, 2.0]), np.zeros((2, 3)), "empty"),
        (np.array([5.0, 5.0, 6.0]), M, np.zeros((2, 3)), "twice"),
    ],
)
def test_what_is_no_surface_is_refused(n_real, n_synthetic, score, message):
    """Shapes that disagree and points or scores that cannot be are bad arguments."""
    with pytest.raises(ValueError, match=message):
        Surface(n_real, n_synthetic, score)


def test_influences_must_fit_the_scores():
    """Influences of other replicates, or of one group, are a bad argument."""
    for shape in ((3, 3, 5), (2, 3, 1)):
        with pytest.raises(ValueError, match="got influences"):
            Surface(N, M, np.zeros((2, 3)), np.zeros(shape))
