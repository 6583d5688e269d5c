"""Scores that need no learning: what a classifier must beat to be one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.corpus.keywords import NO_KEYWORD
from synthlift.corpus.terms import term_counter
from synthlift.metrics.scores import thresholded_scores
from synthlift.metrics.thresholds import tune_threshold
from synthlift.study.workload import Workload

__all__ = ["floors"]

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]

KEYWORDS = "keywords"
N_NEIGHBOURS = 10
BLOCK = 1024


def floors(workload: Workload) -> list[dict[str, str | float | None]]:
    """Return records of the floors: everything, the commonest label set, neighbours of the whole pool, names."""
    truth, group = workload.test.label_matrix(), workload.test_group
    records: list[dict[str, str | float | None]] = []
    for name, predicted in _answers(workload):
        scores = thresholded_scores(predicted, truth, group)
        values = {metric: scores[metric] for metric in ("micro-F1", "macro-F1", "sample-F1")}
        records += [_record(name, metric, score.value if score else None) for metric, score in values.items()]
    if not workload.keywords.has_any.any():
        return [r if r["name"] != KEYWORDS else {**r, "value": None, "reason": NO_KEYWORD} for r in records]
    return records


def _record(name: str, metric: str, value: float | None) -> dict[str, str | float | None]:
    return {"name": name, "metric": metric, "threshold": None, "value": value}


def _answers(workload: Workload) -> Iterator[tuple[str, BoolArray]]:
    train, n_test = workload.train.label_matrix(), len(workload.test)
    yield "predict-all", np.ones((n_test, train.shape[1]), dtype=bool)
    sets, count = np.unique(train, axis=0, return_counts=True)
    yield "commonest-label-set", np.tile(sets[int(np.argmax(count))], (n_test, 1))
    yield "kNN", _neighbours(workload)
    yield KEYWORDS, workload.keywords.found(workload.test.texts)


def _neighbours(workload: Workload) -> BoolArray:
    """Predict the labels that the nearest training documents carry; the threshold is tuned leaving groups out."""
    from sklearn.feature_extraction.text import TfidfTransformer

    counter, tfidf = term_counter(workload.analyzer, longest=1), TfidfTransformer(sublinear_tf=True)
    try:
        train = sparse.csr_array(tfidf.fit_transform(counter.fit_transform(workload.train.texts)))
    except ValueError:  # no text has a word: nothing is near
        return np.zeros((len(workload.test), len(workload.train.labels)), dtype=bool)
    test = sparse.csr_array(tfidf.transform(counter.transform(workload.test.texts)))
    labels = workload.train.label_matrix()
    own = _mean_labels(train, train, labels, workload.train_group)
    threshold = tune_threshold(own, labels).threshold
    predicted: BoolArray = _mean_labels(test, train, labels, None) >= threshold
    return predicted


def _mean_labels(
    left: sparse.csr_array, right: sparse.csr_array, labels: BoolArray, group: NDArray[np.int64] | None
) -> FloatArray:
    """Return the similarity-weighted mean label vector of the nearest documents, of other groups where given."""
    means = np.zeros((left.shape[0], labels.shape[1]))
    k = min(N_NEIGHBOURS, right.shape[0])
    transposed = right.T.tocsr()
    for start in range(0, left.shape[0], BLOCK):
        at = slice(start, start + BLOCK)
        cosine = (left[at] @ transposed).toarray()
        if group is not None:
            cosine[group[at, np.newaxis] == group[np.newaxis, :]] = 0.0
        nearest = np.argpartition(-cosine, k - 1, axis=1)[:, :k]
        weight = np.take_along_axis(cosine, nearest, axis=1)
        total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
        means[at] = np.einsum("ij,ijl->il", weight / total, labels[nearest].astype(float))
    return means
