"""The validated configuration of a study: parsed once at the border, plain values inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from synthlift.study.catalog import DEFAULT_CONDITIONS

__all__ = ["METHOD_VERSION", "PRIMARY_METRIC", "Primary", "Setting", "Study"]

Setting = bool | int | float | str

# Raised whenever the same files and seed would give other numbers; a run folder belongs to one version.
METHOD_VERSION = "1"

PRIMARY_METRIC = "micro-F1@tuned"


class Primary(BaseModel):
    """The cell that the headline is about, declared before the first score."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: str
    classifier: str
    regime: str
    metric: str


class Study(BaseModel):
    """What is compared with what, how often, and the smallest gain worth having.

    `other_conditions` are those of all generators but the first, where these are to have fewer. `classifier_settings`
    are those of each classifier that has some, by its name in `classifiers`; `family` among them says which of the
    catalogue it is, where its name does not. `audit_numerics` runs trials of these again in full precision; `grid`
    trains the primary classifier on many numbers of real and synthetic documents, to tell what the next ones are worth.
    `fidelity_model` is a sentence encoder in whose vectors likeness is measured too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    generators: Annotated[tuple[str, ...], Field(min_length=1)]
    classifiers: Annotated[tuple[str, ...], Field(min_length=1)] = ("linear",)
    regimes: Annotated[tuple[str, ...], Field(min_length=1)] = ("all",)
    conditions: tuple[str, ...] = DEFAULT_CONDITIONS
    other_conditions: tuple[str, ...] | None = None
    replicates: Annotated[int, Field(ge=1, le=10_000)] = 10
    seed: Annotated[int, Field(ge=0)] = 0
    delta: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.01
    metric: str = PRIMARY_METRIC
    classifier_settings: Mapping[str, Mapping[str, Setting]] = {}
    audit_numerics: bool = False
    grid: bool = False
    fidelity_model: str | None = None
    fidelity_revision: str | None = None

    def conditions_of(self, generator: str) -> tuple[str, ...]:
        """Return the conditions that one generator is run in."""
        first = self.other_conditions is None or generator == self.generators[0]
        return self.conditions if first else tuple(self.other_conditions or ())

    @property
    def primary(self) -> Primary:
        """The first generator, classifier and regime, and the metric."""
        first = self.generators[0], self.classifiers[0], self.regimes[0]
        return Primary(generator=first[0], classifier=first[1], regime=first[2], metric=self.metric)
