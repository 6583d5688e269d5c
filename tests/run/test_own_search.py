"""What a condition has learnt ranks real documents: against a direct computation, and with a reason where it cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ndcg_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline

from synthlift.classifiers.embedding import EmbeddingClassifier
from synthlift.classifiers.linear import LinearClassifier
from synthlift.classifiers.sklearn import SklearnClassifier
from synthlift.conditions.sources import compose_rows
from synthlift.corpus.columns import Columns
from synthlift.metrics.metric import SEARCH, Metric
from synthlift.randomness import stream
from synthlift.run import own_search
from synthlift.run.own_search import OwnSearch
from synthlift.run.tasks import Evaluate
from synthlift.study.catalog import SEARCHED
from synthlift.study.input import Input
from synthlift.study.plan import Options, Plan, plan_prepared
from synthlift.study.preparation import prepare
from synthlift.study.trials import DRAWS
from synthlift.study.workload import Workload

CONDITIONS = (*SEARCHED, "placebo", "class-weight")


@pytest.fixture(scope="module")
def planned(corpora: Any) -> Plan:
    """Give a plan of the tiny corpus."""
    given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
    return plan_prepared(prepare(given, 0), Options(replicates=1, conditions=CONDITIONS))


@pytest.fixture(scope="module")
def evaluate(planned: Plan) -> Evaluate:
    """Give the task."""
    return Evaluate(planned.prepared.workload)


def _fitted(classifier: Any, load: Workload) -> Any:
    return classifier.fit(compose_rows((load.train, np.arange(len(load.train)), True)), rng=stream(0, "fit"))


def _directly(vectors: np.ndarray, labels: np.ndarray, row: int) -> float:
    """Compute nDCG@10 of one test document by scikit-learn, the document itself taken out."""
    others = np.arange(len(labels)) != row
    relevance = (labels & labels[row]).sum(axis=1) / np.maximum((labels | labels[row]).sum(axis=1), 1)
    return float(ndcg_score([relevance[others]], [(vectors @ vectors[row])[others].round(12)], k=10))


@pytest.mark.parametrize("family", ["linear", "embedding"])
def test_the_score_of_a_trial_is_a_direct_computation(planned: Plan, family: str) -> None:
    """nDCG@10 in the vectors of the trained classifier, over test documents, is scikit-learn's, ties in every order."""
    load = planned.prepared.workload
    task = Evaluate(load)
    trial = next(t for t in planned.trials if t.condition == "real+synthetic" and t.regime == "all")
    trial = replace(trial, classifier=family)
    result = task(trial)
    classifier: Any = task._fit(trial, task._compose(trial))
    vectors = classifier.vectors(load.test.texts)
    dense = vectors.toarray() if family == "linear" else vectors
    labels = load.test.label_matrix()
    expected = np.array([_directly(dense, labels, row) for row in range(len(labels))])
    [value] = [row.value for row in result.scores if row.metric == str(SEARCH)]
    assert value == pytest.approx(expected.mean(), abs=1e-9)
    by_group = np.bincount(load.test_group, weights=expected - expected.mean()) / len(expected)
    assert result.arrays[str(SEARCH)] == pytest.approx(by_group, abs=1e-6)
    assert result.facts["n_searched"] == result.facts["n_queries"] == len(labels)


def test_only_what_is_compared_is_searched(planned: Plan, evaluate: Evaluate) -> None:
    """The conditions of the verdict and its ceiling leave the score, as the last one; others, and draws, leave none."""
    seen = set()
    for trial in planned.trials:
        result = evaluate(trial)
        if result.status != "done":
            continue
        metrics = [row.metric for row in result.scores]
        is_searched = trial.condition in SEARCHED and trial.regime != DRAWS
        assert (str(SEARCH) in metrics) == (str(SEARCH) in result.arrays) == is_searched
        assert [Metric.parse(name) for name in metrics][-1:] == ([SEARCH] if is_searched else [Metric("Brier", None)])
        seen.add((trial.condition, trial.regime == DRAWS))
    assert {("real", False), ("real", True), ("placebo", False)} <= seen


