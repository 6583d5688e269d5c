"""Any scikit-learn estimator over texts as a classifier, by `clone`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from synthlift.classifiers.folds import inner_folds
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import NotApplicable

__all__ = ["SklearnClassifier"]

FloatArray = NDArray[np.float64]


class SklearnClassifier:
    """Wrap an estimator that fits texts to a label matrix, such as a pipeline that begins with a vectorizer.

    Its hyper-parameters stay as they are; only the threshold is tuned, on inner folds of the real documents.

    Parameters
    ----------
    estimator : sklearn estimator
        ``fit(texts, labels)`` with labels bool ``(n, n_labels)``, then `predict_proba`, or `decision_function`, whose
        values are squashed. It is cloned before each fit; what it draws is up to its own ``random_state``.

    Attributes
    ----------
    held_out_proba_ : ndarray, shape (n_tuning, n_labels)
    facts_ : dict
        Empty.
    """

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Fit one clone on each inner fold and one on everything.

        Raises
        ------
        NotApplicable
            For weights, a focal loss, steps, an order or rows between vectors: an arbitrary estimator cannot be told.
        """
        weighted = training.sample_weight is not None or training.label_weight is not None
        told = training.loss != "bce" or training.n_steps is not None or training.stage is not None
        if weighted or told or training.n_interpolated:
            raise NotApplicable("a wrapped estimator takes texts and labels only, no weights, loss, steps or order")
        self.facts_: dict[str, float | int | str] = {}
        self.held_out_proba_: FloatArray = np.zeros((len(training.tuning_rows), training.labels.shape[1]))
        for fold in inner_folds(training, rng):
            held = [training.texts[row] for row in training.tuning_rows[fold.positions]]
            self.held_out_proba_[fold.positions] = _Fitted(self._estimator, training, fold.train).proba(held)
        self._fitted = _Fitted(self._estimator, training, np.arange(len(training)))
        return self

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """Return probabilities, ``(n_texts, n_labels)``; a label never seen, or always, predicts its prior."""
        return self._fitted.proba(texts)


class _Fitted:
    """An estimator fitted on some rows; labels of one class there are left to their prior."""

    def __init__(self, estimator: Any, training: TrainingSet, rows: NDArray[np.intp]) -> None:
        from sklearn.base import clone

        labels = training.labels[rows]
        self._prior: FloatArray = labels.mean(axis=0)
        self._varying = np.flatnonzero(labels.any(axis=0) & ~labels.all(axis=0))
        self._estimator = clone(estimator)
        if self._varying.size:
            target = labels[:, self._varying].astype(int)
            # estimators of one label want a vector
            self._estimator.fit([training.texts[row] for row in rows], target[:, 0] if target.shape[1] == 1 else target)

    def proba(self, texts: Sequence[str]) -> FloatArray:
        proba: FloatArray = np.tile(self._prior, (len(texts), 1))
        if self._varying.size and len(texts):
            proba[:, self._varying] = self._varying_proba(list(texts))
        return proba

    def _varying_proba(self, texts: list[str]) -> FloatArray:
        if hasattr(self._estimator, "predict_proba"):
            answer = self._estimator.predict_proba(texts)
            if isinstance(answer, list):  # one (n_texts, 2) array a label, as multi-output estimators give
                return np.stack([np.asarray(one)[:, 1] for one in answer], axis=1)
            found: FloatArray = np.asarray(answer, dtype=float)
            return found[:, 1:] if self._varying.size == 1 and found.shape[1] == 2 else found
        margin = np.asarray(self._estimator.decision_function(texts), dtype=float)
        squashed: FloatArray = expit(margin.reshape(len(texts), self._varying.size))
        return squashed
