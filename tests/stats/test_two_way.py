"""The two-way interval, against hand work, a crossed bootstrap and planted truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from synthlift.stats.two_way import TwoWay, t_quantile, two_way, two_way_each

# By hand: D = (0.3, 0.1); U = (0.05, 0.05, -0.10); u - U = +-(0.05, -0.05, 0).
VALUES = np.array([0.3, 0.1])
INFLUENCE = np.array([[0.10, 0.00, -0.10], [0.00, 0.10, -0.10]])
PARTS = ("replicates", "documents", "interaction")


def crossed(rng, n_studies, R, G, replicate, document, interaction):
    """Draw values and influences of a mean over crossed normal effects; the true mean is 0."""
    documents = document * rng.standard_normal((n_studies, 1, G))
    x = documents + interaction * rng.standard_normal((n_studies, R, G))
    x += replicate * rng.standard_normal((n_studies, R, 1))
    values = x.mean(axis=2)
    return values, (x - values[:, :, np.newaxis]) / G


def test_components_by_hand():
    """V_r, V_d, V_i, the variance and the degrees of freedom are those worked out on paper."""
    estimate = two_way(VALUES, INFLUENCE)
    assert estimate.value == pytest.approx(0.2)
    assert estimate.v_replicates == pytest.approx(0.02 / 2)
    assert estimate.v_documents == pytest.approx(3 / 2 * 0.015)
    assert estimate.v_interaction == pytest.approx(3 / 2 * 0.010 / 2)
    variance = 0.01 + 0.0225 - 0.0075
    assert estimate.variance == pytest.approx(variance)
    assert estimate.degrees == pytest.approx(variance**2 / (0.01**2 / 1 + 0.0225**2 / 2))


@pytest.mark.parametrize(
    ("parts", "expected"), [((1.0, 5.0, 4.5), 5.0), ((5.0, 1.0, 4.5), 5.0), ((1.0, 5.0, 0.5), 5.5)]
)
def test_the_variance_is_never_less_than_either_part(parts, expected):
    """A large interaction cannot take the variance below that of replicates or of documents alone."""
    assert TwoWay(0.0, *parts, 10, 50).variance == expected


def test_one_replicate_is_the_document_formula():
    """With R = 1 the variance is G/(G-1) times the sum of squared influences, on G - 1 degrees of freedom."""
    estimate = two_way(VALUES[:1], INFLUENCE[:1])
    assert estimate.variance == pytest.approx(3 / 2 * 0.02)
    assert estimate.degrees == pytest.approx(2.0)
    low, high = estimate.interval()
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 2, loc=0.3, scale=np.sqrt(0.03)))


def test_a_mean_of_documents_has_the_textbook_interval():
    """For the mean of one value a document the interval is the one-sample t interval."""
    x = np.random.default_rng(0).standard_normal(12)
    estimate = two_way(np.array([x.mean()]), ((x - x.mean()) / 12)[np.newaxis])
    test = stats.ttest_1samp(x, 0.0)
    assert estimate.interval() == pytest.approx(tuple(test.confidence_interval(0.95)))
    assert estimate.p == pytest.approx(test.pvalue)


def test_groups_without_spread_leave_the_textbook_interval_of_replicates():
    """Where only replicates differ the interval is the t interval of their mean."""
    values = np.array([0.1, 0.4, 0.2, 0.5])
    estimate = two_way(values, np.zeros((4, 3)))
    assert estimate.interval() == pytest.approx(tuple(stats.ttest_1samp(values, 0.0).confidence_interval(0.95)))


def test_two_groups_are_the_fewest():
    """Two groups give one degree of freedom; one is refused."""
    assert two_way(np.array([0.1]), np.array([[0.2, -0.2]])).degrees == pytest.approx(1.0)
    with pytest.raises(ValueError, match="got 1 test groups, expected at least 2"):
        two_way(np.array([0.1]), np.array([[0.0]]))


def test_nothing_differs_nothing_varies():
    """Two arms with the same predictions differ by exactly 0, with p = 1."""
    estimate = two_way(np.zeros(5), np.zeros((5, 20)))
    assert (estimate.variance, estimate.interval(), estimate.p) == (0.0, (0.0, 0.0), 1.0)


def test_order_of_replicates_and_groups_does_not_matter():
    """Permuting replicates and groups changes nothing beyond the last bits."""
    rng = np.random.default_rng(1)
    values, influence = (array[0] for array in crossed(rng, 1, 6, 30, 1.0, 2.0, 1.0))
    rows, columns = rng.permutation(6), rng.permutation(30)
    one, other = two_way(values, influence), two_way(values[rows], influence[np.ix_(rows, columns)])
    assert other.interval() == pytest.approx(one.interval(), rel=1e-12)
    assert other.degrees == pytest.approx(one.degrees, rel=1e-12)


def test_scale():
    """A difference in points of a hundred has an interval a hundred times as wide."""
    one, hundred = two_way(VALUES, INFLUENCE), two_way(100 * VALUES, 100 * INFLUENCE)
    assert hundred.interval() == pytest.approx(tuple(100 * limit for limit in one.interval()))
    assert hundred.p == pytest.approx(one.p)


def test_equal_replicates_count_once():
    """Ten copies of one replicate give the estimate of that one, R = 1 included."""
    assert two_way(np.repeat(VALUES[:1], 10), np.repeat(INFLUENCE[:1], 10, axis=0)) == two_way(
        VALUES[:1], INFLUENCE[:1]
    )


def test_some_equal_replicates_are_kept():
    """Where some replicates differ, equal ones are draws like others: leaving them out would bias the mean."""
    estimate = two_way(VALUES[[0, 0, 1]], INFLUENCE[[0, 0, 1]])
    assert estimate.n_replicates == 3
    assert estimate.value == pytest.approx((0.3 + 0.3 + 0.1) / 3)


def test_interval_and_p_agree():
    """The 1 - p interval ends at 0."""
    estimate = two_way(VALUES, INFLUENCE)
    assert estimate.interval(estimate.p)[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("degrees", [0.5, 1.0, 4.37, 59.0, 1e6, np.inf])
@pytest.mark.parametrize("probability", [0.025, 0.8, 0.975, 1 - 0.025 / 3 / 12])
def test_quantiles(degrees, probability):
    """Quantiles are those of scipy's t distribution, fractional and infinite degrees included."""
    expected = stats.norm.ppf(probability) if np.isinf(degrees) else stats.t.ppf(probability, degrees)
    assert t_quantile(probability, degrees) == pytest.approx(expected, rel=1e-9)


