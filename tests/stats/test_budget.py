"""The best split of a budget, against planted truth, a search of all splits, and prices that leave no choice."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from synthlift.stats.budget import Prices, allocate, frontier
from synthlift.stats.law import fit_law
from synthlift.stats.surface import NO_SPREAD, Surface

E, C, W, K, G = 0.15, 2.0, 0.3, 800.0, 0.45
N, M = (axis.ravel().astype(float) for axis in np.meshgrid([50, 100, 200, 400], [0, 200, 400, 1600]))
PRICES = Prices(real=1.0, synthetic=0.07, audit=0.03)
# the next synthetic document is worth its price where .3 / (1 + M/800)^2 = .1
BEST_M = K * (np.sqrt(W / 0.1) - 1.0)


def score(n_real, n_synthetic, w=W, k=K):
    """Give the planted score."""
    return 1.0 - (E + C * (n_real + w * n_synthetic / (1.0 + n_synthetic / k)) ** -G)


def planted(**other):
    """Give the law of a noiseless grid."""
    return fit_law(Surface(N, M, score(N, M, **other)[np.newaxis]), np.random.default_rng(0))


def measured(seed, n_draws=60, **other):
    """Give the law of a noisy grid."""
    rng = np.random.default_rng([3, seed])
    around = 0.01 * rng.standard_normal((10, len(N))) + 0.01 * rng.standard_normal((10, 1))
    return fit_law(Surface(N, M, score(N, M, **other) + around), rng, n_draws=n_draws)


def test_the_planted_optimum_is_found():
    """Money goes to synthetic documents until the next one's worth is its price, and what is left to real ones."""
    told = allocate(planted(), PRICES, 300.0)
    assert told.n_synthetic.value == pytest.approx(BEST_M, rel=0.01)
    assert told.n_real.value == pytest.approx(300.0 - 0.1 * BEST_M, rel=0.01)
    assert told.score.value == pytest.approx(score(300.0 - 0.1 * BEST_M, BEST_M), abs=1e-4)
    assert told.over_real.value == pytest.approx(told.score.value - score(300.0, 0.0), abs=1e-4)
    assert (told.flat, told.reason, told.score.reason) == (None, None, NO_SPREAD)


@pytest.mark.parametrize("seed", range(12))
def test_no_split_that_the_money_buys_is_better(seed):
    """Over random laws, prices, budgets and documents owned, a search of all affordable splits finds nothing better."""
    rng = np.random.default_rng([4, seed])
    law = planted(w=float(rng.choice([0.05, 0.3, 1.2])), k=float(rng.choice([100.0, 800.0, 1e5])))
    prices = Prices(1.0, float(rng.choice([0.0, 0.01, 0.1, 0.6])))
    owned = (float(rng.integers(0, 150)), float(rng.integers(0, 500)))
    budget = float(rng.integers(30, 1500))
    told = allocate(law, prices, budget, owned)
    real, synthetic = np.meshgrid(np.linspace(max(owned[0], 25.0), 800.0, 400), np.linspace(owned[1], 3200.0, 400))
    cost = prices.real * (real - owned[0]) + prices.synthetic * (synthetic - owned[1])
    within = cost <= budget
    best = law.scores(real[within], synthetic[within])[0].max()
    bought = prices.real * (told.n_real.value - owned[0]) + prices.synthetic * (told.n_synthetic.value - owned[1])
    assert bought <= budget + 1e-6
    assert told.n_real.value >= owned[0]
    assert told.n_synthetic.value >= owned[1]
    assert told.score.value >= best - 1e-9


def test_documents_too_dear_are_not_bought():
    """At a price above their worth no synthetic document is bought, and nothing is gained over real ones."""
    told = allocate(planted(), Prices(1.0, 0.31), 300.0)
    assert (told.n_real.value, told.n_synthetic.value, told.over_real.value) == (300.0, 0.0, 0.0)


def test_intervals_cover_the_planted_law_and_optimum():
    """Of 30 studies at least 25 cover w, the rate at M = 1600, a far forecast, the optimum, its score and its gain."""
    n_real, covered = 300.0 - 0.1 * BEST_M, np.zeros(7)
    best = score(n_real, BEST_M)
    truth = (W, 0.1, score(800.0, 3200.0), n_real, BEST_M, best, best - score(300.0, 0.0))
    for study in range(30):
        law = measured(study)
        told = allocate(law, PRICES, 300.0)
        intervals = (law.worth, law.exchange_rate(1600.0), law.predict(800.0, 3200.0))
        intervals += (told.n_real, told.n_synthetic, told.score, told.over_real)
        covered += [one.low <= true <= one.high for one, true in zip(intervals, truth, strict=True)]
    assert covered.min() >= 25  # of 95 % three standard errors below is 25


