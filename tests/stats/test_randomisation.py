"""The randomisation p: by hand, by a plain loop, and uniform where the arms are exchangeable."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from synthlift.randomness import stream
from synthlift.stats.randomisation import dealt, randomisation_p


def f1(tp, z):
    return 2.0 * tp / z if z else 0.0


def difference(plus, minus):
    """Say it as the formula does: F1 of either arm in each replicate, then the mean difference."""
    sides = zip(*plus, *minus, strict=True)
    return float(np.mean([f1(a.sum(), b.sum()) - f1(c.sum(), d.sum()) for a, b, c, d in sides]))


def counts(rng, n_replicates, n_groups, skill):
    true = rng.integers(1, 4, n_groups)
    z = true + rng.integers(0, 4, (n_replicates, n_groups))
    tp = rng.binomial(np.minimum(true, z - true), skill)
    return tp.astype(float), z.astype(float)


def test_by_hand_three_groups_that_all_favour_one_arm():
    """Of the eight ways to deal three groups two are as extreme: p is 1/4."""
    right, wrong, z = np.ones((1, 3)), np.zeros((1, 3)), np.full((1, 3), 2.0)
    p = randomisation_p((right, z), (wrong, z), dealt(3, stream(1), 40_000))
    assert p == pytest.approx(0.25, abs=0.01)


def test_all_deals_of_ten_groups_in_a_plain_loop():
    """With ten groups all 1,024 deals can be tried one by one: their share is the p, with replicates dealt together."""
    rng = stream(2)
    plus, minus = counts(rng, 3, 10, 0.8), counts(rng, 3, 10, 0.5)
    observed = abs(difference(plus, minus))
    extreme = 0
    for keeps in itertools.product([True, False], repeat=10):
        keep = np.array(keeps)
        one = tuple(np.where(keep, a, b) for a, b in zip(plus, minus, strict=True))
        other = tuple(np.where(keep, b, a) for a, b in zip(plus, minus, strict=True))
        extreme += abs(difference(one, other)) >= observed - 1e-12
    p = randomisation_p(plus, minus, dealt(10, stream(3), 40_000))
    assert 0.0 < extreme / 1024 < 0.9
    assert p == pytest.approx(extreme / 1024, abs=0.01)


def test_equal_arms_have_no_evidence_against_them():
    """Two arms with the same answers have p = 1, and nothing predicted anywhere is no division by zero."""
    arm = counts(stream(4), 2, 20, 0.6)
    assert randomisation_p(arm, arm, dealt(20, stream(5), 99)) == 1.0
    nothing = (np.zeros((1, 5)), np.zeros((1, 5)))
    assert randomisation_p(nothing, nothing, dealt(5, stream(6), 99)) == 1.0


def test_p_has_a_floor_and_does_not_depend_on_which_arm_is_first():
    """The smallest p is 1 / (B + 1); swapping the arms changes nothing."""
    right, wrong, z = np.ones((2, 60)), np.zeros((2, 60)), np.full((2, 60), 2.0)
    assert randomisation_p((right, z), (wrong, z), dealt(60, stream(7), 199)) == 1 / 200
    one, other = counts(stream(8), 2, 30, 0.7), counts(stream(9), 2, 30, 0.6)
    deals = dealt(30, stream(10), 499)
    assert randomisation_p(one, other, deals) == randomisation_p(other, one, deals)


def test_where_the_arms_are_exchangeable_p_is_uniform():
    """In 400 null studies p falls below 0.05 in about 5 % and below 0.5 in about half (99.9 % limits)."""
    ps = []
    for study in range(400):
        rng = stream(11, study)
        ps.append(randomisation_p(counts(rng, 2, 40, 0.6), counts(rng, 2, 40, 0.6), dealt(40, rng, 199)))
    below = np.array(ps)
    assert 0.02 <= (below <= 0.05).mean() <= 0.095
    assert 0.41 <= (below <= 0.5).mean() <= 0.59


def test_the_same_seed_deals_the_same_and_sums_are_exact():
    """Deals are zeros and ones, about half each, the same for one seed; large counts are summed without rounding."""
    deals = dealt(700, stream(12), 50)
    assert np.array_equal(deals, dealt(700, stream(12), 50))
    assert set(np.unique(deals)) == {0.0, 1.0}
    assert 0.48 < deals.mean() < 0.52
    count = np.arange(700.0) * 13 % 997
    assert np.array_equal((deals @ count.astype(np.float32)).astype(float), deals.astype(float) @ count)
