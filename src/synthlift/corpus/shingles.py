"""The one definition of near-duplicate: Jaccard similarity of shingles of at least 0.7.

Shingles are runs of 3 words, or of 5 characters in texts of under 20 words and, with the analyzer `char`, in all. All
pairs are found exactly: two sets whose Jaccard similarity reaches t share k of the ``|x| - ceil(t |x|) + k`` rarest
shingles of each. Pairs that do are still many, growing with nearly the square of the documents, but cheap: sets of bits
tell most of them apart, and few are compared in full.

References
----------
Bayardo, Ma & Srikant (2007), Scaling up all pairs similarity search, WWW (prefix filtering).
Sandes, Teodoro & Melo (2020), Bitmap filter: speeding up exact set similarity joins with bitwise operations,
Information Systems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["NEAR", "Analyzer", "NearPairs", "near_pairs", "normalised", "shingle_matrix"]

Analyzer = Literal["word", "char"]

NEAR = 0.7
N_WORDS = 3
N_CHARS = 5
SHORT = 20
BLOCK = 4096
# rows whose transpose is made once
STRETCH = 16 * BLOCK
# shingles that the prefixes of a near pair have in common: more of them, longer prefixes and fewer pairs to look at
SHARED = 3
BITS = 256
_WORD = re.compile(r"\w+")
_MIX = np.uint64(0x9E3779B97F4A7C15)


def normalised(text: str) -> str:
    """Return the text as exact duplicates are compared: words only, one case, one Unicode form.

    >>> normalised("  The Cat's  mat. "), normalised("?!")
    ('the cat s mat', '?!')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_WORD.findall(folded)) or folded.strip()


def shingle_matrix(texts: Sequence[str], analyzer: Analyzer = "word") -> sparse.csr_array:
    """Return which text has which shingle, ``(n_texts, n_shingles)``, data all 1.

    Columns are 64-bit hashes in order; every text has at least one shingle. With `char` no text is cut into words: it
    is for scripts that put no blank between them.

    Examples
    --------
    >>> shingle_matrix(["a b c d"]).shape, shingle_matrix([" ".join("abcdefghijklmnopqrstuv")]).shape
    ((1, 3), (1, 20))
    >>> shingle_matrix([" ".join("abcdefghijklmnopqrstuv")], "char").shape
    (1, 39)
    """
    words: dict[str, int] = {}
    rows = [_hashes(normalised(text), words, analyzer) for text in texts]
    hashes = np.concatenate(rows) if rows else np.zeros(0, dtype=np.uint64)
    _, column = np.unique(hashes, return_inverse=True)
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    n_columns = int(column.max()) + 1 if len(column) else 0
    return sparse.csr_array((np.ones(len(column), np.int32), column, indptr), shape=(len(rows), n_columns))


def _hashes(text: str, words: dict[str, int], analyzer: Analyzer) -> NDArray[np.uint64]:
    """Return the distinct shingles of one normalised text as mixed 64-bit numbers, ascending."""
    tokens = text.split() if analyzer == "word" else ()
    if len(tokens) >= SHORT:
        units = np.array([words.setdefault(token, len(words)) for token in tokens], dtype=np.uint64)
        return _runs(units, N_WORDS, salt=1)
    return _runs(np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64), N_CHARS, salt=2)


def _runs(units: NDArray[np.uint64], width: int, salt: int) -> NDArray[np.uint64]:
    n_runs = max(len(units) - width + 1, 1)
    mixed = np.full(n_runs, salt, dtype=np.uint64)
    for offset in range(min(width, len(units))):
        mixed = (mixed ^ units[offset : offset + n_runs]) * _MIX
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


