"""What a run can see and what more would tell, against arithmetic and simulated power."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthlift.stats.outcome import decide
from synthlift.stats.power import (
    Needed,
    minimum_detectable_effect,
    needed_to_decide,
    needed_to_tell,
    settled_delta,
)
from synthlift.stats.two_way import TwoWay, two_way

R, G = 6, 80
EFFECTS = (0.02, 0.15, 0.15)  # of replicate, of document, of their pair
N_STUDIES = 1500


def truth(value=0.0):
    """Give the estimate whose components are the true ones."""
    r, d, i = EFFECTS[0] ** 2 / R, EFFECTS[1] ** 2 / G, EFFECTS[2] ** 2 / (R * G)
    return TwoWay(value, r + i, d + i, i, R, G)


def studies(seed, means):
    """Yield estimates of independent contrasts with these true means, study by study."""
    rng, shape = np.random.default_rng(seed), (N_STUDIES, len(means))
    x = EFFECTS[0] * rng.standard_normal((*shape, R, 1)) + EFFECTS[1] * rng.standard_normal((*shape, 1, G))
    x += EFFECTS[2] * rng.standard_normal((*shape, R, G)) + np.array(means)[:, np.newaxis, np.newaxis]
    values = x.mean(axis=3)
    for v, u in zip(values, (x - values[..., np.newaxis]) / G, strict=True):
        yield [two_way(*one) for one in zip(v, u, strict=True)]


def power_of(outcome, seed, means, delta):
    """Return how often the outcome is said where the true differences are `means`, real first."""
    said = 0
    for real, *controls in studies(seed, means):
        named = {f"c{i}": estimate for i, estimate in enumerate(controls)}
        said += decide(real, named, delta=delta).outcome == outcome
    return said / N_STUDIES


def test_minimum_detectable_effect_by_hand():
    """One replicate, ten groups, K = 2: t(.975, 9) + t(1 - .2/3, 9) standard errors."""
    expected = (stats.t.ppf(0.975, 9) + stats.t.ppf(1 - 0.2 / 3, 9)) * 0.03
    assert minimum_detectable_effect(TwoWay(0.1, 0.0, 0.0009, 0.0, 1, 10), 2) == pytest.approx(expected)


@pytest.mark.parametrize("n_controls", [0, 1, 2])
def test_minimum_detectable_effect_has_its_power(n_controls):
    """True differences of that size, against real and K independent controls, are found in 80 % of studies.

    Chances of missing that are independent add up a little less than their sum: 1 - .2/3 cubed is 81.3 %.
    """
    effect = minimum_detectable_effect(truth(), n_controls)
    power = power_of("helps", 1, [effect] * (n_controls + 1), delta=1e-9)
    assert 0.80 - 3 * 0.0103 <= power <= 0.83 + 3 * 0.0103


def test_settled_delta_by_hand():
    """K = 3: t(1 - .025/3) + t(.8) standard errors."""
    expected = (stats.t.ppf(1 - 0.025 / 3, 9) + stats.t.ppf(0.8, 9)) * 0.03
    assert settled_delta(TwoWay(0.1, 0.0, 0.0009, 0.0, 1, 10), 3) == pytest.approx(expected)


@pytest.mark.parametrize("n_controls", [1, 2])
def test_settled_delta_is_settled(n_controls):
    """With true content 0 over one of K controls, *only-volume* is said in 80 % of studies at that delta."""
    delta = settled_delta(truth(), n_controls)
    far = [0.5] * (n_controls - 1)
    assert power_of("only-volume", 2, [0.5, 0.0, *far], delta) == pytest.approx(0.8, abs=3 * 0.0103)


def test_settled_delta_without_controls_is_of_no_effect():
    """With K = 0 only *no effect* can settle a true 0; it does in 80 % of studies, both limits included."""
    assert power_of("no-effect", 3, [0.0], settled_delta(truth(), 0)) == pytest.approx(0.8, abs=3 * 0.0103)


def test_no_variance_sees_everything():
    """Without variance any difference is seen and any delta settled."""
    nothing = TwoWay(0.0, 0.0, 0.0, 0.0, 5, 50)
    assert (minimum_detectable_effect(nothing, 2), settled_delta(nothing, 2)) == (0.0, 0.0)


def variance_at(n_replicates, n_groups):
    """Return the true variance and degrees of freedom of a study of this size, from the effects themselves."""
    i = EFFECTS[2] ** 2 / (n_replicates * n_groups)
    v_r, v_d = EFFECTS[0] ** 2 / n_replicates + i, EFFECTS[1] ** 2 / n_groups + i
    variance = v_r + v_d - i
    return variance, variance**2 / (v_r**2 / (n_replicates - 1) + v_d**2 / (n_groups - 1))


def reach(n_replicates, n_groups):
    """Return the difference that such a study tells with 80 % power."""
    variance, degrees = variance_at(n_replicates, n_groups)
    return (stats.t.ppf(0.975, degrees) + stats.t.ppf(0.8, degrees)) * np.sqrt(variance)


@pytest.mark.parametrize("margin", [0.035, 0.045, 0.05])
def test_needed_test_groups_meet_the_goal_and_few_less_do_not(margin):
    """At G' the margin is within reach; at 2 % less it is not."""
    n = needed_to_tell(truth(), margin).n_test_groups
    assert n is not None
    assert reach(R, n) <= margin < reach(R, round(0.98 * n) - 1)


