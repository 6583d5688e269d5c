"""Whether a classifier can tell synthetic from real documents: the AUC of cross-fitted logistic regression.

References
----------
Lopez-Paz & Oquab (2017), Revisiting classifier two-sample tests.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from synthlift.metrics.fidelity import Fidelity, bounded, jackknifed, refused
from synthlift.metrics.samples import Sample, unmeasurable

__all__ = ["MIN_CLUSTERS", "auc", "separability"]

FloatArray = NDArray[np.float64]

MIN_CLUSTERS = 20
N_FOLDS = 5
# two scores of equal rows may differ by rounding
_SAME = 1e-9


def separability(synthetic: Sample, real: Sample) -> Fidelity:
    """Measure the share of pairs in which the synthetic document looks more synthetic than the real one; ties half.

    0.5 where they cannot be told apart, 1 where they always can. Pairs are of one fold, whose classifier saw neither
    document nor its cluster. The interval fits all classifiers anew without each twentieth of the clusters: they share
    most of their documents, and with them the direction that they go wrong in.

    Parameters
    ----------
    synthetic, real : Sample
        Vectors; 20 clusters of either at least.

    Raises
    ------
    ValueError
        For samples of other columns.
    """
    reason = unmeasurable(synthetic, real, MIN_CLUSTERS)
    if reason is not None:
        return refused(synthetic, real, reason)
    return bounded(jackknifed(auc, synthetic, real)[0])


def auc(synthetic: Sample, real: Sample) -> FloatArray:
    """Return the value alone of `separability`, ``(1,)``."""
    won = [_judged(synthetic, real, fold) for fold in range(N_FOLDS)]
    return np.array([sum(float(one.sum()) for one in won) / sum(one.size for one in won)])


def _judged(synthetic: Sample, real: Sample, fold: int) -> FloatArray:
    """Return which synthetic document of the fold looks more synthetic than which real one, ``(n, m)``."""
    train, test = zip(*(_split(one, fold) for one in (synthetic, real)), strict=True)
    scaler = StandardScaler().fit(np.concatenate(train))
    is_synthetic = np.repeat([True, False], [len(one) for one in train])
    # columns together weigh as one: else many of them would separate any sample that they are fitted to
    width = np.sqrt(scaler.n_features_in_)
    classifier = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced")
    classifier.fit(scaler.transform(np.concatenate(train)) / width, is_synthetic)
    score, real_score = (classifier.decision_function(scaler.transform(one) / width) for one in test)
    difference = score[:, np.newaxis] - real_score
    return np.where(np.abs(difference) <= _SAME, 0.5, difference > 0)


def _split(one: Sample, fold: int) -> tuple[FloatArray, FloatArray]:
    is_held = one.part(N_FOLDS) == fold
    return one.vectors[~is_held], one.vectors[is_held]