def test_copies_of_a_convex_learner_rank_as_the_documents_do(planned: Plan, evaluate: Evaluate) -> None:
    """A corpus copied evenly has the same weights of terms, so it ranks the same; other texts rank otherwise."""
    found = {}
    for condition in ("real", "replicated", "real+synthetic"):
        trial = next(t for t in planned.trials if (t.condition, t.regime) == (condition, "all"))
        found[condition] = next(row.value for row in evaluate(trial).scores if row.metric == str(SEARCH))
    assert found["real"] == pytest.approx(found["replicated"], abs=0.02)
    assert found["real"] != found["real+synthetic"]


def test_queries_and_documents_are_whole_groups_and_no_more_than_asked(
    planned: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same ones for every trial; a group whose queries were not drawn has no influence."""
    monkeypatch.setattr(own_search, "MOST_DOCUMENTS", 15)
    monkeypatch.setattr(own_search, "MOST_QUERIES", 6)
    load = planned.prepared.workload
    load = replace(load, test_group=np.arange(len(load.test)) // 2)
    fitted = _fitted(LinearClassifier(), load)
    one, other = OwnSearch(load).found(fitted), OwnSearch(load).found(fitted)
    assert one.scores == other.scores
    assert (one.facts["n_searched"], one.facts["n_queries"]) == (14, 6)
    assert np.count_nonzero(one.arrays[str(SEARCH)]) <= 3
    assert one.arrays[str(SEARCH)].shape == (int(load.test_group.max()) + 1,)


def test_without_vectors_of_its_own_there_is_a_reason(planned: Plan, minilm_dir: Any) -> None:
    """A wrapped estimator has none, and those of a frozen encoder are the same whatever it is trained on."""
    load = planned.prepared.workload
    search = OwnSearch(load)
    wrapped = SklearnClassifier(make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LogisticRegression())))
    for classifier, reason in (
        (wrapped, "does not offer the vectors"),
        (EmbeddingClassifier(model=str(minilm_dir)), "its vectors are frozen"),
    ):
        found = search.found(_fitted(classifier, load))
        [row] = found.scores
        assert row.value is None
        assert reason in (row.reason or "")
        assert not found.arrays
        assert not found.facts


def test_vectors_that_cannot_be_searched_spoil_no_other_score(planned: Plan) -> None:
    """Of a classifier that plugs in, vectors of another length, or not finite, are a reason and no failure."""

    class Plugged(LinearClassifier):
        number = 0.0

        def vectors(self, texts: Any) -> Any:
            return np.full((len(texts), 2), self.number)

    load = planned.prepared.workload
    for number, reason in ((3.0, "expected 1 or 0"), (float("nan"), "not finite")):
        plugged = _fitted(Plugged(), load)
        plugged.number = number
        [row] = OwnSearch(load).found(plugged).scores
        assert row.value is None
        assert reason in (row.reason or "")


def test_no_label_in_common_is_a_reason(planned: Plan) -> None:
    """Where no test document carries a label, no query has an ideal to be held against."""
    load = planned.prepared.workload
    bare = tuple(replace(document, labels=()) for document in load.test)
    search = OwnSearch(replace(load, test=replace(load.test, documents=bare)))
    [row] = search.found(_fitted(LinearClassifier(), load)).scores
    assert row.value is None
    assert "shares a label" in (row.reason or "")


def test_a_fine_tuned_encoder_ranks_by_what_its_head_reads(planned: Plan, tiny_bert_dir: Any) -> None:
    """Its vectors change with training, and with the head alone there are none of its own."""
    pytest.importorskip("torch", reason="needs synthlift[neural]")
    from synthlift.classifiers.encoder import EncoderClassifier

    load = planned.prepared.workload
    texts = load.test.texts[:8]
    made = [
        _fitted(EncoderClassifier(str(tiny_bert_dir), steps=n, folds=2, trainable_layers=1), load).vectors(texts)
        for n in (1, 6)
    ]
    assert made[0].shape == (8, 32)
    assert np.linalg.norm(made[0], axis=1) == pytest.approx(np.ones(8))
    assert not np.allclose(*made)
    frozen = EncoderClassifier(str(tiny_bert_dir), steps=2, folds=2, trainable_layers=0)
    [row] = OwnSearch(load).found(_fitted(frozen, load)).scores
    assert "frozen" in (row.reason or "")
