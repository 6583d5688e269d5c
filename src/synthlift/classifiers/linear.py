"""TF-IDF and L2 logistic regression, one per label, all labels solved together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit

from synthlift.classifiers.head import distinct_rows, fit_head, refuse_what_is_not_convex
from synthlift.classifiers.kernels import gram
from synthlift.classifiers.tfidf import TermCounts, Tfidf
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import NotApplicable

__all__ = ["LinearClassifier"]

FloatArray = NDArray[np.float64]


class LinearClassifier:
    """The `linear` classifier family.

    `C` is chosen, and the threshold can be tuned, on probabilities of inner folds over the real documents. Copies are
    solved as weights: a training set copied k times is the training set itself, to the last bit.

    Parameters
    ----------
    counts : TermCounts, optional
        Term counts to share with other classifiers; they have an analyzer of their own.
    analyzer : {"word", "char"}
        What the terms are, as in `TermCounts`.

    Attributes
    ----------
    held_out_proba_ : ndarray, shape (n_tuning, n_labels)
    facts_ : dict
        ``C`` (per mean loss), ``n_unconverged``.
    """

    def __init__(self, counts: TermCounts | None = None, *, analyzer: str = "word") -> None:
        self._counts = counts if counts is not None else TermCounts(analyzer)

    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Choose `C` by held-out micro-F1 at its best threshold, then fit on all rows.

        Raises
        ------
        NotApplicable
            For a focal loss, a number of optimiser steps, an order of documents, or rows between vectors.
        """
        refuse_what_is_not_convex(training)
        if training.n_interpolated:
            raise NotApplicable("a text between two texts is no text: there are no dense vectors here")
        rows = distinct_rows(training)
        self._tfidf = Tfidf(self._counts, [training.texts[row] for row in rows.first], rows.multiplicity)
        head = fit_head(gram(self._tfidf.features), training, rows, rng)
        self._coefficients: FloatArray = self._tfidf.features.T @ head.solution.alpha
        self._intercept = head.solution.intercept
        self.held_out_proba_ = head.held_out_proba
        self.facts_ = head.facts
        return self

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """Return probabilities, ``(n_texts, n_labels)``; a label never seen, or always, predicts its prior."""
        proba: FloatArray = expit(self._tfidf.transform(texts) @ self._coefficients + self._intercept)
        return proba

    def vectors(self, texts: Sequence[str]) -> sparse.csr_array:
        """Return the TF-IDF of texts, ``(n_texts, n_terms)``: terms and weights are those of the training set."""
        return self._tfidf.transform(texts)
