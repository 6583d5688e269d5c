"""The law of real and synthetic documents, against planted truth and a second fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit

from synthlift.stats.law import Unfit, fit_law
from synthlift.stats.surface import NO_SPREAD, Surface

TRUTH = {"e": 0.15, "c": 2.0, "w": 0.3, "k": 800.0, "g": 0.45}
N, M = (axis.ravel().astype(float) for axis in np.meshgrid([50, 100, 200, 400], [0, 200, 400, 1600]))


def score(n_real, n_synthetic, **other):
    """Give the planted score."""
    e, c, w, k, g = (TRUTH | other).values()
    return 1.0 - (e + c * (n_real + w * n_synthetic / (1.0 + n_synthetic / k)) ** -g)


def noisy(seed, n_replicates=10, noise=0.01, **other):
    """Give a surface with noise of each cell and of each replicate."""
    rng = np.random.default_rng([7, seed])
    around = noise * rng.standard_normal((n_replicates, len(N))) + 0.01 * rng.standard_normal((n_replicates, 1))
    return Surface(N, M, score(N, M, **other) + around), rng


def fitted(surface, **options):
    return fit_law(surface, np.random.default_rng(0), **options)


@pytest.mark.parametrize(
    "other",
    [{}, {"w": 0.02, "k": 1e4}, {"w": 1.4, "k": 150.0}, {"e": 0.0, "g": 0.15}, {"e": 0.3, "c": 9.0, "g": 0.9}],
)
def test_a_planted_law_is_recovered_without_noise(other):
    """On a noiseless grid w, k and forecasts up to twice the grid are the planted ones within 1 %."""
    law = fitted(Surface(N, M, score(N, M, **other)[np.newaxis]))
    planted = TRUTH | other
    assert law.worth.value == pytest.approx(planted["w"], rel=0.01)
    assert law.saturation.value == pytest.approx(planted["k"], rel=0.01)
    for point in ((25.0, 0.0), (100.0, 700.0), (400.0, 3200.0), (800.0, 0.0), (800.0, 3200.0)):
        assert 1.0 - law.predict(*point).value == pytest.approx(1.0 - score(*point, **other), rel=0.01)
    assert law.misfit < 1e-4


def test_a_second_fit_in_other_parameters_agrees():
    """Unbounded Levenberg-Marquardt in logs of c, w, k, g finds the same curve of the same noisy scores."""
    surface, _ = noisy(1)

    def error(points, e, *logs):
        c, w, k, g = np.exp(logs)
        n_real, n_synthetic = points
        return e + c * (n_real + w * n_synthetic / (1.0 + n_synthetic / k)) ** -g

    start = (0.1, *np.log([1.0, 0.2, 500.0, 0.4]))
    other, _ = curve_fit(error, (N, M), 1.0 - surface.mean, p0=start, method="lm", maxfev=20_000)
    law = fitted(surface, n_draws=2)
    assert law.worth.value == pytest.approx(np.exp(other[2]), rel=1e-3)
    assert law.saturation.value == pytest.approx(np.exp(other[3]), rel=1e-3)
    np.testing.assert_allclose(law.scores(N, M)[0], 1.0 - error((N, M), *other), atol=1e-6)


def test_no_point_of_a_coarse_search_is_better():
    """Of 6,000 laws on a lattice of w, k and g, with e and c solved for each, none has a smaller misfit."""
    surface, _ = noisy(2)
    least = np.inf
    for w in np.geomspace(0.02, 2.0, 20):
        for k in np.geomspace(50, 1e5, 20):
            for g in np.linspace(0.05, 1.5, 15):
                power = (N + w * M / (1.0 + M / k)) ** -g
                design = np.column_stack([np.ones_like(N), power])
                e_and_c = np.linalg.lstsq(design, 1.0 - surface.mean)[0]
                if (e_and_c >= 0.0).all():
                    least = min(least, ((design @ e_and_c - 1.0 + surface.mean) ** 2).mean() ** 0.5)
    assert fitted(surface, n_draws=2).misfit <= least


def test_synthetic_documents_worth_nothing_are_told_so():
    """With w = 0 the interval of the rate reaches to 0 and no further than a twentieth of a real document."""
    surface, rng = noisy(3, noise=0.004, w=0.0)
    told = fit_law(surface, rng, n_draws=100).exchange_rate(1600.0)
    assert told.low < 1e-3
    assert told.high < 0.05


def test_without_saturation_forecasts_are_rosy():
    """Left out, k makes few real with many synthetic documents look better than they are, and fits worse."""
    surface = Surface(N, M, score(N, M, k=200.0)[np.newaxis])
    law, without = fitted(surface), fitted(surface, saturating=False)
    assert without.saturation.value is None
    assert "no saturation" in without.saturation.reason
    assert without.misfit > 10 * max(law.misfit, 1e-6)
    planted = score(50.0, 3200.0, k=200.0)
    assert law.predict(50.0, 3200.0).value == pytest.approx(planted, abs=1e-3)
    assert without.predict(50.0, 3200.0).value > planted + 0.01


@pytest.mark.parametrize("point", [(24.0, 0.0), (801.0, 0.0), (100.0, 3201.0), (0.0, 100.0)])
def test_forecasts_out_of_reach_are_refused(point):
    """Beyond twice the grid, or below half its least N, there is no value and the reason names the reach."""
    told = fitted(Surface(N, M, score(N, M)[np.newaxis])).predict(*point)
    assert (told.value, told.low, told.high) == (None, None, None)
    assert "N 25 to 800, M up to 3200" in told.reason


def test_synthetic_documents_alone_may_be_on_the_grid():
    """Points with N = 0, as in a sweep of shares at a fixed total, are fitted and foretold."""
    n_real, n_synthetic = np.append(N, [0.0, 0.0]), np.append(M, [400.0, 1600.0])
    law = fitted(Surface(n_real, n_synthetic, score(n_real, n_synthetic)[np.newaxis]))
    assert law.worth.value == pytest.approx(0.3, rel=0.01)
    assert law.predict(0.0, 800.0).value == pytest.approx(score(0.0, 800.0), rel=0.01)


def test_one_replicate_gives_a_law_without_intervals():
    """Values are told, limits are None with the reason."""
    told = fitted(Surface(N, M, score(N, M)[np.newaxis])).worth
    assert (told.low, told.high, told.reason) == (None, None, NO_SPREAD)


@pytest.mark.parametrize(
    ("keep", "reason"),
    [
        (N < 200, "2 N by 4 M"),
        (M < 1600, "4 N by 3 M"),
        ((M == 0) | (N == 50), "7 points"),
        ((M > 0) | (N == 50), "fewer than 2 sizes of real documents alone"),
    ],
)
def test_too_small_a_grid_is_refused(keep, reason):
    """Fewer than three N by four M, or no curve of real documents alone, gives no law and the reason."""
    extra = np.array([900.0, 1000.0]), np.array([5.0, 800.0])  # new M where a test needs them
    n_real, n_synthetic = N[keep], M[keep]
    if "real documents alone" in reason:
        n_real, n_synthetic = np.append(n_real, extra[0]), np.append(n_synthetic, extra[1])
    told = fitted(Surface(n_real, n_synthetic, score(n_real, n_synthetic)[np.newaxis]))
    assert isinstance(told, Unfit)
    assert reason in told.reason


def test_where_real_documents_gain_nothing_there_is_no_law():
    """A surface of noise about one score is refused: w could be anything."""
    rng = np.random.default_rng(5)
    told = fitted(Surface(N, M, 0.5 + 0.01 * rng.standard_normal((10, len(N)))))
    assert isinstance(told, Unfit)
    assert "do not raise the score" in told.reason
    assert isinstance(fitted(Surface(N, M, np.full((3, len(N)), 0.5))), Unfit)
