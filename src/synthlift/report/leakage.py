"""Whether a gain is only the names of labels: gains on test documents with them and without, and of masked texts.

They are a question of their own: the verdict, its contrasts and their correction know nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.keywords import NO_KEYWORD
from synthlift.metrics.leakage import NAMED, UNNAMED
from synthlift.metrics.scores import thresholded_scores
from synthlift.report.arms import Contrast, Unavailable
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.records import interval, place, rounded
from synthlift.report.summary import KeywordOverlap, LabelKeywords, Leakage
from synthlift.stats.two_way import two_way
from synthlift.study.catalog import LEAKAGE, TREATMENT

__all__ = ["FEWEST_GROUPS", "keyword_overlaps", "label_keywords", "leakage"]

BoolArray = NDArray[np.bool_]

# On fewer independent test documents than this no gain is estimated.
FEWEST_GROUPS = 50
CONTROL = "replicated"
NOT_YET = "not measured yet: run it again"
NO_WORD = "words: none of its name could stand in a text and tell it from other labels"
_NUMBERS = ("value", "low", "high", "difference", "difference_low", "difference_high")


def leakage(evidence: Evidence, cell: CellKey) -> Iterator[Leakage]:
    """Yield the gains of a cell in the primary metric, and what masking leaves of them where it was asked for."""
    if not evidence.keywords:  # the folder was last run before keywords were looked for
        return
    metric = evidence.study.primary.metric
    naming, n_test = evidence.truth.naming, evidence.facts.n_test
    yield _record(
        evidence, cell, TREATMENT, CONTROL, "all", n_test, evidence.contrast(cell, metric, TREATMENT, CONTROL)
    )
    for documents, state in (("without", UNNAMED), ("with", NAMED)):
        wanted = np.zeros(n_test, dtype=bool) if naming is None else naming == state
        found = _gain_on(evidence, cell, wanted)
        yield _record(evidence, cell, TREATMENT, CONTROL, documents, int(wanted.sum()), found)
    for masked in LEAKAGE:
        if masked in evidence.study.conditions_of(cell.generator):
            for minus in (CONTROL, TREATMENT):
                found = evidence.contrast(cell, metric, masked, minus)
                yield _record(evidence, cell, masked, minus, "all", n_test, found)


def _gain_on(evidence: Evidence, cell: CellKey, wanted: BoolArray) -> Contrast | Unavailable:
    """Return the treatment's gain over copies on some test documents, bool ``(n_docs,)``, from stored predictions."""
    metric, _, threshold = evidence.study.primary.metric.partition("@")
    whole = evidence.contrast(cell, evidence.study.primary.metric, TREATMENT, CONTROL)
    if isinstance(whole, Unavailable):
        return whole
    if not any(evidence.keywords.values()):
        return Unavailable(NO_KEYWORD)
    truth = evidence.truth
    group = np.unique(truth.group[wanted], return_inverse=True)[1].astype(np.int64)
    n_groups = len(np.unique(group))
    if n_groups < FEWEST_GROUPS:
        return Unavailable(f"got {n_groups} such independent test documents, expected {FEWEST_GROUPS}")
    arms = [evidence.arm(cell, condition) for condition in (TREATMENT, CONTROL)]
    values, influence = [], []
    for replicate in whole.replicates:
        plus, minus = (
            thresholded_scores(arm.predicted(replicate, threshold)[wanted], truth.labels[wanted], group)[metric]
            for arm in arms
        )
        if plus is None or minus is None:
            return Unavailable(f"{metric} is undefined: no label is true or predicted in any such test document")
        values.append(plus.value - minus.value)
        influence.append(plus.influence - minus.influence)
    stacked = np.array(influence)
    estimate = two_way(np.array(values), stacked)
    if estimate.variance == 0.0 and estimate.value != 0.0:
        return Unavailable(f"{metric} differs by the same in all such groups: no spread to estimate an interval from")
    return Contrast(whole.replicates, np.array(values), stacked, estimate)


def _record(
    evidence: Evidence, cell: CellKey, plus: str, minus: str, documents: str, n: int, found: Contrast | Unavailable
) -> Leakage:
    known = found.estimate if isinstance(found, Contrast) else None
    metric, _, threshold = evidence.study.primary.metric.partition("@")
    return Leakage.model_validate(
        {
            **place(evidence, cell),
            "contrast": f"{plus} - {minus}",
            "documents": documents,
            "metric": metric,
            "threshold": threshold or None,
            "value": rounded(known.value) if known else None,
            "p": rounded(known.p) if known else None,
            "n_replicates": known.n_replicates if known else 0,
            "n_test_documents": n,
            **interval(found),
        }
    )


def keyword_overlaps(evidence: Evidence) -> Iterator[KeywordOverlap]:
    """Yield the share of real documents, and of each generator's, that have a keyword of a label of theirs."""
    seen: set[tuple[str, str | None]] = set()
    for record in evidence.measured("leakage"):
        key = (record["documents"], record["generator"])
        if key not in seen:  # real documents are the same ones for each generator
            seen.add(key)
            yield KeywordOverlap.model_validate({**record, **{name: rounded(record[name]) for name in _NUMBERS}})
    for generator in evidence.study.generators if evidence.keywords else ():
        failed = evidence.measurements.get(("leakage", generator), {"reason": NOT_YET})["reason"]
        if failed is not None:
            absent = dict.fromkeys(_NUMBERS)
            yield KeywordOverlap.model_validate(
                {"documents": "synthetic", "generator": generator, "n": 0, "reason": failed, **absent}
            )


def label_keywords(evidence: Evidence) -> Iterator[LabelKeywords]:
    """Yield the words that name each label, in the order of the corpus."""
    for label in evidence.facts.labels if evidence.keywords else ():
        words = sorted(set(evidence.keywords.get(label, {}).values()))
        yield LabelKeywords(label=label, words=words, reason=None if words else NO_WORD)
