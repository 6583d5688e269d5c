"""The kernel distance's p and interval: against plain loops, by simulation, with clusters and without."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import kstest, t

from synthlift.metrics import pairs, two_sample
from synthlift.metrics.mmd import gaussian, median_bandwidths, mmd
from synthlift.metrics.samples import sample
from synthlift.metrics.two_sample import kernel_distance, kernel_value

ONE = np.array([1.0])


def drawn(rng, n_clusters, size, alike, shift=0.0, dimensions=3):
    """Draw families of documents whose members have a part of their place in common."""
    cluster = np.repeat(np.arange(n_clusters), size)
    common = rng.normal(size=(n_clusters, dimensions))[cluster]
    own = rng.normal(size=(len(cluster), dimensions))
    return sample(shift + np.sqrt(alike) * common + np.sqrt(1 - alike) * own, cluster)


def direct(rows, cluster, is_first, bandwidths):
    """Index the whole kernel: means over pairs of different clusters."""
    kernel = sum(np.exp(-cdist(rows, rows, "sqeuclidean") / (2 * h * h)) for h in bandwidths)
    is_pair = cluster[:, np.newaxis] != cluster

    def mean(left, right):
        at = np.ix_(left, right)
        return kernel[at][is_pair[at]].mean()

    return mean(is_first, is_first) + mean(~is_first, ~is_first) - 2 * mean(is_first, ~is_first)


def pooled(x, y):
    """Put both samples together, with clusters of their own."""
    return np.concatenate([x.vectors, y.vectors]), np.concatenate([x.cluster, y.cluster + x.n_clusters])


@pytest.mark.parametrize("block", [4, 1024])
@pytest.mark.parametrize("chunk", [3, 256])
def test_all_permutations_at_once_are_each_of_them(monkeypatch, block, chunk):
    """One pass gives the distance of every dealing of uneven clusters that the indexed kernel gives."""
    monkeypatch.setattr(pairs, "BLOCK", block)
    monkeypatch.setattr(two_sample, "CHUNK", chunk)
    rng = np.random.default_rng(0)
    x = sample(rng.normal(size=(9, 2)), np.array([0, 0, 0, 1, 2, 2, 3, 4, 4]))
    y = sample(rng.normal(0.5, 1.0, size=(7, 2)), np.array([0, 1, 1, 2, 3, 4, 4]))
    plan = two_sample._pooled(x, y, np.random.default_rng(1), 10)
    found = two_sample._distances(two_sample._summed(x, y, gaussian(np.array([0.5, 2.0])), plan), plan)
    rows, cluster = pooled(x, y)
    expected = [direct(rows, cluster, dealt[cluster] == 1, [0.5, 2.0]) for dealt in plan.dealt.T]
    assert found == pytest.approx(np.array(expected), abs=1e-13)
    assert (plan.dealt.sum(axis=0) == x.n_clusters).all()
    assert len(set(map(tuple, plan.dealt.T))) > 5


def test_the_interval_leaves_out_each_cluster():
    """Its variance is both samples' jackknife and the permutations', all in plain loops; Student's degrees follow."""
    rng = np.random.default_rng(2)
    x, y = drawn(rng, 20, 2, 0.5), drawn(rng, 25, 1, 0.0, 1.0)
    found = mmd(x, y, ONE, np.random.default_rng(3), 30)
    rows, cluster = pooled(x, y)
    is_first = np.arange(len(rows)) < len(x)
    parts = []
    for clusters in (range(20), range(20, 45)):
        without = [direct(rows[k], cluster[k], is_first[k], ONE) for k in (cluster != c for c in clusters)]
        parts.append((len(clusters) - 1) * np.var(without))
    dealt = two_sample._pooled(x, y, np.random.default_rng(3), 30).dealt[:, 1:]
    parts.append(np.var([direct(rows, cluster, one[cluster] == 1, ONE) for one in dealt.T]))
    degrees = sum(parts) ** 2 / (parts[0] ** 2 / 19 + parts[1] ** 2 / 24 + parts[2] ** 2 / 30)
    half = t.ppf(0.975, degrees) * np.sqrt(sum(parts))
    assert found.value == pytest.approx(direct(rows, cluster, is_first, ONE), abs=1e-13)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=1e-9)


