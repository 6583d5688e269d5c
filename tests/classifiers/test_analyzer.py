"""Terms are words or characters, as asked for."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from synthlift.classifiers.embedding import EmbeddingClassifier
from synthlift.classifiers.linear import LinearClassifier
from synthlift.classifiers.tfidf import TermCounts
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import BadConfiguration

TEXTS = ["Red fox, red!", "今天天气很好", "a b", "red  fox"]


@pytest.mark.parametrize(
    ("analyzer", "options"),
    [("word", {"ngram_range": (1, 2)}), ("char", {"analyzer": "char_wb", "ngram_range": (2, 5)})],
)
def test_terms_are_those_of_scikit_learn(analyzer, options):
    """Words of 1-2, or characters of 2-5 within what blanks enclose."""
    counts = TermCounts(analyzer)
    known = CountVectorizer(**options)
    expected = known.fit_transform(TEXTS).toarray()
    found = counts.matrix(TEXTS).toarray()
    order = np.argsort(counts.terms)
    assert sorted(counts.terms) == known.get_feature_names_out().tolist()
    np.testing.assert_array_equal(found[:, order], expected)


def test_words_are_the_default():
    """Nothing changes for who does not ask."""
    counts = TermCounts()
    counts.matrix(TEXTS[:1])
    assert sorted(counts.terms) == ["fox", "fox red", "red", "red fox"]


def test_another_analyzer_is_refused():
    """The choices are named."""
    with pytest.raises(BadConfiguration, match=r"'byte' is unknown, expected one of word, char"):
        TermCounts("byte")
    with pytest.raises(BadConfiguration):
        LinearClassifier(analyzer="byte")


def chinese(n: int) -> tuple[list[str], np.ndarray]:
    """Return unsegmented texts with a label that two characters inside them tell."""
    rng = np.random.default_rng(0)
    letters = [chr(0x4E00 + i) for i in range(60)]
    texts, labels = [], np.zeros((n, 1), dtype=bool)
    for row in range(n):
        words = ["".join(rng.choice(letters, 2)) for _ in range(8)]
        labels[row] = row % 2
        words.insert(int(rng.integers(8)), "狐狸" if row % 2 else "鲸鱼")
        texts.append("".join(words))
    return texts, labels


@pytest.mark.parametrize("family", [LinearClassifier, EmbeddingClassifier])
def test_characters_learn_what_words_cannot_see(family):
    """Each text is one word of its own to the word analyzer; its characters tell the label."""
    texts, labels = chinese(80)
    training = TrainingSet(
        texts=tuple(texts[:60]),
        labels=labels[:60],
        sample_weight=None,
        label_weight=None,
        original=np.arange(60),
        is_real=np.ones(60, dtype=bool),
        loss="bce",
        n_steps=None,
    )
    accuracy = {}
    for analyzer in ("word", "char"):
        classifier = family(analyzer=analyzer).fit(training, rng=np.random.default_rng(0))
        accuracy[analyzer] = float(np.mean((classifier.predict_proba(texts[60:]) > 0.5) == labels[60:]))
    assert accuracy["char"] > 0.9
    assert accuracy["word"] < 0.7
