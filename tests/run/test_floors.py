"""Floors, worked out by hand on a handful of documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score

from synthlift.corpus import Corpus, Document
from synthlift.metrics.thresholds import tune_threshold
from synthlift.run import floors as floors_module
from synthlift.run.floors import floors
from synthlift.study.workload import Workload

LABELS = ("x", "y")
Rows = Sequence[tuple[str, str]]


def workload(train: Rows, test: Rows, group: Sequence[int] | None = None) -> Workload:
    """Build a workload from texts and label sets, one character a label."""

    def corpus(name: str, rows: Rows) -> Corpus:
        return Corpus.of([Document(f"{name}{i}", text, tuple(own)) for i, (text, own) in enumerate(rows)], LABELS)

    return Workload(
        train=corpus("r", train),
        train_group=np.arange(len(train)) if group is None else np.array(group),
        validation=Corpus((), LABELS),
        spare=Corpus((), LABELS),
        spare_group=np.zeros(0, np.int64),
        test=corpus("t", test),
        test_group=np.arange(len(test)),
        sources={},
        seed=0,
        identity="0",
    )


def values(given: Workload) -> dict[tuple[str, str], float | None]:
    return {(record["name"], record["metric"]): record["value"] for record in floors(given)}


TRAIN = [("ruby rose", "x"), ("ruby scarlet", "x"), ("azure sky", "y"), ("azure navy", "y"), ("rose ruby", "x")]
TEST = [("ruby", "x"), ("azure", "y"), ("nobody knows", "xy")]


def test_predict_all_by_hand() -> None:
    """Four of six labels are true: micro 8/10; each label 4/5; documents 2/3, 2/3 and 1."""
    found = values(workload(TRAIN, TEST))
    assert found["predict-all", "micro-F1"] == pytest.approx(8 / 10)
    assert found["predict-all", "macro-F1"] == pytest.approx(4 / 5)
    assert found["predict-all", "sample-F1"] == pytest.approx(7 / 9)


def test_commonest_label_set_by_hand() -> None:
    """The set of x for everybody: 2 hits, 3 predicted, 4 true; x 4/5 and y 0; documents 1, 0 and 2/3."""
    found = values(workload(TRAIN, TEST))
    assert found["commonest-label-set", "micro-F1"] == pytest.approx(4 / 7)
    assert found["commonest-label-set", "macro-F1"] == pytest.approx(2 / 5)
    assert found["commonest-label-set", "sample-F1"] == pytest.approx(5 / 9)


def test_neighbours_by_hand() -> None:
    """Each word's label is found, the text of unknown words gets none: micro 4/6, macro 2/3, documents 1, 1 and 0."""
    found = values(workload(TRAIN, TEST))
    assert found["kNN", "micro-F1"] == pytest.approx(4 / 6)
    assert found["kNN", "macro-F1"] == pytest.approx(2 / 3)
    assert found["kNN", "sample-F1"] == pytest.approx(2 / 3)


def test_records_name_floor_and_metric() -> None:
    """Four floors times three metrics, without a threshold."""
    found = floors(workload(TRAIN, TEST))
    assert [record["threshold"] for record in found] == [None] * 12
    assert {record["name"] for record in found} == {"predict-all", "commonest-label-set", "kNN", "keywords"}
    assert {record["metric"] for record in found} == {"micro-F1", "macro-F1", "sample-F1"}


def drawn(n: int, seed: int) -> list[tuple[str, str]]:
    rng = np.random.default_rng(seed)
    words = {"x": "ruby rose scarlet crimson", "y": "azure navy sky cobalt"}
    rows = []
    for _ in range(n):
        own = "".join(name for name in LABELS if rng.random() < 0.5)
        known = [str(w) for name in own for w in rng.choice(words[name].split(), 2)]
        rows.append((" ".join([*known, *(f"common{i}" for i in rng.integers(0, 9, 4))]), own))
    return rows


@pytest.mark.parametrize("block", [7, 1024])
def test_neighbours_against_a_loop(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Similarity-weighted votes of the ten nearest, threshold tuned leaving groups out, as a plain loop has them."""
    monkeypatch.setattr(floors_module, "BLOCK", block)
    train, test = drawn(40, 1), drawn(25, 2)
    group = [i // 2 for i in range(40)]
    given = workload(train, test, group)
    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\w+")  # noqa: S106
    left = vectorizer.fit_transform([text for text, _ in train]).toarray()
    labels, truth = given.train.label_matrix(), given.test.label_matrix()

    def vote(vector: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        cosine = np.where(allowed, left @ vector, 0.0)
        nearest = np.argsort(-cosine, kind="stable")[:10]
        return cosine[nearest] @ labels[nearest] / max(cosine[nearest].sum(), 1e-12)

    own = np.array([vote(left[i], np.array(group) != group[i]) for i in range(40)])
    threshold = tune_threshold(own, labels).threshold
    right = vectorizer.transform([text for text, _ in test]).toarray()
    predicted = np.array([vote(vector, np.ones(40, bool)) for vector in right]) >= threshold
    assert values(given)["kNN", "micro-F1"] == pytest.approx(f1_score(truth, predicted, average="micro"))
    assert values(given)["kNN", "micro-F1"] > 0.6


def test_near_duplicates_do_not_vote_when_the_threshold_is_tuned() -> None:
    """Alone in its group a document's twin decides nothing: with one group for all, nothing is worth predicting."""
    found = values(workload(TRAIN, TEST, group=[0] * 5))
    assert found["kNN", "micro-F1"] == 0.0


@pytest.mark.parametrize("words", ["", "!", " . "])
def test_training_texts_without_words(words: str) -> None:
    """Where no training text has a word nothing is near and nothing is predicted; the other floors stay."""
    found = values(workload([(words, own) for _, own in TRAIN], TEST))
    assert found["kNN", "micro-F1"] == 0.0
    assert found["predict-all", "micro-F1"] == pytest.approx(8 / 10)


def test_one_training_document() -> None:
    """A single document cannot be tuned on without itself: nothing is predicted, nothing fails."""
    found = values(workload(TRAIN[:1], TEST))
    assert found["kNN", "micro-F1"] == 0.0
    assert found["commonest-label-set", "micro-F1"] == pytest.approx(4 / 7)


def test_an_undefined_score_is_null() -> None:
    """Where no test document has a label, macro-F1 is undefined, and micro-F1 where nothing is predicted either."""
    found = values(workload([("ruby", ""), ("rose", ""), ("sky", "x")], [("ruby", "")]))
    assert found["commonest-label-set", "micro-F1"] is None
    assert found["predict-all", "micro-F1"] == 0.0
    assert found["predict-all", "macro-F1"] is None


def test_names_alone_by_hand() -> None:
    """A label is given where a form of a word of its description stands: two hits of three given, of five true."""
    described = replace(workload(TRAIN, TEST), descriptions={"x": "Rubies", "y": "A navy"})
    described = replace(described, test=Corpus.of([*described.test, Document("t9", "navies of ruby", ("x",))], LABELS))
    found = values(replace(described, test_group=np.arange(4)))
    assert found["keywords", "micro-F1"] == pytest.approx(2 * 2 / (3 + 5))


def test_names_that_no_text_could_hold_are_no_floor() -> None:
    """Without a keyword nothing could be predicted: null with the reason, not a score of 0."""
    found = [record for record in floors(workload(TRAIN, TEST)) if record["name"] == "keywords"]
    assert [record["value"] for record in found] == [None] * 3
    assert all("--descriptions" in str(record["reason"]) for record in found)
