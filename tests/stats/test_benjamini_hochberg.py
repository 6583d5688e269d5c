"""Benjamini and Hochberg's adjustment, against the procedure as published."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.stats.multiplicity import benjamini_hochberg, holm


def step_up(p, level):
    """Reject by the published procedure: all up to the largest k whose p is at most k/m times the level."""
    order = np.argsort(p, kind="stable")
    passed = [k for k in range(1, len(p) + 1) if p[order[k - 1]] <= k / len(p) * level]
    return set(order[: max(passed, default=0)].tolist())


def test_by_hand():
    """Five p values worked out on paper, in the order given."""
    found = benjamini_hochberg(np.array([0.03, 0.005, 0.9, 0.04, 0.01]))
    assert found == pytest.approx([0.05, 0.025, 0.9, 0.05, 0.025])


@pytest.mark.parametrize("m", [1, 2, 5, 20])
def test_against_the_step_up_procedure(m):
    """Adjusted p at most the level means rejected by the step-up procedure, at every level, ties included."""
    rng = np.random.default_rng(m)
    for _ in range(50):
        p = np.round(rng.beta(0.5, 2.0, m), 2)
        q = benjamini_hochberg(p)
        # levels at which no comparison hangs on the last bit
        for level in rng.uniform(0.001, 1.0, 20):
            assert set(np.flatnonzero(q <= level).tolist()) == step_up(p, level)


def test_order_and_bounds():
    """Adjusted values follow their p, lie between p and Holm's, and keep the order of p."""
    rng = np.random.default_rng(0)
    p, order = rng.uniform(size=9), rng.permutation(9)
    q = benjamini_hochberg(p)
    assert benjamini_hochberg(p[order]) == pytest.approx(q[order])
    assert (q >= p - 1e-15).all()
    assert (q <= holm(p) + 1e-15).all()
    assert (np.diff(q[np.argsort(p)]) >= 0).all()


def test_no_p_values():
    """Nothing in, nothing out: a cell whose labels are all rare has no test."""
    assert benjamini_hochberg(np.zeros(0)).shape == (0,)


def test_the_false_discovery_rate_is_kept():
    """With 30 true nulls of 40 the mean share of false discoveries is about 0.05 * 30/40 (2,000 studies, +-0.0025)."""
    from scipy.special import ndtr

    rng = np.random.default_rng(1)
    shares = []
    for _ in range(2000):
        z = rng.normal(size=40) + np.where(np.arange(40) < 10, 3.0, 0.0)
        rejected = benjamini_hochberg(2.0 * ndtr(-np.abs(z))) <= 0.05
        shares.append(rejected[10:].sum() / max(rejected.sum(), 1))
    assert np.mean(shares) == pytest.approx(0.05 * 30 / 40, abs=0.0075)
