"""From scores to the Summary: the only place where a printed number is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from synthlift.metrics.metric import METRICS, THRESHOLDS, Metric
from synthlift.report.evidence import CellKey, Contrast, Evidence, Unavailable
from synthlift.report.summary import (
    Control,
    Corpora,
    Declared,
    Estimate,
    Fidelity,
    Floor,
    Headline,
    LabelLift,
    Ladder,
    Method,
    MinimumDetectableEffect,
    Score,
    Summary,
    Verdict,
    Volume,
)
from synthlift.report.verdicts import Judgement, judge
from synthlift.report.warned import warnings_of
from synthlift.stats.multiplicity import holm
from synthlift.stats.power import POWER, minimum_detectable_effect
from synthlift.stats.ratio import ratio
from synthlift.storage.ledger import Ledger
from synthlift.study.config import METHOD_VERSION

__all__ = ["analyse"]

DIGITS = 6
ALPHA = 0.05
NOT_BUILT = "not measured by this version"
TREATMENT = "real+synthetic"
# contrasts beside those of the treatment: volume, label mix, the alarm, the ceiling
OTHER_CONTRASTS = (
    ("replicated", "real"),
    ("replicated-matched", "real"),
    ("replicated-matched", "replicated"),
    ("placebo", "real"),
    ("synthetic", "real"),
    ("real+real", "real"),
    ("real+real", "replicated"),
)


def analyse(ledger: Ledger) -> Summary:
    """Return the summary of a run; the same ledger gives the same summary, whoever filled it and in which order."""
    evidence = Evidence.load(ledger)
    metric = evidence.study.primary.metric
    n_others = max(len(evidence.cells) - 1, 1)
    alphas = {cell: ALPHA if cell == evidence.primary else ALPHA / n_others for cell in evidence.cells}
    judgements = {cell: judge(evidence, cell, metric, alpha) for cell, alpha in alphas.items()}
    return Summary(
        verdict=_headline(evidence, judgements),
        verdicts=[_verdict(evidence, cell, judgement) for cell, judgement in judgements.items()],
        corpora=_corpora(evidence),
        estimates=[record for cell in evidence.cells for record in _estimates(evidence, cell)],
        scores=list(_scores(evidence)),
        ladder=[_ladder(evidence, cell) for cell in evidence.cells],
        minimum_detectable_effect=[record for cell in evidence.cells for record in _detectable(evidence, cell)],
        volume=[
            Volume(generator=name, requested=v.requested, kept=v.kept, effective=v.effective, dropped=v.dropped)
            for name, v in evidence.facts.volume.items()
        ],
        labels=list(_labels(evidence)),
        fidelity=[
            Fidelity(
                measure="MMD^2",
                representation="LSA",
                generator=name,
                label_set=None,
                value=None,
                low=None,
                high=None,
                p=None,
                floor=None,
                ceiling=None,
                n=None,
                reason=NOT_BUILT,
            )
            for name in evidence.study.generators
        ],
        floors=[Floor(name="predict-all", metric="micro-F1", threshold=None, value=None, reason=NOT_BUILT)],
        warnings=warnings_of(evidence, judgements),
        method=_method(evidence),
    )


def rounded(value: float | None) -> float | None:
    """Round to six significant digits, so that the last bits of a sum are never printed.

    >>> rounded(0.123456789), rounded(-1234567.0), rounded(None)
    (0.123457, -1234570.0, None)
    """
    if value is None:
        return None
    return float(f"{value:.{DIGITS}g}")


def _place(evidence: Evidence, cell: CellKey, *, of_generator: bool = True) -> dict[str, object]:
    """Return the fields that say which cell a record is about."""
    added = evidence.n_added(cell) if of_generator else []
    spread = (min(added), max(added)) if added and min(added) != max(added) else None
    return {
        "generator": cell.generator if of_generator else None,
        "classifier": cell.classifier,
        "regime": cell.regime,
        "n_real": evidence.n_real[cell.regime],
        "n_synthetic": round(sum(added) / len(added)) if added else None,
        "n_synthetic_range": spread,
    }


def _counts(evidence: Evidence, n_replicates: int) -> dict[str, int]:
    return {"n_replicates": n_replicates, "n_test_documents": evidence.facts.n_test}


def _interval(found: Contrast | Unavailable, alpha: float = ALPHA) -> dict[str, object]:
    if isinstance(found, Unavailable):
        return {"low": None, "high": None, "reason": found.reason}
    low, high = found.estimate.interval(alpha)
    return {"low": rounded(low), "high": rounded(high)}


def _estimates(evidence: Evidence, cell: CellKey) -> Iterator[Estimate]:
    """Yield all contrasts of a cell; `q` is Holm's over those of the treatment at one metric."""
    treatment = [(TREATMENT, name) for name in evidence.study.conditions if name != TREATMENT]
    others = [pair for pair in OTHER_CONTRASTS if set(pair) <= set(evidence.study.conditions)]
    place = _place(evidence, cell)
    for metric in _metrics():
        found = {pair: evidence.contrast(cell, str(metric), *pair) for pair in (*treatment, *others)}
        family = [pair for pair in treatment if isinstance(found[pair], Contrast)]
        p = np.array([c.estimate.p for pair in family if isinstance(c := found[pair], Contrast)])
        q = dict(zip(family, holm(p).tolist(), strict=True))
        for pair, contrast in found.items():
            known = contrast.estimate if isinstance(contrast, Contrast) else None
            record = {
                "contrast": " - ".join(pair),
                "metric": metric.name,
                "threshold": metric.threshold,
                "value": rounded(known.value) if known else None,
                "p": rounded(known.p) if known else None,
                "q": rounded(q.get(pair)),
                "method": "two-way t",
                **_counts(evidence, known.n_replicates if known else 0),
                **_interval(contrast),
            }
            if known and pair not in q:
                record["reason"] = "q: not in the family of the treatment's contrasts"
            yield Estimate.model_validate({**place, **record})


