"""How much of the training documents synthetic text repeats: whole documents, runs of words, nearness.

References
----------
Broder (1997), On the resemblance and containment of documents.
Meehan, Chaudhuri & Dasgupta (2020), A non-parametric test to detect data-copying in generative models.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.metrics.shares import Share, wilson

__all__ = ["Closest", "Words", "containment", "contaminated", "distance_to_closest", "nearest"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

N_CONTAINED = 5
N_CONTAMINATED = 13
N_CONTAMINATED_SHORT = 8
SHORT = 40
MIN_DOCUMENTS = 20
N_PERMUTATIONS = 1999
BLOCK = 1024
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Words:
    """Texts as numbers of words; equal words have equal numbers in all texts that are compared.

    Attributes
    ----------
    word : ndarray of int, shape (n_words,)
        The texts' words, one text after the other.
    start : ndarray of int, shape (n_docs + 1,)
        Where each text begins, and the end.
    """

    word: IntArray
    start: IntArray

    @property
    def length(self) -> IntArray:
        """Words of each text, ``(n_docs,)``."""
        return np.diff(self.start)


def containment(texts: Words, known: Words, n: int = N_CONTAINED) -> FloatArray:
    """Return the share of each text's distinct word n-grams that occur in any known text, ``(n_docs,)``.

    In *any*, not in the one that holds most: text that is patched together from several documents is copied too, and
    the time grows with the words and not with the pairs. What real documents share by chance grows with the number of
    known ones, so the number is read beside that of unseen real documents. NaN for texts of under `n` words.

    >>> one, other = Words(np.array([1, 2, 3, 4]), np.array([0, 4])), Words(np.array([1, 2, 3, 5]), np.array([0, 4]))
    >>> containment(one, other, n=2).round(3).tolist()
    [0.667]
    """
    document, gram = _grams(texts, n)
    found = np.isin(gram, _grams(known, n)[1])
    n_docs = len(texts.length)
    total = np.bincount(document, minlength=n_docs)
    held = np.bincount(document[found], minlength=n_docs)
    return np.where(total > 0, held / np.maximum(total, 1), np.nan)


def contaminated(texts: Words, test: Words) -> FloatArray:
    """Return 1 for each text that shares a 13-gram of words with a test text, else 0, ``(n_docs,)``.

    In texts of under 40 words an 8-gram is enough; NaN for those of under 8.
    """
    long = containment(texts, test, N_CONTAMINATED)
    short = containment(texts, test, N_CONTAMINATED_SHORT)
    share = np.where(texts.length < SHORT, short, long)
    return np.where(np.isnan(share), np.nan, (share > 0).astype(float))


def _grams(texts: Words, n: int) -> tuple[IntArray, NDArray[np.uint64]]:
    """Return the distinct n-grams of each text as 64-bit hashes, and the text that each is of."""
    n_runs = max(len(texts.word) - n + 1, 0)
    mixed = np.full(n_runs, n, dtype=np.uint64)
    units = texts.word.astype(np.uint64)
    for offset in range(n):
        mixed = (mixed ^ units[offset : offset + n_runs]) * _MIX
        mixed ^= mixed >> np.uint64(29)
    document = np.repeat(np.arange(len(texts.length)), texts.length)[:n_runs]
    inside = np.arange(n_runs) + n <= texts.start[1:][document]  # no run crosses from one text to the next
    document, gram = document[inside], mixed[inside]
    order = np.lexsort((gram, document))
    document, gram = document[order], gram[order]
    first = np.ones(len(gram), dtype=bool)
    first[1:] = (document[1:] != document[:-1]) | (gram[1:] != gram[:-1])
    return document[first].astype(np.int64), gram[first]


def nearest(left: sparse.csr_array, right: sparse.csr_array, *, others: bool = False) -> tuple[IntArray, FloatArray]:
    """Return row and cosine of the nearest `right` of each `left`, blockwise.

    Parameters
    ----------
    left, right : csr_array of float, shape (n_left, n_terms) and (n_right, n_terms)
        Rows of unit length, or zero; at least one right.
    others : bool
        Whether `left` are the first of the documents `right`, and none is its own neighbour.
    """
    row = np.zeros(left.shape[0], dtype=np.int64)
    cosine = np.zeros(left.shape[0])
    transposed = right.T.tocsr()
    for start in range(0, left.shape[0], BLOCK):
        at = slice(start, start + BLOCK)
        block = (left[at] @ transposed).toarray()
        if others:
            own = np.arange(block.shape[0])
            block[own, start + own] = -1.0
        row[at] = block.argmax(axis=1)
        cosine[at] = block.max(axis=1)
    return row, np.minimum(cosine, 1.0)  # of equal rows it may be a rounding error more


@dataclass(frozen=True, slots=True)
class Closest:
    """Whether synthetic documents lie nearer to training than to held-out documents.

    Attributes
    ----------
    share : Share or None
        Share of synthetic documents nearer to train, ties half; 0.5 where nothing is copied. None where refused.
    p : float or None
        Two-sided, that train and held-out documents are alike to the generator.
    median_train, median_held_out : float or None
        Median cosine to the closest document of each side.
    reason : str or None
        Why it was refused.
    """

    share: Share | None
    p: float | None
    median_train: float | None
    median_held_out: float | None
    reason: str | None = None


def distance_to_closest(
    train: tuple[IntArray, FloatArray],
    held_out: tuple[IntArray, FloatArray],
    n_reference: int,
    rng: np.random.Generator,
) -> Closest:
    """Compare the closest training with the closest held-out document of each synthetic one.

    A real document that many synthetic ones lie near to (a hub, or a parent of many) moves them all at once, so they
    are not independent and a binomial test errs far too often. Were nothing copied, which half of the real documents
    was trained on would be chance: p is of random halves of them, and the interval is Wilson's with the effective
    number of documents that the variance over halves gives.

    Parameters
    ----------
    train, held_out : tuple of ndarray
        Row and cosine, each ``(n_synthetic,)``, of the closest document: see `nearest`.
    n_reference : int
        Documents on each side, equally many.
    rng : numpy.random.Generator
    """
    n = len(train[1])
    if min(n, n_reference) < MIN_DOCUMENTS:
        got = f"got {n} synthetic and {n_reference} real documents on each side"
        return Closest(None, None, None, None, f"{got}, expected at least {MIN_DOCUMENTS}")
    to_train, to_held_out = train[1], held_out[1]
    tied = np.isclose(to_train, to_held_out, rtol=0.0, atol=1e-9)
    won = np.where(tied, 0.5, to_train > to_held_out)
    lonely = tied & (to_train <= 0.0)  # near to nothing: half, whichever documents were trained on
    drawn = np.concatenate(
        [
            np.bincount(train[0][~lonely], weights=won[~lonely], minlength=n_reference),
            np.bincount(held_out[0][~lonely], weights=1.0 - won[~lonely], minlength=n_reference),
        ]
    )
    value = float(won.mean())
    return Closest(
        wilson(value, _effective(drawn, n)),
        _halves(drawn, rng),
        float(np.median(to_train)),
        float(np.median(to_held_out)),
    )


def _effective(drawn: FloatArray, n: int) -> float:
    """Return how many independent documents would vary as `n` do over random halves of the real documents.

    `drawn` is how many synthetic documents each real one is the closest of, ``(2 n_reference,)``.
    """
    total = len(drawn)
    centred = drawn - drawn.mean()
    variance = total / (4.0 * (total - 1)) * float(centred @ centred) / n**2
    return min(float(n), 0.25 / variance) if variance > 0.0 else float(n)


def _halves(drawn: FloatArray, rng: np.random.Generator) -> float:
    """Return the share of random halves of the real documents that are as far from even as train and held-out."""
    n_reference = len(drawn) // 2
    off = drawn - drawn.mean()
    seen = abs(math.fsum(off[:n_reference]))
    farther = sum(abs(float(rng.permutation(off)[:n_reference].sum())) >= seen - 1e-9 for _ in range(N_PERMUTATIONS))
    return (1 + farther) / (1 + N_PERMUTATIONS)
