"""Nested draws of real documents that keep every label where they can."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["nested_order"]


def nested_order(labels: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.intp]:
    """Return an order of documents whose every prefix is a subset to train on.

    A random order, in which the first document that carries each label is moved to the front, the rarest label's
    first: every prefix of as many documents as there are labels supports all labels, and prefixes are nested.

    Parameters
    ----------
    labels : ndarray of bool, shape (n_docs, n_labels)
    rng : numpy.random.Generator

    Examples
    --------
    >>> labels = np.array([[1, 0]] * 9 + [[0, 1]], dtype=bool)
    >>> set(nested_order(labels, np.random.default_rng(0))[:2].tolist()) >= {9}
    True
    """
    order = rng.permutation(len(labels))
    support = labels.sum(axis=0)
    present = np.flatnonzero(support)
    first = labels[order].argmax(axis=0)
    rarest_first = present[np.lexsort((present, support[present]))]
    front = list(dict.fromkeys(order[first[label]] for label in rarest_first))
    chosen = np.isin(order, front)
    return np.concatenate([np.array(front, dtype=np.intp), order[~chosen]]).astype(np.intp)
