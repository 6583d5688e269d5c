"""Per-label lift: which labels the synthetic text helps and which it harms, partially pooled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.classification import group_counts
from synthlift.report.arms import Arm
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.records import ALPHA, place, rounded
from synthlift.report.summary import LabelCounts, LabelLift
from synthlift.stats.multiplicity import benjamini_hochberg
from synthlift.stats.shrinkage import shrink
from synthlift.stats.two_way import TwoWay, two_way
from synthlift.study.catalog import TREATMENT

__all__ = ["label_counts", "label_lifts"]

FloatArray = NDArray[np.float64]

CONTROL = "replicated"
# with fewer positive test documents a label's F1 moves by a tenth with each of them
FEWEST_POSITIVES = 10


@dataclass(frozen=True)
class _Lift:
    label: int
    estimate: TwoWay


def label_lifts(evidence: Evidence, cell: CellKey) -> Iterator[LabelLift]:
    """Yield every label's change of F1 at the tuned threshold, ``real+synthetic - replicated``.

    Labels of at least ten positive test documents are estimated; their values are shrunk to each other, tested
    unshrunk, and adjusted over labels. Of the others only the counts are given.
    """
    facts = evidence.facts
    where = {**place(evidence, cell), "contrast": f"{TREATMENT} - {CONTROL}"}
    lifts = {lift.label: lift.estimate for lift in _lifts(evidence, cell)}
    value = np.array([estimate.value for estimate in lifts.values()])
    pooled = shrink(value, np.array([estimate.variance for estimate in lifts.values()])) if lifts else None
    q = benjamini_hochberg(np.array([estimate.p for estimate in lifts.values()]))
    position = {label: index for index, label in enumerate(lifts)}
    for label, name in enumerate(facts.labels):
        record: dict[str, object] = dict.fromkeys(("value", "shrunk", "low", "high", "p", "q"))
        if pooled is not None and label in position:
            at = position[label]
            record = {
                "value": rounded(value[at]),
                "shrunk": rounded(pooled.value[at]),
                "low": rounded(pooled.low[at]),
                "high": rounded(pooled.high[at]),
                "p": rounded(lifts[label].p),
                "q": rounded(float(q[at])),
            }
        else:
            record["reason"] = _why_not(evidence, cell, label)
        supports = {"support_train": facts.support_train[label], "support_test": facts.support_test[label]}
        yield LabelLift.model_validate({**where, "label": name, **supports, **record})


def label_counts(records: Sequence[LabelLift]) -> LabelCounts:
    """Count the labels of one cell that gain, that lose, and that are too rare to say; `records` are all of them."""
    clear = [r.value for r in records if r.value is not None and r.q is not None and r.q < ALPHA]
    where = records[0].model_dump(
        include={"generator", "classifier", "regime", "n_real", "n_synthetic", "n_synthetic_range", "contrast"}
    )
    return LabelCounts(
        **where,
        reason=records[0].reason if where["n_synthetic"] is None else None,
        alpha=ALPHA,
        fewest_test_positives=FEWEST_POSITIVES,
        n_labels=len(records),
        n_estimated=sum(r.value is not None for r in records),
        n_gaining=sum(value > 0 for value in clear),
        n_losing=sum(value < 0 for value in clear),
        n_too_rare=sum(r.support_test < FEWEST_POSITIVES for r in records),
    )


def _why_not(evidence: Evidence, cell: CellKey, label: int) -> str:
    for name in (TREATMENT, CONTROL):
        if not evidence.arm(cell, name).results:
            return f"{name}: {evidence.arm(cell, name).reason or 'no trial was done'}"
    n = evidence.facts.support_test[label]
    if n < FEWEST_POSITIVES:
        return f"{n} positive test documents, expected at least {FEWEST_POSITIVES}: counts only"
    if evidence.facts.n_test_groups < 2:
        return "one test group: no spread to estimate an interval from"
    return f"{TREATMENT} and {CONTROL} have no replicate in common"


def _lifts(evidence: Evidence, cell: CellKey) -> Iterator[_Lift]:
    treated, control = evidence.arm(cell, TREATMENT), evidence.arm(cell, CONTROL)
    replicates = sorted(set(treated.results) & set(control.results))
    support = np.array(evidence.facts.support_test)
    chosen = np.flatnonzero(support >= FEWEST_POSITIVES)
    if not replicates or evidence.facts.n_test_groups < 2 or chosen.size == 0:
        return
    plus = [_by_label(treated, replicate, chosen) for replicate in replicates]
    minus = [_by_label(control, replicate, chosen) for replicate in replicates]
    for index, label in enumerate(chosen):
        values = np.array([a[0][index] - b[0][index] for a, b in zip(plus, minus, strict=True)])
        shares = np.array([a[1][:, index] - b[1][:, index] for a, b in zip(plus, minus, strict=True)])
        yield _Lift(int(label), two_way(values, shares))


def _by_label(arm: Arm, replicate: int, chosen: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
    """Return each chosen label's F1, ``(n_labels,)``, and the groups' influences, ``(n_groups, n_labels)``."""
    truth = arm.truth
    predicted = arm.predicted(replicate, "tuned")[:, chosen]
    counts = group_counts(predicted, truth.labels[:, chosen], truth.group, int(truth.group.max()) + 1)
    total = counts.z.sum(axis=0)
    f1 = 2.0 * counts.tp.sum(axis=0) / total
    return f1, (2.0 * counts.tp - f1 * counts.z) / total