@pytest.mark.parametrize("margin", [0.05, 0.052, 0.055])
def test_needed_replicates_meet_the_goal_and_few_less_do_not(margin):
    """At R' the margin is within reach; at 2 % and one less it is not."""
    n = needed_to_tell(truth(), margin).n_replicates
    assert n is not None
    assert reach(n, G) <= margin < reach(n - 1 - n // 50, G)


def test_nothing_tells_below_the_floor():
    """Where replicates alone, a/R, exceed the goal no number of documents tells; and the other way round."""
    floor_of_documents = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * EFFECTS[1] / np.sqrt(G)
    assert needed_to_tell(truth(), 0.99 * floor_of_documents).n_replicates is None
    floor_of_replicates = (stats.t.ppf(0.975, R - 1) + stats.t.ppf(0.8, R - 1)) * EFFECTS[0] / np.sqrt(R)
    assert needed_to_tell(truth(), 0.99 * floor_of_replicates).n_test_groups is None
    assert needed_to_tell(truth(), 1.01 * floor_of_replicates).n_test_groups is not None
    assert needed_to_tell(truth(), 0.0) == Needed(None, None)


def test_two_replicates_do_not_ask_for_hundreds():
    """Degrees of freedom grow with replicates: what ten would tell is not refused because two have one."""
    estimate = TwoWay(0.03, 4e-4, 1e-5, 1e-6, 2, 300)
    n = needed_to_tell(estimate, 0.03).n_replicates
    variance = (8e-4 - 2e-6) / 10 + 9e-6 + 2e-6 / 10
    assert n == 10
    assert (stats.t.ppf(0.975, 9) + stats.t.ppf(0.8, 9)) * np.sqrt(variance) < 0.031


def test_one_replicate_says_nothing_of_replicates():
    """From a single replicate no number of replicates can be planned."""
    needed = needed_to_tell(TwoWay(0.02, 0.0, 1e-4, 0.0, 1, 100), 0.02)
    assert needed.n_replicates is None
    assert needed_to_tell(TwoWay(0.05, 0.0, 1e-4, 0.0, 1, 100), 0.05) == Needed(101, None)
    n = needed.n_test_groups
    assert n == pytest.approx((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) ** 2 * 1e-4 * 100 / 0.02**2, rel=0.03)


def test_promised_replicates_deliver():
    """A study repeated with the replicates that were asked for tells the margin in 80 % of cases."""
    margin, start = (
        0.05,
        TwoWay(0.05, 0.02**2 / 3 + 0.15**2 / (3 * G), 0.15**2 / G + 0.15**2 / (3 * G), 0.15**2 / (3 * G), 3, G),
    )
    n = needed_to_tell(start, margin).n_replicates
    assert n is not None
    rng, told = np.random.default_rng(4), 0
    for _ in range(1000):
        x = margin + 0.02 * rng.standard_normal((n, 1)) + 0.15 * rng.standard_normal((1, G))
        x += 0.15 * rng.standard_normal((n, G))
        told += two_way(x.mean(axis=1), (x - x.mean(axis=1, keepdims=True)) / G).interval()[0] > 0
    assert 0.80 - 3 * 0.0126 <= told / 1000 <= 0.85 + 3 * 0.0126


def one(value, deviation=0.01):
    """Make an estimate of one replicate and a hundred groups."""
    return TwoWay(value, 0.0, deviation**2, 0.0, 1, 100)


def test_harm_is_told_by_real_alone():
    """Where the score falls, what is needed is what excludes 0 against real, however hard the controls."""
    real = one(-0.02)
    assert needed_to_decide(real, [one(-0.03, 0.05)], delta=0.01) == needed_to_tell(real, 0.02)


def test_a_help_is_told_when_the_hardest_control_is_beaten():
    """Where all gains are large, real and each of K controls share the chance of missing; all must stand out."""
    real, easy, hard = one(0.03), one(0.05), one(0.02, 0.02)
    expected = needed_to_tell(hard, 0.02, power=1 - 0.2 / 3)
    assert needed_to_decide(real, [easy, hard], delta=0.001).n_test_groups == expected.n_test_groups


def test_only_volume_is_told_by_the_nearest_control():
    """Where one control is level, its upper limit must fall below delta at its share of the level."""
    real, level, far = one(0.5, 0.001), one(0.0), one(0.4)
    expected = needed_to_tell(level, 0.02, alpha=0.05 / 2, power=0.9)
    assert needed_to_decide(real, [level, far], delta=0.02).n_test_groups == expected.n_test_groups


def test_a_control_that_is_ahead_leaves_delta_and_its_lead():
    """Behind a control by 0.01, with delta 0.02, the upper limit has 0.03 to clear, not 0.01 or 0.02."""
    real, ahead = one(0.5, 0.001), one(-0.01)
    expected = needed_to_tell(ahead, 0.03, power=0.9)
    assert needed_to_decide(real, [ahead], delta=0.02).n_test_groups == expected.n_test_groups


def test_no_effect_is_told_from_both_sides():
    """A true 0 against real must be shut in on both sides, which share the chance of missing."""
    real = one(0.0)
    assert needed_to_decide(real, [], delta=0.02) == needed_to_tell(real, 0.02, power=0.9)
