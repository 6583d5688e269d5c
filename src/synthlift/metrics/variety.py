"""How much of a sample is new, and how far it can be compressed: both fall as texts repeat themselves.

References
----------
Li, Galley, Brockett, Gao & Dolan (2016), A diversity-promoting objective function for neural conversation models
(distinct-n). Shaib, Barrow, Sun et al. (2024), Standardizing the measurement of text diversity (compression ratio).
"""

from __future__ import annotations

import lzma
from collections.abc import Sequence

import numpy as np

from synthlift.metrics.copying import Words

__all__ = ["compression_ratio", "distinct_share"]


def distinct_share(words: Words, n: int, n_words: int) -> float | None:
    """Return the share of distinct runs of `n` words among all in the first `n_words` words of a sample.

    The share falls with the number of words, whatever they are: samples are comparable at the same number only. None
    where no text has such a run.

    Examples
    --------
    >>> words = Words(np.array([1, 2, 1, 2, 1, 2]), np.array([0, 3, 6]))
    >>> distinct_share(words, 2, 6), distinct_share(words, 2, 3)
    (0.5, 1.0)
    """
    token = words.word[:n_words]
    doc = np.repeat(np.arange(len(words.length)), words.length)[:n_words]
    n_places = max(len(token) - n + 1, 0)
    place = np.flatnonzero(doc[:n_places] == doc[n - 1 :][:n_places])
    if not place.size:
        return None
    runs = np.stack([token[place + i] for i in range(n)], axis=1)
    return len(np.unique(runs, axis=0)) / len(runs)


def compression_ratio(texts: Sequence[bytes], n_bytes: int) -> float | None:
    """Return how many times smaller LZMA makes the first `n_bytes` of a sample's texts, one a line.

    It too depends on how much there is to compress. None for a sample without a byte.
    """
    raw = b"\n".join(texts)[:n_bytes]
    return len(raw) / len(lzma.compress(raw, preset=6)) if raw else None
