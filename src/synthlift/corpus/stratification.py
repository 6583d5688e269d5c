"""Iterative stratification of labelled units over parts, so that rare labels are spread before common ones.

References
----------
Sechidis, Tsoumakas & Vlahavas (2011), On the stratification of multi-label data, ECML PKDD, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["stratify"]


def stratify(
    label_counts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    shares: Sequence[float],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Assign each unit to a part.

    A unit is a document, or a group of documents that must stay together. The label with the fewest units left is
    served first; each of its units goes to the part that wants most of that label, then most documents, then by chance.
    Units without labels fill up what is wanted.

    Parameters
    ----------
    label_counts : ndarray of int, shape (n_units, n_labels)
        Documents of each label in each unit.
    sizes : ndarray of int, shape (n_units,)
        Documents in each unit.
    shares : sequence of float
        Wanted share of the documents of each part; they sum to one.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (n_units,)
        The part of each unit.

    Examples
    --------
    >>> labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1]])
    >>> part = stratify(labels, np.ones(4, int), [0.5, 0.5], np.random.default_rng(0))
    >>> sorted(part[:2].tolist()), sorted(part[2:].tolist())
    ([0, 1], [0, 1])
    """
    n_units = len(sizes)
    wanted_size = np.outer(np.asarray(shares, dtype=float), [sizes.sum()]).ravel()
    wanted = np.outer(np.asarray(shares, dtype=float), label_counts.sum(axis=0))
    part = np.full(n_units, -1, dtype=np.int64)
    order = rng.permutation(n_units)
    chance = rng.random((n_units, len(shares)))
    left = (label_counts > 0).sum(axis=0)

    def place(unit: int, wish: NDArray[np.float64]) -> None:
        best = int(np.lexsort((chance[unit], wanted_size, wish))[-1])
        part[unit] = best
        wanted_size[best] -= sizes[unit]
        wanted[best] -= label_counts[unit]
        np.subtract(left, label_counts[unit] > 0, out=left)

    while (left > 0).any():
        label = int(np.argmin(np.where(left > 0, left, np.iinfo(np.int64).max)))
        for unit in order[(part[order] < 0) & (label_counts[order, label] > 0)]:
            place(int(unit), wanted[:, label])
    for unit in order[part[order] < 0]:
        place(int(unit), wanted_size)
    return part