def _metrics() -> Iterable[Metric]:
    return (Metric(name, threshold) for name in METRICS for threshold in THRESHOLDS)


def _scores(evidence: Evidence) -> Iterator[Score]:
    seen: set[tuple[object, ...]] = set()
    for cell in evidence.cells:
        for condition in evidence.study.conditions:
            own = condition != "real"
            for metric in _metrics():
                name = (cell.generator if own else None, cell.classifier, cell.regime, condition, str(metric))
                if name in seen:
                    continue
                seen.add(name)
                found = evidence.contrast(cell, str(metric), condition)
                yield Score.model_validate(
                    {
                        **_place(evidence, cell, of_generator=own),
                        "condition": condition,
                        "metric": metric.name,
                        "threshold": metric.threshold,
                        "mean": rounded(found.estimate.value) if isinstance(found, Contrast) else None,
                        "reason": None if own else "n_synthetic: trained on real documents alone",
                        **_interval(found),
                    }
                )


def _ladder(evidence: Evidence, cell: CellKey) -> Ladder:
    """Take the gain apart; means are rounded first, so that the parts sum to the total to the last digit shown."""
    metric = evidence.study.primary.metric
    names = ("real", "replicated", "replicated-matched", TREATMENT, "real+real")
    arms = {name: evidence.arm(cell, name).results for name in names}
    common = sorted(set.intersection(*(set(arms[name]) for name in names[:2]), set(arms[TREATMENT])))
    if arms["replicated-matched"]:
        common = [replicate for replicate in common if replicate in arms["replicated-matched"]]
    means = {
        name: _mean([evidence.arm(cell, name).value(r, metric) for r in common if r in arms[name]]) for name in names
    }
    real, copied, matched, treated, more = (means[name] for name in names)
    share = _share(evidence, cell, metric)
    reasons = {
        "steps": "convex: more optimiser steps change nothing" if "real+steps" in evidence.study.conditions else None,
        "label_mix": evidence.arm(cell, "replicated-matched").reason if matched is None else None,
        "ceiling": f"real+real: {evidence.arm(cell, 'real+real').reason}" if more is None else None,
        "share_of_ceiling": share if isinstance(share, str) else None,
    }
    known = (
        {} if isinstance(share, str) else {"share_of_ceiling": share[0], "share_low": share[1], "share_high": share[2]}
    )
    return Ladder.model_validate(
        {
            **_place(evidence, cell),
            "total": _minus(treated, real),
            "steps": 0.0 if real is not None else None,
            "resampling": _minus(copied, real),
            "content": _minus(treated, copied),
            "ceiling": _minus(more, copied),
            "label_mix": _minus(matched, copied),
            "text": _minus(treated, matched),
            "share_of_ceiling": None,
            "share_low": None,
            "share_high": None,
            **known,
            "reason": "; ".join(f"{name}: {reason}" for name, reason in reasons.items() if reason) or None,
        }
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(math.fsum(known) / len(known), DIGITS) if known and len(known) == len(values) else None


def _minus(a: float | None, b: float | None) -> float | None:
    return round(a - b, DIGITS) if a is not None and b is not None else None


def _share(evidence: Evidence, cell: CellKey, metric: str) -> tuple[float | None, ...] | str:
    """Return the share of the ceiling with its Fieller interval, or why there is none."""
    content = evidence.contrast(cell, metric, TREATMENT, "replicated")
    ceiling = evidence.contrast(cell, metric, "real+real", "replicated")
    if isinstance(content, Unavailable):
        return content.reason
    if isinstance(ceiling, Unavailable):
        return ceiling.reason
    if len(content.values) != len(ceiling.values):
        return "content and ceiling are of different replicates"
    found = ratio((content.values, content.influence), (ceiling.values, ceiling.influence))
    if found is None:
        return "the interval of the ceiling holds 0"
    return rounded(found.value), rounded(found.low), rounded(found.high)


def _detectable(evidence: Evidence, cell: CellKey) -> Iterator[MinimumDetectableEffect]:
    metric = evidence.study.primary.metric
    names = ("real", *(c for c in evidence.study.conditions if c in ("replicated", "replicated-matched")))
    found = {name: evidence.contrast(cell, metric, TREATMENT, name) for name in names}
    n_controls = sum(
        isinstance(contrast, Contrast) and not evidence.same_predictions(cell, name, "real")
        for name, contrast in found.items()
    )
    for name, contrast in found.items():
        known = contrast.estimate if isinstance(contrast, Contrast) else None
        yield MinimumDetectableEffect.model_validate(
            {
                **_place(evidence, cell),
                "contrast": f"{TREATMENT} - {name}",
                "value": rounded(minimum_detectable_effect(known, n_controls)) if known else None,
                "power": POWER,
                "reason": None if known else contrast.reason if isinstance(contrast, Unavailable) else None,
                **_counts(evidence, known.n_replicates if known else 0),
            }
        )


def _verdict(evidence: Evidence, cell: CellKey, judgement: Judgement) -> Verdict:
    decisive, needed = judgement.decisive, judgement.needed
    low, high = decisive.interval(judgement.alpha) if decisive else (None, None)
    per_group = evidence.facts.n_test / max(evidence.facts.n_test_groups, 1)
    documents = math.ceil(needed.n_test_groups * per_group) if needed and needed.n_test_groups else None
    replicates = needed.n_replicates if needed else None
    reasons = [] if decisive else ["nothing to compare"]
    reasons += [] if needed else ["would_tell: only said where the outcome is cannot-tell and no control is missing"]
    reasons += ["would_tell: no number of documents would"] if needed and documents is None else []
    reasons += ["would_tell: no number of replicates would"] if needed and replicates is None else []
    return Verdict.model_validate(
        {
            **_place(evidence, cell),
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


def _headline(evidence: Evidence, judgements: dict[CellKey, Judgement]) -> Headline:
    primary = evidence.primary
    others = [judgement for cell, judgement in judgements.items() if cell != primary]
    agreeing = sum(judgement.outcome == judgements[primary].outcome for judgement in others)
    fields = _verdict(evidence, primary, judgements[primary]).model_dump()
    return Headline(**fields, n_agreeing=agreeing, n_cells=len(others))


def _labels(evidence: Evidence) -> Iterator[LabelLift]:
    facts, cell = evidence.facts, evidence.primary
    place = _place(evidence, cell)
    for label, train, test in zip(facts.labels, facts.support_train, facts.support_test, strict=True):
        yield LabelLift.model_validate(
            {
                **place,
                "label": label,
                "contrast": f"{TREATMENT} - replicated",
                "support_train": train,
                "support_test": test,
                **dict.fromkeys(("value", "shrunk", "low", "high", "p", "q")),
                "reason": NOT_BUILT,
            }
        )


def _corpora(evidence: Evidence) -> Corpora:
    facts = evidence.facts
    untested = [label for label, n in zip(facts.labels, facts.support_test, strict=True) if n == 0]
    return Corpora(
        n_train=facts.n_train,
        n_validation=facts.n_validation,
        n_spare=facts.n_spare,
        n_test=facts.n_test,
        n_test_groups=facts.n_test_groups,
        n_labels=len(facts.labels),
        n_labels_tested=len(facts.labels) - len(untested),
        labels_without_test_support=untested,
        dropped=facts.real_dropped,
        split=facts.split,
    )


def _method(evidence: Evidence) -> Method:
    return Method(
        version=METHOD_VERSION,
        seed=evidence.study.seed,
        declared=Declared.model_validate(evidence.declared),
    )
