"""Texts as vectors, for measures of the texts themselves: spaces that are fitted on real documents alone.

Texts are lower-cased in all of them: a generator that was shown lower-cased documents and answers in mixed case would
be told from them by that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.classifiers.lsa import Lsa
from synthlift.classifiers.tfidf import TermCounts, Tfidf
from synthlift.models.embeddings import embedder_of
from synthlift.study.workload import Workload

__all__ = ["Space", "commonest_terms", "lsa_space", "spaces"]

FloatArray = NDArray[np.float64]

N_TERMS = 1000


@dataclass(frozen=True, slots=True)
class Space:
    """A representation of texts.

    Attributes
    ----------
    name : str
    vectors : callable
        Of texts, ``(n_texts, n_dimensions)``; rows of unit length, or zero for a text without a known term.
    is_wide : bool
        Whether it has more dimensions than most samples have documents: then distances only are measured.
    """

    name: str
    vectors: Callable[[Sequence[str]], FloatArray]
    is_wide: bool = False


def spaces(workload: Workload, real: Sequence[str]) -> Iterator[Space]:
    """Yield the representations that likeness is measured in.

    LSA of the analyzer that classifiers have, LSA of the other one, which none has, and TF-IDF of the commonest terms;
    and the sentence encoder of the study, where it names one for this.

    Parameters
    ----------
    workload : Workload
    real : sequence of str
        Real documents that the spaces are fitted on.
    """
    names = {"word": "LSA of words", "char": "LSA of characters"}
    for analyzer in sorted(names, key=lambda name: name != workload.analyzer):
        yield Space(names[analyzer], lsa_space(real, analyzer))
    yield Space("TF-IDF", commonest_terms(real, workload.analyzer), is_wide=True)
    if workload.encoder is not None:
        embed = embedder_of(workload.encoder.model, workload.encoder.revision, workload.embeddings)
        yield Space("encoder", lambda texts: _unit(embed([text.lower() for text in texts]).vectors))


def lsa_space(real: Sequence[str], analyzer: str) -> Callable[[Sequence[str]], FloatArray]:
    """Return the map of texts to LSA of real documents."""
    weight = np.ones(len(real))
    return Lsa(Tfidf(TermCounts(analyzer), list(real), weight), weight).transform


def commonest_terms(real: Sequence[str], analyzer: str) -> Callable[[Sequence[str]], FloatArray]:
    """Return the map of texts to TF-IDF of the thousand terms that most of the real documents have."""
    tfidf = Tfidf(TermCounts(analyzer), list(real), np.ones(len(real)))
    n_with = np.bincount(tfidf.features.indices, minlength=tfidf.features.shape[1])
    kept = np.sort(np.argsort(-n_with, kind="stable")[:N_TERMS])
    return lambda texts: _unit(tfidf.transform(texts)[:, kept].toarray())


def _unit(vectors: NDArray[np.floating]) -> FloatArray:
    exact = vectors.astype(np.float64)
    length = np.linalg.norm(exact, axis=1, keepdims=True)
    unit: FloatArray = exact / np.where(length > 0.0, length, 1.0)
    return unit
