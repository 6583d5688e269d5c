"""Classifiers made from their settings; those of a study checked, their weights loaded once, and told apart."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from synthlift.classifiers.contract import Classifier
from synthlift.errors import BadConfiguration, show
from synthlift.models.embeddings import load_sentence_encoder
from synthlift.models.encoders import weights_identity
from synthlift.study.catalog import resolve
from synthlift.study.config import Setting, Study
from synthlift.study.plan import Plan
from synthlift.study.trials import fingerprint
from synthlift.study.workload import Learner, SentenceEncoder

__all__ = ["encoder_of", "equipped", "learners_of", "made_classifier"]

# what a classifier is told by the run, not by its settings
_NOT_SETTINGS = frozenset({"analyzer", "embeddings", "counts"})
# Where weights lie and what runs them says nothing of what they are; their identity does.
_NOT_IDENTITY = ("model", "revision", "device")


def equipped(planned: Plan) -> Plan:
    """Return the plan with the classifiers of its study made ready.

    Raises
    ------
    BadConfiguration
        For settings that a classifier does not have, and weights that cannot be loaded.
    """
    load = planned.prepared.workload
    learners, encoder = learners_of(planned.study), encoder_of(planned.study)
    equipped = replace(load, learners=learners, encoder=encoder)
    return replace(planned, prepared=replace(planned.prepared, workload=equipped))


def encoder_of(study: Study) -> SentenceEncoder | None:
    """Return the encoder that likeness is measured with, its weights loaded once.

    Raises
    ------
    BadConfiguration
        As `load_sentence_encoder`, and for a revision without a model.
    """
    model, revision = study.fidelity_model, study.fidelity_revision
    if model is None:
        if revision is not None:
            raise BadConfiguration("--fidelity-revision: got no --fidelity-model, expected the model it is a commit of")
        return None
    load_sentence_encoder(model, revision)
    return SentenceEncoder(model, revision, weights_identity(model, revision))


def learners_of(study: Study) -> dict[str, Learner]:
    """Return how each classifier of a study that has settings is made.

    Raises
    ------
    BadConfiguration
        As `equipped`.
    """
    learners = {}
    for name in study.classifiers:
        settings = study.classifier_settings.get(name, {})
        learner = Learner(str(settings.get("family", name)), {k: v for k, v in settings.items() if k != "family"})
        classifier: Any = made_classifier(learner)
        if hasattr(classifier, "load"):
            classifier.load()
        if settings:
            weights = getattr(classifier, "weights_identity", None)
            identity = _identity(learner.family, learner.settings, weights)
            together = bool(getattr(classifier, "trains_together", False))
            learners[name] = replace(learner, identity=identity, trains_together=together)
    return learners


def made_classifier(learner: Learner, analyzer: str = "word", embeddings: str | None = None) -> Classifier:
    """Make a classifier; of analyzer and folder of vectors it is told what it takes.

    Raises
    ------
    BadConfiguration
        For settings that it does not have, or cannot have so.
    """
    factory = resolve("classifiers", learner.family)
    takes = inspect.signature(factory).parameters
    open_ended = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in takes.values())
    unknown = [name for name in learner.settings if name not in takes]
    if unknown and not open_ended:
        known = ", ".join(sorted(set(takes) - _NOT_SETTINGS)) or "none"
        raise BadConfiguration(f"{learner.family}: got the setting {show(unknown[0])}, expected one of {known}")
    needed = {name for name, parameter in takes.items() if parameter.default is parameter.empty} - {"settings"}
    if needed - set(learner.settings):
        missing = ", ".join(sorted(needed - set(learner.settings)))
        raise BadConfiguration(f"{learner.family}: got no {missing}, which it needs: give it among its settings")
    given = {name: value for name, value in (("analyzer", analyzer), ("embeddings", embeddings)) if name in takes}
    made: Classifier = factory(**given, **learner.settings)
    return made


def _identity(family: str, settings: Mapping[str, Setting], weights: str | None) -> str:
    told = {key: value for key, value in settings.items() if weights is None or key not in _NOT_IDENTITY}
    return fingerprint({"family": family, "settings": told, "weights": weights})
