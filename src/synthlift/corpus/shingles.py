"""The one definition of near-duplicate: Jaccard similarity of shingles of at least 0.7.

Shingles are runs of 3 words, or of 5 characters in texts of under 20 words and, with the analyzer `char`, in all. All
pairs are found exactly: two sets whose Jaccard similarity reaches t share one of the ``|x| - ceil(t |x|) + 1`` rarest
shingles of each, and rare shingles are few, so the search grows with the documents and not with their square.

References
----------
Bayardo, Ma & Srikant (2007), Scaling up all pairs similarity search, WWW (prefix filtering).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
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
    """Pairs of near-duplicates, ``left < right``, each pair once.

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
    n_docs, n_columns = shingles.shape
    size = np.diff(shingles.indptr)
    rarity = np.argsort(np.argsort(np.bincount(shingles.indices, minlength=n_columns), kind="stable"), kind="stable")
    row = np.repeat(np.arange(n_docs), size)
    order = np.lexsort((rarity[shingles.indices], row))
    place = np.arange(len(order)) - np.repeat(shingles.indptr[:-1], size)
    prefix = place < np.repeat(size - np.ceil(threshold * size - 1e-9) + 1, size)
    rarest = sparse.csr_array(
        (np.ones(int(prefix.sum()), np.int32), (row[prefix], shingles.indices[order][prefix])), shape=shingles.shape
    )
    columns = rarest.T.tocsr()
    found = [_verified(shingles, rarest, columns, start, threshold) for start in range(0, n_docs, BLOCK)]
    parts = [np.concatenate([pairs[k] for pairs in found]) if found else np.zeros(0) for k in range(3)]
    return NearPairs(parts[0].astype(np.int64), parts[1].astype(np.int64), parts[2])


def _verified(
    shingles: sparse.csr_array, rarest: sparse.csr_array, columns: sparse.csr_array, start: int, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the pairs whose left row lies in one block, their similarity computed in full."""
    candidates = (rarest[start : start + BLOCK] @ columns).tocoo()
    left, right = candidates.coords[0] + start, candidates.coords[1]
    ahead = left < right
    left, right = left[ahead].astype(np.int64), right[ahead].astype(np.int64)
    size = np.diff(shingles.indptr)
    both = np.zeros(len(left))
    for chunk in range(0, len(left), BLOCK):
        at = slice(chunk, chunk + BLOCK)
        both[at] = np.asarray(shingles[left[at]].multiply(shingles[right[at]]).sum(axis=1)).ravel()
    similarity = both / (size[left] + size[right] - both)
    near = similarity >= threshold
    return left[near], right[near], similarity[near]
