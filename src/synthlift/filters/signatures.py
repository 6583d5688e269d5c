"""Fingerprints that tell how alike two texts are when one of them must not be shown: MinHash, and hashes of word runs.

References
----------
Broder (1997), On the resemblance and containment of documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.shingles import N_CHARS, N_WORDS, SHORT, Analyzer, normalised
from synthlift.randomness import stream

__all__ = ["N_PERMUTATIONS", "WordHashes", "run_hashes", "signatures"]

HashArray = NDArray[np.uint64]

N_PERMUTATIONS = 128
_MIX = np.uint64(0x9E3779B97F4A7C15)


class WordHashes(dict[str, int]):
    """The 64-bit hash of each word, the same in every process, kept once it was computed."""

    def __missing__(self, word: str) -> int:
        """Compute and keep the hash of a word."""
        value = self[word] = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")
        return value


def run_hashes(units: HashArray, width: int) -> HashArray:
    """Return the distinct runs of `width` numbers as 64-bit hashes, ascending; none where there are fewer.

    >>> len(run_hashes(np.arange(5, dtype=np.uint64), 3)), len(run_hashes(np.arange(2, dtype=np.uint64), 3))
    (3, 0)
    """
    n_runs = max(len(units) - width + 1, 0)
    mixed = np.full(n_runs, width, dtype=np.uint64)
    for offset in range(width):
        mixed = (mixed ^ units[offset : offset + n_runs]) * _MIX
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


def signatures(texts: Sequence[str], analyzer: Analyzer = "word") -> NDArray[np.uint32]:
    """Return the MinHash of each text's shingles, ``(n_texts, 128)``, shingles being those of `shingle_matrix`.

    The share of equal numbers in two rows estimates the Jaccard similarity of the two texts, with the error of as many
    coin tosses.

    Examples
    --------
    >>> one, other = signatures(["a red fox", "A red fox!"])
    >>> float((one == other).mean())
    1.0
    """
    rng = stream(0, "minhash")
    factor = rng.integers(0, 2**63, N_PERMUTATIONS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    offset = rng.integers(0, 2**64, N_PERMUTATIONS, dtype=np.uint64)
    words = WordHashes()
    rows = [
        ((_shingles(text, words, analyzer)[:, None] * factor + offset) >> np.uint64(32)).min(axis=0) for text in texts
    ]
    return np.array(rows, dtype=np.uint32).reshape(len(rows), N_PERMUTATIONS)


def _shingles(text: str, words: WordHashes, analyzer: Analyzer) -> HashArray:
    """Return the distinct shingles of a text, at least one."""
    plain = normalised(text)
    tokens = plain.split() if analyzer == "word" else ()
    if len(tokens) >= SHORT:
        return run_hashes(np.array([words[token] for token in tokens], dtype=np.uint64), N_WORDS)
    characters = np.frombuffer(plain.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    return run_hashes(np.pad(characters, (0, max(N_CHARS - len(characters), 0))), N_CHARS)
