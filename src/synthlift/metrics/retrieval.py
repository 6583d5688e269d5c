"""Does text that helps a classifier harm a search? nDCG@10 with test documents as queries.

A real document is as relevant to a query as their label sets overlap (Jaccard), places are filled by cosine, and the
query itself is no answer. Two questions are asked: what synthetic documents in the *index* do to it, and how well the
*representation* that a condition learnt ranks real documents.

References
----------
Järvelin & Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques, ACM TOIS 20.
McSherry & Najork (2008), Computing information retrieval performance measures efficiently in the presence of tied
scores, ECIR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.errors import NotApplicable
from synthlift.metrics.ranking import Ranking, merged
from synthlift.metrics.relevance import Jaccard, ideal_gain
from synthlift.metrics.search import ranked
from synthlift.metrics.sparse_search import ranked_sparse

__all__ = ["Added", "Index", "Labelled", "LabelledTerms", "Retrieval", "index", "representation"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

N_PLACES = 10


@dataclass(frozen=True, slots=True)
class Labelled:
    """Documents as a search sees them.

    Attributes
    ----------
    vectors : ndarray of float, shape (n_docs, n_dimensions)
        Rows of unit length, or zero.
    labels : ndarray of bool, shape (n_docs, n_labels)
    """

    vectors: NDArray[np.floating]
    labels: NDArray[np.bool_]

    def __post_init__(self) -> None:
        _check(self.vectors.shape, self.labels.shape)


@dataclass(frozen=True, slots=True)
class LabelledTerms:
    """Documents as a search by their terms sees them.

    Attributes
    ----------
    vectors : csr_array, shape (n_docs, n_terms)
        Rows of unit length, or zero.
    labels : ndarray of bool, shape (n_docs, n_labels)
    """

    vectors: sparse.csr_array
    labels: NDArray[np.bool_]

    def __post_init__(self) -> None:
        _check(self.vectors.shape, self.labels.shape)


Documents = Labelled | LabelledTerms


def _check(vectors: tuple[int, ...], labels: tuple[int, ...]) -> None:
    if len(vectors) != 2 or len(labels) != 2 or vectors[0] != labels[0]:
        got = f"got vectors of shape {vectors} and labels of shape {labels}"
        raise ValueError(f"{got}, expected two matrices with a row for each document")


@dataclass(frozen=True, slots=True)
class Retrieval:
    """nDCG@10 of the queries that some real document is relevant to.

    Attributes
    ----------
    value : float or None
        Mean over them.
    query : ndarray of int, shape (n_measured,)
        Their rows, ascending.
    ndcg : ndarray of float, shape (n_measured,)
        Each one's own.
    n_left_out : int
        Queries that share no label with any real document: they have no ideal to be held against.
    reason : str or None
        Why there is no value.
    """

    value: float | None
    query: IntArray
    ndcg: FloatArray
    n_left_out: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """The index of real documents with synthetic ones among them.

    Attributes
    ----------
    family : str or None
        The prompt family that alone was added; None where all were.
    n_documents : int
        Synthetic documents added.
    strict : Retrieval
        A synthetic document is no answer: who looks for a patent is not helped by an invented one.
    lenient : Retrieval
        It is as relevant as its label set is. The ideal is of real documents here too, so this may exceed 1 where
        synthetic documents fit a query better than any real one.
    """

    family: str | None
    n_documents: int
    strict: Retrieval
    lenient: Retrieval


@dataclass(frozen=True, slots=True)
class Index:
    """What synthetic documents do to an index.

    Attributes
    ----------
    real : Retrieval
        The real documents alone.
    added : tuple of Added
        All synthetic documents first, then each prompt family alone, in the order given.
    """

    real: Retrieval
    added: tuple[Added, ...]


def representation(queries: Documents, real: Documents, own: IntArray | None = None) -> Retrieval:
    """Measure how well a condition's vectors rank real documents.

    Parameters
    ----------
    queries, real : Labelled or LabelledTerms
        Test documents, and the real documents that are searched, in the vectors of the condition; both of one kind.
    own : ndarray of int, shape (n_queries,), optional
        Row among `real` of the query itself, or -1; left out, no query is among them.

    Raises
    ------
    ValueError
        For vectors that are not of unit length, and for shapes that do not fit.

    Examples
    --------
    >>> vectors, labels = np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([[True, False], [False, True]])
    >>> representation(Labelled(vectors[:1], labels[1:]), Labelled(vectors, labels)).value.__round__(4)
    0.6309
    """
    own = _own(queries, real, own)
    try:
        ranking = _ranked(queries, real, own)
    except NotApplicable as refusal:
        return _refused(queries, refusal.reason)
    return _measured(ranking, _ideal(queries, real, own))


def index(queries: Labelled, real: Labelled, synthetic: Mapping[str, Labelled], own: IntArray | None = None) -> Index:
    """Measure an index of real documents without and with synthetic ones.

    Each part is searched once, and the ranking of a whole is merged from those of its parts.

    Parameters
    ----------
    queries, real : Labelled
        Test documents, and the real documents of the index, in vectors that were fitted on real documents.
    synthetic : mapping of str to Labelled
        Synthetic documents by prompt family, in the same vectors.
    own : ndarray of int, shape (n_queries,), optional
        Row among `real` of the query itself, or -1.

    Raises
    ------
    ValueError
        For vectors that are not of unit length, and for shapes that do not fit.
    """
    own = _own(queries, real, own)
    nowhere = np.full(len(queries.labels), -1, dtype=np.int64)
    sizes = {family: len(part.labels) for family, part in synthetic.items()}
    choices: list[tuple[str | None, list[str]]] = [(None, list(sizes)), *((family, [family]) for family in sizes)]
    try:
        base = _ranked(queries, real, own)
        parts = {family: _ranked(queries, part, nowhere) for family, part in synthetic.items()}
    except NotApplicable as refusal:
        none = _refused(queries, refusal.reason)
        return Index(none, tuple(Added(name, sum(sizes[f] for f in chosen), none, none) for name, chosen in choices))
    ideal = _ideal(queries, real, own)
    added = []
    for name, chosen in choices:
        lenient = [base, *(parts[family] for family in chosen)]
        strict = [base, *(replace(part, gain=np.zeros_like(part.gain)) for part in lenient[1:])]
        both = (_measured(merged(rankings), ideal) for rankings in (strict, lenient))
        added.append(Added(name, sum(sizes[family] for family in chosen), *both))
    return Index(_measured(base, ideal), tuple(added))


def _own(queries: Documents, real: Documents, own: IntArray | None) -> IntArray:
    if queries.labels.shape[1] != real.labels.shape[1]:
        raise ValueError(f"got {queries.labels.shape[1]} and {real.labels.shape[1]} labels, expected the same ones")
    return np.full(len(queries.labels), -1, dtype=np.int64) if own is None else own


def _ranked(queries: Documents, documents: Documents, own: IntArray) -> Ranking:
    gain = Jaccard.of(queries.labels, documents.labels)
    if isinstance(queries, Labelled) and isinstance(documents, Labelled):
        return ranked(queries.vectors, documents.vectors, gain, N_PLACES, own)
    if isinstance(queries, LabelledTerms) and isinstance(documents, LabelledTerms):
        return ranked_sparse(queries.vectors, documents.vectors, gain, N_PLACES, own)
    raise ValueError("got dense and sparse vectors, expected both of one kind")


def _ideal(queries: Documents, real: Documents, own: IntArray) -> FloatArray:
    return _dcg(ideal_gain(queries.labels, real.labels, own, N_PLACES))


def _dcg(gain: FloatArray) -> FloatArray:
    """Return the discounted cumulated gain of each row's places, ``(n_queries,)``."""
    discount: FloatArray = 1.0 / np.log2(np.arange(gain.shape[1]) + 2.0)
    dcg: FloatArray = (gain * discount).sum(axis=1)
    return dcg


def _measured(ranking: Ranking, ideal: FloatArray) -> Retrieval:
    query = np.flatnonzero(ideal > 0.0)
    n_left_out = len(ideal) - len(query)
    if not query.size:
        reason = f"none of {len(ideal)} queries shares a label with a real document that is searched"
        return Retrieval(None, query, np.empty(0), n_left_out, reason)
    ndcg = _dcg(ranking.gain[query]) / ideal[query]
    return Retrieval(float(ndcg.mean()), query, ndcg, n_left_out)


def _refused(queries: Documents, reason: str) -> Retrieval:
    return Retrieval(None, np.empty(0, dtype=np.int64), np.empty(0), len(queries.labels), reason)
