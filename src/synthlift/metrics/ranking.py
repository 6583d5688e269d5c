"""The first places of rankings whose ties are in every order at once.

Documents of equal score have no order, so a place holds each of them equally often: what counts is the mean of their
gains. Of the documents that are tied with the last place nothing is kept but their number and that mean, so a ranking
has one size however many there are, and rankings of parts of a collection merge into the ranking of the whole.

References
----------
McSherry & Najork (2008), Computing information retrieval performance measures efficiently in the presence of tied
scores, ECIR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ranking", "Tied", "merged", "placed"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tied:
    """Documents of one score for one query, an entry each, in any order; entries may repeat query and score.

    Attributes
    ----------
    query : ndarray of int, shape (n_entries,)
    score : ndarray of float, shape (n_entries,)
        Finite.
    gain : ndarray of float, shape (n_entries,)
        Sum of the gains of the entry's documents.
    count : ndarray of int, shape (n_entries,)
        Number of documents, >= 1.
    """

    query: IntArray
    score: FloatArray
    gain: FloatArray
    count: IntArray


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first k places of each query, each array of shape ``(n_queries, k)``.

    Attributes
    ----------
    score : ndarray of float
        Descending; minus infinity at places that no document is left for.
    gain : ndarray of float
        Expected gain of the place: the mean over all documents of its score. 0 where there is no document.
    count : ndarray of int
        Documents that the place stands for: 1, but the last of a run of equal scores stands for those too that are
        tied with it and have no place. 0 where there is no document.
    """

    score: FloatArray
    gain: FloatArray
    count: IntArray

    def at(self, rows: NDArray[np.integer]) -> Ranking:
        """Return the ranking of some queries."""
        return Ranking(self.score[rows], self.gain[rows], self.count[rows])


def placed(tied: Tied, n_queries: int, k: int) -> Ranking:
    """Put documents in their places, the highest score first.

    Examples
    --------
    >>> query, score = np.zeros(3, dtype=np.int64), np.array([0.5, 0.9, 0.5])
    >>> placed(Tied(query, score, np.array([1.0, 1.0, 0.0]), np.ones(3, dtype=np.int64)), 1, 2).gain.tolist()
    [[1.0, 0.5]]
    """
    query, score, gain, count = _runs(tied)
    before = np.cumsum(count) - count
    before -= before[np.searchsorted(query, query)]  # documents of the same query that rank higher
    n_places = np.clip(k - before, 0, count)
    run = np.repeat(np.arange(len(query)), n_places)
    end = np.cumsum(n_places)
    place = before[run] + np.arange(len(run)) - (end - n_places)[run]
    ranking = Ranking(
        np.full((n_queries, k), -np.inf), np.zeros((n_queries, k)), np.zeros((n_queries, k), dtype=np.int64)
    )
    at = query[run], place
    ranking.score[at] = score[run]
    ranking.gain[at] = (gain / count)[run]
    is_last = np.arange(len(run)) == end[run] - 1
    ranking.count[at] = np.where(is_last, (count - n_places)[run] + 1, 1)
    return ranking


def _runs(tied: Tied) -> tuple[IntArray, FloatArray, FloatArray, IntArray]:
    """Sort by query, then score, and return one entry for each pair of both."""
    order = np.lexsort((-tied.score, tied.query))
    query, score = tied.query[order], tied.score[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (query[1:] != query[:-1]) | (score[1:] != score[:-1])
    first = np.flatnonzero(is_new)
    if not first.size:
        return tied.query, tied.score, tied.gain, tied.count
    gain, count = np.add.reduceat(tied.gain[order], first), np.add.reduceat(tied.count[order], first)
    return query[first], score[first], gain, count


def merged(rankings: Sequence[Ranking]) -> Ranking:
    """Return the ranking of a collection from those of its parts, one or more, of the same queries and places."""
    n_queries, k = rankings[0].score.shape
    query = np.repeat(np.arange(n_queries), k * len(rankings))
    score, gain, count = (
        np.concatenate(arrays, axis=1).ravel()
        for arrays in zip(*((r.score, r.gain * r.count, r.count) for r in rankings), strict=True)
    )
    held = count > 0
    return placed(Tied(query[held], score[held], gain[held], count[held]), n_queries, k)
