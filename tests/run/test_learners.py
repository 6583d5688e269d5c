"""Classifiers with settings are checked before anything is trained, told apart, and trained anew when they change."""

from __future__ import annotations

import json
import shutil

import pytest

from synthlift.api import Options, carry_out, plan
from synthlift.classifiers.linear import LinearClassifier
from synthlift.corpus.columns import Columns
from synthlift.errors import BadConfiguration
from synthlift.run.learners import learners_of, made_classifier
from synthlift.storage.ledger import Ledger
from synthlift.study.config import Study
from synthlift.study.input import Input
from synthlift.study.workload import Learner


def _learner(**settings) -> Learner:
    study = Study(generators=("g",), classifiers=("encoder",), classifier_settings={"encoder": settings})
    return learners_of(study)["encoder"]


def _encoder(model, **settings) -> dict:
    pytest.importorskip("torch", reason="needs synthlift[neural]")
    return {"model": str(model), **settings}


def test_a_classifier_without_settings_is_its_family():
    """Nothing is kept of it, so that its trials are known as they always were."""
    assert learners_of(Study(generators=("g",), classifiers=("linear",))) == {}
    assert isinstance(made_classifier(Learner("linear"), "char"), LinearClassifier)


def test_identity_is_of_settings_and_weights_not_of_places(tiny_bert_dir, tiny_modernbert_dir, tmp_path):
    """A model that moves to another folder or device is the same; another setting or other weights are not."""
    own = _learner(**_encoder(tiny_bert_dir, steps=5))
    moved = shutil.copytree(tiny_bert_dir, tmp_path / "moved")
    same = [_learner(**_encoder(moved, steps=5)), _learner(**_encoder(tiny_bert_dir, steps=5, device="cpu"))]
    assert {one.identity for one in same} == {own.identity}
    others = [
        _learner(**_encoder(tiny_bert_dir, steps=6)),
        _learner(**_encoder(tiny_bert_dir, epochs=5)),
        _learner(**_encoder(tiny_modernbert_dir, steps=5)),
    ]
    assert len({own.identity, *(one.identity for one in others)}) == 4
    assert (own.family, dict(own.settings)) == ("encoder", {"model": str(tiny_bert_dir), "steps": 5})


def test_a_family_under_another_name(tiny_bert_dir):
    """Two encoders in one study are two names, each with its family among its settings."""
    settings = {
        name: _encoder(tiny_bert_dir, steps=steps, family="encoder") for name, steps in (("short", 3), ("long", 9))
    }
    study = Study(generators=("g",), classifiers=("short", "long"), classifier_settings=settings)
    learners = learners_of(study)
    assert {name: (one.family, one.settings["steps"]) for name, one in learners.items()} == {
        "short": ("encoder", 3),
        "long": ("encoder", 9),
    }
    assert "family" not in learners["short"].settings
    assert learners["short"].identity != learners["long"].identity


def test_heads_alone_train_together(tiny_bert_dir):
    """Trials of an encoder that stays as it is are run side by side; those of one that is trained are not."""
    together = {n: _learner(**_encoder(tiny_bert_dir, steps=3, trainable_layers=n)).trains_together for n in (0, 1)}
    assert together == {0: True, 1: False}


@pytest.mark.parametrize(
    ("learner", "told"),
    [
        (Learner("nearest"), "got classifier 'nearest', expected one of"),
        (Learner("linear", {"depth": 3}), "linear: got the setting 'depth', expected one of"),
        (Learner("encoder", {"steps": 3}), "encoder: got no model, which it needs"),
        (Learner("embedding", {"pages": 3}), "embedding: got the setting 'pages', expected one of"),
    ],
)
def test_what_cannot_be_made_is_told(learner, told):
    """An unknown family, an unknown setting and a missing one are refused with what is expected."""
    with pytest.raises(BadConfiguration, match=r"expected|needs") as caught:
        made_classifier(learner)
    assert told in str(caught.value)
    assert "analyzer" not in str(caught.value)  # which is no setting


def test_an_unknown_setting_of_the_encoder_lists_its_own(tiny_bert_dir):
    """Its settings are many, and are listed by itself."""
    with pytest.raises(BadConfiguration, match="encoder: got the setting 'depth', expected one of steps, epochs"):
        _learner(**_encoder(tiny_bert_dir, depth=3))


def test_weights_are_tried_before_anything_is_trained(corpora, tiny_bert_dir, tmp_path):
    """A plan with weights that cannot be loaded is refused, not its first trial."""
    broken = shutil.copytree(tiny_bert_dir, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"no weights")
    given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
    with pytest.raises(BadConfiguration, match="cannot be loaded"):
        plan(given, Options(classifiers=("encoder",), classifier_settings={"encoder": _encoder(broken)}))


def test_changed_settings_train_their_own_trials_anew_and_are_declared_afterwards(corpora, tiny_bert_dir, tmp_path):
    """Other steps of an encoder leave the linear classifier's trials as they are, and the report says it was late."""

    def run(steps: int) -> tuple[dict, bool]:
        given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
        settings = {"encoder": _encoder(tiny_bert_dir, steps=steps, folds=2, trainable_layers=0)}
        planned = plan(
            given,
            Options(
                classifiers=("linear", "encoder"),
                classifier_settings=settings,
                replicates=1,
                regimes=("20",),
                conditions=("real", "real+synthetic"),
            ),
        )
        carry_out(planned, tmp_path / "run")
        with Ledger.open_readonly(tmp_path / "run" / "ledger.db") as ledger:
            seconds = {(result.spec["classifier"], result.key): result.seconds for result in ledger.results()}
        method = json.loads((tmp_path / "run" / "summary.json").read_text())["method"]
        return seconds, method["declared"]["changed_after_scores"]

    first, late = run(3)
    again, late_again = run(3)
    assert (again, late, late_again) == (first, False, False)
    changed, late_changed = run(4)
    assert late_changed
    assert first.items() <= changed.items()
    fresh = changed.keys() - first.keys()
    assert [classifier for classifier, _ in fresh] == ["encoder"] * 2
