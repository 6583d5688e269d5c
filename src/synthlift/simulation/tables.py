"""Choices by integer arithmetic alone: a table of a power of two entries, so that random bits are an index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["apportion", "lookup_table", "threshold", "zipf_weights"]

WORD = 1 << 32
SCALE = 1 << 24


def zipf_weights(n: int, *, shift: int = 0) -> list[int]:
    """Return integer weights falling as ``1 / (rank + shift)``, rank 1 first.

    >>> [weight >> 20 for weight in zipf_weights(4)]
    [16, 8, 5, 4]
    """
    return [SCALE // (rank + shift) for rank in range(1, n + 1)]


def apportion(weights: Sequence[int], size: int) -> list[int]:
    """Share `size` entries out by largest remainder; ties go to the earlier.

    >>> apportion([2, 1, 1], 6)
    [3, 2, 1]
    """
    total = sum(weights)
    counts = [weight * size // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(weights[i] * size % total), i))
    for i in by_remainder[: size - sum(counts)]:
        counts[i] += 1
    return counts


def lookup_table(weights: Sequence[int], size: int) -> NDArray[np.int16]:
    """Return the table, int16 ``(size,)``, in which item ``i`` stands as often as its weight says."""
    return np.repeat(np.arange(len(weights), dtype=np.int16), apportion(weights, size))


def threshold(probability: float) -> int:
    """Return the bound below which a 32-bit draw means yes; exact for 0 and 1."""
    return int(probability * WORD)
