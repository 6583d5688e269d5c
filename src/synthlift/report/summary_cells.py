"""Records of one cell in summary.json: its verdict, differences, scores, parts of the gain, power and labels.

`Record` and `Cell` are what all records of summary.json are built on.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, FiniteFloat

__all__ = [
    "Cell",
    "Control",
    "Estimate",
    "Headline",
    "LabelCounts",
    "LabelLift",
    "Ladder",
    "MinimumDetectableEffect",
    "Mixing",
    "Number",
    "Outcome",
    "Record",
    "Score",
    "Verdict",
]

Outcome = Literal["helps", "only-volume", "no-effect", "harms", "cannot-tell"]
Number = FiniteFloat | None


class Record(BaseModel):
    """What all records share: no unknown keys, no change after making, a reason for every null."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)

    reason: str | None = None


class Cell(Record):
    """Where a record belongs: one generator, classifier and regime.

    `regime` is as the user wrote it; `n_real` and `n_synthetic` are documents of the training set, and where they
    vary by replicate the range is in `n_synthetic_range`.
    """

    generator: str | None
    classifier: str
    regime: str
    n_real: int
    n_synthetic: int | None
    n_synthetic_range: tuple[int, int] | None = None


class Control(Record):
    """A control that could not be run: not applicable, or missing."""

    control: str


class Verdict(Cell):
    """The outcome of one cell.

    `settles_delta` is the least gain worth having for which this run could have said *only volume*;
    `would_tell` says in words what would turn a *cannot tell* into an answer.
    """

    outcome: Outcome
    sentence: str
    primary_metric: str
    delta: FiniteFloat
    controls: list[str]
    not_applicable: list[Control]
    value: Number
    low: Number
    high: Number
    against: str | None
    confidence: Number
    settles_delta: Number
    would_tell: str | None
    would_tell_n_test_documents: int | None
    would_tell_n_replicates: int | None


class Headline(Verdict):
    """The primary verdict, declared before the run, with how many of the other cells agree."""

    n_agreeing: int
    n_cells: int


class Estimate(Cell):
    """A contrast between two conditions with its interval.

    `q` is Holm's over the contrasts of its cell; `detectable` the smallest true difference that this contrast, taken
    alone, finds with 80 % power.
    """

    contrast: str
    metric: str
    threshold: str | None
    value: Number
    low: Number
    high: Number
    p: Number
    q: Number
    detectable: Number
    n_replicates: int
    n_test_documents: int
    method: str


class Mixing(Cell):
    """A way of mixing the treatment's documents, beside the treatment itself, which shuffles them.

    `p` is of the difference from it, `q` Holm's over the mixings of the cell at one metric; `n_used` is the mean number
    of synthetic documents trained on, each counted once however often it is copied.
    """

    mixing: str
    metric: str
    threshold: str | None
    score: Number
    low: Number
    high: Number
    difference: Number
    difference_low: Number
    difference_high: Number
    p: Number
    q: Number
    n_used: int | None


class Score(Cell):
    """The mean score of a condition over replicates, with its interval."""

    condition: str
    metric: str
    threshold: str | None
    mean: Number
    low: Number
    high: Number


class Ladder(Cell):
    """The gain in parts: total = steps + resampling + content, content = label_mix + text."""

    total: Number
    steps: Number
    resampling: Number
    content: Number
    ceiling: Number
    share_of_ceiling: Number
    share_low: Number
    share_high: Number
    label_mix: Number
    text: Number


class MinimumDetectableEffect(Cell):
    """The smallest true difference that this run finds with the stated power."""

    contrast: str
    value: Number
    power: FiniteFloat
    n_test_documents: int
    n_replicates: int


class LabelLift(Cell):
    """The change of one label's F1."""

    label: str
    contrast: str
    support_train: int
    support_test: int
    value: Number
    shrunk: Number
    low: Number
    high: Number
    p: Number
    q: Number


class LabelCounts(Cell):
    """How many labels of a cell gain and lose, at false discovery rate `alpha`.

    Too rare are labels with fewer than `fewest_test_positives` positive test documents: they have counts only.
    """

    contrast: str
    alpha: FiniteFloat
    fewest_test_positives: int
    n_labels: int
    n_estimated: int
    n_gaining: int
    n_losing: int
    n_too_rare: int
