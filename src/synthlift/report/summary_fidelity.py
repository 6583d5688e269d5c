"""Records of summary.json about likeness and gain: whether the one foretells the other, and whether regimes differ."""

from __future__ import annotations

from typing import Literal

from synthlift.report.summary_cells import Number, Record

__all__ = ["FidelityGain", "FidelityShift", "Gain"]

Gain = Literal["net", "raw"]


class FidelityGain(Record):
    """Correlation, over generators, of a distance to real documents with the gain: negative where likeness pays.

    `gain` is net, over `replicated`, or raw, over `real`; of the primary metric. `low` and `high` are of whole models
    drawn again (from 8 on), `fisher_low` and `fisher_high` take generators for independent, as is published;
    `without_low` and `without_high` are the range over one model left out. `partial` is Pearson's correlation given
    the kept volume. With `halves` distance and gain are of different halves of the test documents, and the mean is
    told.
    """

    measure: str
    representation: str
    gain: Gain
    classifier: str
    regime: str
    pearson: Number
    low: Number
    high: Number
    fisher_low: Number
    fisher_high: Number
    without_low: Number
    without_high: Number
    spearman: Number
    partial: Number
    halves: bool
    n_generators: int
    n_models: int


class FidelityShift(Record):
    """How far the correlations of two regimes differ, Pearson's, the first less the second.

    The regimes have the same generators, and with them the same distances: `low`, `high` and `p` are of overlapping
    correlations (Zou 2007), `by_model_low` and `by_model_high` of models drawn again in both. `independent_z`,
    `independent_low` and `independent_high` take them for unrelated, as is published.
    """

    measure: str
    representation: str
    gain: Gain
    classifier: str
    first_regime: str
    second_regime: str
    difference: Number
    low: Number
    high: Number
    p: Number
    by_model_low: Number
    by_model_high: Number
    independent_z: Number
    independent_low: Number
    independent_high: Number
    n_generators: int
    n_models: int
