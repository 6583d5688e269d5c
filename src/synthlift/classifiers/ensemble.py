"""Two models in place of one: one of the real documents, one of the others, and the mean of what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from synthlift.classifiers.contract import Classifier
from synthlift.classifiers.folds import inner_folds
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import NotApplicable

__all__ = ["EnsembleClassifier"]

FloatArray = NDArray[np.float64]
MEMBERS = ("real", "synthetic")
# what trials are asked about as a whole, whoever trained for it
SUMMED = ("n_steps", "n_nonfinite", "n_unconverged")


class EnsembleClassifier:
    """Two classifiers of one family, whose probabilities are averaged.

    Each member is given all rows, those of the other one at weight 0: it never learns from these, but is tuned on the
    same held-out real documents as every condition, without having seen their children. Texts are cut into the same
    terms, or vectors, for both. The two share one budget of steps by their numbers of documents.

    Parameters
    ----------
    make : callable
        Makes a classifier of the family.

    Attributes
    ----------
    held_out_proba_ : ndarray, shape (n_tuning, n_labels)
        The mean of both members'.
    facts_ : dict
        Those of each member after its name, ``real`` or ``synthetic``; steps, and fits that went wrong, in sum too.
    """

    def __init__(self, make: Callable[[], Classifier]) -> None:
        self._members = {name: make() for name in MEMBERS}

    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Fit both members on the same inner folds.

        Raises
        ------
        NotApplicable
            Where a fold leaves a member nothing to learn from, or the family cannot weigh documents.
        """
        folds = list(inner_folds(training, deepcopy(rng)))
        for (name, member), own in zip(self._members.items(), (training.is_real, ~training.is_real), strict=True):
            if any(not own[fold.train].any() for fold in folds):
                raise NotApplicable(f"all {name} documents leave with one inner fold: none is left to learn from")
            share = training.step_share * float(own.mean())
            member.fit(replace(training, sample_weight=own.astype(float), step_share=share), rng=deepcopy(rng))
        self.held_out_proba_: FloatArray = _mean([member.held_out_proba_ for member in self._members.values()])
        self.facts_ = _facts({name: member.facts_ for name, member in self._members.items()})
        return self

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """Return the mean of both members' probabilities, ``(n_texts, n_labels)``."""
        return _mean([member.predict_proba(texts) for member in self._members.values()])


def _mean(proba: Sequence[FloatArray]) -> FloatArray:
    mean: FloatArray = np.mean(proba, axis=0)
    return mean


def _facts(facts: dict[str, dict[str, float | int | str]]) -> dict[str, float | int | str]:
    named = {f"{member} {name}": value for member, own in facts.items() for name, value in own.items()}
    summed = {name: sum(int(own[name]) for own in facts.values() if name in own) for name in SUMMED}
    return named | {name: total for name, total in summed.items() if any(name in own for own in facts.values())}
