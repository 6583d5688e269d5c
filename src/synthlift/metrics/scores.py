"""All scores of one set of answers, each with the influence of every test group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.average_precision import mean_average_precision
from synthlift.metrics.classification import GroupCounts, Influenced, macro_f1, micro_f1
from synthlift.metrics.per_document import brier, document_mean, empty_share, lrap, sample_f1

__all__ = ["ranked_scores", "thresholded_scores"]

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def thresholded_scores(predicted: BoolArray, labels: BoolArray, group: IntArray) -> dict[str, Influenced | None]:
    """Return the scores of predicted labels by name; None where a score is undefined.

    Parameters
    ----------
    predicted, labels : ndarray of bool, shape (n_docs, n_labels)
    group : ndarray of int, shape (n_docs,)
        Test group of each document, counted from 0.
    """
    n_groups = int(group.max()) + 1
    # influences are linear in the counts: those of documents, summed by group, take a third of the time of group counts
    counts = GroupCounts((predicted & labels).astype(float), np.add(predicted, labels, dtype=float))
    return {
        "micro-F1": _by_group(micro_f1(counts), group, n_groups),
        "macro-F1": _by_group(macro_f1(counts, np.asarray(labels.any(axis=0))), group, n_groups),
        "sample-F1": document_mean(sample_f1(predicted, labels), group, n_groups),
        "empty-share": document_mean(empty_share(predicted), group, n_groups),
    }


def _by_group(score: Influenced | None, group: IntArray, n_groups: int) -> Influenced | None:
    """Sum the influences of documents by group."""
    if score is None:
        return None
    influence: NDArray[np.float64] = np.bincount(group, weights=score.influence, minlength=n_groups).astype(float)
    return Influenced(score.value, influence)


def ranked_scores(proba: NDArray[np.float64], labels: BoolArray, group: IntArray) -> dict[str, Influenced | None]:
    """Return the scores of probabilities by name; shapes as for `thresholded_scores`."""
    n_groups = int(group.max()) + 1
    return {
        "mAP": mean_average_precision(proba, labels, group, n_groups),
        "LRAP": document_mean(lrap(proba, labels), group, n_groups),
        "Brier": document_mean(brier(proba, labels), group, n_groups),
    }