def test_a_flat_budget_is_told_flat():
    """Where a synthetic document costs what it is worth, at any volume, all splits are alike (in 13 of 16 studies)."""
    flat = [allocate(measured(study, k=1e9), Prices(1.0, W), 300.0).flat for study in range(16)]
    assert sum(flat) >= 13


def test_a_clear_optimum_is_not_flat():
    """Where synthetic documents cost a thirtieth of their worth, splits are told apart."""
    told = allocate(measured(1), Prices(1.0, 0.01), 300.0)
    assert told.flat is False
    assert told.over_real.low > 0.0


def test_an_optimum_at_the_reach_of_the_law_is_told():
    """Cheap documents of lasting worth are bought up to twice the grid's M, or down to half its N, and that is said."""
    law = planted(k=1e9)
    for price, n_real, n_synthetic in ((0.01, 268.0, 3200.0), (0.1, 25.0, 2750.0)):
        told = allocate(law, Prices(1.0, price), 300.0)
        assert (told.n_real.value, told.n_synthetic.value) == (pytest.approx(n_real), pytest.approx(n_synthetic))
        assert "held at the reach of the law" in told.n_synthetic.reason
    all_money = allocate(law, Prices(1.0, 0.2), 300.0, owned=(100.0, 0.0))
    assert (all_money.n_real.value, all_money.n_synthetic.value) == (pytest.approx(100.0), pytest.approx(1500.0))
    assert "held" not in all_money.n_synthetic.reason


def test_more_money_never_expects_less():
    """The frontier rises with the budget, lies on or above real ones alone, and leaves out what is out of reach."""
    told = frontier(measured(2), PRICES, [400.0, 10.0, 100.0, 200.0, 2000.0])
    assert told.budget.tolist() == [100.0, 200.0, 400.0]
    assert (np.diff(told.score) > 0).all()
    assert (told.score >= told.real_alone).all()
    assert (told.low < told.score).all()
    assert (told.score < told.high).all()
    np.testing.assert_allclose(told.n_real + 0.1 * told.n_synthetic, told.budget)
    assert "10: the law foretells from N = 25" in told.reason
    assert "2000: the budget buys more real documents" in told.reason


def test_a_frontier_out_of_reach_is_empty_with_its_reason():
    """No budget that buys half the least N leaves empty arrays."""
    told = frontier(planted(), PRICES, [1.0, 2.0])
    assert (told.budget.size, told.score.size, told.low) == (0, 0, None)
    assert told.reason.count("raise the budget") == 2


def test_money_beyond_the_reach_of_the_law_is_told():
    """More than twice the grid's real documents could be bought: the best within reach is given, and the reason."""
    told = allocate(planted(), PRICES, 2000.0)
    assert (told.n_real.value, told.n_synthetic.value) == (800.0, 3200.0)
    assert "more real documents than the law foretells (800)" in told.reason
    assert told.over_real.value is None


@pytest.mark.parametrize("owned", [(900.0, 0.0), (100.0, 4000.0)])
def test_more_owned_than_the_grid_foretells_is_refused(owned):
    """Documents already had beyond twice the grid give no advice, and the reason."""
    told = allocate(planted(), PRICES, 100.0, owned)
    assert (told.n_real.value, told.flat) == (None, None)
    assert "more documents are owned" in told.reason


def test_every_answer_is_json():
    """No answer holds NaN or infinity, refused ones included."""
    law = planted(k=1e12)
    answers = [allocate(law, Prices(1.0, 0.0), budget) for budget in (0.0, 30.0, 5000.0)]
    answers += [law.worth, law.saturation, law.predict(1e9, 0.0)]
    for answer in answers:
        json.dumps(dataclasses.asdict(answer), allow_nan=False)


@pytest.mark.parametrize("prices", [(0.0, 0.1, 0.0), (1.0, -0.1, 0.0), (1.0, 0.1, -1.0), (np.inf, 0.1, 0.0)])
def test_prices_that_cannot_be_are_refused(prices):
    """A real document costs something, and nothing costs less than nothing."""
    with pytest.raises(ValueError, match="got prices"):
        Prices(*prices)


@pytest.mark.parametrize(("budget", "owned"), [(-1.0, (0.0, 0.0)), (np.nan, (0.0, 0.0)), (10.0, (-5.0, 0.0))])
def test_a_budget_that_cannot_be_is_refused(budget, owned):
    """A negative budget or number of documents is a bad argument."""
    with pytest.raises(ValueError, match="got budget"):
        allocate(planted(), PRICES, budget, owned)
