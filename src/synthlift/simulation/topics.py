"""What a slot speaks of: a label of the document, a neighbouring label, or the background."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthlift.simulation.tables import threshold
from synthlift.simulation.vocabulary import Vocabulary

__all__ = ["BODY_SHARES", "SUBJECT_SHARES", "TopicModel"]

BODY_SHARES = (0.28, 0.24, 0.20)
"""Shares of content drawn from the document's labels, from their domain's background, and from other labels of the
domain; the rest is general. Set so that a linear classifier on few documents does about as badly as on real patents."""

SUBJECT_SHARES = (0.68, 0.22, 0.10)
"""The same for what a document is about: its main device, the parts that it names first, and the aim."""

MIX = np.uint32(2654435769)
HALF = 16


class TopicModel:
    """Chooses topics by random bits.

    Parameters
    ----------
    vocabulary : Vocabulary
        Its labels, domains and general background are the topics.
    shares : tuple of float
        `BODY_SHARES` or `SUBJECT_SHARES`.
    faithfulness : float
        Share of what real documents draw from their labels that is still drawn from them; the rest goes to the
        background and to other labels in the proportions of real documents.
    """

    def __init__(self, vocabulary: Vocabulary, shares: tuple[float, float, float], faithfulness: float = 1.0) -> None:
        real_own, real_domain, real_neighbour = shares
        own = real_own * faithfulness
        rest = (1.0 - own) / (1.0 - real_own)
        bounds = (own, own + real_domain * rest, own + (real_domain + real_neighbour) * rest)
        self._bounds = tuple(threshold(bound) >> HALF for bound in bounds)
        self._general = vocabulary.general
        n_labels = len(vocabulary.labels)
        self._background = np.array([*(vocabulary.background(i) for i in range(n_labels)), self._general], np.int16)
        peers = [
            [i for i, other in enumerate(vocabulary.labels) if other.domain == label.domain]
            for label in vocabulary.labels
        ]
        width = max(len(row) for row in peers)
        padded = [[row[i % len(row)] for i in range(width)] for row in peers]
        self._peers = np.full((self._general + 1, width), self._general, dtype=np.int16)
        self._peers[:n_labels] = padded

    def pad(self, label_sets: Sequence[tuple[int, ...]]) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        """Return label sets as a padded array and their sizes; an unlabelled document speaks of the background."""
        sizes = np.array([max(len(labels), 1) for labels in label_sets], dtype=np.int64)
        padded = np.full((len(label_sets), int(sizes.max(initial=1))), self._general, dtype=np.int16)
        for row, labels in enumerate(label_sets):
            padded[row, : len(labels)] = labels
        return padded, sizes

    def choose(
        self, bits: NDArray[np.uint32], labels: NDArray[np.int16], sizes: NDArray[np.int64]
    ) -> NDArray[np.int16]:
        """Return a topic for each word of `bits`, ``(n_docs, ...)``; labels come as `pad` returns them."""
        shape = (-1,) + (1,) * (bits.ndim - 1)
        rows = np.arange(len(bits)).reshape(shape)
        label = labels[rows, ((bits >> np.uint32(8)) & np.uint32(31)).astype(np.int64) % sizes.reshape(shape)]
        source = bits >> np.uint32(HALF)
        peer = self._peers[label, ((bits * MIX) >> np.uint32(20)).astype(np.int64) % self._peers.shape[1]]
        background = self._background[np.minimum(label, len(self._background) - 1)]
        own, domain, neighbour = self._bounds
        other = np.where(source < neighbour, peer, np.int16(self._general))
        other = np.where(source < domain, background, other)
        chosen = np.where(source < own, label, other)
        return chosen.astype(np.int16)
