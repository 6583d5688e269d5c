"""The grid of a budget as the ledger has it: a surface of the points that every replicate has, and why others lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthlift.report.arms import Arm, Unavailable
from synthlift.report.evidence import Evidence
from synthlift.stats.surface import Surface
from synthlift.study.grid import GridPoint
from synthlift.study.trials import grid_trial

__all__ = ["GridScores", "grid_scores"]


@dataclass(frozen=True)
class GridScores:
    """Points measured in every replicate, in the grid's order, their surface, and why the other points are not.

    `surface` is None where no point is measured.
    """

    points: tuple[GridPoint, ...]
    surface: Surface | None
    missing: dict[GridPoint, str]


def grid_scores(evidence: Evidence, points: Sequence[GridPoint]) -> GridScores:
    """Return what was measured of the primary metric at some points of the grid, no (N, M) twice."""
    found = {point: _arm(evidence, point) for point in points}
    missing = {point: arm.reason for point, arm in found.items() if isinstance(arm, Unavailable)}
    arms = {point: arm for point, arm in found.items() if isinstance(arm, Arm)}
    if not arms:
        return GridScores((), None, missing)
    metric, replicates = evidence.study.primary.metric, range(evidence.study.replicates)
    scores = [[arm.value(replicate, metric) for arm in arms.values()] for replicate in replicates]
    influence = None
    if evidence.truth.n_groups > 1:
        influence = np.array([[arm.influence(replicate, metric) for arm in arms.values()] for replicate in replicates])
    surface = Surface(
        np.array([point.n_real for point in arms], dtype=float),
        np.array([point.n_synthetic for point in arms], dtype=float),
        np.array(scores, dtype=float),
        influence,
    )
    return GridScores(tuple(arms), surface, missing)


def _arm(evidence: Evidence, point: GridPoint) -> Arm | Unavailable:
    """Return the replicates of a point, or why one has no score there."""
    classifier, metric = evidence.study.primary.classifier, evidence.study.primary.metric
    found = {}
    for replicate in range(evidence.study.replicates):
        result = evidence.grid_results.get(grid_trial(point, classifier, replicate))
        if result is None:
            return Unavailable("not run yet")
        if result.status != "done":
            return Unavailable(f"replicate {replicate}: {result.reason}")
        found[replicate] = result
    arm = Arm(found, None, evidence.truth)
    if any(arm.value(replicate, metric) is None for replicate in found):
        return Unavailable(f"{metric} is undefined: no label is true or predicted in any test document")
    return arm
