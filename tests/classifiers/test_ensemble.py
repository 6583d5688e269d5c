"""Two models: each learns from its own documents alone, and neither has seen what it is tuned on."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

from synthlift.classifiers.contract import Classifier
from synthlift.classifiers.embedding import EmbeddingClassifier
from synthlift.classifiers.ensemble import EnsembleClassifier
from synthlift.classifiers.folds import inner_folds
from synthlift.classifiers.linear import LinearClassifier
from synthlift.conditions.added import real_and_synthetic
from synthlift.conditions.sources import compose_rows
from synthlift.corpus import TrainingSet
from synthlift.errors import NotApplicable
from synthlift.randomness import stream
from synthlift.testing import example_sources

QUERIES = ["azure navy rain", "crimson crimson rose", "words nobody knows", "rain sky scarlet"]
FAMILIES = [LinearClassifier, EmbeddingClassifier]


def treatment() -> TrainingSet:
    return real_and_synthetic(example_sources(), stream(0)).training


def fitted(make: Callable[[], Classifier], training: TrainingSet) -> EnsembleClassifier:
    return EnsembleClassifier(make).fit(training, rng=stream(0, "fit"))


class Recording:
    """Keeps what it is given, and says one probability to everything."""

    def __init__(self, seen: list[tuple[TrainingSet, float]]) -> None:
        self._seen = seen

    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Keep the set and the first number of its stream."""
        self._seen.append((training, rng.random()))
        self._answer = 0.2 * len(self._seen)
        self.held_out_proba_ = np.full((len(training.tuning_rows), training.labels.shape[1]), self._answer)
        self.facts_: dict[str, float | int | str] = {"n_steps": 10 * len(self._seen), "device": "cpu", "n_truncated": 4}
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Answer alike."""
        return np.full((len(texts), self.held_out_proba_.shape[1]), self._answer)


@pytest.mark.parametrize("family", FAMILIES)
def test_it_answers_as_any_classifier_does(family: Callable[[], Classifier]) -> None:
    """Probabilities of the right shape, the same bits after another fit, and no row for no text."""
    training = treatment()
    ensemble = fitted(family, training)
    proba = ensemble.predict_proba(QUERIES)
    assert ensemble.held_out_proba_.shape == (24, 3)
    assert ensemble.predict_proba([]).shape == (0, 3)
    assert ((proba >= 0) & (proba <= 1)).all()
    assert proba.std() > 0.05
    again = pickle.loads(pickle.dumps(EnsembleClassifier(family)))  # noqa: S301 (our own, as a worker gets it)
    again.fit(real_and_synthetic(example_sources(40), stream(0)).training, rng=stream(3, "fit"))
    assert np.array_equal(again.fit(training, rng=stream(0, "fit")).predict_proba(QUERIES), proba)


def test_members_get_their_own_documents_one_stream_and_their_part_of_the_steps() -> None:
    """All rows, those of the other at weight 0; shares of the budget that sum to the whole; means of the answers."""
    training, seen = treatment(), []
    ensemble = fitted(partial(Recording, seen), training)
    (real, first), (other, second) = seen
    assert first == second == stream(0, "fit").random()
    assert np.array_equal(real.sample_weight, training.is_real)
    assert np.array_equal(other.sample_weight, ~training.is_real)
    assert (real.step_share, other.step_share) == (pytest.approx(24 / 54), pytest.approx(30 / 54))
    assert np.array_equal(other.tuning_rows, training.tuning_rows)
    assert np.allclose(ensemble.predict_proba(["a", "b"]), 0.3)
    assert np.allclose(ensemble.held_out_proba_, 0.3)
    assert ensemble.facts_["n_steps"] == 30
    assert (ensemble.facts_["real n_steps"], ensemble.facts_["synthetic n_steps"]) == (10, 20)
    assert "n_truncated" not in ensemble.facts_


@pytest.mark.parametrize("family", FAMILIES)
def test_the_real_member_is_deaf_to_synthetic_labels(family: Callable[[], Classifier]) -> None:
    """Whatever the synthetic documents are said to be, it answers the same."""
    training = treatment()
    changed = replace(training, labels=training.labels ^ ~training.is_real[:, np.newaxis])
    one, other = (fitted(family, each)._members["real"] for each in (training, changed))
    assert np.array_equal(one.predict_proba(QUERIES), other.predict_proba(QUERIES))
    assert np.array_equal(one.held_out_proba_, other.held_out_proba_)


def test_the_synthetic_member_has_not_seen_the_children_of_what_it_is_tuned_on() -> None:
    """Copies of real documents with labels of pure chance are no help for the held-out originals, though for others."""
    rng = np.random.default_rng(0)
    sources = example_sources(24)
    n, labels = 24, rng.random((24, 3)) < 0.5
    parts = (sources.real, np.arange(n), True), (sources.real, np.arange(n), False)
    copied = replace(compose_rows(*parts), labels=np.vstack([labels, labels]))
    strangers = replace(copied, original=np.where(copied.is_real, copied.original, -1))

    def right(training: TrainingSet) -> float:
        member = fitted(LinearClassifier, training)._members["synthetic"]
        return float(((member.held_out_proba_ > 0.5) == labels).mean())

    assert right(copied) < 0.7
    assert right(strangers) > 0.9


def test_what_leaves_nothing_to_learn_from_is_not_applicable() -> None:
    """Synthetic documents of one parent all leave with it."""
    training = treatment()
    only = replace(training, original=np.where(training.is_real, training.original, 5))
    with pytest.raises(NotApplicable, match="all synthetic documents leave with one inner fold"):
        fitted(LinearClassifier, only)


def test_members_share_the_folds_of_all_conditions() -> None:
    """The stream of a replicate makes the same folds for the treatment and for each member."""
    training, seen = treatment(), []
    fitted(partial(Recording, seen), training)
    folds = [[fold.positions.tolist() for fold in inner_folds(one, stream(0, "fit"))] for one, _ in seen]
    assert folds[0] == folds[1] == [fold.positions.tolist() for fold in inner_folds(training, stream(0, "fit"))]


@pytest.mark.parametrize("family", FAMILIES)
def test_weight_one_is_the_treatment_to_the_last_bit_and_weight_nothing_is_not_learning(
    family: Callable[[], Classifier],
) -> None:
    """Weights run from the treatment to the real documents, whose vocabulary alone differs."""
    training = treatment()

    def proba(weight: float | None) -> NDArray[np.float64]:
        of_rows = None if weight is None else np.where(training.is_real, 1.0, weight)
        return family().fit(replace(training, sample_weight=of_rows), rng=stream(0, "fit")).predict_proba(QUERIES)

    assert np.array_equal(proba(1.0), proba(None))
    assert np.allclose(proba(1e-9), proba(0.0), atol=1e-4)
    assert not np.allclose(proba(0.1), proba(1.0), atol=1e-3)
    alone = family().fit(compose_rows((example_sources().real, np.arange(24), True)), rng=stream(0, "fit"))
    away = [float(np.abs(one - alone.predict_proba(QUERIES)).mean()) for one in (proba(1e-9), proba(1.0))]
    assert away[0] < away[1]
