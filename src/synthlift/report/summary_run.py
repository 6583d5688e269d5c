"""Records of summary.json about the run as a whole: what was read and kept, its texts, floors, warnings, method."""

from __future__ import annotations

from pydantic import FiniteFloat

from synthlift.report.summary_cells import Number, Record

__all__ = [
    "Corpora",
    "Declared",
    "Fidelity",
    "Floor",
    "Method",
    "Volume",
    "Warned",
]


class Volume(Record):
    """Documents of one generator: requested, kept, dropped by reason, and effective (not near-duplicates)."""

    generator: str
    requested: int
    kept: int
    effective: int | None
    dropped: dict[str, int]


class Fidelity(Record):
    """How like held-out real documents a generator's texts are, by one measure in one representation.

    `floor` is what the measure says of real against real documents (the median over random halves, `floor_low` and
    `floor_high` 95 % of them), `ceiling` what it says of documents of another domain. `label_set` is a label whose
    documents alone are compared.
    """

    measure: str
    representation: str
    generator: str
    label_set: str | None
    value: Number
    low: Number
    high: Number
    p: Number
    floor: Number
    floor_low: Number = None
    floor_high: Number = None
    ceiling: Number
    n: int | None


class Floor(Record):
    """A score that needs no learning."""

    name: str
    metric: str
    threshold: str | None
    value: Number


class Warned(Record):
    """Something the reader must know before believing a number."""

    code: str
    message: str


class Declared(Record):
    """What was declared before the first score: the primary cell and the smallest gain worth having."""

    generator: str | None
    classifier: str
    regime: str
    metric: str
    delta: FiniteFloat
    config_sha256: str
    changed_after_scores: bool


class Method(Record):
    """Which method produced the numbers."""

    version: str
    seed: int
    declared: Declared


class Corpora(Record):
    """What was read: documents, labels and test groups, and the labels without support."""

    n_train: int
    n_validation: int
    n_spare: int
    n_test: int
    n_test_groups: int
    n_labels: int
    n_labels_tested: int
    labels_without_test_support: list[str]
    dropped: dict[str, int]
    split: str
