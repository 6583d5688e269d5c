"""Schema 1 of summary.json: every number that is ever printed.

Each record has a `reason`, set whenever one of its values is null. No NaN or infinity can be written.
"""

from __future__ import annotations

from html import escape
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

__all__ = [
    "Control",
    "Declared",
    "Estimate",
    "Fidelity",
    "Floor",
    "Headline",
    "LabelCounts",
    "LabelLift",
    "Ladder",
    "Method",
    "MinimumDetectableEffect",
    "Outcome",
    "Score",
    "Summary",
    "Verdict",
    "Volume",
    "Warned",
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
    """A contrast between two conditions with its interval; `q` is Holm's over the contrasts of its cell."""

    contrast: str
    metric: str
    threshold: str | None
    value: Number
    low: Number
    high: Number
    p: Number
    q: Number
    n_replicates: int
    n_test_documents: int
    method: str


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


class Volume(Record):
    """Documents of one generator: requested, kept, dropped by reason, and effective (not near-duplicates)."""

    generator: str
    requested: int
    kept: int
    effective: int | None
    dropped: dict[str, int]


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


class Fidelity(Record):
    """A distance between synthetic and held-out real documents."""

    measure: str
    representation: str
    generator: str
    label_set: str | None
    value: Number
    low: Number
    high: Number
    p: Number
    floor: Number
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


class Summary(Record):
    """summary.json."""

    def _repr_html_(self) -> str:
        """Show the verdict and its contrasts in a notebook; names are foreign and escaped."""
        metric, _, threshold = self.verdict.primary_metric.partition("@")
        cell = (self.verdict.generator, self.verdict.classifier, self.verdict.regime, metric, threshold or None)
        rows = "".join(
            f"<tr><td>{escape(e.contrast)}</td><td>{e.value:+.3f}</td><td>[{e.low:+.3f}, {e.high:+.3f}]</td></tr>"
            for e in self.estimates
            if (e.generator, e.classifier, e.regime, e.metric, e.threshold) == cell
            and e.value is not None
            and e.low is not None
            and e.high is not None
        )
        head = "<tr><th>contrast</th><th>difference</th><th>95% interval</th></tr>"
        return f"<p><strong>{escape(self.verdict.sentence)}</strong></p><table>{head}{rows}</table>"

    schema_version: Literal[1] = Field(default=1, alias="schema")
    verdict: Headline
    verdicts: list[Verdict]
    corpora: Corpora
    estimates: list[Estimate]
    scores: list[Score]
    ladder: list[Ladder]
    minimum_detectable_effect: list[MinimumDetectableEffect]
    volume: list[Volume]
    labels: list[LabelLift]
    label_counts: list[LabelCounts]
    fidelity: list[Fidelity]
    floors: list[Floor]
    warnings: list[Warned]
    method: Method