def test_components_are_unbiased():
    """Over many studies each component means what the method says: V_r + V_d - V_i is the variance of the mean."""
    R, G, parts = 4, 15, (0.2, 1.0, 1.5)
    values, influence = crossed(np.random.default_rng(2), 4000, R, G, *parts)
    estimates = [two_way(v, u) for v, u in zip(values, influence, strict=True)]
    r, d, i = parts[0] ** 2 / R, parts[1] ** 2 / G, parts[2] ** 2 / (R * G)
    mean = {part: np.mean([getattr(e, f"v_{part}") for e in estimates]) for part in PARTS}
    assert mean["replicates"] == pytest.approx(r + i, rel=0.06)
    assert mean["documents"] == pytest.approx(d + i, rel=0.06)
    assert mean["interaction"] == pytest.approx(i, rel=0.06)
    assert values.mean(axis=1).var() == pytest.approx(r + d + i, rel=0.08)


# Effects of replicate, document shared by both arms, document by arm, interaction; on the probit scale.
BALANCED, DOCUMENTS, REPLICATES = (0.15, 0.5, 0.3, 0.3), (0.05, 0.5, 0.8, 0.0), (0.3, 0.2, 0.1, 0.1)
NOISE = (0.0, 0.5, 0.0, 1.0)
CUTS = ((0.2, -1.2), (-0.1, -1.1))
PREVALENCE = 0.3


def label_studies(rng, n_studies, R, G, effects, n_labels=4):
    """Draw crossed label and prediction matrices of two arms; return their tp and z, each (arm, study, R, G)."""
    replicate, shared, by_arm, interaction = effects

    def normal(*shape):
        return rng.standard_normal(shape, dtype=np.float32)

    labels = rng.random((n_studies, 1, G, n_labels), dtype=np.float32) < PREVALENCE
    difficulty = shared * normal(n_studies, 1, G, 1)
    tp, z = [], []
    for if_true, if_false in CUTS:
        effect = difficulty + by_arm * normal(n_studies, 1, G, 1) + replicate * normal(n_studies, R, 1, 1)
        effect = effect + interaction * normal(n_studies, R, G, 1)
        cut = np.where(labels, np.float32(if_true), np.float32(if_false))
        predicted = normal(n_studies, R, G, n_labels) < cut + effect
        tp.append((predicted & labels).sum(axis=3))
        z.append(predicted.sum(axis=3) + labels.sum(axis=3))
    return np.array(tp, dtype=float), np.array(z, dtype=float)


def true_difference(effects):
    """Return the difference of the two F1s over infinitely many documents, averaged over replicates by quadrature."""
    replicate, shared, by_arm, interaction = effects
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    scale = np.sqrt(1 + shared**2 + by_arm**2 + interaction**2)

    def f1(if_true, if_false):
        tp = PREVALENCE * ndtr((if_true + replicate * node) / scale)
        fp = (1 - PREVALENCE) * ndtr((if_false + replicate * node) / scale)
        return (2 * tp / (PREVALENCE + tp + fp)) @ weight / weight.sum()

    return f1(*CUTS[0]) - f1(*CUTS[1])


def estimates_of(tp, z):
    """Estimate treatment minus control in each study, by the formula of the method."""
    f1 = 2 * tp.sum(axis=3) / z.sum(axis=3)
    influence = (2 * tp - f1[..., np.newaxis] * z) / z.sum(axis=3)[..., np.newaxis]
    return [two_way(v, u) for v, u in zip(f1[0] - f1[1], influence[0] - influence[1], strict=True)]


