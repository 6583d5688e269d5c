"""Which records of a Summary belong to the primary cell, and in which order they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from synthlift.report.summary import Cell, Estimate, Ladder, Score, Summary, Verdict
from synthlift.report.wording import TREATMENT, condition_role

__all__ = [
    "cell_names",
    "find_estimate",
    "in_cell",
    "primary_contrasts",
    "primary_ladder",
    "primary_metric",
    "primary_scores",
    "same_cell",
]

_ROLE_ORDER = ("baseline", "control", "treatment", "alternative", "reference")


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
    controls = summary.verdict.controls
    order = {role: i for i, role in enumerate(_ROLE_ORDER)}
    return sorted(found.values(), key=lambda s: order[condition_role(s.condition, controls)])


def primary_contrasts(summary: Summary) -> list[Estimate]:
    """Estimates ``real+synthetic - control`` of the primary cell, metric and threshold, in the Summary's order."""
    wanted = primary_metric(summary.verdict)
    return [
        record
        for record in summary.estimates
        if in_cell(record, summary.verdict)
        and (record.metric, record.threshold) == wanted
        and record.contrast.startswith(f"{TREATMENT} - ")
    ]


def primary_ladder(summary: Summary) -> Ladder | None:
    """Return the ladder of the primary cell, where there is one."""
    return next((record for record in summary.ladder if in_cell(record, summary.verdict)), None)


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
