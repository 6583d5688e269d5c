"""Differences of correlations: published values, limits that must agree, and how often intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthlift.stats.correlation import compare_correlations
from synthlift.stats.correlation_differences import compare_nonoverlapping, compare_overlapping


def test_the_published_sign_flip():
    """Correlations of 0.95 and -0.73 of 14 points each: z = 6.47, interval [1.26, 1.86]."""
    found = compare_correlations(0.95, 14, -0.73, 14)
    assert round(found.z, 2) == 6.47
    assert found.p == pytest.approx(2 * stats.norm.sf(found.z))
    assert (round(found.low, 2), round(found.high, 2)) == (1.26, 1.86)
    assert found.difference == pytest.approx(1.68)


def test_zou_independent():
    """Zou (2007), first example: .49 (145) and .36 (87) give -.087 to .359."""
    found = compare_correlations(0.49, 145, 0.36, 87)
    assert (round(found.low, 3), round(found.high, 3)) == (-0.087, 0.359)


def test_zou_overlapping():
    """Zou (2007), second example: .396 and .179, the others .088, n = 66, give -.093 to .517."""
    found = compare_overlapping(0.396, 0.179, 0.088, 66)
    assert (round(found.low, 3), round(found.high, 3)) == (-0.093, 0.517)


def test_zou_nonoverlapping():
    """Zou (2007), third example gives -.096 to .500.

    The paper works with a covariance of .0917 where its formula has .0891 (Diedenhofen & Musch, tests of their package
    cocor, 2013): exactly it is .501.
    """
    found = compare_nonoverlapping(0.396, 0.189, r_jh=0.208, r_jm=0.143, r_kh=0.023, r_km=0.423, n=66)
    assert (found.low, found.high) == pytest.approx((-0.096, 0.500), abs=1.5e-3)
    assert (round(found.low, 3), round(found.high, 3)) == (-0.096, 0.501)


def test_z_of_independent_correlations():
    """The textbook z: .92 (60), .82 (50) is 2.19, .4 (100), .5 (100) is -0.8751012342 (the same tests of cocor)."""
    assert compare_correlations(0.92, 60, 0.82, 50).z == pytest.approx(2.19, abs=0.005)
    found = compare_correlations(0.4, 100, 0.5, 100)
    assert (found.z, found.p) == pytest.approx((-0.8751012342, 0.3815188256), abs=1e-10)


def test_z_of_dependent_correlations():
    """Dunn & Clark (1969): .3, .4 with .5 between, n = 100, z = -1.0730, p = .2833; without overlap -1.0723, .2836."""
    found = compare_overlapping(0.3, 0.4, 0.5, 100)
    assert (round(found.z, 4), round(found.p, 4)) == (-1.0730, 0.2833)
    found = compare_nonoverlapping(0.3, 0.4, r_jh=0.5, r_kh=0.6, r_km=0.7, r_jm=0.8, n=100)
    assert (round(found.z, 4), round(found.p, 4)) == (-1.0723, 0.2836)


def test_limits_of_each_other():
    """Four variables of which two are the same overlap; four of which none crosses are two samples of one size."""
    three = compare_overlapping(0.6, 0.3, 0.2, 40)
    four = compare_nonoverlapping(0.6, 0.3, r_jh=1.0, r_jm=0.3, r_kh=0.6, r_km=0.2, n=40)
    assert (four.z, four.low, four.high) == pytest.approx((three.z, three.low, three.high))
    apart = compare_nonoverlapping(0.6, 0.3, r_jh=0.0, r_jm=0.0, r_kh=0.0, r_km=0.0, n=40)
    assert (apart.z, apart.low, apart.high) == pytest.approx(
        [getattr(compare_correlations(0.6, 40, 0.3, 40), field) for field in ("z", "low", "high")]
    )


def test_exchange_turns_the_sign():
    """The second less the first is minus the first less the second, limits exchanged."""
    one, other = compare_correlations(0.7, 12, -0.1, 30), compare_correlations(-0.1, 30, 0.7, 12)
    assert (other.z, other.low, other.high, other.p) == pytest.approx((-one.z, -one.high, -one.low, one.p))
    one, other = compare_overlapping(0.7, 0.1, 0.3, 20), compare_overlapping(0.1, 0.7, 0.3, 20)
    assert (other.z, other.low, other.high) == pytest.approx((-one.z, -one.high, -one.low))


def test_null_with_a_reason():
    """Under four points, at |r| = 1 and where both are the same correlation, the difference stands alone."""
    few, line = compare_correlations(0.5, 3, 0.2, 90), compare_correlations(1.0, 9, 0.2, 9)
    same = compare_overlapping(0.5, 0.5, 1.0, 20)
    for found, difference, reason in ((few, 0.3, "3 points"), (line, 0.8, "infinite"), (same, 0.0, "are one")):
        assert (found.z, found.p, found.low, found.high) == (None,) * 4
        assert found.difference == pytest.approx(difference)
        assert reason in found.reason


def test_bad_arguments():
    """What is no correlation, or no matrix of correlations, is the caller's mistake."""
    for r in (1.01, float("nan")):
        with pytest.raises(ValueError, match="from -1 to 1"):
            compare_correlations(0.5, 10, r, 10)
    with pytest.raises(ValueError, match="expected a number of points"):
        compare_correlations(0.5, -1, 0.2, 10)
    with pytest.raises(ValueError, match="no 3 variables"):
        compare_overlapping(0.9, -0.9, 0.9, 10)
    with pytest.raises(ValueError, match="no 4 variables"):
        compare_nonoverlapping(0.9, 0.9, r_jh=0.9, r_jm=0.9, r_kh=0.9, r_km=-0.9, n=10)


