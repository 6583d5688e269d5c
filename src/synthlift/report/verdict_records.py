"""Judgements as records: the verdict of each cell, and the headline."""

from __future__ import annotations

import math
from collections.abc import Mapping

from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.records import place, rounded
from synthlift.report.summary import Control, Headline, Verdict
from synthlift.report.verdicts import Judgement

__all__ = ["headline", "verdict"]


def verdict(evidence: Evidence, cell: CellKey, judgement: Judgement) -> Verdict:
    """Return the verdict of one cell."""
    decisive, needed = judgement.decisive, judgement.needed
    low, high = decisive.interval(judgement.alpha) if decisive else (None, None)
    per_group = evidence.facts.n_test / max(evidence.facts.n_test_groups, 1)
    documents = math.ceil(needed.n_test_groups * per_group) if needed and needed.n_test_groups else None
    replicates = needed.n_replicates if needed else None
    reasons = [] if decisive else ["no comparison decides: see the sentence"]
    reasons += [] if needed else ["would_tell: only said of a cannot-tell whose controls are all there and sound"]
    reasons += ["would_tell: no number of documents would"] if needed and documents is None else []
    reasons += ["would_tell: no number of replicates would"] if needed and replicates is None else []
    return Verdict.model_validate(
        {
            **place(evidence, cell),
            "outcome": judgement.outcome,
            "sentence": judgement.sentence,
            "primary_metric": evidence.study.primary.metric,
            "delta": evidence.study.delta,
            "controls": list(judgement.controls),
            "not_applicable": [Control(control=c, reason=reason) for c, reason in judgement.not_applicable.items()],
            "value": rounded(decisive.value) if decisive else None,
            "low": rounded(low),
            "high": rounded(high),
            "against": judgement.against,
            "confidence": 1.0 - judgement.alpha,
            "settles_delta": rounded(judgement.settles_delta),
            "would_tell": _would_tell(documents, replicates) if needed else None,
            "would_tell_n_test_documents": documents,
            "would_tell_n_replicates": replicates,
            "reason": "; ".join(reasons) or None,
        }
    )


def _would_tell(documents: int | None, replicates: int | None) -> str:
    ways = []
    if documents is not None:
        ways.append(f"about {documents:,} test documents with as many replicates as now")
    if replicates is not None:
        ways.append(f"about {replicates:,} replicates with the test documents of now")
    if not ways:
        return "Neither more test documents nor more replicates alone would tell an effect of this size."
    return f"To tell an effect of this size: {', or '.join(ways)}."


def headline(evidence: Evidence, judgements: Mapping[CellKey, Judgement]) -> Headline:
    """Return the verdict of the primary cell, with how many of the others agree."""
    primary = evidence.primary
    others = [judgement for cell, judgement in judgements.items() if cell != primary]
    agreeing = sum(judgement.outcome == judgements[primary].outcome for judgement in others)
    fields = verdict(evidence, primary, judgements[primary]).model_dump()
    return Headline(**fields, n_agreeing=agreeing, n_cells=len(others))
