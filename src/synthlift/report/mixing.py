"""Ways of mixing real and synthetic documents, each beside the treatment, which shuffles them.

They are a question of their own: the verdict, its contrasts and their correction know nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

import numpy as np

from synthlift.metrics.metric import ALL
from synthlift.report.arms import Contrast, Unavailable
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.records import interval, place, rounded
from synthlift.report.summary import Mixing
from synthlift.stats.multiplicity import holm
from synthlift.study.catalog import MIXINGS, TREATMENT

__all__ = ["SHUFFLED", "mixings"]

SHUFFLED = "shuffled"
Found = Contrast | Unavailable


def mixings(evidence: Evidence, cell: CellKey) -> Iterator[Mixing]:
    """Yield, per metric, the treatment and every mixing of a cell; nothing where no mixing was asked for."""
    asked = [name for name in MIXINGS if name in evidence.study.conditions_of(cell.generator)]
    for metric in map(str, ALL) if asked else ():
        found = {name: evidence.contrast(cell, metric, name, TREATMENT) for name in asked}
        known = {name: one.estimate.p for name, one in found.items() if isinstance(one, Contrast)}
        q = dict(zip(known, holm(np.array(list(known.values()))).tolist(), strict=True))
        itself = Unavailable("difference: this is the treatment itself")
        yield _record(evidence, cell, TREATMENT, metric, itself, None)
        for name, difference in found.items():
            yield _record(evidence, cell, name, metric, difference, q.get(name))


def _record(
    evidence: Evidence, cell: CellKey, condition: str, metric: str, difference: Found, q: float | None
) -> Mixing:
    score = evidence.contrast(cell, metric, condition)
    ends = interval(difference)
    absent = next((found for found in (score, difference) if isinstance(found, Unavailable)), None)
    name, _, threshold = metric.partition("@")
    return Mixing.model_validate(
        {
            **place(evidence, cell),
            "mixing": SHUFFLED if condition == TREATMENT else condition,
            "metric": name,
            "threshold": threshold or None,
            **interval(score),
            "score": rounded(score.estimate.value) if isinstance(score, Contrast) else None,
            "difference": rounded(difference.estimate.value) if isinstance(difference, Contrast) else None,
            "difference_low": ends["low"],
            "difference_high": ends["high"],
            "p": rounded(difference.estimate.p) if isinstance(difference, Contrast) else None,
            "q": rounded(q),
            "n_used": _n_used(evidence, cell, condition),
            "reason": None if absent is None else absent.reason,
        }
    )


def _n_used(evidence: Evidence, cell: CellKey, condition: str) -> int | None:
    """Return how many different synthetic documents were trained on, in the mean over replicates."""
    facts = [result.facts for result in evidence.arm(cell, condition).results.values()]
    return round(fmean(int(one.get("n_kept", one["n_added"]) or 0) for one in facts)) if facts else None