def correlations(samples):
    """Correlate the columns of each sample, ``(n_samples, k, k)``."""
    centred = samples - samples.mean(axis=1, keepdims=True)
    products = np.einsum("sni,snj->sij", centred, centred)
    size = np.sqrt(np.einsum("sii->si", products))
    return products / size[:, :, np.newaxis] / size[:, np.newaxis]


@pytest.mark.parametrize(("one", "other"), [(0.8, 0.2), (-0.5, -0.5)])
def test_independent_intervals_hold_the_truth(one, other):
    """Of 2,000 pairs of samples 93.5 to 96.5 % of intervals hold the difference; equal ones differ in 4 to 6 %."""
    rng = np.random.default_rng(3)
    first, second = (
        correlations(rng.multivariate_normal([0, 0], [[1, r], [r, 1]], (2000, n)))[:, 0, 1]
        for r, n in ((one, 14), (other, 20))
    )
    found = [compare_correlations(float(a), 14, float(b), 20) for a, b in zip(first, second, strict=True)]
    assert 0.935 < np.mean([f.low <= one - other <= f.high for f in found]) < 0.965
    if one == other:
        assert 0.04 < np.mean([f.p <= 0.05 for f in found]) < 0.06


@pytest.mark.parametrize("between", [0.8, 0.3])
def test_dependent_intervals_hold_the_truth(between):
    """Points shared by both: 93.5 to 96.5 % of intervals hold 0, and 4 to 6 % of tests reject it, at n = 20."""
    rng = np.random.default_rng(4)
    truth = np.array([[1, 0.5, 0.5, 0.3], [0.5, 1, between, 0.3], [0.5, between, 1, 0.5], [0.3, 0.3, 0.5, 1]])
    r = correlations(rng.multivariate_normal(np.zeros(4), truth, (2000, 20))).tolist()
    overlapping = [compare_overlapping(m[0][1], m[0][2], m[1][2], 20) for m in r]
    apart = [
        compare_nonoverlapping(m[0][1], m[2][3], r_jh=m[0][2], r_jm=m[0][3], r_kh=m[1][2], r_km=m[1][3], n=20)
        for m in r
    ]
    for found in (overlapping, apart):
        assert 0.935 < np.mean([f.low <= 0.0 <= f.high for f in found]) < 0.965
        assert 0.04 < np.mean([f.p <= 0.05 for f in found]) < 0.065
    # taken as independent they would nearly never differ
    if between == 0.8:
        alone = [compare_correlations(m[0][1], 20, m[0][2], 20) for m in r]
        assert np.mean([f.p <= 0.05 for f in alone]) < 0.01
