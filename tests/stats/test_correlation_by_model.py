"""Correlations of points that come from few models: resampled whole, or left out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthlift.stats import correlation_by_model
from synthlift.stats.correlation import pearson, spearman
from synthlift.stats.correlation_by_model import bootstrap_by_model, bootstrap_difference, leave_one_model_out


def points(seed, n_models=10, per_model=2, spread=2.0, rho=0.8):
    """Draw x, y and the model of each point: models differ with correlation rho, points of one model without."""
    rng = np.random.default_rng(seed)
    means = spread * rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], n_models)
    x, y = (np.repeat(means, per_model, axis=0) + rng.standard_normal((n_models * per_model, 2))).T
    return x, y, [f"model {i}" for i in range(n_models) for _ in range(per_model)]


@pytest.mark.parametrize(("ranks", "measure"), [(False, stats.pearsonr), (True, stats.spearmanr)])
def test_draws_are_those_of_points_written_out(monkeypatch, ranks, measure):
    """Weighted draws equal the correlation of the points repeated, ranked anew where ranks are asked for."""
    monkeypatch.setattr(correlation_by_model, "N_DRAWS", 40)
    x, y, models = points(1)
    x, y = np.round(x), np.round(y)  # with ties
    drawn = []
    times = np.random.default_rng(5).multinomial(10, np.full(10, 0.1), size=40)
    for row in times:
        rows = np.repeat(np.arange(20), np.repeat(row, 2))
        drawn.append(measure(x[rows], y[rows]).statistic)
    found = bootstrap_by_model(x, y, models, np.random.default_rng(5), ranks=ranks)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
    assert found.value == pytest.approx(measure(x, y).statistic)
    assert (found.n, found.n_models, found.reason) == (20, 10, None)


def test_names_and_order_do_not_matter_but_belonging_does():
    """Points in another order give the same interval; points dealt to models of one's own a narrower one."""
    x, y, models = points(2, per_model=6, rho=0.9)
    order = np.random.default_rng(0).permutation(60)
    whole = bootstrap_by_model(x, y, models, np.random.default_rng(1))
    moved = bootstrap_by_model(x[order], y[order], [models[i] for i in order], np.random.default_rng(1))
    assert (moved.low, moved.high) == pytest.approx((whole.low, whole.high))
    apart = bootstrap_by_model(x, y, [str(i) for i in range(60)], np.random.default_rng(1))
    assert apart.high - apart.low < 0.8 * (whole.high - whole.low)


def test_difference_of_paired_regimes():
    """A regime against itself differs by 0 in every draw; against its mirror by twice its own correlation."""
    x, y, models = points(3)
    rng = np.random.default_rng
    same = bootstrap_difference((x, y), (10 - 2 * x, -y), models, rng(0))
    assert (same.value, same.low, same.high) == pytest.approx((0.0, 0.0, 0.0), abs=1e-12)
    mirrored = bootstrap_difference((x, y), (x, -y), models, rng(0))
    alone = bootstrap_by_model(x, y, models, rng(0))
    assert (mirrored.low, mirrored.high) == pytest.approx((2 * alone.low, 2 * alone.high))
    ranked = bootstrap_difference((x, y), (x, -y), models, rng(0), ranks=True)
    assert ranked.value == pytest.approx(2 * spearman(x, y).value)


def test_no_interval_from_few_models():
    """Under eight models there is the value and a reason, however many points they have."""
    x, y, models = points(4, n_models=7, per_model=20)
    found = bootstrap_by_model(x, y, models, np.random.default_rng(0))
    assert (found.value, found.low, found.n, found.n_models) == (pearson(x, y).value, None, 140, 7)
    assert "7 models" in found.reason
    assert "7 models" in bootstrap_difference((x, y), (y, x), models, np.random.default_rng(0)).reason


def test_no_interval_where_draws_lose_the_variable():
    """A variable in which one model alone differs is constant in a third of the draws, which no percentile can hide."""
    x, y, models = points(5)
    x = np.where(np.array(models) == "model 3", 1.0, 0.0)
    for ranks in (False, True):
        found = bootstrap_by_model(x, y, models, np.random.default_rng(0), ranks=ranks)
        assert found.value is not None
        assert found.low is None
        assert "does not vary" in found.reason
        share = int(found.reason.split("%")[0].removeprefix("in "))
        assert abs(share - 100 * 0.9**10) < 4


def test_what_cannot_be_measured_keeps_its_reason():
    """No variance, points on a line and no points at all are told as they are for the correlation itself."""
    x, y, models = points(6)
    rng = np.random.default_rng(0)
    assert bootstrap_by_model(x, np.ones(20), models, rng).reason == "a variable does not vary"
    assert "infinite" in bootstrap_by_model(x, 2 * x, models, rng).reason
    none = bootstrap_difference((x, y), (x, np.ones(20)), models, rng)
    assert (none.value, none.reason) == (None, "a variable does not vary")
    assert "0 points" in bootstrap_by_model(x[:0], y[:0], [], rng).reason


def test_leave_one_out():
    """Without each model the correlation is that of the other points; the range runs over models."""
    x, y, models = points(7, n_models=5)
    found = leave_one_model_out(x, y, models, spearman)
    keep = np.arange(10) // 2 != 3
    assert list(found.without) == [f"model {i}" for i in range(5)]
    assert found.without["model 3"] == spearman(x[keep], y[keep])
    values = [each.value for each in found.without.values()]
    assert (found.low, found.high, found.reason) == (min(values), max(values), None)


def test_leave_one_out_shows_whose_doing_it_is():
    """Eleven models without a relation and one far off: r is 0.9 until that one is left out."""
    rng = np.random.default_rng(8)
    x, y = rng.standard_normal((2, 12))
    x[5] = y[5] = 12.0
    found = leave_one_model_out(x, y, [f"{i:02}" for i in range(12)])
    assert pearson(x, y).value > 0.85
    assert found.low == found.without["05"].value < 0.5


def test_leave_one_out_without_enough():
    """Where nothing can be measured without a model the range is null with a reason."""
    x, y, models = points(9, n_models=2, per_model=3)
    found = leave_one_model_out(x, y, models)
    assert (found.low, found.high) == (None, None)
    assert "no correlation" in found.reason
    assert leave_one_model_out(x[:0], y[:0], []).reason is not None


def test_bad_arguments():
    """Unequal lengths are the caller's mistake."""
    x, y, models = points(1)
    with pytest.raises(ValueError, match="got 19 models for 20 points"):
        bootstrap_by_model(x, y, models[1:], np.random.default_rng(0))
    with pytest.raises(ValueError, match="got 20 and 10 points"):
        bootstrap_difference((x, y), (x[:10], y[:10]), models, np.random.default_rng(0))
    with pytest.raises(ValueError, match="got 19 models for 20 points"):
        leave_one_model_out(x, y, models[1:])


def test_models_that_are_alike_fool_the_points(monkeypatch):
    """Models without a relation, four points each: Fisher's z finds one in a third of studies, models in under 15 %."""
    monkeypatch.setattr(correlation_by_model, "N_DRAWS", 500)
    by_point, by_model = [], []
    for seed in range(250):
        x, y, models = points(seed, n_models=12, per_model=4, rho=0.0)
        alone, whole = pearson(x, y), bootstrap_by_model(x, y, models, np.random.default_rng(seed))
        by_point.append(not alone.low <= 0.0 <= alone.high)
        by_model.append(not whole.low <= 0.0 <= whole.high)
    assert np.mean(by_point) > 0.25
    assert 0.03 < np.mean(by_model) < 0.15
