from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
from sklearn.metrics import f1_score

from synthlift.api import plan
from synthlift.corpus.columns import Columns
from synthlift.run.tasks import Evaluate
from synthlift.study.catalog import MIXINGS
from synthlift.study.input import Input
from synthlift.study.plan import Options, plan_prepared
from synthlift.study.preparation import prepare


@pytest.fixture(scope="module")
def planned(corpora):
    """Give a plan of the tiny corpus at two regimes, with two replicates."""
    given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
    return plan(given, Options(regimes=("all", "20"), replicates=2))


@pytest.fixture(scope="module")
def evaluate(planned):
    """Give the task."""
    return Evaluate(planned.prepared.workload)


def _trial(planned, condition: str, regime: str = "all", replicate: int = 0):
    wanted = (condition, regime, replicate)
    return next(t for t in planned.trials if (t.condition, t.regime, t.replicate) == wanted)


def _content(result) -> tuple:
    arrays = {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in result.arrays.items()}
    return result.key, result.name, result.status, result.reason, result.scores, dict(result.facts), arrays


def _predicted(result, threshold: str, n_labels: int) -> np.ndarray:
    return np.unpackbits(result.arrays[f"predicted@{threshold}"], axis=1)[:, :n_labels].astype(bool)


@pytest.mark.parametrize("threshold", ["tuned", "fixed", "per-label"])
def test_scores_are_those_of_the_predictions(planned, evaluate, threshold):
    """The scores that a trial leaves are scikit-learn's of the predictions that it leaves."""
    result = evaluate(_trial(planned, "real+synthetic"))
    truth = planned.prepared.workload.test.label_matrix()
    predicted = _predicted(result, threshold, truth.shape[1])
    scores = {row.metric: row.value for row in result.scores if row.label is None}
    assert 0.3 < scores[f"micro-F1@{threshold}"] < 1.0
    for name, average in (("micro-F1", "micro"), ("macro-F1", "macro")):
        expected = f1_score(truth, predicted, average=average, zero_division=0)
        assert scores[f"{name}@{threshold}"] == pytest.approx(expected, abs=1e-12)
    assert scores[f"empty-share@{threshold}"] == pytest.approx((~predicted.any(axis=1)).mean(), abs=1e-12)


def test_a_trial_is_a_pure_function(planned, evaluate):
    """A trial leaves the same bits in a fresh process' task, after other trials, in any order, and after pickling."""
    trials = [_trial(planned, name, "20", 1) for name in ("real", "replicated-matched", "placebo", "real+synthetic")]
    first = [_content(evaluate(trial)) for trial in trials]
    fresh = pickle.loads(pickle.dumps(Evaluate(planned.prepared.workload)))  # noqa: S301 (as a worker gets it)
    assert [_content(fresh(trial)) for trial in reversed(trials)] == first[::-1]


def test_conditions_of_a_replicate_share_their_real_documents(planned, evaluate):
    """Every condition adds to the same documents: as many rows as the regime and what is added, and equal volumes."""
    facts = {name: evaluate(_trial(planned, name)).facts for name in ("real", "replicated", "real+synthetic")}
    n_real = planned.n_real["all"]
    assert facts["real"]["n_rows"] == n_real
    assert facts["real"]["n_added"] == 0
    assert facts["replicated"]["n_added"] == facts["real+synthetic"]["n_added"] > 0
    for of in facts.values():
        assert of["n_rows"] == n_real + of["n_added"]


def test_a_smaller_regime_leaves_out_children_of_other_documents(planned, evaluate):
    """Below the pool, synthetic documents whose parent is outside the subset are not trained on."""
    whole = evaluate(_trial(planned, "real+synthetic")).facts["n_added"]
    small = [evaluate(_trial(planned, "real+synthetic", "20", replicate)).facts["n_added"] for replicate in (0, 1)]
    assert all(whole / 2 <= n < whole for n in small)  # half of them name no parent


def test_what_cannot_be_trained_says_why(planned, evaluate):
    """A condition that does not suit the classifier or the corpus is not applicable, for a reason; it did not fail."""
    result = evaluate(_trial(planned, "real+steps"))
    assert result.status == "not-applicable"
    assert "convex" in result.reason
    assert (result.scores, dict(result.arrays)) == ((), {})


def test_a_trial_is_known_by_its_key(planned, evaluate):
    """Key, name and recipe of a result are those of its trial, and differ between trials."""
    trial = _trial(planned, "placebo", "20", 1)
    result = evaluate(trial)
    assert result.key == trial.key(planned.prepared.workload.identity)
    assert result.name == trial.name
    assert dict(result.spec) == trial.spec
    keys = {trial.key(planned.prepared.workload.identity) for trial in planned.trials}
    assert len(keys) == len({trial.name for trial in planned.trials}) == len(planned.trials)


