"""Everything in the catalogue keeps its contract, and the checks see what does not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

from synthlift.classifiers.contract import Classifier
from synthlift.classifiers.linear import LinearClassifier
from synthlift.conditions.added import real_and_synthetic
from synthlift.conditions.sources import Composition, Sources
from synthlift.corpus import Corpus, TrainingSet
from synthlift.errors import NotApplicable
from synthlift.generators.recorded import RecordedGenerator
from synthlift.study.catalog import names, resolve
from synthlift.testing import (
    check_classifier,
    check_condition,
    check_generator,
    example_sources,
    example_training_set,
)

ENTRIES = [(kind, name) for kind in ("conditions", "classifiers", "generators") for name in names(kind)]


def recorded() -> RecordedGenerator:
    return RecordedGenerator(example_sources().synthetic)


# what a generator is made of differs from one to the next
MAKE_GENERATOR = {"recorded": recorded}


@pytest.fixture
def make_classifier(request: pytest.FixtureRequest) -> Callable[[str], Callable[[], Classifier]]:
    """Return what makes a classifier, by its name; an encoder needs a model."""

    def make(name: str) -> Callable[[], Classifier]:
        if name != "encoder":
            return resolve("classifiers", name)
        pytest.importorskip("torch", reason="needs synthlift[neural]")
        model = str(request.getfixturevalue("tiny_bert_dir"))
        return partial(resolve("classifiers", name), model, epochs=1, folds=2)

    return make


@pytest.mark.parametrize(("kind", "name"), ENTRIES, ids=[f"{kind}-{name}" for kind, name in ENTRIES])
def test_every_entry_of_the_catalogue_keeps_its_contract(
    kind: str, name: str, make_classifier: Callable[[str], Callable[[], Classifier]]
) -> None:
    """Resolved as a run resolves it."""
    if kind == "conditions":
        check_condition(resolve(kind, name))
    elif kind == "classifiers":
        check_classifier(make_classifier(name))
    else:
        generator = MAKE_GENERATOR.get(name, resolve(kind, name))()
        assert isinstance(generator, resolve(kind, name))
        check_generator(generator)


PAIRS = [(condition, name) for condition in names("conditions") for name in names("classifiers")]


@pytest.mark.parametrize(("condition", "name"), PAIRS, ids=[f"{name}-on-{condition}" for condition, name in PAIRS])
def test_every_classifier_serves_every_condition_or_says_why_not(
    condition: str, name: str, make_classifier: Callable[[str], Callable[[], Classifier]]
) -> None:
    """Fitted on what the recipe composes: probabilities for each tuning row and text, or a reason."""
    rng = np.random.default_rng(0)
    refused = None
    try:
        training = resolve("conditions", condition)(example_sources(), rng).training
        model = make_classifier(name)().fit(training, rng=rng)
    except NotApplicable as answer:
        refused = answer.reason
    if refused is not None:
        assert refused.strip()
        assert condition not in ("real", "real+synthetic", "replicated", "replicated-matched", "placebo")
        return
    proba = model.predict_proba(["azure navy rain", "?"])
    assert proba.shape == (2, 3)
    assert model.held_out_proba_.shape == (len(training.tuning_rows), 3)
    assert all(np.isfinite(p).all() and (p >= 0).all() and (p <= 1).all() for p in (proba, model.held_out_proba_))
    assert all(isinstance(value, float | int | str) for value in model.facts_.values())


def test_examples_hold_what_the_checks_need() -> None:
    """A near-duplicate pair among real documents, copies, children, and synthetic ones with and without parents."""
    sources = example_sources()
    assert sources.real_group[0] == sources.real_group[1]
    assert (sources.parent >= 0).any()
    assert (sources.parent < 0).any()
    training = example_training_set()
    assert (~training.is_real).sum() == 2
    labels = sources.real.label_matrix()
    assert labels.any(axis=0).all()
    assert not labels.all(axis=0).any()


class Fitted(LinearClassifier):
    """A good classifier to spoil."""


class Short(Fitted):
    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Answer for one label."""
        return super().predict_proba(texts)[:, :1]


