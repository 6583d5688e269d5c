"""The verdict table, against a plain reading of it and under planted nulls."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from synthlift.stats.outcome import decide
from synthlift.stats.two_way import TwoWay, two_way

DELTA = 0.01
G = 40


def of(value, deviation, n_groups=G):
    """Make an estimate of one replicate with this standard error."""
    return TwoWay(value, 0.0, deviation**2, 0.0, 1, n_groups)


def plain_limit(value, deviation, probability):
    """Return the one-sided limit, by scipy."""
    return value + stats.t.ppf(probability, G - 1) * deviation if deviation else value


def plain_table(real, controls, alpha, complete):
    """Read the table of method section 5 line by line; pairs are (value, standard error)."""
    lower = plain_limit(*real, alpha / 2)
    upper = plain_limit(*real, 1 - alpha / 2)
    if lower > -DELTA and upper < DELTA:
        return "no-effect"
    if upper < 0:
        return "harms"
    if not complete:
        return "cannot-tell"
    K = len(controls)
    if lower > 0 and any(plain_limit(*control, 1 - alpha / 2 / K) < DELTA for control in controls):
        return "only-volume"
    if lower > 0 and all(plain_limit(*control, alpha / 2) > 0 for control in controls):
        return "helps"
    return "cannot-tell"


REALS = list(itertools.product((-0.03, -0.005, 0.0, 0.004, 0.03), (0.0, 0.002, 0.0045, 0.02)))
CONTROLS = list(itertools.product((-0.02, 0.0, 0.005, 0.03), (0.0, 0.0021, 0.01)))


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 7])
@pytest.mark.parametrize("n_controls", [0, 1, 2, 3])
def test_truth_table(n_controls, alpha):
    """On a grid of values and standard errors, for real and 0 to 3 controls, the outcome is that of the plain table."""
    seen = set()
    for real in REALS:
        for controls in itertools.combinations_with_replacement(CONTROLS, n_controls):
            named = {f"c{i}": of(*control) for i, control in enumerate(controls)}
            outcome = decide(of(*real), named, delta=DELTA, alpha=alpha).outcome
            assert outcome == plain_table(real, controls, alpha, complete=True), (real, controls)
            seen.add(outcome)
    assert seen == {"helps", "no-effect", "harms", "cannot-tell"} | ({"only-volume"} if n_controls else set())


def test_truth_table_with_a_missing_control():
    """With a control missing, *no effect* and *harms* can be said, which rest on real alone, and nothing else."""
    for real, control in itertools.product(REALS, CONTROLS):
        outcome = decide(of(*real), {"c": of(*control)}, delta=DELTA, complete=False).outcome
        assert outcome == plain_table(real, [control], 0.05, complete=False)
        assert outcome not in {"helps", "only-volume"}


@pytest.mark.parametrize("value", [-DELTA, DELTA])
def test_a_difference_of_exactly_delta_is_an_effect(value):
    """The limits must lie inside delta, not on it."""
    assert decide(of(value, 0.0), {}, delta=DELTA).outcome == ("harms" if value < 0 else "helps")


def test_a_difference_of_exactly_zero_is_not_beaten():
    """A control that is level, exactly, is not beaten; with no spread at all that is only volume."""
    assert decide(of(0.05, 0.0), {"c": of(0.0, 0.0)}, delta=DELTA).outcome == "only-volume"


def test_limits_of_exactly_zero_or_delta_decide_nothing():
    """An upper limit of 0 is no harm, a lower limit of 0 is not beaten, an upper limit of delta is worth having."""
    below, above = of(0.0, 0.02).interval()
    assert decide(of(-above, 0.02), {}, delta=DELTA).outcome == "cannot-tell"
    assert decide(of(-below, 0.02), {}, delta=DELTA).outcome == "cannot-tell"
    assert decide(of(0.5, 0.02), {"a": of(-below, 0.02)}, delta=DELTA).outcome == "cannot-tell"
    assert decide(of(0.5, 0.02), {"a": of(DELTA, 0.0)}, delta=DELTA).outcome == "helps"


def test_helps_names_the_least_lower_limit():
    """*helps* rests on the comparison with the least lower limit, which may be the one with real."""
    wide, narrow = of(0.05, 0.01), of(0.04, 0.001)
    assert decide(wide, {"a": narrow}, delta=DELTA).against == "real"
    assert decide(narrow, {"a": narrow, "b": wide}, delta=DELTA).against == "b"


def test_only_volume_names_the_least_upper_limit():
    """*only-volume* rests on the control with the least upper limit."""
    decision = decide(of(0.05, 0.001), {"a": of(0.001, 0.002), "b": of(0.0, 0.002)}, delta=DELTA)
    assert (decision.outcome, decision.against) == ("only-volume", "b")


def test_cannot_tell_names_the_hardest():
    """*cannot-tell* names what is hardest to beat, real included."""
    assert decide(of(0.05, 0.01), {"a": of(0.05, 0.03)}, delta=DELTA).against == "a"
    assert decide(of(0.05, 0.05), {"a": of(0.05, 0.03)}, delta=DELTA).against == "real"


def test_many_controls_make_only_volume_harder():
    """Each of K controls takes its share of the level: what one alone settles, one of three does not."""
    near, far = of(0.0, 0.0046), of(0.05, 0.001)
    assert decide(of(0.05, 0.001), {"a": near}, delta=DELTA).outcome == "only-volume"
    assert decide(of(0.05, 0.001), {"a": near, "b": far, "c": far}, delta=DELTA).outcome != "only-volume"


def contrasts(rng, n_studies, truths, correlation, R=5, n_groups=60):
    """Draw crossed studies of several contrasts that share the treatment arm; yield the estimates of each study."""
    parts = ((0.010, (R, 1)), (0.10, (1, n_groups)), (0.08, (R, n_groups)))
    x = np.zeros((n_studies, len(truths), R, n_groups))
    for deviation, shape in parts:
        common = rng.standard_normal((n_studies, 1, *shape))
        own = rng.standard_normal((n_studies, len(truths), *shape))
        x += deviation * (np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own)
    x += np.array(truths)[:, np.newaxis, np.newaxis]
    values = x.mean(axis=3)
    influence = (x - values[..., np.newaxis]) / n_groups
    for v, u in zip(values, influence, strict=True):
        yield [two_way(*one) for one in zip(v, u, strict=True)]


def share_of(outcome, studies, delta, n_studies):
    """Return how often the outcome is said."""
    said = 0
    for real, *controls in studies:
        named = {f"c{i}": estimate for i, estimate in enumerate(controls)}
        said += decide(real, named, delta=delta).outcome == outcome
    return said / n_studies


N_STUDIES = 2500
SLACK = 3 * np.sqrt(0.025 * 0.975 / N_STUDIES)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("truths", [(0.3, 0.0), (0.3, 0.0, 0.3), (0.3, 0.0, 0.0, 0.0), (0.0, 0.3, 0.3)])
def test_helps_is_rarely_said_where_the_best_control_is_level(truths, correlation):
    """True gains of 0 over the best control, large ones over the others: *helps* in at most 2.5 %, plus simulation."""
    rng = np.random.default_rng([7, len(truths), int(100 * correlation)])
    # a tiny delta leaves every tie to *helps*
    assert share_of("helps", contrasts(rng, N_STUDIES, truths, correlation), 1e-9, N_STUDIES) <= 0.025 + SLACK


def test_the_bound_on_helps_is_reached():
    """With one level control and the rest far off the error is near 2.5 %, so the test above has teeth."""
    share = share_of("helps", contrasts(np.random.default_rng(8), N_STUDIES, (0.3, 0.0), 0.5), 1e-9, N_STUDIES)
    assert share >= 0.012


@pytest.mark.parametrize("correlation", [0.0, 0.95])
@pytest.mark.parametrize("n_controls", [1, 3])
def test_only_volume_is_rarely_said_where_content_is_worth_having(n_controls, correlation):
    """True content of exactly delta over all controls: *only-volume* in at most 2.5 %, plus simulation."""
    delta = 0.06
    rng = np.random.default_rng([9, n_controls, int(100 * correlation)])
    studies = contrasts(rng, N_STUDIES, (0.3, *[delta] * n_controls), correlation)
    assert share_of("only-volume", studies, delta, N_STUDIES) <= 0.025 + SLACK


@pytest.mark.parametrize(("outcome", "truth"), [("harms", 0.0), ("no-effect", 0.06), ("no-effect", -0.06)])
def test_the_other_outcomes_err_rarely(outcome, truth):
    """*harms* at a true 0, and *no effect* at a true delta, are said in at most 2.5 %, plus simulation."""
    studies = contrasts(np.random.default_rng(10), N_STUDIES, (truth,), 0.0)
    delta = 0.06 if outcome == "no-effect" else 1e-9
    assert share_of(outcome, studies, delta, N_STUDIES) <= 0.025 + SLACK
