"""Two-sample AUC: one half for one law, one for laws apart, families whole, a normal law's own number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from synthlift.metrics.samples import sample
from synthlift.metrics.separability import separability


def drawn(seed, n, dimensions=4, shift=0.0):
    """Draw a normal sample."""
    return sample(np.random.default_rng(seed).normal(shift, 1.0, (n, dimensions)))


def test_it_is_scikit_learns_auc_of_five_folds():
    """Folds of every fifth document, standardised; the mean of scikit-learn's AUC, weighted by equal pairs."""
    x, y = drawn(0, 40, shift=0.4).vectors, drawn(1, 40).vectors
    is_synthetic = np.repeat([1, 0], 40)
    rows, fold = np.concatenate([x, y]), np.tile(np.arange(40) % 5, 2)
    scores = []
    for held in (fold == f for f in range(5)):
        scaler = StandardScaler().fit(rows[~held])
        model = LogisticRegression(class_weight="balanced").fit(scaler.transform(rows[~held]) / 2, is_synthetic[~held])
        scores.append(roc_auc_score(is_synthetic[held], model.decision_function(scaler.transform(rows[held]) / 2)))
    assert separability(sample(x), sample(y)).value == pytest.approx(np.mean(scores), abs=1e-12)


def test_two_normal_laws_have_the_best_classifiers_auc():
    """For means apart by 2 deviations in one dimension the AUC is Phi(2 / sqrt 2), and the interval holds it."""
    found = separability(drawn(2, 600, 1, 2.0), drawn(3, 600, 1))
    assert found.value == pytest.approx(ndtr(2.0 / np.sqrt(2.0)), abs=0.025)
    assert found.low < ndtr(2.0 / np.sqrt(2.0)) < found.high


def test_one_law_is_one_half():
    """Over 12 pairs of samples the mean is near 0.5 and nearly all intervals hold it, many columns or not."""
    found = [separability(drawn(2 * i, 40, 20), drawn(2 * i + 1, 40, 20)) for i in range(12)]
    assert np.mean([one.value for one in found]) == pytest.approx(0.5, abs=0.06)
    assert sum(one.low <= 0.5 <= one.high for one in found) >= 10


def test_laws_apart_are_told_apart():
    """Ten deviations apart no pair is lost: 1, and no spread to make an interval of."""
    found = separability(drawn(4, 50, shift=10.0), drawn(5, 50))
    assert (found.value, found.low, found.high) == (1.0, None, None)
    assert found.reason == "nothing varies where documents are left out: no interval"


def test_identical_and_constant_documents_tie():
    """Copies share a fold, and constant documents a score: all ties, or as good as them."""
    same = drawn(6, 50)
    assert separability(same, same).value == pytest.approx(0.5, abs=1e-12)
    constant = sample(np.full((30, 3), 1.0 / 3.0))
    assert separability(constant, constant).value == 0.5


def test_families_stay_in_one_fold():
    """Twenty families of ten copies on random places: told apart by heart if split, not at all if whole."""
    rng = np.random.default_rng(7)
    family = np.repeat(np.arange(20), 10)
    x, y = (rng.normal(size=(20, 60))[family] for _ in range(2))
    x, y = (rng.permutation(rows) for rows in (x, y))
    assert separability(sample(x), sample(y)).value > 0.95
    rng = np.random.default_rng(8)
    whole = [separability(*(sample(rng.normal(size=(20, 60))[family], family) for _ in range(2))) for _ in range(3)]
    assert 0.3 < np.mean([one.value for one in whole]) < 0.7


def test_under_twenty_clusters_it_is_refused():
    """Nineteen families are too few, with the reason."""
    found = separability(sample(np.zeros((38, 1)), np.repeat(np.arange(19), 2)), drawn(0, 30, 1))
    assert found.value is None
    assert found.reason.startswith("got 19 synthetic and 30 real independent documents, expected at least 20")