@pytest.mark.parametrize(("condition", "generator"), [("real+ngram", "ngram"), ("real+eda", "eda")])
def test_texts_written_here_come_from_the_subset_alone_and_as_many_as_the_treatment_adds(planned, condition, generator):
    """An n-gram model and edited copies see the replicate's real documents only, and differ by replicate."""
    task = Evaluate(planned.prepared.workload)
    written = []
    for replicate in (0, 1):
        trial = _trial(planned, condition, "20", replicate)
        treatment = task._sources(_trial(planned, "real+synthetic", "20", replicate))
        sources = task._sources(trial)
        assert sources.real == treatment.real
        assert len(sources.synthetic) == len(treatment.synthetic)
        assert {d.origin.generator for d in sources.synthetic} == {generator}
        assert {word for text in sources.synthetic.texts for word in text.split()} <= {
            word for text in sources.real.texts for word in text.split()
        }
        assert (sources.parent >= 0).all() or generator == "ngram"
        written.append(sources.synthetic.texts)
        result = task(trial)
        assert result.status == "done"
        assert result.facts["n_added"] == len(treatment.synthetic)
    assert written[0] != written[1]


@pytest.fixture(scope="module")
def mixed(corpora):
    """Give a plan of the tiny corpus with the mixings beside the treatment."""
    given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
    return plan_prepared(prepare(given, 0), Options(replicates=2, conditions=("real", "real+synthetic", *MIXINGS)))


def test_an_ensemble_is_two_models_of_the_treatments_documents(mixed):
    """It is fitted on what the treatment is, says what each member chose, and answers otherwise than the treatment."""
    task = Evaluate(mixed.prepared.workload)
    trials = [_trial(mixed, name) for name in ("ensemble", "real+synthetic")]
    ensemble, treatment = (task(trial) for trial in trials)
    assert task._compose(trials[0]).training.texts == task._compose(trials[1]).training.texts
    assert {"real C", "synthetic C", "n_unconverged"} <= set(ensemble.facts)
    assert ensemble.facts["n_added"] == treatment.facts["n_added"]
    assert _scores(ensemble)["mAP"] != _scores(treatment)["mAP"]


def test_what_is_filtered_is_judged_by_the_replicate_and_keeps_the_volume(mixed):
    """Fewer texts, as many rows; judges differ by replicate, and another trial before changes nothing."""
    task = Evaluate(mixed.prepared.workload)
    trials = [_trial(mixed, "filtered", "all", replicate) for replicate in (0, 1)]
    results = [task(trial) for trial in trials]
    volume = task(_trial(mixed, "real+synthetic")).facts["n_added"]
    assert [result.facts["n_added"] for result in results] == [volume, volume]
    assert all(0 < result.facts["n_kept"] < volume for result in results)
    texts = [task._compose(trial).training.texts for trial in trials]
    assert texts[0] != texts[1]
    assert _content(Evaluate(mixed.prepared.workload)(trials[1])) == _content(results[1])


def test_masked_texts_lose_the_names_of_all_labels_and_nothing_else(corpora):
    """Real documents, labels and volume are the treatment's; other names are other trials, of masking alone."""
    given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
    masked, other = (
        plan_prepared(
            prepare(dataclasses.replace(given, descriptions={"red": words}), 0),
            Options(replicates=1, conditions=("real+synthetic", "masked")),
        )
        for words in ("word1 red1", "red2")
    )
    task = Evaluate(masked.prepared.workload)
    treatment, without = (task._compose(_trial(masked, name)).training for name in ("real+synthetic", "masked"))
    n_real = int(treatment.is_real.sum())
    assert without.texts[:n_real] == treatment.texts[:n_real]
    assert np.array_equal(without.labels, treatment.labels)
    names = {word for own in masked.prepared.workload.keywords.words.values() for word in own}
    assert "red1" in names
    for before, after in zip(treatment.texts[n_real:], without.texts[n_real:], strict=True):
        assert after.split() == [word for word in before.split() if word not in names]
    keys = [{t.condition: p.prepared.workload.key(t) for t in p.trials} for p in (masked, other)]
    assert keys[0]["real+synthetic"] == keys[1]["real+synthetic"]
    assert keys[0]["masked"] != keys[1]["masked"]


def test_an_order_is_nothing_to_a_learner_without_steps(mixed):
    """A curriculum of a convex learner is not applicable, with the reason."""
    for name in ("real-last", "synthetic-last"):
        result = Evaluate(mixed.prepared.workload)(_trial(mixed, name))
        assert (result.status, "whatever the order" in result.reason) == ("not-applicable", True)


def _scores(result) -> dict[str, float]:
    return {row.metric: row.value for row in result.scores}
