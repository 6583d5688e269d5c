"""Which records of a Summary belong to which cell, above all the primary one, and in which order they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from synthlift.report.summary import (
    Cell,
    Estimate,
    Floor,
    GeneratorChoice,
    LabelCounts,
    LabelLift,
    Ladder,
    MinimumDetectableEffect,
    Score,
    Summary,
    Verdict,
)
from synthlift.report.wording import BASELINE, CONDITIONS, TREATMENT, condition_role
from synthlift.study.catalog import VOLUME_CONTROLS

__all__ = [
    "best_generator",
    "cell_names",
    "cells_apart",
    "chosen_verdict",
    "find_estimate",
    "floor_in_sight",
    "generator_choice",
    "generator_contrasts",
    "in_cell",
    "in_doubt",
    "is_doubted",
    "is_ladder_doubted",
    "label_counts",
    "labels_of",
    "largest_effect",
    "primary_contrasts",
    "primary_effects",
    "primary_ladder",
    "primary_metric",
    "primary_scores",
    "rank",
    "same_cell",
    "shares_setting",
    "why_none_is_chosen",
]

_ROLE_ORDER = ("baseline", "control", "treatment", "alternative", "volume", "reference")


def primary_metric(verdict: Verdict) -> tuple[str, str]:
    """Metric and threshold of the verdict, from a spelling such as ``micro-F1@tuned``; without one, tuned."""
    metric, _, threshold = verdict.primary_metric.partition("@")
    return metric, threshold or "tuned"


def in_cell(record: Cell, cell: Cell) -> bool:
    """Whether a record belongs to the cell; one without generator (such as of `real`) belongs to all generators."""
    return (
        record.classifier == cell.classifier
        and record.regime == cell.regime
        and record.generator in (cell.generator, None)
    )


def same_cell(one: Cell, other: Cell) -> bool:
    """Whether two records are of the same generator, classifier and regime."""
    return (one.generator, one.classifier, one.regime) == (other.generator, other.classifier, other.regime)


def in_doubt(summary: Summary, cell: Cell, *conditions: str) -> bool:
    """Whether the numbers of one of these conditions of a cell are in doubt: then they are shown, and never ranked."""
    return any(r.flagged and r.condition in conditions and in_cell(r, cell) for r in summary.numerics)


def cell_names(cells: Sequence[Cell]) -> list[str]:
    """Name each cell by what differs between them: generator, classifier or regime; one alone by all three."""
    spelled = [("all generators" if c.generator is None else c.generator, c.classifier, c.regime) for c in cells]
    varying = [i for i in range(3) if len({parts[i] for parts in spelled}) > 1] or [0, 1, 2]
    return [" · ".join(parts[i] for i in varying) for parts in spelled]


def primary_scores(summary: Summary, threshold: str | None = None) -> list[Score]:
    """Scores of the primary cell and metric, one a condition: start, controls, treatment, others, references.

    Where a condition has a score for the cell's own generator and one for all, the own one stands.
    """
    metric, declared = primary_metric(summary.verdict)
    wanted = (metric, threshold or declared)
    found: dict[str, Score] = {}
    for record in summary.scores:
        if in_cell(record, summary.verdict) and (record.metric, record.threshold) == wanted:
            is_own = record.generator == summary.verdict.generator
            if is_own or record.condition not in found:
                found[record.condition] = record
    return sorted(found.values(), key=lambda s: rank(s.condition, summary))


def rank(condition: str, summary: Summary) -> tuple[int, int]:
    """Where a condition stands in a list: by its role in the comparison, then as `CONDITIONS` has them."""
    known = list(CONDITIONS)
    role = condition_role(condition, summary.verdict.controls)
    return _ROLE_ORDER.index(role), known.index(condition) if condition in known else len(known)


def floor_in_sight(summary: Summary) -> Floor | None:
    """Return the highest floor of the primary metric, where it lies between the scores of the primary cell."""
    metric = primary_metric(summary.verdict)[0]
    known = [
        (record.value, record) for record in summary.floors if record.metric == metric and record.value is not None
    ]
    ends = [end for record in primary_scores(summary) for end in (record.low, record.high) if end is not None]
    if not known or not ends:
        return None
    value, highest = max(known, key=lambda pair: pair[0])
    return highest if min(ends) <= value <= max(ends) else None


def primary_contrasts(summary: Summary) -> list[Estimate]:
    """Estimates ``real+synthetic - control`` of the primary cell, metric and threshold, by the other's rank."""
    wanted, prefix = primary_metric(summary.verdict), f"{TREATMENT} - "
    found = [
        record
        for record in summary.estimates
        if in_cell(record, summary.verdict)
        and (record.metric, record.threshold) == wanted
        and record.contrast.startswith(prefix)
    ]
    return sorted(found, key=lambda record: rank(record.contrast.removeprefix(prefix), summary))


