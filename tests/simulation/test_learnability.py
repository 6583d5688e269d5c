"""The planted task can be learnt, is not trivial, and rewards faithful text as much as real text."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from synthlift.corpus import Corpus
from synthlift.randomness import stream
from synthlift.simulation import PRESETS, SimulatedGenerator, Simulator

SIMULATOR = Simulator(21, n_labels=12)
TEST = SIMULATOR.corpus(300, stream="test")


def micro_f1(truth: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> float:
    return float(2 * (truth & chosen).sum() / (truth.sum() + chosen.sum()))


def best_score(*training: Corpus) -> float:
    """Micro-F1 of TF-IDF and logistic regression at the best threshold on the test documents."""
    texts = [text for corpus in training for text in corpus.texts]
    labels = np.vstack([corpus.label_matrix() for corpus in training])
    vectorizer = TfidfVectorizer(sublinear_tf=True)
    features = vectorizer.fit_transform(texts)
    model = OneVsRestClassifier(LogisticRegression(C=10, solver="liblinear")).fit(features, labels.astype(int))
    probabilities = model.predict_proba(vectorizer.transform(TEST.texts))
    return max(micro_f1(TEST.label_matrix(), probabilities >= t) for t in np.linspace(0.05, 0.8, 40))


def made(preset: str, train: Corpus, n: int) -> Corpus:
    return SimulatedGenerator(SIMULATOR, PRESETS[preset], preset).generate(train, n, rng=stream(0, "learn", preset))


@pytest.fixture(scope="module")
def train() -> Corpus:
    return SIMULATOR.corpus(60)


def test_the_task_is_learnable_and_not_trivial() -> None:
    """On 400 documents a linear classifier beats predicting everything by 0.2 and stays below 0.95."""
    everything = micro_f1(TEST.label_matrix(), np.ones_like(TEST.label_matrix()))
    score = best_score(SIMULATOR.corpus(400))
    assert everything + 0.2 < score < 0.95


@pytest.fixture(scope="module")
def with_faithful(train: Corpus) -> float:
    return best_score(train, made("faithful", train, 450))


def test_faithful_documents_are_as_good_as_real_ones(train: Corpus, with_faithful: float) -> None:
    """450 of either lift the score of 60 by as much, within 0.04."""
    alone = best_score(train)
    with_real = best_score(train, SIMULATOR.corpus(450, start=1024))
    assert with_faithful > alone + 0.03
    assert with_faithful == pytest.approx(with_real, abs=0.04)


def test_each_fault_costs_some_of_the_gain(train: Corpus, with_faithful: float) -> None:
    """Copies, wrong labels, bland and narrow texts all help less than faithful ones."""
    for preset in ("copycat", "mislabelled", "bland", "narrow"):
        assert best_score(train, made(preset, train, 450)) < with_faithful