@pytest.mark.parametrize(("n_clusters", "size"), [(30, 1), (20, 4)])
def test_p_is_uniform_under_one_law(n_clusters, size):
    """Over 250 pairs of samples of one law p is uniform, also where documents come in families."""
    bandwidths = median_bandwidths(np.random.default_rng(0).normal(size=(100, 3)))
    found = []
    for i in range(250):
        rng = np.random.default_rng(i)
        x, y = drawn(rng, n_clusters, size, 0.6), drawn(rng, n_clusters, size, 0.6)
        found.append(mmd(x, y, bandwidths, rng, 99))
    p = np.array([one.p for one in found])
    assert kstest(p - 0.005, "uniform").pvalue > 0.01
    assert (p <= 0.05).mean() < 0.09
    # pairs within a family would lift every value
    values = np.array([one.value for one in found])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(250)


def test_clusters_taken_for_documents_would_err():
    """The same families with each document on its own are found different far too often: what clusters are for."""
    p = []
    for i in range(60):
        rng = np.random.default_rng(i)
        x, y = (sample(drawn(rng, 20, 4, 0.6).rows) for _ in range(2))
        p.append(mmd(x, y, ONE, rng, 99).p)
    assert (np.array(p) <= 0.05).mean() > 0.4


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0])
def test_the_interval_covers_the_distance_of_two_normal_laws(shift):
    """For N(0, 1), N(s, 1) and h = 1 it is 2 (1 - e^(-s^2/6)) / sqrt 3, in 92 of 100 intervals or more."""
    truth = 2.0 * (1.0 - np.exp(-(shift**2) / 6.0)) / np.sqrt(3.0)
    n_held = 0
    for i in range(200):
        rng = np.random.default_rng(1000 + i)
        found = mmd(drawn(rng, 40, 1, 0.0, shift, 1), drawn(rng, 40, 1, 0.0, 0.0, 1), ONE, rng, 99)
        n_held += found.low <= truth <= found.high
    assert n_held / 200 >= 0.92


def test_identical_corpora_are_at_zero_with_a_p_of_one():
    """Two copies of one sample: just below 0: a row and itself count between, not within."""
    rng = np.random.default_rng(0)
    same = sample(rng.normal(size=(60, 4)))
    found = mmd(same, same, median_bandwidths(same.vectors), rng)
    assert -0.12 < found.value < 0.0
    assert found.p > 0.99


def test_different_laws_have_the_least_p():
    """Far samples are farther than all permutations: p is 1 / (1 + 199), and the interval excludes 0."""
    rng = np.random.default_rng(0)
    found = mmd(drawn(rng, 40, 1, 0.0, 3.0), drawn(rng, 40, 1, 0.0), ONE, rng, 199)
    assert found.p == 1 / 200
    assert 0.0 < found.low < found.value < found.high


def test_constant_documents_tie_with_every_permutation():
    """Where all vectors are one, the distance is 0 and p 1, with no interval but a reason."""
    same = sample(np.full((30, 3), 1.0 / 3.0))
    found = mmd(same, same, ONE, np.random.default_rng(0))
    assert abs(found.value) < 1e-12
    assert found.p == 1.0


def test_the_value_alone_is_the_same_value():
    """`kernel_value` skips permutations and interval and changes nothing else; no permutations are an error."""
    rng = np.random.default_rng(3)
    x, y = drawn(rng, 20, 2, 0.5), drawn(rng, 20, 2, 0.5)
    value = kernel_value(x, y, gaussian(ONE))
    assert kernel_distance(x, y, gaussian(ONE), rng, 99).value == pytest.approx(value, abs=1e-14)
    with pytest.raises(ValueError, match="got 0 permutations"):
        kernel_distance(x, y, gaussian(ONE), rng, 0)


def test_a_seed_gives_one_p():
    """Equal streams deal equally."""
    rng = np.random.default_rng(4)
    x, y = drawn(rng, 25, 1, 0.0), drawn(rng, 25, 1, 0.0)
    assert mmd(x, y, ONE, np.random.default_rng(5)) == mmd(x, y, ONE, np.random.default_rng(5))


def test_under_twenty_clusters_mmd_is_refused():
    """Nineteen families are too few however many their documents; bad bandwidths are an error."""
    rng = np.random.default_rng(6)
    found = mmd(drawn(rng, 19, 5, 0.5), drawn(rng, 40, 1, 0.0), ONE, rng)
    assert (found.value, found.low, found.high, found.p) == (None, None, None, None)
    assert (found.n_synthetic, found.n_real) == (95, 40)
    assert found.reason == "got 19 synthetic and 40 real independent documents, expected at least 20 of either"
    for bad in ([], [0.0], [np.nan], [-1.0]):
        with pytest.raises(ValueError, match="expected positive numbers"):
            mmd(drawn(rng, 30, 1, 0.0), drawn(rng, 30, 1, 0.0), np.array(bad), rng)