def primary_ladder(summary: Summary) -> Ladder | None:
    """Return the ladder of the primary cell, where there is one."""
    return next((record for record in summary.ladder if in_cell(record, summary.verdict)), None)


def primary_effects(summary: Summary) -> list[MinimumDetectableEffect]:
    """Minimum detectable effects of the primary cell, in the Summary's order."""
    return [record for record in summary.minimum_detectable_effect if in_cell(record, summary.verdict)]


def largest_effect(summary: Summary) -> MinimumDetectableEffect | None:
    """Return the largest minimum detectable effect of the primary cell: to help, a gain must beat every control."""
    known = [(record.value, record) for record in primary_effects(summary) if record.value is not None]
    return max(known, key=lambda pair: pair[0])[1] if known else None


def labels_of(summary: Summary, cell: Cell) -> list[LabelLift]:
    """Labels of a cell: by pooled gain, the largest first, then those without one in the Summary's order."""
    found = [record for record in summary.labels if same_cell(record, cell)]
    return sorted(found, key=lambda r: (r.shrunk is None, -(r.shrunk or 0.0)))


def label_counts(summary: Summary) -> LabelCounts | None:
    """How many labels of the primary cell gain and lose, where that was counted."""
    return next((record for record in summary.label_counts if same_cell(record, summary.verdict)), None)


def shares_setting(record: Cell, cell: Cell) -> bool:
    """Whether a record has the classifier and the regime of the cell, whatever its generator."""
    return (record.classifier, record.regime) == (cell.classifier, cell.regime)


def generator_contrasts(summary: Summary) -> list[Estimate]:
    """One estimate a generator, all over the same control, in the primary classifier and regime; the best first.

    Those whose numbers are in doubt come last. Empty where there is one generator. The control is the one that the
    verdict rests on, else the real documents.
    """
    contrast = f"{TREATMENT} - {summary.verdict.against or BASELINE}"
    wanted = primary_metric(summary.verdict)
    cells = [record for record in summary.verdicts if shares_setting(record, summary.verdict)]
    found = [find_estimate(summary.estimates, cell, contrast, wanted) for cell in cells]
    known = [record for record in found if record is not None]
    if len(known) < 2:
        return []
    return sorted(known, key=lambda r: (is_doubted(summary, r), r.value is None, -(r.value or 0.0)))


def is_doubted(summary: Summary, record: Estimate | LabelCounts) -> bool:
    """Whether a contrast rests on numbers that are in doubt."""
    return in_doubt(summary, record, *record.contrast.split(" - "))


def is_ladder_doubted(summary: Summary, ladder: Ladder) -> bool:
    """Whether parts of a gain rest on numbers that are in doubt."""
    return in_doubt(summary, ladder, BASELINE, *VOLUME_CONTROLS, TREATMENT)


def best_generator(summary: Summary) -> Estimate | None:
    """Return the estimate of the largest gain among generators, where one is not in doubt."""
    sound = (r for r in generator_contrasts(summary) if r.value is not None and not is_doubted(summary, r))
    return next(sound, None)


def generator_choice(summary: Summary) -> GeneratorChoice | None:
    """Return the choice among generators over the control that `generator_contrasts` shows, where there is one."""
    contrast, metric = f"{TREATMENT} - {summary.verdict.against or BASELINE}", "@".join(primary_metric(summary.verdict))
    wanted = (summary.verdict.classifier, summary.verdict.regime, contrast, metric)
    found = (r for r in summary.generator_choice if (r.classifier, r.regime, r.contrast, r.metric) == wanted)
    return next(found, None)


def why_none_is_chosen(summary: Summary) -> list[str]:
    """Return what the reason of the choice says of it, without what it says of the mean."""
    choice = generator_choice(summary)
    parts = [] if choice is None else (choice.reason or "").split("; ")
    return [part.removeprefix("chosen: ") for part in parts if part and not part.startswith("mean: ")]


def chosen_verdict(summary: Summary) -> Verdict | None:
    """Return the verdict of the generator that validation documents choose, in the primary classifier and regime."""
    choice = generator_choice(summary)
    if choice is None or choice.chosen is None:
        return None
    of_setting = (record for record in summary.verdicts if shares_setting(record, summary.verdict))
    return next((record for record in of_setting if record.generator == choice.chosen), None)


def cells_apart(summary: Summary) -> bool:
    """Whether there are cells of another classifier or regime, or several generators that cannot be compared."""
    apart = any(not shares_setting(record, summary.verdict) for record in summary.verdicts)
    return apart or (len(summary.verdicts) > 1 and not generator_contrasts(summary))


def find_estimate(estimates: Sequence[Estimate], cell: Cell, contrast: str, wanted: tuple[str, str]) -> Estimate | None:
    """Find the estimate of a contrast in a cell at ``(metric, threshold)``, where there is one."""
    return next(
        (
            record
            for record in estimates
            if in_cell(record, cell) and record.contrast == contrast and (record.metric, record.threshold) == wanted
        ),
        None,
    )
