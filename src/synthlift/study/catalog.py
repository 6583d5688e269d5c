"""Every name a study may use, as strings of the form ``module:attribute``: nothing is imported until it is named.

Third parties add names through entry points of the groups ``synthlift.conditions``, ``synthlift.classifiers`` and
``synthlift.generators``, in the same form.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from synthlift.errors import BadConfiguration, show

__all__ = [
    "CHEAP_BASELINES",
    "CLASSIFIERS",
    "CONDITIONS",
    "DEFAULT_CONDITIONS",
    "ENSEMBLE",
    "FILTERED",
    "GENERATORS",
    "LEAKAGE",
    "MEASUREMENTS",
    "MIXINGS",
    "SEARCHED",
    "TREATMENT",
    "VOLUME_CONTROLS",
    "WRITTEN_HERE",
    "names",
    "resolve",
    "stored_as",
]

CONDITIONS: Mapping[str, str] = {
    "real": "synthlift.conditions.added:real",
    "real+steps": "synthlift.conditions.volume:real_and_steps",
    "replicated": "synthlift.conditions.volume:replicated",
    "replicated-matched": "synthlift.conditions.volume:replicated_matched",
    "replicated-drawn": "synthlift.conditions.resampled:replicated_drawn",
    "token-matched": "synthlift.conditions.resampled:token_matched",
    "class-weight": "synthlift.conditions.resampled:class_weight",
    "ros": "synthlift.conditions.resampled:random_oversampling",
    "ml-ros": "synthlift.conditions.resampled:ml_ros",
    "focal": "synthlift.conditions.resampled:focal",
    "mlsmote": "synthlift.conditions.resampled:mlsmote",
    # the treatment with texts of generators of our own in place of the synthetic ones: see WRITTEN_HERE
    "real+ngram": "synthlift.conditions.added:real_and_synthetic",
    "real+eda": "synthlift.conditions.added:real_and_synthetic",
    "placebo": "synthlift.conditions.added:placebo",
    "synthetic": "synthlift.conditions.added:synthetic",
    "real+synthetic": "synthlift.conditions.added:real_and_synthetic",
    "real+real": "synthlift.conditions.added:real_and_real",
    # the treatment's documents, put together in other ways
    "real-last": "synthlift.conditions.mixing:real_last",
    "synthetic-last": "synthlift.conditions.mixing:synthetic_last",
    "ensemble": "synthlift.conditions.added:real_and_synthetic",
    "filtered": "synthlift.conditions.mixing:filtered",
    "weighted-0.1": "synthlift.conditions.mixing:weighted_tenth",
    "weighted-0.3": "synthlift.conditions.mixing:weighted_three_tenths",
    "weighted-0.5": "synthlift.conditions.mixing:weighted_half",
    # the treatment without the words that name labels in its synthetic texts
    "masked": "synthlift.conditions.added:real_and_synthetic",
}
# How the treatment's documents are mixed (method.md, section 9); shuffled is the treatment itself. Only by request.
MIXINGS = ("real-last", "synthetic-last", "ensemble", "filtered", "weighted-0.1", "weighted-0.3", "weighted-0.5")
# Two of them need more than a recipe: two models, and classifiers that judge the texts.
ENSEMBLE, FILTERED = "ensemble", "filtered"
# Conditions that ask whether a gain is only the names of labels (method.md, section 11). Only by request.
LEAKAGE = ("masked",)
DEFAULT_CONDITIONS = tuple(name for name in CONDITIONS if name not in (*MIXINGS, *LEAKAGE))
CLASSIFIERS: Mapping[str, str] = {
    "linear": "synthlift.classifiers.linear:LinearClassifier",
    "embedding": "synthlift.classifiers.embedding:EmbeddingClassifier",
    "encoder": "synthlift.classifiers.encoder:EncoderClassifier",
}
GENERATORS: Mapping[str, str] = {
    "recorded": "synthlift.generators.recorded:RecordedGenerator",
    "ngram": "synthlift.generators.ngram:NgramGenerator",
    "eda": "synthlift.generators.eda:EdaGenerator",
}
# Conditions whose added texts are written anew in each replicate, from its real subset alone, and by which generator.
WRITTEN_HERE: Mapping[str, str] = {"real+ngram": "ngram", "real+eda": "eda"}
TREATMENT = "real+synthetic"
# What "any extra volume" means in a verdict: all of these must be beaten.
VOLUME_CONTROLS = ("real+steps", "replicated", "replicated-matched")
# What anybody would try before paying for a language model.
CHEAP_BASELINES = ("class-weight", "focal", "ros", "ml-ros", "mlsmote", "real+ngram", "real+eda")
# The conditions whose own vectors are asked to rank real documents.
SEARCHED = ("real", *VOLUME_CONTROLS, TREATMENT, "real+real")

# What is measured of each generator's texts beside the trials: of a workload and its name, records as JSON.
MEASUREMENTS: Mapping[str, str] = {
    "retrieval": "synthlift.run.retrieval:index_records",
    "fidelity": "synthlift.run.fidelity:fidelity_records",
    "leakage": "synthlift.run.leakage:leakage_records",
}

_KINDS = {"conditions": CONDITIONS, "classifiers": CLASSIFIERS, "generators": GENERATORS}


def names(kind: str) -> dict[str, str]:
    """Return the known names of a kind with where each lives; the built-in ones cannot be replaced."""
    plugged = {entry.name: entry.value for entry in entry_points(group=f"synthlift.{kind}")}
    return plugged | dict(_KINDS[kind])


def resolve(kind: str, name: str) -> Any:
    """Import what a name stands for.

    Raises
    ------
    BadConfiguration
        For an unknown name; the known ones are listed.
    """
    # what is built in cannot be replaced, so nobody else is asked: looking around takes as long as a small trial
    known = _KINDS[kind] if name in _KINDS[kind] else names(kind)
    if name not in known:
        raise BadConfiguration(f"got {kind[:-1]} {show(name)}, expected one of {', '.join(sorted(known))}")
    module, _, attribute = known[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def stored_as(measurement: str, generator: str) -> str:
    """Return the name that the ledger keeps a measurement of one generator under."""
    return f"measured {measurement}: {generator}"
