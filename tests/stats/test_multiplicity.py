"""Holm's adjustment, against the procedure as published."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.stats.multiplicity import holm


def step_down(p, level):
    """Reject by the published procedure: the k-th smallest against level/(m - k + 1), until one fails."""
    rejected = set()
    for step, index in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        if p[index] > level / (len(p) - step):
            break
        rejected.add(index)
    return rejected


def test_by_hand():
    """Four p values worked out on paper, in the order given."""
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("m", [1, 2, 5, 12])
def test_against_the_step_down_procedure(m):
    """Adjusted p at most the level means rejected by the step-down procedure, at every level, ties included."""
    rng = np.random.default_rng(m)
    for _ in range(50):
        p = np.round(rng.beta(0.5, 2.0, m), 2)
        q = holm(p)
        for level in rng.uniform(0.001, 1.0, 20):
            assert set(np.flatnonzero(q <= level)) == step_down(p, level)


def test_order_does_not_matter_and_nothing_exceeds_one():
    """Adjusted values follow their p, stay in [p, 1], and keep the order of p."""
    rng = np.random.default_rng(0)
    p, order = rng.uniform(size=9), rng.permutation(9)
    q = holm(p)
    assert holm(p[order]) == pytest.approx(q[order])
    assert (q >= p).all()
    assert (q <= 1.0).all()
    assert (np.diff(q[np.argsort(p)]) >= 0).all()


def test_none_and_one():
    """One p value is its own adjustment; none gives none."""
    assert holm(np.array([0.2])).tolist() == [0.2]
    assert holm(np.array([])).tolist() == []


def test_family_wise_error():
    """With no true effect any adjusted p is at most 0.05 in about 5 % of families, also where tests are correlated."""
    rng = np.random.default_rng(1)
    errors = np.mean([holm(p).min() <= 0.05 for p in rng.uniform(size=(4000, 6))])
    assert 0.05 - 0.0025 - 3 * 0.0035 <= errors <= 0.05 + 3 * 0.0035
