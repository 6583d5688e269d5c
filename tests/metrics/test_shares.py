"""Intervals of shares and medians over families: known values, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from synthlift.metrics.shares import clustered_mean, clustered_median, wilson


@pytest.mark.parametrize(("hits", "n"), [(0, 20), (3, 20), (10, 20), (200, 200)])
def test_wilson_is_scipys(hits, n):
    """The limits are those of scipy's binomial test, and hold the share itself at 0 and 1."""
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    found = wilson(hits / n, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert found.low <= found.value <= found.high


def test_copies_of_every_document_leave_the_interval_as_it_was():
    """Four equal answers of each family tell no more than one."""
    values = np.array([0.0, 1.0, 1.0, 0.0, 0.5, 1.0, 0.2])
    family = np.arange(7)
    once = clustered_mean(values, family)
    again = clustered_mean(np.tile(values, 4), np.tile(family, 4))
    assert (again.value, again.low, again.high) == pytest.approx((once.value, once.low, once.high))


def test_one_family_has_no_interval():
    """Of a single family nobody knows how families vary."""
    assert clustered_mean(np.array([0.0, 1.0]), np.array([3, 3])) is None
    assert clustered_mean(np.zeros(0), np.zeros(0, np.int64)) is None
    assert clustered_median(np.zeros(0), np.zeros(0, np.int64)) is None


def test_no_hit_counts_the_families():
    """Nothing found in 4 families of 100 documents leaves more room than nothing found in 400."""
    none = np.zeros(400)
    assert clustered_mean(none, np.arange(400) % 4).high > 10 * clustered_mean(none, np.arange(400)).high


def test_intervals_cover_where_documents_come_in_families():
    """Of 400 draws of 40 families 92 to 98 % hold the truth, of the mean and of the median; as if independent, not."""
    rng = np.random.default_rng(0)
    covered = np.zeros(3)
    for _ in range(400):
        family = np.repeat(np.arange(40), 6)
        values = np.clip(0.5 + 0.15 * rng.standard_normal(40)[family] + 0.05 * rng.standard_normal(240), 0, 1)
        for index, found in enumerate(
            (
                clustered_mean(values, family),
                clustered_median(values, family),
                clustered_mean(values, np.arange(240)),
            )
        ):
            covered[index] += found.low <= 0.5 <= found.high
    assert np.all((covered[:2] >= 368) & (covered[:2] <= 394)), covered
    assert covered[2] < 320


def test_a_median_among_equals():
    """Where most values are equal the median is theirs and the interval a point or wider, never beside it."""
    found = clustered_median(np.array([0.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]), np.arange(7))
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low <= 1.0