class OutOfRange(Fitted):
    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Go over one."""
        return super().predict_proba(texts) * 3.0


class HeldOutOfAllRows(Fitted):
    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Hold out copies too."""
        super().fit(training, rng=rng)
        self.held_out_proba_ = np.zeros(training.labels.shape)
        return self


class Restless(Fitted):
    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Count the fits."""
        self.noise = getattr(self, "noise", 0.0) + 1e-9
        return super().fit(training, rng=rng)

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Answer by their number."""
        return np.clip(super().predict_proba(texts) + self.noise, 0.0, 1.0)


class Meddling(Fitted):
    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Fit, then change the labels."""
        super().fit(training, rng=rng)
        training.labels[0] = ~training.labels[0]
        return self


class Unpicklable(Fitted):
    def __init__(self) -> None:
        super().__init__()
        self.hook = lambda: None


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Short, "shape"),
        (OutOfRange, "leave"),
        (HeldOutOfAllRows, "held_out_proba_ has shape"),
        (Restless, "after another fit"),
        (Meddling, "changed its input"),
    ],
)
def test_a_classifier_that_breaks_the_contract_is_told(broken: type[LinearClassifier], message: str) -> None:
    """With what was got."""
    with pytest.raises(AssertionError, match=message):
        check_classifier(broken)


def test_a_classifier_that_cannot_travel_to_a_worker_is_told() -> None:
    """It is pickled before it is fitted."""
    with pytest.raises(Exception, match="pickle"):
        check_classifier(Unpicklable)


def leaving(sources: Sources, rng: np.random.Generator) -> Composition:
    training = real_and_synthetic(sources, rng).training
    return Composition(replace(training, original=training.original + len(training)))


def unrooted(sources: Sources, rng: np.random.Generator) -> Composition:
    training = real_and_synthetic(sources, rng).training
    original = training.original.copy()
    original[0], original[1] = 1, 0
    return Composition(replace(training, original=original))


def narrow(sources: Sources, rng: np.random.Generator) -> Composition:
    training = real_and_synthetic(sources, rng).training
    return Composition(replace(training, labels=training.labels[:, :1]))


def unseeded(sources: Sources, rng: np.random.Generator) -> Composition:
    training = real_and_synthetic(sources, rng).training
    return Composition(replace(training, texts=(secrets.token_hex(), *training.texts[1:])))


def silent(sources: Sources, rng: np.random.Generator) -> Composition:
    raise NotApplicable("")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (leaving, "leaves the set"),
        (unrooted, "first row"),
        (narrow, "shape"),
        (unseeded, "differs"),
        (silent, "needs a reason"),
    ],
)
def test_a_condition_that_breaks_the_contract_is_told(broken: object, message: str) -> None:
    """With what was got."""
    with pytest.raises(AssertionError, match=message):
        check_condition(broken)  # type: ignore[arg-type]


class TooMany(RecordedGenerator):
    def generate(self, train: Corpus, n: int, *, rng: np.random.Generator) -> Corpus:
        """Give one more."""
        return super().generate(train, n + 1, rng=rng)


class Real(RecordedGenerator):
    def generate(self, train: Corpus, n: int, *, rng: np.random.Generator) -> Corpus:
        """Give real documents."""
        return train.take(rng.permutation(n))


class Repeating(RecordedGenerator):
    def generate(self, train: Corpus, n: int, *, rng: np.random.Generator) -> Corpus:
        """Give the first again and again."""
        return super().generate(train, n, rng=rng).take([0] * n)


@pytest.mark.parametrize(
    ("broken", "message"), [(TooMany, "at most 5"), (Real, "must have an origin"), (Repeating, "ids repeat")]
)
def test_a_generator_that_breaks_the_contract_is_told(broken: type[RecordedGenerator], message: str) -> None:
    """With what was got."""
    with pytest.raises(AssertionError, match=message):
        check_generator(broken(example_sources().synthetic))
