"""The training sets that the solver benchmark solves: real corpora, or random texts of their shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from corpora import corpus_folder
from numpy.typing import NDArray
from scipy import sparse

from synthlift.classifiers.folds import Fold, inner_folds
from synthlift.classifiers.linear import LinearClassifier
from synthlift.classifiers.tfidf import TermCounts, Tfidf
from synthlift.corpus.reading import Where, read_real, read_synthetic
from synthlift.corpus.training_set import TrainingSet
from synthlift.randomness import stream

__all__ = ["SHAPES", "Problem", "Shape", "load"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A corpus of the data folder, and how large its random stand-in is."""

    name: str
    real_where: Where
    synthetic_where: Where
    n_real: int
    n_parents: int
    n_children: int
    n_labels: int
    n_words: int


SHAPES = {
    "uspto64": Shape("uspto64", {"split": ("seed",)}, {"mode": ("synthesis",)}, 165, 0, 660, 64, 110),
    "valueeval_t5": Shape("valueeval_t5", {"split": ("train",)}, {}, 5393, 1695, 5085, 20, 19),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What both sides are given.

    Attributes
    ----------
    features : csr_array, shape (n_docs, n_terms)
        TF-IDF with 32-bit indices, the only ones that scikit-learn takes.
    labels : ndarray of bool, shape (n_docs, n_labels)
    folds : list of Fold
    tuned_C : float
        The inverse penalty that `LinearClassifier` chooses, per mean loss.
    is_stand_in : bool
        Whether these are random texts.
    """

    name: str
    features: sparse.csr_array
    labels: NDArray[np.bool_]
    folds: list[Fold]
    tuned_C: float  # noqa: N815 (maths, as everywhere)
    is_stand_in: bool


def load(shape: Shape, *, every_label: int = 1) -> Problem:
    """Return the treatment set of `shape`, keeping every `every_label`-th label."""
    folder = corpus_folder(shape.name)
    found = folder.is_dir()
    training = _read(folder, shape) if found else _random(shape)
    training = TrainingSet(training.texts, training.labels[:, ::every_label], training.original, training.is_real)
    counts = TermCounts()
    features = Tfidf(counts, training.texts, np.ones(len(training))).features
    features.indices, features.indptr = features.indices.astype(np.int32), features.indptr.astype(np.int32)
    classifier = LinearClassifier(counts).fit(training, rng=stream(0, "benchmark", "folds"))
    folds = list(inner_folds(training, stream(0, "benchmark", "folds")))
    return Problem(shape.name, features, training.labels, folds, float(classifier.facts_["C"]), not found)


def _read(folder: Path, shape: Shape) -> TrainingSet:
    real = read_real(folder / "real.jsonl", where=shape.real_where).documents
    names = sorted({label for document in real for label in document.labels})
    written = read_synthetic(folder / "synthetic.jsonl", known_labels=names, where=shape.synthetic_where).documents
    row = {document.id: index for index, document in enumerate(real)}
    parents = [document.origin.parents if document.origin is not None else () for document in written]
    labels = [[name in document.labels for name in names] for document in (*real, *written)]
    texts = [document.text for document in (*real, *written)]
    return _stacked(texts, np.array(labels), [row.get(ids[0], -1) if ids else -1 for ids in parents])


def _stacked(texts: Sequence[str], labels: NDArray[np.bool_], parent: Sequence[int]) -> TrainingSet:
    n_real = len(texts) - len(parent)
    original = np.concatenate([np.arange(n_real), np.array(parent, dtype=np.int64)])
    return TrainingSet(tuple(texts), labels, original, np.arange(len(texts)) < n_real)


def _random(shape: Shape) -> TrainingSet:
    """Write texts of words drawn by Zipf's law, a fifth of them from their labels' own words; children are edited."""
    rng = stream(0, "benchmark", "stand-in", shape.name)
    n_docs = shape.n_real + (0 if shape.n_parents else shape.n_children)
    labels = np.zeros((n_docs, shape.n_labels), dtype=bool)
    # every label stands somewhere; the rest is drawn
    labels[np.arange(n_docs), np.arange(n_docs) % shape.n_labels] = True
    labels |= rng.random(labels.shape) < 1.0 / shape.n_labels
    documents = [[_word(rng, np.flatnonzero(carried)) for _ in range(shape.n_words)] for carried in labels]
    parent = [-1] * (n_docs - shape.n_real)
    for child in range(shape.n_children if shape.n_parents else 0):
        origin = child % shape.n_parents
        carried = np.flatnonzero(labels[origin])
        documents.append([_word(rng, carried) if rng.random() < 0.1 else word for word in documents[origin]])
        parent.append(origin)
    children = np.array(parent[n_docs - shape.n_real :], dtype=np.int64)
    return _stacked([" ".join(words) for words in documents], np.concatenate([labels, labels[children]]), parent)


def _word(rng: np.random.Generator, labels: NDArray[np.intp]) -> str:
    if rng.random() < 0.2:
        return f"label{rng.choice(labels)}word{rng.integers(30)}"
    return f"word{int(rng.pareto(0.8) * 20) % 30_000}"
