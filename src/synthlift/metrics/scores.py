"""All scores of one set of answers, each with the influence of every test group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.average_precision import mean_average_precision
from synthlift.metrics.classification import Influenced, group_counts, macro_f1, micro_f1
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
    counts = group_counts(predicted, labels, group, n_groups)
    return {
        "micro-F1": micro_f1(counts),
        "macro-F1": macro_f1(counts, np.asarray(labels.any(axis=0))),
        "sample-F1": document_mean(sample_f1(predicted, labels), group, n_groups),
        "empty-share": document_mean(empty_share(predicted), group, n_groups),
    }


def ranked_scores(proba: NDArray[np.float64], labels: BoolArray, group: IntArray) -> dict[str, Influenced | None]:
    """Return the scores of probabilities by name; shapes as for `thresholded_scores`."""
    n_groups = int(group.max()) + 1
    return {
        "mAP": mean_average_precision(proba, labels, group, n_groups),
        "LRAP": document_mean(lrap(proba, labels), group, n_groups),
        "Brier": document_mean(brier(proba, labels), group, n_groups),
    }
