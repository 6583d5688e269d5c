"""Any scikit-learn estimator over texts serves as a classifier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from synthlift.classifiers.folds import inner_folds
from synthlift.classifiers.sklearn import SklearnClassifier
from synthlift.errors import NotApplicable
from synthlift.testing import check_classifier, example_training_set

ESTIMATORS: dict[str, Callable[[], Any]] = {
    "one array of probabilities": lambda: OneVsRestClassifier(LogisticRegression()),
    "a list of arrays": lambda: MultiOutputClassifier(LogisticRegression()),
    "a forest": lambda: RandomForestClassifier(10, random_state=0),
    "decision values": lambda: OneVsRestClassifier(LinearSVC()),
}


def wrapped(kind: str = "one array of probabilities") -> SklearnClassifier:
    """Wrap a pipeline that ends with an estimator of this kind."""
    return SklearnClassifier(make_pipeline(TfidfVectorizer(), ESTIMATORS[kind]()))


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_conformance(kind):
    """Estimators of every way to answer keep the classifier's contract."""
    check_classifier(lambda: wrapped(kind))


def test_probabilities_are_the_estimators_own():
    """What is predicted is what the pipeline, fitted on the whole set, predicts."""
    training = example_training_set()
    pipeline = make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LogisticRegression()))
    pipeline.fit(training.texts, training.labels.astype(int))
    ours = wrapped().fit(training, rng=np.random.default_rng(0)).predict_proba(["azure rain", "ruby"])
    assert ours == pytest.approx(pipeline.predict_proba(["azure rain", "ruby"]))


def test_a_held_out_document_is_not_seen():
    """The held-out probabilities of a document are those of an estimator that lacks its fold."""
    training = example_training_set()
    fitted = wrapped().fit(training, rng=np.random.default_rng(0))
    fold = next(iter(inner_folds(training, np.random.default_rng(0))))
    pipeline = make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LogisticRegression()))
    pipeline.fit([training.texts[row] for row in fold.train], training.labels[fold.train].astype(int))
    held = [training.texts[row] for row in training.tuning_rows[fold.positions]]
    assert fitted.held_out_proba_[fold.positions] == pytest.approx(pipeline.predict_proba(held))


@pytest.mark.parametrize("only", [0, 1])
def test_labels_of_one_class_predict_their_prior(only):
    """A label that all rows carry, or none, is left to its prior; the others are learned."""
    training = example_training_set()
    labels = training.labels.copy()
    labels[:, 0] = bool(only)
    proba = wrapped().fit(replace(training, labels=labels), rng=np.random.default_rng(0)).predict_proba(["azure"])
    assert proba[0, 0] == only
    assert 0.0 < proba[0, 1] < 1.0


@pytest.mark.parametrize("change", [{"loss": "focal"}, {"n_steps": 5}, {"sample_weight": np.ones(26)}])
def test_what_an_estimator_cannot_be_told_is_not_applicable(change):
    """Weights, another loss or steps are refused with a reason, not ignored."""
    with pytest.raises(NotApplicable, match="texts and labels only"):
        wrapped().fit(replace(example_training_set(), **change), rng=np.random.default_rng(0))
