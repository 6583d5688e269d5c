"""The encoder classifier keeps the contract of classifiers, in every way of training it, and says how it went."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from synthlift.corpus import TrainingSet
from synthlift.errors import BadConfiguration, NotApplicable
from synthlift.randomness import stream
from synthlift.testing import check_classifier, example_sources, example_training_set

torch = pytest.importorskip("torch", reason="needs synthlift[neural]")

from synthlift.classifiers.encoder import EncoderClassifier  # noqa: E402

QUERIES = ["azure navy rain", "crimson crimson rose", "a text of unknown words only"]
WAYS = [{}, {"trainable_layers": 1}, {"trainable_layers": 0}]


@pytest.fixture(params=["bert", "modernbert"])
def model(request, tiny_bert_dir, tiny_modernbert_dir):
    """Name the folder of each tiny encoder in turn."""
    return str(tiny_bert_dir if request.param == "bert" else tiny_modernbert_dir)


@pytest.fixture
def bert(tiny_bert_dir) -> str:
    """Name the folder of the tiny BERT."""
    return str(tiny_bert_dir)


def _fitted(model: str, training: TrainingSet | None = None, **settings) -> EncoderClassifier:
    given = {"steps": 5, "folds": 2, **settings}
    if "epochs" in given:
        given.pop("steps")
    training = example_training_set() if training is None else training
    return EncoderClassifier(model, **given).fit(training, rng=stream(0, "fit"))


def _rows(n: int) -> TrainingSet:
    sources = example_sources(n)
    return TrainingSet(sources.spare.texts[:n], sources.spare.label_matrix()[:n].copy(), np.arange(n), np.ones(n, bool))


@pytest.mark.parametrize("trainable_layers", [None, 2, 0])
def test_keeps_the_contract(model, trainable_layers):
    """The conformance checks pass, whatever part of the network is trained."""
    check_classifier(lambda: EncoderClassifier(model, steps=4, folds=2, trainable_layers=trainable_layers))


def test_a_real_encoder_keeps_the_contract(minilm_dir):
    """The conformance checks pass for all-MiniLM-L6-v2."""
    check_classifier(lambda: EncoderClassifier(str(minilm_dir), steps=3, folds=2, trainable_layers=0))


@pytest.mark.parametrize("settings", WAYS, ids=str)
def test_it_learns(bert, settings):
    """After some steps texts that it has not seen, and those held out, are told apart far better than by priors."""
    training, sources = _rows(60), example_sources()
    rates = {"learning_rate": 2e-3, "head_learning_rate": 2e-2}
    found = _fitted(bert, training, steps=60, **rates, **settings)
    for proba, truth in (
        (found.predict_proba(sources.real.texts), sources.real.label_matrix()),
        (found.held_out_proba_, training.labels),
    ):
        prior = np.broadcast_to(training.labels.mean(axis=0), truth.shape)
        assert _log_loss(proba, truth) < 0.8 * _log_loss(prior, truth)
    assert found.facts_["loss_last"] < 0.8 * found.facts_["loss_first"]


def _log_loss(proba, truth) -> float:
    return -float(np.where(truth, np.log(proba), np.log1p(-proba)).mean())


@pytest.mark.parametrize("settings", WAYS, ids=str)
def test_facts_say_how_it_went(bert, settings):
    """Steps, losses, what was cut, skipped and halved, and in what arithmetic."""
    facts = _fitted(bert, **settings).facts_
    assert 0.0 < facts.pop("loss_last") < 2.0
    assert 0.0 < facts.pop("loss_first") < 2.0
    assert facts == {
        "n_steps": 5, "n_nonfinite": 0, "n_truncated": 0, "batch_halvings": 0, "precision": "fp32",
        "attention": "sdpa", "device": "cpu",
    }  # fmt: skip


@pytest.mark.parametrize("settings", WAYS, ids=str)
def test_the_global_generator_is_not_disturbed(bert, settings):
    """What the program draws from torch beside it stays the same; and what it has drawn changes no result."""
    torch.manual_seed(5)
    first = _fitted(bert, **settings).predict_proba(QUERIES)
    after = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(3), after)
    assert np.array_equal(_fitted(bert, **settings).predict_proba(QUERIES), first)


def test_epochs_are_those_of_the_published_protocol(bert):
    """165 documents make 33 steps, twice as many 63; more steps on the 165 are as many as the larger set takes."""
    given = {"epochs": 3, "trainable_layers": 0}
    real, treatment = _rows(165), _rows(330)
    steps = [
        _fitted(bert, training, **given).facts_["n_steps"]
        for training in (real, treatment, replace(real, n_steps=len(treatment)))
    ]
    assert steps == [33, 63, 63]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"n_steps": 100}, "all conditions are trained for the same number of steps"),
        ({"n_interpolated": 4}, "a text between two texts is no text"),
        ({"sample_weight": np.zeros(26)}, "no document has any weight"),
        ({"original": np.zeros(26, np.int64)}, "all training documents are one family"),
    ],
    ids=["n_steps", "n_interpolated", "no weight", "one family"],
)
@pytest.mark.parametrize("settings", WAYS, ids=str)
def test_what_it_cannot_serve_has_a_reason(bert, settings, changed, told):
    """A condition that makes no sense for it is not applicable, in a sentence."""
    with pytest.raises(NotApplicable, match=told):
        _fitted(bert, replace(example_training_set(), **changed), **settings)


@pytest.mark.parametrize("settings", WAYS, ids=str)
def test_rows_without_weight_are_not_seen(bert, settings):
    """Whatever labels they carry; with weight they matter. A weight that is the same for all is none."""
    training = example_training_set()
    n = len(training)
    labels = np.concatenate([training.labels, np.ones((4, 3), bool)])
    more = TrainingSet(
        training.texts + training.texts[:4],
        labels,
        np.concatenate([training.original, np.full(4, -1)]),
        np.concatenate([training.is_real, np.zeros(4, bool)]),
        sample_weight=np.concatenate([np.full(n, 3.0), np.zeros(4)]),
    )
    flipped = replace(more, labels=np.concatenate([training.labels, np.zeros((4, 3), bool)]))
    seen = replace(more, sample_weight=np.ones(n + 4))
    unseen, other, plain, with_them = (
        _fitted(bert, one, **settings).predict_proba(QUERIES) for one in (more, flipped, training, seen)
    )
    assert np.array_equal(unseen, other)
    assert unseen == pytest.approx(plain, abs=1e-5)
    assert with_them != pytest.approx(plain, abs=1e-5)


@pytest.mark.parametrize("settings", WAYS, ids=str)
def test_what_a_condition_asks_for_changes_the_training(bert, settings):
    """Weights of labels, the focal loss, and an order of documents are each heeded."""
    training = example_training_set()
    heavy = np.ones(training.labels.shape)
    heavy[:, 0] = np.where(training.labels[:, 0], 20.0, 1.0)
    stage = np.arange(len(training)) % 2
    plain = _fitted(bert, training, steps=20, **settings).predict_proba(QUERIES)
    found = {
        name: _fitted(bert, replace(training, **changed), steps=20, **settings)
        for name, changed in {
            "label_weight": {"label_weight": heavy},
            "focal": {"loss": "focal"},
            "stage": {"stage": stage},
        }.items()
    }
    for name, one in found.items():
        assert one.predict_proba(QUERIES) != pytest.approx(plain, abs=1e-6), name
    assert (found["label_weight"].predict_proba(QUERIES)[:, 0] > plain[:, 0]).all()
    same = replace(training, label_weight=np.full(training.labels.shape, 7.0))
    assert _fitted(bert, same, steps=20, **settings).predict_proba(QUERIES) == pytest.approx(plain, abs=1e-5)


@pytest.mark.parametrize("settings", WAYS, ids=str)
def test_more_labels_than_documents(bert, settings):
    """Six documents with twenty labels, some of which no document has, or all."""
    labels = np.random.default_rng(0).random((6, 20)) < 0.3
    labels[:, 0], labels[:, 1] = True, False
    training = TrainingSet(example_training_set().texts[:6], labels, np.arange(6), np.ones(6, bool))
    found = _fitted(bert, training, **settings)
    proba = found.predict_proba(QUERIES)
    assert proba.shape == (3, 20)
    assert np.isfinite(found.held_out_proba_).all()
    assert (proba[:, 0] > 0.9).all()
    assert (proba[:, 1] < 0.1).all()


@pytest.mark.parametrize("settings", WAYS, ids=str)
def test_longer_texts_are_cut_and_counted(bert, settings):
    """What is beyond the context, or the setting, is not read; texts of the training set are counted."""
    training = example_training_set()
    texts = (training.texts[0] + " rain" * 80, *training.texts[1:])
    found = _fitted(bert, replace(training, texts=texts), **settings)
    assert found.facts_["n_truncated"] == 1
    long, longer = found.predict_proba(["rain " * 62 + "rose", "rain " * 62 + "sky"])
    assert np.array_equal(long, longer)
    assert _fitted(bert, training, max_tokens=8, **settings).facts_["n_truncated"] == sum(
        len(text.split()) > 6 for text in training.texts
    )


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_arithmetic_and_pooling_are_those_asked_for(bert, pooling, precision):
    """bf16 gives nearly the same probabilities and not the same, and says so; so does plain attention."""
    safe = _fitted(bert, pooling=pooling, attention="eager")
    found = _fitted(bert, pooling=pooling, precision=precision)
    assert (found.facts_["precision"], safe.facts_["attention"]) == (precision, "eager")
    proba, other = found.predict_proba(QUERIES), safe.predict_proba(QUERIES)
    assert proba == pytest.approx(other, abs=1e-4 if precision == "fp32" else 0.02)
    assert (np.abs(proba - other).max() > 1e-4) == (precision == "bf16")


def test_heads_trained_together_are_those_trained_alone(bert):
    """Fitted side by side or one by one: the same but for the last bits, and what cannot be is left out."""
    trainings = [example_training_set(), replace(_rows(30), n_interpolated=3), _rows(30)]
    made = EncoderClassifier(bert, steps=9, folds=2, trainable_layers=0)
    assert made.trains_together
    together = made.fit_together(trainings, [stream(i, "fit") for i in range(3)])
    assert isinstance(together[1], NotApplicable)
    for place in (0, 2):
        alone = EncoderClassifier(bert, steps=9, folds=2, trainable_layers=0)
        alone.fit(trainings[place], rng=stream(place, "fit"))
        assert together[place].predict_proba(QUERIES) == pytest.approx(alone.predict_proba(QUERIES), abs=1e-5)
        assert together[place].held_out_proba_ == pytest.approx(alone.held_out_proba_, abs=1e-5)
        assert together[place].facts_["n_steps"] == 9


def test_weights_do_not_travel(bert):
    """Before it is fitted it is a few settings, also once this process has loaded its weights."""
    made = EncoderClassifier(bert, epochs=3)
    made.load()
    assert len(pickle.dumps(made)) < 2000
    again = pickle.loads(pickle.dumps(made))  # noqa: S301 (our own object, as a worker process gets it)
    assert again.weights_identity == made.weights_identity


def test_more_layers_than_the_model_has(bert):
    """It is told when the classifier is fitted, as a fault of the settings."""
    with pytest.raises(BadConfiguration, match="got 9, expected at most 3"):
        _fitted(bert, trainable_layers=9)
