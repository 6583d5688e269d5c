"""Which labels a document carries: a long tail, and company that domains and named pairs make likelier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthlift.simulation.tables import lookup_table, zipf_weights
from synthlift.simulation.vocabulary import Vocabulary

__all__ = ["LABEL_BITS", "LabelModel"]

SIZE_WEIGHTS = (112, 84, 38, 15, 7)
"""Of 256 documents, so many carry one, two, ... five labels."""

FREQUENCY_SHIFT = 5
"""Frequency falls as 1 / (rank + 5): the commonest of 64 labels is about twelve times as frequent as the rarest."""

SAME_DOMAIN = 10
NAMED_PAIR = 30
N_CANDIDATES = 14
LABEL_BITS = 2 + N_CANDIDATES
CHOICES = 4096


class LabelModel:
    """Draws label sets for the `n_labels` most frequent labels of a vocabulary.

    Attributes
    ----------
    n_labels : int
        Labels are numbered from 0, the most frequent first.
    """

    def __init__(self, vocabulary: Vocabulary, n_labels: int) -> None:
        self.n_labels = n_labels
        frequency = zipf_weights(n_labels, shift=FREQUENCY_SHIFT)
        pairs = {frozenset(pair) for pair in vocabulary.pairs}
        domains = [label.domain for label in vocabulary.labels[:n_labels]]
        company = [
            [
                0
                if other == label
                else frequency[other]
                * (NAMED_PAIR if frozenset((label, other)) in pairs else SAME_DOMAIN if d == domains[label] else 1)
                for other, d in enumerate(domains)
            ]
            for label in range(n_labels)
        ]
        self._sizes = lookup_table(SIZE_WEIGHTS, 256) + 1
        self._first = lookup_table(frequency, CHOICES)
        self._company = np.stack([lookup_table(weights, CHOICES) for weights in company])

    def draw(self, bits: NDArray[np.uint32]) -> list[tuple[int, ...]]:
        """Return label sets, the leading label first, from bits ``(n_docs, LABEL_BITS)``."""
        sizes = self._sizes[bits[:, 0] & 255].tolist()
        first = self._first[bits[:, 1] & (CHOICES - 1)]
        candidates = self._company[first[:, None], bits[:, 2:] & (CHOICES - 1)]
        rows = np.column_stack([first, candidates]).tolist()
        return [self._distinct(row, size) for row, size in zip(rows, sizes, strict=True)]

    def _distinct(self, row: list[int], size: int) -> tuple[int, ...]:
        """Keep the first `size` different labels; where candidates run out, frequent ones or all there are."""
        kept = list(dict.fromkeys(row))[:size]
        if len(kept) < size:
            kept = list(dict.fromkeys([*kept, *range(self.n_labels)]))[:size]
        return tuple(kept)
