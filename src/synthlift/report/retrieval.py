"""Searches: what synthetic documents do to an index of real ones, and how well each condition's own vectors rank.

They are a question of their own: the verdict, its contrasts and their correction know nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from synthlift.metrics.metric import SEARCH
from synthlift.report.arms import Arm, Contrast, Unavailable
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.records import interval, place, rounded
from synthlift.report.summary import RetrievalIndex, RetrievalRepresentation
from synthlift.study.catalog import SEARCHED
from synthlift.study.trials import WITHOUT_SYNTHETIC

__all__ = ["representations", "searched_indexes"]

MEASUREMENT = "retrieval"
NOT_MEASURED = "the run did not measure searches: run the same command again"
OLDER = "trained before searches were measured"
ITSELF = "difference: this is what the others are compared with"
NUMBERS = ("real", "mixed", "difference", "low", "high", "p")


def searched_indexes(evidence: Evidence) -> Iterator[RetrievalIndex]:
    """Yield what was measured of each generator's texts in an index, or why nothing was."""
    for generator in evidence.study.generators:
        measured = evidence.measurements.get((MEASUREMENT, generator), {"records": (), "reason": None})
        for record in measured["records"]:
            yield RetrievalIndex.model_validate({**record, **{name: rounded(record[name]) for name in NUMBERS}})
        if not measured["records"]:
            reason = measured["reason"] or NOT_MEASURED
            absent = dict.fromkeys((*NUMBERS, "family", "n_documents", "n_added", "n_queries", "n_queries_left_out"))
            for reading in ("strict", "lenient"):
                named = {"generator": generator, "reading": reading, "reason": reason}
                yield RetrievalIndex.model_validate({**absent, **named})


def representations(evidence: Evidence) -> Iterator[RetrievalRepresentation]:
    """Yield, for each cell, how well the vectors of its conditions rank real documents."""
    seen: set[tuple[str | None, str, str, str]] = set()
    for cell in evidence.cells:
        for condition in SEARCHED:
            own = condition not in WITHOUT_SYNTHETIC
            key = (cell.generator if own else None, cell.classifier, cell.regime, condition)
            if condition in evidence.study.conditions_of(cell.generator) and key not in seen:
                seen.add(key)
                yield _representation(evidence, cell, condition, of_generator=own)


def _representation(
    evidence: Evidence, cell: CellKey, condition: str, *, of_generator: bool
) -> RetrievalRepresentation:
    score = _found(evidence, cell, condition)
    difference = _found(evidence, cell, condition, "real") if condition != "real" else Unavailable(ITSELF)
    known = difference.estimate if isinstance(difference, Contrast) else None
    reasons = [found.reason for found in (score, difference) if isinstance(found, Unavailable)][:1]
    if not of_generator:
        reasons.append("n_synthetic: trained on real documents alone")
    return RetrievalRepresentation.model_validate(
        {
            **place(evidence, cell, of_generator=of_generator),
            **interval(difference),
            "condition": condition,
            "value": rounded(score.estimate.value) if isinstance(score, Contrast) else None,
            "difference": rounded(known.value) if known else None,
            "p": rounded(known.p) if known else None,
            **_counts(evidence.arm(cell, condition)),
            "n_replicates": len(score.replicates) if isinstance(score, Contrast) else 0,
            "reason": "; ".join(reasons) or None,
        }
    )


def _found(evidence: Evidence, cell: CellKey, *conditions: str) -> Contrast | Unavailable:
    """Return a score or a difference of scores, or why some trial has none."""
    for condition in conditions:
        for result in evidence.arm(cell, condition).results.values():
            rows = [row for row in result.scores if row.metric == str(SEARCH)]
            if not rows or rows[0].value is None:
                return Unavailable(f"{rows[0].reason}" if rows else OLDER)
    return evidence.contrast(cell, str(SEARCH), *conditions)


def _counts(arm: Arm) -> dict[str, int | None]:
    """Return how much was searched: the same in all trials of a study."""
    facts = next((result.facts for result in arm.results.values() if "n_searched" in result.facts), {})
    names = {"n_documents": "n_searched", "n_queries": "n_queries", "n_queries_left_out": "n_queries_left_out"}
    found = {name: facts.get(fact) for name, fact in names.items()}
    return {name: value if isinstance(value, int) else None for name, value in found.items()}
