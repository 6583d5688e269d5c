"""Frozen vectors of texts and the logistic head; built in, the vectors are LSA of the training texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from synthlift.classifiers.head import distinct_rows, fit_head, refuse_what_is_not_convex
from synthlift.classifiers.kernels import LowRankGram
from synthlift.classifiers.lsa import Lsa
from synthlift.classifiers.tfidf import TermCounts, Tfidf
from synthlift.corpus.training_set import TrainingSet

__all__ = ["EmbeddingClassifier"]

FloatArray = NDArray[np.float64]


class EmbeddingClassifier:
    """The `embedding` classifier family.

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
        """Project the training texts, choose `C` by held-out micro-F1, then fit on all rows.

        Raises
        ------
        NotApplicable
            For a focal loss, or a number of optimiser steps.
        """
        refuse_what_is_not_convex(training)
        rows = distinct_rows(training)
        tfidf = Tfidf(self._counts, [training.texts[row] for row in rows.first], rows.multiplicity)
        self._lsa = Lsa(tfidf, rows.multiplicity)
        head = fit_head(LowRankGram(self._lsa.vectors), training, rows, rng)
        self._coefficients: FloatArray = self._lsa.vectors.T @ head.solution.alpha
        self._intercept = head.solution.intercept
        self.held_out_proba_ = head.held_out_proba
        self.facts_ = head.facts
        return self

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """Return probabilities, ``(n_texts, n_labels)``; a label never seen, or always, predicts its prior."""
        proba: FloatArray = expit(self._lsa.transform(texts) @ self._coefficients + self._intercept)
        return proba
