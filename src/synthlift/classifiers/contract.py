"""What a classifier must offer; the list of implementations lives in the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.corpus.training_set import TrainingSet

__all__ = ["Classifier", "Representing"]


class Classifier(Protocol):
    """Fit on a training set, predict label probabilities for texts.

    Attributes
    ----------
    held_out_proba_ : ndarray of float, shape (n_tuning, n_labels)
        After `fit`: for each row of ``training.tuning_rows``, in that order, the probabilities from an inner fold that
        saw neither the row nor its copies and children. Thresholds are tuned on it.
    facts_ : dict
        After `fit`: what was chosen and how it went, as JSON scalars.
    """

    held_out_proba_: NDArray[np.float64]
    facts_: dict[str, float | int | str]

    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Tune and fit.

        The first use of `rng` makes the inner folds, from the tuning rows alone: conditions that share a stream share
        their folds.

        Raises
        ------
        synthlift.errors.NotApplicable
            Where the learner cannot serve the condition (loss, steps).
        """
        ...

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return probabilities, ``(n_texts, n_labels)``, in [0, 1]."""
        ...


@runtime_checkable
class Representing(Protocol):
    """What a classifier may offer beside the contract: the texts as it sees them, for a search by its own vectors."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.floating] | sparse.csr_array:
        """Return what the head reads of texts, after `fit`, ``(n_texts, n_dimensions)``: rows of length 1, or zero.

        Raises
        ------
        synthlift.errors.NotApplicable
            Where training does not change it: then it is the same in all conditions, and none ranks better.
        """
        ...
