"""Classifiers with settings: checked, their weights loaded once to see that they can be, and told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from synthlift.run.tasks import made_classifier
from synthlift.study.config import Setting, Study
from synthlift.study.plan import Plan
from synthlift.study.trials import fingerprint
from synthlift.study.workload import Learner

__all__ = ["equipped", "learners_of"]

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
    learners = learners_of(planned.study)
    return replace(planned, prepared=replace(planned.prepared, workload=replace(load, learners=learners)))


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
            learners[name] = replace(learner, identity=_identity(learner.family, learner.settings, weights))
    return learners


def _identity(family: str, settings: Mapping[str, Setting], weights: str | None) -> str:
    told = {key: value for key, value in settings.items() if weights is None or key not in _NOT_IDENTITY}
    return fingerprint({"family": family, "settings": told, "weights": weights})
