"""Conformance checks for what plugs in: the contracts, as functions that anybody's test suite can call.

Each raises `AssertionError` with what was got and expected. `check_classifier` and `check_condition` run all that
apply; they need nothing but the object.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
from scipy import sparse

from synthlift.classifiers.contract import Classifier, Representing
from synthlift.conditions.sources import Recipe, Sources
from synthlift.corpus import Corpus, Document, Origin, TrainingSet
from synthlift.errors import NotApplicable
from synthlift.generators.contract import TextGenerator
from synthlift.randomness import stream

__all__ = ["check_classifier", "check_condition", "check_generator", "example_sources", "example_training_set"]

N_REAL = 24
WORDS = {"red": "ruby crimson scarlet rose", "blue": "azure navy cobalt sky", "wet": "rain river sea pond"}


def example_sources(n_synthetic: int = 30) -> Sources:
    """Return small sources with two near-duplicate real documents and synthetic ones with and without parents."""
    rng = stream(0, "conformance")
    names = tuple(sorted(WORDS))

    def document(identity: str, origin: Origin | None) -> Document:
        labels = tuple(name for name in names if rng.random() < 0.5)
        words = [str(rng.choice(WORDS[name].split())) for name in labels for _ in range(4)]
        return Document(identity, " ".join([*words, f"text{rng.integers(9)}"]), labels, None, origin)

    real = Corpus.of([document(f"r{i}", None) for i in range(N_REAL)], names)
    parents = [(f"r{i % N_REAL}",) if i % 2 else () for i in range(n_synthetic)]
    synthetic = Corpus.of([document(f"s{i}", Origin("tool", ids)) for i, ids in enumerate(parents)], names)
    spare = Corpus.of([document(f"p{i}", None) for i in range(n_synthetic + 5)], names)
    group = np.arange(N_REAL)
    group[1] = 0
    return Sources(
        real=real,
        real_group=group,
        synthetic=synthetic,
        parent=np.array([i % N_REAL if i % 2 else -1 for i in range(n_synthetic)]),
        family=np.arange(n_synthetic),
        spare=spare,
        spare_group=N_REAL + np.arange(len(spare)),
    )


def example_training_set() -> TrainingSet:
    """Return a small training set with real rows, a copy and a child."""
    sources = example_sources()
    real, labels = sources.real.texts, sources.real.label_matrix()
    rows = [*range(N_REAL), 0, 3]
    return TrainingSet(
        texts=(*real, real[0], real[3] + " again"),
        labels=labels[rows],
        original=np.array([0, 0, *range(2, N_REAL), 0, 3]),
        is_real=np.arange(len(rows)) < N_REAL,
    )


def check_classifier(make: Callable[[], Classifier]) -> None:
    """Check a classifier against the contract: shapes, range, determinism, untouched input, pickling before `fit`.

    Where it offers `vectors` too, their rows must be of length 1, or zero.
    """
    training = example_training_set()
    before = [training.labels.copy(), training.original.copy(), training.is_real.copy()]
    texts = ["azure navy rain", "crimson", "a text of unknown words only"]
    first = make().fit(training, rng=stream(1, "fit"))
    proba = first.predict_proba(texts)
    _expect(proba.shape == (len(texts), training.labels.shape[1]), f"predict_proba gave shape {proba.shape}")
    _expect(bool(np.isfinite(proba).all() and (proba >= 0).all() and (proba <= 1).all()), "probabilities leave [0, 1]")
    held_out = first.held_out_proba_
    wanted = (len(training.tuning_rows), training.labels.shape[1])
    _expect(held_out.shape == wanted, f"held_out_proba_ has shape {held_out.shape}, expected {wanted}")
    _expect(bool(np.isfinite(held_out).all()), "held_out_proba_ is not finite")
    after = [training.labels, training.original, training.is_real]
    _expect(all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)), "fit changed its input")
    other = make()
    other.fit(example_training_set(), rng=stream(2, "fit"))
    again = other.fit(training, rng=stream(1, "fit")).predict_proba(texts)
    _expect(np.array_equal(proba, again), "the same training set and stream gave other probabilities after another fit")
    _expect(first.predict_proba([]).shape == (0, wanted[1]), "no texts must give no rows")
    if isinstance(first, Representing):
        _check_vectors(first, texts)
    pickle.loads(pickle.dumps(make()))  # noqa: S301 (our own object, as a worker process gets it)


def _check_vectors(classifier: Representing, texts: list[str]) -> None:
    try:
        vectors = sparse.csr_array(classifier.vectors(texts))
    except NotApplicable as answer:
        _expect(bool(answer.reason), "NotApplicable needs a reason")
        return
    _expect(vectors.shape[0] == len(texts), f"vectors gave shape {vectors.shape}")
    length = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    _expect(bool(((np.abs(length - 1.0) < 1e-3) | (length == 0.0)).all()), f"vectors have lengths {length.tolist()}")


def check_condition(recipe: Recipe) -> None:
    """Check that a recipe keeps the contract: shapes, descent within the set, determinism, untouched sources."""
    sources = example_sources()
    try:
        composition = recipe(sources, stream(1, "compose"))
    except NotApplicable as answer:
        _expect(bool(answer.reason), "NotApplicable needs a reason")
        return
    training = composition.training
    n = len(training)
    _expect(training.labels.shape == (n, len(sources.real.labels)), f"labels have shape {training.labels.shape}")
    _expect(training.original.shape == training.is_real.shape == (n,), "original and is_real must have a row per text")
    _expect(bool((training.original < n).all() and (training.original >= -1).all()), "original leaves the set")
    known = training.original >= 0
    roots = training.original[known]
    _expect(bool((training.original[roots] == roots).all()), "original must be the first row of its family")
    again = recipe(example_sources(), stream(1, "compose")).training
    _expect(training.texts == again.texts and np.array_equal(training.labels, again.labels), "the same stream differs")


def check_generator(generator: TextGenerator) -> None:
    """Check that a generator keeps the contract: at most n documents, synthetic, distinct ids, labels of the corpus."""
    train = example_sources().real
    corpus = generator.generate(train, 5, rng=stream(1, "generate"))
    _expect(len(corpus) <= 5, f"got {len(corpus)} documents, expected at most 5")
    _expect(not any(document.is_real for document in corpus), "a generated document must have an origin")
    _expect(len(set(corpus.ids)) == len(corpus), "ids repeat")
    _expect(set(corpus.labels) <= set(train.labels), "labels are not those of the training corpus")
    again = generator.generate(train, 5, rng=stream(1, "generate"))
    _expect(corpus == again, "the same stream gave other documents")


def _expect(holds: bool, message: str) -> None:  # noqa: FBT001
    if not holds:
        raise AssertionError(message)