def coverage(seed, R, G, effects, n_studies):
    """Return the share of studies whose interval holds the truth."""
    rng, truth, hits = np.random.default_rng(seed), true_difference(effects), 0
    for _ in range(n_studies // 250):
        for estimate in estimates_of(*label_studies(rng, 250, R, G, effects)):
            low, high = estimate.interval()
            hits += low <= truth <= high
    return hits / n_studies


@pytest.mark.parametrize("effects", [BALANCED, DOCUMENTS, REPLICATES], ids=["balanced", "documents", "replicates"])
@pytest.mark.parametrize(("R", "n_studies"), [(5, 1500), (10, 1000)])
@pytest.mark.parametrize("G", [60, 300])
def test_coverage_of_a_difference_of_f1(effects, R, n_studies, G):
    """The 95 % interval holds the planted difference in 93 to 97 % of studies, give or take two standard errors."""
    slack = 2 * np.sqrt(0.95 * 0.05 / n_studies)
    assert 0.93 - slack <= coverage(3, R, G, effects, n_studies) <= 0.97 + slack


def test_coverage_where_interaction_is_all():
    """Where replicates and documents differ by noise of their pairs alone, the floor makes the interval too wide.

    Then V_r, V_d and V_i estimate one and the same quantity; their maximum covers 97 to 99 % instead of 95.
    """
    assert 0.955 <= coverage(4, 5, 60, NOISE, 1500) <= 0.995


def bootstrap_variance(rng, tp, z, n_draws=1500):
    """Resample replicates and groups, crossed and with replacement, and return the variance of the F1 difference."""
    R, G = tp.shape[1:]
    replicates = rng.multinomial(R, np.full(R, 1 / R), size=n_draws).astype(float)
    groups = rng.multinomial(G, np.full(G, 1 / G), size=n_draws).astype(float)
    f1 = [2 * (groups @ t.T) / (groups @ n.T) for t, n in zip(tp, z, strict=True)]
    return (replicates * (f1[0] - f1[1])).sum(axis=1).var() / R**2


@pytest.mark.parametrize(
    ("effects", "least", "most"),
    [((0.3, 0.3, 0.9, 0.0), 0.0, 0.1), (BALANCED, 0.15, 0.4), ((0.2, 0.5, 0.2, 1.5), 0.5, 0.95)],
    ids=["small interaction", "balanced", "large interaction"],
)
def test_closed_form_against_the_crossed_bootstrap(effects, least, most):
    """The crossed bootstrap counts the interaction three times (Owen 2007); without two of these the two agree.

    Standard errors agree to 5 % averaged over 12 studies. `least` and `most` bound V_i / V, so that the case is what
    it says; where it is small the plain bootstrap agrees to 8 %.
    """
    rng = np.random.default_rng(5)
    R, G = 20, 150
    tp, z = label_studies(rng, 12, R, G, effects, n_labels=12)
    estimates = estimates_of(tp, z)
    resampled = np.mean([bootstrap_variance(rng, tp[:, s], z[:, s]) for s in range(12)])
    v_r, v_d, v_i = (np.mean([getattr(e, f"v_{part}") for e in estimates]) for part in PARTS)
    closed = np.mean([e.variance for e in estimates])
    assert least < v_i / closed < most
    # the plain bootstrap also lacks the factors R/(R - 1) and G/(G - 1)
    corrected = resampled + v_r / R + v_d / G - v_i * (2 - 1 / R - 1 / G)
    assert np.sqrt(corrected) == pytest.approx(np.sqrt(closed), rel=0.05)
    if v_i / closed < 0.1:
        assert np.sqrt(resampled) == pytest.approx(np.sqrt(closed), rel=0.08)


def test_null_p_values_are_not_too_small():
    """Without a difference, p < 0.05 in 3 to 7 % of studies, give or take."""
    values, influence = crossed(np.random.default_rng(6), 3000, 5, 60, 0.1, 1.0, 0.5)
    p = np.array([two_way(v, u).p for v, u in zip(values, influence, strict=True)])
    assert 0.02 <= (p < 0.05).mean() <= 0.065
    assert 0.44 <= (p < 0.5).mean() <= 0.53


@pytest.mark.parametrize(("R", "G"), [(1, 4), (3, 7), (5, 2)])
def test_many_scores_at_once_are_each_by_itself(R, G):
    """Several scores of the same replicates give what each gives alone, also where replicates are all the same."""
    rng = np.random.default_rng(R)
    values, influence = rng.standard_normal((4, R)), rng.standard_normal((4, R, G))
    influence -= influence.mean(axis=2, keepdims=True)
    values[1], influence[1] = values[1, 0], influence[1, :1]  # one replicate, R times
    values[2], influence[2] = 0.0, 0.0
    for found, own, shares in zip(two_way_each(values, influence), values, influence, strict=True):
        alone = two_way(own, shares)
        assert found.n_replicates == alone.n_replicates
        assert [found.value, found.variance, found.p] == pytest.approx([alone.value, alone.variance, alone.p])
    assert [each.n_replicates for each in two_way_each(values, influence)] == [R, 1, 1, R]
