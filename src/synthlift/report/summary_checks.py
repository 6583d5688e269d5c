"""Records of summary.json that check a number: other documents, these models, which generator, full precision."""

from __future__ import annotations

from typing import Literal

from pydantic import FiniteFloat

from synthlift.report.summary_cells import Cell, Number, Record

__all__ = [
    "GeneratorChoice",
    "Numerics",
    "Planted",
    "Randomisation",
    "Sensitivity",
]


class Sensitivity(Cell):
    """A contrast for other real documents than this pool's: a check, conservative (Nadeau & Bengio 2003).

    `share` is the part of the pool in each draw.
    """

    contrast: str
    share: FiniteFloat
    value: Number
    low: Number
    high: Number
    n_test_documents: int
    n_replicates: int


class Randomisation(Cell):
    """A two-sided p about these trained models only: their answers exchanged within test groups."""

    contrast: str
    metric: str
    threshold: str
    p: Number
    smallest_p: FiniteFloat
    n_test_documents: int
    n_replicates: int


class GeneratorChoice(Record):
    """Several generators in one classifier and regime: which one validation documents choose, and their mean.

    `low` and `high` enclose the mean over these very generators; `least` and `most` are the extremes on the test
    documents, of which the most is the winner's curse.
    """

    classifier: str
    regime: str
    contrast: str
    metric: str
    chosen: str | None
    validation_scores: dict[str, FiniteFloat]
    n_validation_documents: int
    n_generators: int
    mean: Number
    low: Number
    high: Number
    least: Number
    most: Number
    n_test_documents: int
    n_replicates: int


class Planted(Cell):
    """The true value of a contrast, known because the corpus is simulated, beside its estimate.

    `truth` is the same contrast on `n_documents` fresh test documents, averaged over `n_runs` fresh runs on the same
    real and synthetic documents; `standard_error` is what is left of chance in it.
    """

    contrast: str
    metric: str
    threshold: str
    truth: Number
    standard_error: Number
    n_documents: int
    n_runs: int
    value: Number
    low: Number
    high: Number
    covered: bool | None


class Numerics(Cell):
    """A check of a condition's arithmetic; one that is flagged is in doubt: never ranked, and no verdict rests on it.

    `moved`: `value` is the score as requested less the one in fp32 with eager attention, `reference` the latter, both
    means over `n_replicates` that were run both ways, and `spread` the standard deviation of the former over all its
    replicates; flagged where the value, whatever its sign, exceeds it. `not-finite`, flagged: `value` steps out of
    `reference` were skipped. `flat-loss` (the loss fell by less than 5 %), `all-empty` and `constant` (all test
    documents were given no label, or the same ones): so in `value` replicates out of `reference`.
    """

    condition: str
    check: Literal["moved", "not-finite", "flat-loss", "all-empty", "constant"]
    value: Number
    reference: Number
    spread: Number
    n_replicates: int
    flagged: bool
