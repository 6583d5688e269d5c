"""Scores that are means over test documents; a group's influence is its documents' share of the mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.classification import Influenced

__all__ = ["brier", "document_mean", "empty_share", "lrap", "sample_f1"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def document_mean(values: FloatArray, group: IntArray, n_groups: int) -> Influenced:
    """Return the mean of one value per document, ``(n_docs,)``.

    >>> document_mean(np.array([1.0, 0.0]), np.array([0, 1]), 2).influence.tolist()
    [0.25, -0.25]
    """
    mean = float(values.mean())
    return Influenced(mean, np.bincount(group, weights=values - mean, minlength=n_groups) / len(values))


def sample_f1(predicted: BoolArray, labels: BoolArray) -> FloatArray:
    """Return each document's F1, ``(n_docs,)``; nothing predicted where nothing is true is right, so 1."""
    size = predicted.sum(axis=1) + labels.sum(axis=1)
    hits = 2.0 * (predicted & labels).sum(axis=1)
    return np.where(size > 0, hits / np.maximum(size, 1), 1.0)


def empty_share(predicted: BoolArray) -> FloatArray:
    """Return 1 for each document without a predicted label, ``(n_docs,)``."""
    return (~predicted.any(axis=1)).astype(float)


def brier(proba: FloatArray, labels: BoolArray) -> FloatArray:
    """Return each document's squared error, mean over labels, ``(n_docs,)``; lower is better."""
    error: FloatArray = ((proba - labels) ** 2).mean(axis=1)
    return error


def lrap(proba: FloatArray, labels: BoolArray) -> FloatArray:
    """Return each document's label ranking average precision, ``(n_docs,)``.

    Mean, over the true labels, of the share of true ones among the labels ranked as high or higher; ties count as
    ranked higher. A document with no label, or all of them, scores 1.

    References
    ----------
    Tsoumakas, Katakis & Vlahavas (2010), Mining multi-label data, section 7.
    """
    n_docs, n_labels = labels.shape
    order = np.argsort(-proba, axis=1, kind="stable")
    ranked = np.take_along_axis(proba, order, axis=1)
    true = np.take_along_axis(labels, order, axis=1)
    # the last position of each run of equal probabilities: there the run's rank is read
    ends = np.concatenate([ranked[:, :-1] != ranked[:, 1:], np.ones((n_docs, 1), dtype=bool)], axis=1)
    position = np.where(ends, np.arange(n_labels), n_labels)
    last = np.minimum.accumulate(position[:, ::-1], axis=1)[:, ::-1]
    precision = np.take_along_axis(true.cumsum(axis=1), last, axis=1) / (last + 1.0)
    n_true = labels.sum(axis=1)
    score: FloatArray = (precision * true).sum(axis=1) / np.maximum(n_true, 1)
    return np.where((n_true == 0) | (n_true == n_labels), 1.0, score)
