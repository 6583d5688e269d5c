"""The gain taken apart: steps, resampling, label mix and text, beside the ceiling."""

from __future__ import annotations

import math
from collections.abc import Sequence

from synthlift.report.arms import Unavailable
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.records import DIGITS, place, rounded
from synthlift.report.summary import Ladder
from synthlift.stats.ratio import ratio
from synthlift.study.catalog import TREATMENT

__all__ = ["ladder"]

RUNGS = ("real", "real+steps", "replicated", "replicated-matched", TREATMENT, "real+real")


def ladder(evidence: Evidence, cell: CellKey) -> Ladder:
    """Take the gain apart.

    Means are taken over the replicates that all rungs share and rounded first, so that the parts sum to the total to
    the last digit shown. Where a learner has no steps to count (convex), or takes the same number in all conditions,
    ``real+steps`` is `real` and the rung is 0, with the reason.
    """
    means = _means(evidence, cell)
    real, copied, matched, treated, more = (means[name] for name in RUNGS if name != "real+steps")
    unstepped = evidence.statuses(cell, "real+steps") == {"not-applicable"}
    stepped = real if unstepped else means["real+steps"]
    share = _share(evidence, cell)
    values = {
        "total": _minus(treated, real),
        "steps": _minus(stepped, real),
        "resampling": _minus(copied, stepped),
        "content": _minus(treated, copied),
        "ceiling": _minus(more, copied),
        "label_mix": _minus(matched, copied),
        "text": _minus(treated, matched),
    }
    missing = {name: _reason(evidence, cell, name) for name in RUNGS if means[name] is None}
    reasons = [f"{name}: {reason}" for name, reason in missing.items()]
    known = dict.fromkeys(("share_of_ceiling", "share_low", "share_high"))
    if isinstance(share, str):
        reasons.append(f"share of ceiling: {share}")
    else:
        known = dict(zip(known, share, strict=True))
    return Ladder.model_validate({**place(evidence, cell), **values, **known, "reason": "; ".join(reasons) or None})


def _means(evidence: Evidence, cell: CellKey) -> dict[str, float | None]:
    metric = evidence.study.primary.metric
    arms = {name: evidence.arm(cell, name) for name in RUNGS}
    done = [set(arm.results) for arm in arms.values() if arm.results]
    common = sorted(set.intersection(*done)) if done else []
    return {
        name: _mean([arm.value(replicate, metric) for replicate in common]) if arm.results else None
        for name, arm in arms.items()
    }


def _reason(evidence: Evidence, cell: CellKey, name: str) -> str:
    return evidence.arm(cell, name).reason or "no score"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(math.fsum(known) / len(known), DIGITS) if known and len(known) == len(values) else None


def _minus(a: float | None, b: float | None) -> float | None:
    return round(a - b, DIGITS) if a is not None and b is not None else None


def _share(evidence: Evidence, cell: CellKey) -> tuple[float | None, ...] | str:
    """Return the share of the ceiling with its Fieller interval, or why there is none."""
    metric = evidence.study.primary.metric
    content = evidence.contrast(cell, metric, TREATMENT, "replicated")
    ceiling = evidence.contrast(cell, metric, "real+real", "replicated")
    if isinstance(content, Unavailable):
        return content.reason
    if isinstance(ceiling, Unavailable):
        return ceiling.reason
    if content.replicates != ceiling.replicates:
        return "content and ceiling rest on different replicates"
    if ceiling.estimate.value < 0.0:
        return "as many further real documents do worse than copies, so there is no ceiling to reach"
    share = ratio((content.values, content.influence), (ceiling.values, ceiling.influence))
    if share is None:
        return "the interval of the ceiling holds 0"
    return rounded(share.value), rounded(share.low), rounded(share.high)