@dataclass(frozen=True, slots=True)
class NearPairs:
    """Pairs of near-duplicates, ``left < right``, each pair once, in the order of left and right.

    Attributes
    ----------
    left, right : ndarray of int, shape (n_pairs,)
    similarity : ndarray of float, shape (n_pairs,)
        Jaccard similarity, at least `NEAR`.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    similarity: NDArray[np.float64]


def near_pairs(shingles: sparse.csr_array, threshold: float = NEAR) -> NearPairs:
    """Return all pairs of rows whose Jaccard similarity is at least `threshold`.

    Examples
    --------
    >>> pairs = near_pairs(shingle_matrix(["a red fox", "A red fox!", "a blue whale"]))
    >>> pairs.left.tolist(), pairs.right.tolist(), pairs.similarity.tolist()
    ([0], [1], [1.0])
    """
    # by size, so that a block meets only the rows which are not too large for it
    order = np.argsort(np.diff(shingles.indptr), kind="stable")
    ranked = _rarest_first(shingles[order])
    size = np.diff(ranked.indptr)
    prefixes = _prefixes(ranked, size, threshold)
    bitmap = _bitmaps(ranked)
    found = []
    for left, right in _candidates(prefixes, size, threshold):
        # |x| + |y| less twice what they share is how many differ, and each differing bit needs a differing shingle
        differing = np.bitwise_count(bitmap[left] ^ bitmap[right]).sum(axis=1)
        possible = differing <= (1 - threshold) / (1 + threshold) * (size[left] + size[right]) + 1e-9
        found.append(_verified(ranked, left[possible], right[possible], threshold))
    one, other, similarity = [np.concatenate([pairs[k] for pairs in found]) if found else np.zeros(0) for k in range(3)]
    ends = np.sort(order[np.stack([one, other]).astype(np.int64)], axis=0)
    by_row = np.lexsort(ends[::-1])
    return NearPairs(ends[0, by_row], ends[1, by_row], similarity[by_row])


def _prefixes(ranked: sparse.csr_array, size: NDArray[np.int64], threshold: float) -> sparse.csr_array:
    """Return the rarest shingles of each row, as many as it takes to share `SHARED` with a near one."""
    n_prefix = np.minimum(size - np.ceil(threshold * size - 1e-9) + SHARED, size).astype(np.int64)
    inside = np.arange(ranked.nnz) - np.repeat(ranked.indptr[:-1], size) < np.repeat(n_prefix, size)
    # what one row alone has meets nothing
    inside &= np.bincount(ranked.indices[inside], minlength=ranked.shape[1])[ranked.indices] > 1
    column = np.unique(ranked.indices[inside], return_inverse=True)[1]
    indptr = np.concatenate(([0], np.cumsum(inside)))[ranked.indptr]
    n_columns = int(column.max(initial=-1)) + 1
    return sparse.csr_array((ranked.data[inside], column, indptr), shape=(len(size), n_columns))


def _rarest_first(shingles: sparse.csr_array) -> sparse.csr_array:
    """Return the same sets with columns renumbered from rare to frequent, each row ascending."""
    n_columns = shingles.shape[1]
    rank = np.empty(n_columns, dtype=np.int64)
    rank[np.argsort(np.bincount(shingles.indices, minlength=n_columns), kind="stable")] = np.arange(n_columns)
    ranked = sparse.csr_array((shingles.data, rank[shingles.indices], shingles.indptr), shape=shingles.shape)
    ranked.sort_indices()
    return ranked


def _bitmaps(shingles: sparse.csr_array) -> NDArray[np.uint64]:
    """Return each row as a set of bits, ``(n_docs, BITS / 64)``: a shingle sets one, and several may share it."""
    row = np.repeat(np.arange(shingles.shape[0]), np.diff(shingles.indptr))
    bit = (shingles.indices.astype(np.uint64) * _MIX) >> np.uint64(64 - BITS.bit_length() + 1)
    bitmap = np.zeros((shingles.shape[0], BITS // 64), dtype=np.uint64)
    np.bitwise_or.at(bitmap, (row, bit >> np.uint64(6)), np.uint64(1) << (bit & np.uint64(63)))
    return bitmap


def _candidates(
    prefixes: sparse.csr_array, size: NDArray[np.int64], threshold: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the pairs whose prefixes share enough, left rows a block at a time, right ones below and not too large."""
    enough = np.minimum(SHARED, np.ceil(threshold * size - 1e-9))
    for first in range(0, len(size), STRETCH):  # turning the rows below takes as long as some blocks
        last = min(first + STRETCH, len(size))
        end = np.searchsorted(threshold * size, size[last - 1] + 1e-9, side="right")
        turned = prefixes[first:end].T.tocsr()
        for start in range(first, last, BLOCK):
            met = (prefixes[start : min(start + BLOCK, last)] @ turned).tocoo()
            left, right = met.coords[0] + np.int64(start), met.coords[1] + np.int64(first)
            candidate = (left < right) & (met.data >= enough[left])
            yield left[candidate], right[candidate]


def _verified(
    shingles: sparse.csr_array, left: NDArray[np.int64], right: NDArray[np.int64], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return those of the pairs that are near, their similarity computed in full."""
    size = np.diff(shingles.indptr)
    both = np.zeros(len(left))
    for chunk in range(0, len(left), BLOCK):
        at = slice(chunk, chunk + BLOCK)
        both[at] = np.asarray(shingles[left[at]].multiply(shingles[right[at]]).sum(axis=1)).ravel()
    similarity = both / (size[left] + size[right] - both)
    near = similarity >= threshold
    return left[near], right[near], similarity[near]
