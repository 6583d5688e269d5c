"""Frozen vectors of texts, of a sentence encoder or LSA of the training texts, and a head: logistic, or neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from synthlift.classifiers.head import DistinctRows, Head, distinct_rows, posed, refuse_what_is_not_convex, solved
from synthlift.classifiers.kernels import LowRankGram
from synthlift.classifiers.lsa import Lsa
from synthlift.classifiers.mlsmote import interpolated
from synthlift.classifiers.neighbours import NeighbourHead, fit_neighbours, refuse_what_is_trained
from synthlift.classifiers.tfidf import TermCounts, Tfidf
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import BadConfiguration, NotApplicable, show
from synthlift.models.embeddings import Embedder, check_sentence_encoder, embedder_of, load_sentence_encoder
from synthlift.models.encoders import weights_identity

__all__ = ["EmbeddingClassifier"]

FloatArray = NDArray[np.float64]

HEADS = ("logistic", "knn")


class EmbeddingClassifier:
    """The `embedding` classifier family.

    Parameters
    ----------
    counts : TermCounts, optional
        Term counts to share with other classifiers; they have an analyzer of their own.
    analyzer : {"word", "char"}
        What the terms are, as in `TermCounts`.
    model : str, optional
        A sentence-transformers model, folder or Hub name; without one vectors are LSA of the training texts.
    revision : str, optional
        Commit of the Hub, all 40 digits.
    head : {"logistic", "knn"}
        What reads the vectors: logistic regression, or the labels of the nearest training documents.
    embeddings : str, optional
        Folder in which vectors of the model are kept; without one each process makes its own.

    Attributes
    ----------
    held_out_proba_ : ndarray, shape (n_tuning, n_labels)
    facts_ : dict
        ``C`` (per mean loss) and ``n_unconverged``, or ``k``; with a model ``n_truncated``, the distinct training texts
        of which it read only the beginning; with rows between vectors ``n_interpolated``, how many could be made.

    Raises
    ------
    BadConfiguration
        For another head, a revision without a model, and as `check_sentence_encoder`.
    """

    def __init__(
        self,
        counts: TermCounts | None = None,
        *,
        analyzer: str = "word",
        model: str | None = None,
        revision: str | None = None,
        head: Literal["logistic", "knn"] = "logistic",
        embeddings: str | None = None,
    ) -> None:
        if head not in HEADS:
            raise BadConfiguration(f"embedding: got the head {show(head)}, expected one of {', '.join(HEADS)}")
        if model is not None:
            check_sentence_encoder(model, revision)
        elif revision is not None:
            raise BadConfiguration("embedding: got a revision without a model, expected both: name the model")
        self._counts = counts if counts is not None else TermCounts(analyzer)
        self._model, self._revision, self._folder = model, revision, embeddings
        self._head_name = head

    @property
    def weights_identity(self) -> str | None:
        """SHA-256 of weights and tokenizer; None without a model."""
        return None if self._model is None else weights_identity(self._model, self._revision)

    def load(self) -> Any:
        """Load the weights, where there are any.

        Raises
        ------
        BadConfiguration
            As `load_sentence_encoder`.
        """
        return None if self._model is None else load_sentence_encoder(self._model, self._revision)

    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Take the vectors of the training texts, choose `C`, or `k`, by held-out micro-F1, then fit on all rows.

        Raises
        ------
        NotApplicable
            For a focal loss, a number of optimiser steps, or an order of documents.
        """
        knn = self._head_name == "knn"
        (refuse_what_is_trained if knn else refuse_what_is_not_convex)(training)
        rows = distinct_rows(training)
        self._space = self._space_of([training.texts[row] for row in rows.first], rows)
        vectors = self._space.vectors
        problem = posed(LowRankGram(vectors), training, rows, rng)
        further = {"n_truncated": self._space.n_truncated} if isinstance(self._space, _Frozen) else {}
        if training.n_interpolated:
            problem, vectors = interpolated(problem, vectors, training.n_interpolated, rng)
            further["n_interpolated"] = len(problem.whole) - len(rows.first)
        self._head: NeighbourHead | _LogisticHead
        if knn:
            self._head = fit_neighbours(problem, vectors)
            facts: dict[str, float | int | str] = {"k": self._head.k}
        else:
            head = solved(problem)
            self._head, facts = _LogisticHead(head, vectors[problem.whole]), head.facts
        self.facts_ = {**facts, **further}
        self.held_out_proba_ = self._head.held_out_proba
        return self

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """Return probabilities, ``(n_texts, n_labels)``; a label never seen, or always, predicts its prior."""
        return self._head.proba(self._space.transform(texts))

    def vectors(self, texts: Sequence[str]) -> FloatArray:
        """Return the LSA vectors of texts, ``(n_texts, n_dimensions)``.

        Raises
        ------
        NotApplicable
            For a sentence encoder, which training does not change.
        """
        if isinstance(self._space, _Frozen):
            raise NotApplicable("its vectors are frozen, so they are the same whatever it is trained on")
        return self._space.transform(texts)

    def _space_of(self, texts: Sequence[str], rows: DistinctRows) -> Lsa | _Frozen:
        if self._model is None:
            return Lsa(Tfidf(self._counts, texts, rows.multiplicity), rows.multiplicity)
        return _Frozen(embedder_of(self._model, self._revision, self._folder), texts)


class _LogisticHead:
    """A solved head as the weights of its dimensions."""

    def __init__(self, head: Head, vectors: FloatArray) -> None:
        self.held_out_proba = head.held_out_proba
        self._coefficients: FloatArray = vectors.T @ head.solution.alpha
        self._intercept = head.solution.intercept

    def proba(self, vectors: FloatArray) -> FloatArray:
        proba: FloatArray = expit(vectors @ self._coefficients + self._intercept)
        return proba


class _Frozen:
    """Unit vectors of training texts and of others, as `Lsa` has them."""

    def __init__(self, embed: Embedder, texts: Sequence[str]) -> None:
        self._embed = embed
        told = embed(texts)
        self.vectors = _unit(told.vectors)
        self.n_truncated = int(told.truncated.sum())

    def transform(self, texts: Sequence[str]) -> FloatArray:
        return _unit(self._embed(texts).vectors)


def _unit(vectors: NDArray[np.float32]) -> FloatArray:
    """Return vectors of length 1: not every model gives such, and one penalty is to fit all."""
    exact = vectors.astype(np.float64)
    length = np.linalg.norm(exact, axis=1, keepdims=True)
    unit: FloatArray = exact / np.where(length > 0.0, length, 1.0)
    return unit
