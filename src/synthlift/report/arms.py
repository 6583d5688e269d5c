"""Replicates of one condition in one cell, scored against the test labels, and contrasts of two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.classification import Influenced
from synthlift.metrics.scores import thresholded_scores
from synthlift.stats.two_way import TwoWay
from synthlift.storage.ledger import TrialResult

__all__ = ["Arm", "Contrast", "Truth", "Unavailable"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """The labels of the test documents, bool ``(n_docs, n_labels)``, their groups, and whether they name a label.

    `naming` is as `metrics.leakage.naming` returns it; None in a run folder that was last run before this was told.
    """

    labels: NDArray[np.bool_]
    group: NDArray[np.int64]
    naming: NDArray[np.int64] | None = None

    @classmethod
    def from_json(cls, value: Mapping[str, Any], n_labels: int) -> Truth:
        """Read what the workload wrote."""
        labels = np.zeros((len(value["group"]), n_labels), dtype=bool)
        for row, columns in enumerate(value["labels"]):
            labels[row, columns] = True
        naming = None if "naming" not in value else np.array(value["naming"], dtype=np.int64)
        return cls(labels, np.array(value["group"], dtype=np.int64), naming)

    @cached_property
    def n_groups(self) -> int:
        """How many groups the test documents are of."""
        return int(self.group.max()) + 1

    def unpacked(self, packed: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return predicted labels as a trial has left them, bool ``(n_docs, n_labels)``."""
        return np.unpackbits(packed, axis=1, count=self.labels.shape[1]).view(bool)

    def scores(self, packed: NDArray[np.uint8]) -> dict[str, Influenced | None]:
        """Score predicted labels; conditions that predict the same (of convex learners many do) are scored once."""
        key = packed.tobytes()
        if key not in self._scores:
            self._scores[key] = thresholded_scores(self.unpacked(packed), self.labels, self.group)
        return self._scores[key]

    @cached_property
    def _scores(self) -> dict[bytes, dict[str, Influenced | None]]:
        return {}


@dataclass(frozen=True)
class Arm:
    """The finished trials of one condition in one cell, by replicate, and why others are missing."""

    results: Mapping[int, TrialResult]
    reason: str | None
    truth: Truth

    def value(self, replicate: int, metric: str) -> float | None:
        """Return the score of one replicate; None where it is undefined."""
        return self._values[replicate].get(metric)

    @cached_property
    def _values(self) -> dict[int, dict[str, float | None]]:
        return {
            replicate: {row.metric: row.value for row in result.scores if row.label is None}
            for replicate, result in self.results.items()
        }

    def influence(self, replicate: int, metric: str) -> FloatArray:
        """Return each test group's influence on the score, ``(n_groups,)``."""
        arrays = self.results[replicate].arrays
        if metric in arrays:
            return np.asarray(arrays[metric], dtype=float)
        name, _, threshold = metric.partition("@")
        place = (replicate, threshold)
        if place not in self._thresholded:
            self._thresholded[place] = self.truth.scores(arrays[f"predicted@{threshold}"])
        score = self._thresholded[place][name]
        return score.influence if score is not None else np.zeros(self.truth.n_groups)

    @cached_property
    def _thresholded(self) -> dict[tuple[int, str], dict[str, Influenced | None]]:
        return {}

    def predicted(self, replicate: int, threshold: str) -> NDArray[np.bool_]:
        """Return the predicted labels of the test documents, bool ``(n_docs, n_labels)``."""
        return self.truth.unpacked(self.results[replicate].arrays[f"predicted@{threshold}"])


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A number that cannot be given, and why."""

    reason: str


@dataclass(frozen=True)
class Contrast:
    """A difference between two arms, or one arm's score, over the replicates that both have.

    Attributes
    ----------
    replicates : tuple of int
        Which ones, in order: contrasts of one cell can rest on different ones where trials failed.
    values : ndarray, shape (n_replicates,)
    influence : ndarray, shape (n_replicates, n_groups)
    estimate : TwoWay
    """

    replicates: tuple[int, ...]
    values: FloatArray
    influence: FloatArray
    estimate: TwoWay
