"""Drops texts that repeat a test document, told by fingerprints: no test text ever reaches the filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Document
from synthlift.corpus.shingles import Analyzer, normalised
from synthlift.filters.contract import Decision
from synthlift.filters.signatures import N_PERMUTATIONS, WordHashes, run_hashes, signatures
from synthlift.metrics.copying import N_CONTAMINATED, N_CONTAMINATED_SHORT, SHORT

__all__ = ["ContaminationFilter", "Fingerprints", "fingerprints"]

# two standard errors of the estimate below the 0.7 of a near-duplicate, so that 99 in 100 of those are found
NEAR = 0.6
# documents are compared where 4 numbers of a signature agree in one of its 32 bands: 99 in 100 of those with 0.6
N_IN_BAND = 4
_WIDTHS = (N_CONTAMINATED, N_CONTAMINATED_SHORT)
BLOCK = 1 << 16
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93], dtype=np.uint64)

IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What the filter may know of the test documents.

    Attributes
    ----------
    ngrams : dict of int to ndarray of uint64
        Hashes of all runs of 13 words, and of 8, ascending.
    signatures : ndarray of uint32, shape (n_distinct, 128)
    analyzer : {"word", "char"}
        How texts are cut for the signatures.
    """

    ngrams: dict[int, NDArray[np.uint64]] = field(repr=False)
    signatures: NDArray[np.uint32] = field(repr=False)
    analyzer: Analyzer = "word"


def fingerprints(texts: Sequence[str], analyzer: Analyzer = "word") -> Fingerprints:
    """Return the fingerprints of test documents."""
    words = WordHashes()
    units = [_units(text, words) for text in texts]
    none = np.zeros(0, dtype=np.uint64)
    ngrams = {width: np.unique(np.concatenate([none, *(run_hashes(u, width) for u in units)])) for width in _WIDTHS}
    return Fingerprints(ngrams, np.unique(signatures(texts, analyzer), axis=0), analyzer)


@dataclass(frozen=True, slots=True)
class ContaminationFilter:
    """Drop ``test-ngram``: shares a run of 13 words (8 in texts of under 40) with a test document; and ``near-test``.

    Attributes
    ----------
    test : Fingerprints
    """

    test: Fingerprints

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document.

        The score is the share of its distinct n-grams that a test document has, else the estimated Jaccard similarity
        of its shingles to the nearest test document; 0 where that is far from all.
        """
        texts = [document.text for document in documents]
        near = _nearest(signatures(texts, self.test.analyzer), self.test.signatures)
        words = WordHashes()
        return [
            self._judge(self._share(_units(text, words)), one) for text, one in zip(texts, near.tolist(), strict=True)
        ]

    def _share(self, units: NDArray[np.uint64]) -> float:
        width = N_CONTAMINATED_SHORT if len(units) < SHORT else N_CONTAMINATED
        grams = run_hashes(units, width)
        known = self.test.ngrams[width]
        # searched for, since `isin` would sort all of them once more for each document
        found = np.searchsorted(known, grams, side="right") > np.searchsorted(known, grams, side="left")
        return float(found.mean()) if len(grams) else 0.0

    @staticmethod
    def _judge(share: float, near: float) -> Decision:
        reason = "test-ngram" if share > 0.0 else "near-test" if near >= NEAR else None
        return Decision(reason is None, reason, share or near)


def _units(text: str, words: WordHashes) -> NDArray[np.uint64]:
    return np.array([words[word] for word in normalised(text).split()], dtype=np.uint64)


def _nearest(own: NDArray[np.uint32], test: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Return each row's highest share of numbers equal to a test row's, among those that agree in a whole band."""
    rows, back = np.unique(own, axis=0, return_inverse=True)
    highest = np.zeros(len(rows))
    for start in range(0, N_PERMUTATIONS, N_IN_BAND):
        band = slice(start, start + N_IN_BAND)
        for row, other in _candidates(_keys(rows[:, band]), _keys(test[:, band])):
            np.maximum.at(highest, row, (rows[row] == test[other]).mean(axis=1))
    return highest[back.ravel()]


def _keys(band: NDArray[np.uint32]) -> NDArray[np.uint64]:
    return band.astype(np.uint64) @ _FACTORS


def _candidates(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield the pairs of equal keys in blocks, the left one from first to last."""
    order = np.argsort(right, kind="stable")
    first, stop = (np.searchsorted(right[order], left, side=side) for side in ("left", "right"))
    end = np.cumsum(stop - first)
    for start in range(0, int(end[-1]) if len(end) else 0, BLOCK):
        pair = np.arange(start, min(start + BLOCK, end[-1]))
        row = np.searchsorted(end, pair, side="right")
        yield row, order[stop[row] - (end[row] - pair)]
