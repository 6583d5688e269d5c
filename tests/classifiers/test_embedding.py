"""The embedding classifier keeps the contract of classifiers, and copies change nothing."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from synthlift.classifiers import lsa
from synthlift.classifiers.embedding import EmbeddingClassifier
from synthlift.classifiers.kernels import DenseGram, LowRankGram
from synthlift.classifiers.tfidf import TermCounts
from synthlift.corpus import TrainingSet
from synthlift.errors import BadConfiguration, NotApplicable
from synthlift.randomness import stream
from synthlift.testing import check_classifier, example_training_set

WORDS = {0: "ruby crimson scarlet rose", 1: "azure navy cobalt sky", 2: "rain river sea pond"}
QUERIES = ["azure navy rain", "crimson crimson rose", "words nobody knows", "rain sky ruby"]


def example(n: int = 40, seed: int = 0) -> TrainingSet:
    """Draw texts in which each label has words of its own, with one word in four from another."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n, 3)) < 0.45
    texts = []
    for row in labels:
        own = [w for column in np.flatnonzero(row) for w in rng.choice(WORDS[int(column)].split(), 3)]
        texts.append(" ".join([*own, *rng.choice(" ".join(WORDS.values()).split(), 1 + len(own) // 3), f"n{n}"]))
    return TrainingSet(tuple(texts), labels, np.arange(n), np.ones(n, bool))


def copied(training: TrainingSet, k: int) -> TrainingSet:
    """Add k - 1 copies of all rows, in mixed order, as a volume control does."""
    n = len(training)
    rows = [*range(n), *np.random.default_rng(k).permutation(np.repeat(np.arange(n), k - 1)).tolist()]
    return TrainingSet(
        tuple(training.texts[row] for row in rows), training.labels[rows], training.original[rows],
        np.arange(len(rows)) < n,
    )  # fmt: skip


def fitted(training: TrainingSet, counts: TermCounts | None = None) -> EmbeddingClassifier:
    return EmbeddingClassifier(counts).fit(training, rng=stream(0, "fit"))


def test_conformance() -> None:
    """The public conformance check of classifiers passes."""
    check_classifier(EmbeddingClassifier)


@pytest.mark.parametrize(("n", "few"), [(40, 2000), (160, 2000), (160, 20)])
@pytest.mark.parametrize("k", [2, 5])
def test_a_training_set_copied_k_times_predicts_the_same(
    k: int, n: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Volume alone is nil: probabilities of test and of held-out rows agree to a billionth, and so does C.

    So it is with more texts than dimensions, and where the directions are found by iteration.
    """
    monkeypatch.setattr(lsa, "FEW", few)
    monkeypatch.setattr(lsa, "N_DIMENSIONS", 10 if n > 40 else 100)
    training = example(n)
    once, more = fitted(training), fitted(copied(training, k))
    assert more.predict_proba(QUERIES) == pytest.approx(once.predict_proba(QUERIES), abs=1e-9)
    assert more.held_out_proba_ == pytest.approx(once.held_out_proba_, abs=1e-9)
    assert more.facts_ == once.facts_


def test_determinism_whatever_was_counted_before() -> None:
    """The same set and stream give the same bits, also where other texts came first in shared counts."""
    training, counts = example(), TermCounts()
    counts.matrix(["zebra apple crimson", "sky zebra"])
    plain = fitted(training).predict_proba(QUERIES)
    assert np.array_equal(plain, fitted(training).predict_proba(QUERIES))
    assert np.array_equal(plain, fitted(training, counts).predict_proba(QUERIES))


def test_the_head_is_l2_logistic_regression_on_the_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the chosen C, scikit-learn's solver on the vectors gives the same probabilities."""
    monkeypatch.setattr(lsa, "N_DIMENSIONS", 5)
    training = example(60)
    found = fitted(training)
    vectors, other = found._space.vectors, found._space.transform(QUERIES)
    for label in range(3):
        # theirs is per sum of losses, ours per mean
        theirs = LogisticRegression(C=found.facts_["C"] / len(training), tol=1e-10, max_iter=10_000)
        theirs.fit(vectors, training.labels[:, label])
        assert found.predict_proba(QUERIES)[:, label] == pytest.approx(theirs.predict_proba(other)[:, 1], abs=1e-4)


def test_it_learns() -> None:
    """Texts of one label's words are given that label above the others."""
    proba = fitted(example(120)).predict_proba(list(WORDS.values()))
    assert proba.argmax(axis=1).tolist() == [0, 1, 2]


def test_a_text_of_unknown_words_gets_the_intercept() -> None:
    """Unknown and empty texts are all answered alike."""
    proba = fitted(example()).predict_proba(["nobody knows", "", "?"])
    assert np.array_equal(proba[0], proba[1])
    assert np.array_equal(proba[0], proba[2])


@pytest.mark.parametrize("texts", [["", "", "", "", "", ""], ["!", "?", ".", ",", ";", ":"]])
def test_training_texts_without_words_predict_the_priors(texts: Sequence[str]) -> None:
    """Where no training text has a word, every text gets each label's share."""
    labels = np.array([[1, 0], [1, 0], [1, 1], [0, 0], [0, 1], [1, 0]], dtype=bool)
    training = TrainingSet(tuple(texts), labels, np.arange(6), np.ones(6, bool))
    assert fitted(training).predict_proba(["red"])[0] == pytest.approx([4 / 6, 2 / 6], abs=1e-6)


@pytest.mark.parametrize("changed", [{"loss": "focal"}, {"n_steps": 100}])
def test_what_is_not_convex_is_not_applicable(changed: dict[str, object]) -> None:
    """A focal loss, or a number of steps, is answered with a reason."""
    with pytest.raises(NotApplicable, match=r"log loss|convex"):
        fitted(replace(example_training_set(), **changed))


def test_a_low_rank_gram_matrix_is_the_product_of_its_vectors() -> None:
    """Products, subsets and cross products are those of the dense matrix."""
    rng = np.random.default_rng(0)
    vectors, columns = rng.normal(size=(12, 4)), rng.normal(size=(12, 3))
    low, dense = LowRankGram(vectors), DenseGram(vectors @ vectors.T)
    left, right = np.array([7, 0, 3]), np.array([1, 2, 5, 11])
    assert low @ columns == pytest.approx(dense @ columns)
    assert low.take(right) @ columns[:4] == pytest.approx(dense.take(right) @ columns[:4])
    assert low.cross(left, right, columns[:4]) == pytest.approx(dense.cross(left, right, columns[:4]))


def test_a_sentence_encoder_keeps_the_contract(minilm_dir: Path, tmp_path: Path) -> None:
    """The conformance checks pass on vectors of all-MiniLM-L6-v2, kept in a folder."""
    check_classifier(lambda: EmbeddingClassifier(model=str(minilm_dir), embeddings=str(tmp_path)))


def test_a_sentence_encoder_reads_what_words_mean(minilm_dir: Path) -> None:
    """Texts of words that no training text has are told apart by their vectors, which LSA cannot."""
    texts = [
        "A red rose",
        "Scarlet lips",
        "Crimson paint",
        "Ruby wine",
        "Heavy rain",
        "A wide river",
        "The deep sea",
        "A pond",
    ]
    labels = np.array([[1, 0]] * 4 + [[0, 1]] * 4, dtype=bool)
    training = TrainingSet(tuple(texts), labels, np.arange(8), np.ones(8, bool))
    other = ["vermilion cherries", "flooded lakes"]
    found = EmbeddingClassifier(model=str(minilm_dir)).fit(training, rng=stream(0, "fit"))
    assert found.predict_proba(other).argmax(axis=1).tolist() == [0, 1]
    assert found.facts_["n_truncated"] == 0
    lsa_proba = fitted(training).predict_proba(other)
    assert np.array_equal(lsa_proba[0], lsa_proba[1])


def test_vectors_have_length_one_whatever_the_model_gives(tiny_bert_dir: Path) -> None:
    """One penalty fits all models: lengths of vectors do not reach the head, of an unknown text neither."""
    found = EmbeddingClassifier(model=str(tiny_bert_dir)).fit(example(), rng=stream(0, "fit"))
    vectors = np.concatenate([found._space.vectors, found._space.transform(["rain", ""])])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0)


def test_cut_texts_are_counted_once_each(tiny_bert_dir: Path) -> None:
    """A text longer than the model reads counts once, however many copies of it train."""
    training = example()
    texts = (training.texts[0] + " rain" * 70, *training.texts[1:])
    found = EmbeddingClassifier(model=str(tiny_bert_dir)).fit(
        copied(replace(training, texts=texts), 3), rng=stream(0, "fit")
    )
    assert found.facts_["n_truncated"] == 1


def test_interpolation_works_on_vectors_of_a_model(tiny_bert_dir: Path) -> None:
    """Rows between the vectors of a rare label's documents are made, as many as asked."""
    labels = np.column_stack([np.ones(40, bool), np.arange(40) % 2 == 0, np.arange(40) % 8 == 0])
    training = replace(example(), labels=labels, n_interpolated=30)
    found = EmbeddingClassifier(model=str(tiny_bert_dir)).fit(training, rng=stream(0, "fit"))
    assert found.facts_["n_interpolated"] == 30


def test_a_model_is_known_by_its_files(minilm_dir: Path, tiny_bert_dir: Path) -> None:
    """Identities differ between models, a Hub name's is of name and commit, and LSA has none."""
    hub = [EmbeddingClassifier(model="a/b", revision=40 * digit).weights_identity for digit in "01"]
    local = [EmbeddingClassifier(model=str(folder)).weights_identity for folder in (minilm_dir, tiny_bert_dir)]
    assert len({*hub, *local}) == 4
    assert all(one is not None and len(one) == 64 for one in (*hub, *local))
    assert EmbeddingClassifier().weights_identity is None


def test_weights_do_not_travel(minilm_dir: Path) -> None:
    """Before it is fitted the classifier is a few strings, also once this process has its weights."""
    made = EmbeddingClassifier(model=str(minilm_dir))
    made.load()
    assert len(pickle.dumps(made)) < 2000
    assert EmbeddingClassifier().load() is None


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"revision": "0" * 40}, "revision without a model"),
        ({"model": "a/b"}, "40 hexadecimal digits"),
        ({"model": "./nowhere"}, "no such folder"),
    ],
)
def test_what_names_no_model_is_refused(settings: dict[str, str], told: str) -> None:
    """Before anything is trained."""
    with pytest.raises(BadConfiguration, match=told):
        EmbeddingClassifier(**settings)
