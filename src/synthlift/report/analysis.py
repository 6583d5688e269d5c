"""From scores to the Summary: the only place where a printed number is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from synthlift.metrics.metric import ALL
from synthlift.report.arms import Contrast, Unavailable
from synthlift.report.budget import Budget
from synthlift.report.budget_records import (
    exchange_rates,
    fixed_totals,
    frontier_points,
    laws,
    surface_points,
    volumes,
)
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.fidelity_gain import fidelity_gains, fidelity_shifts
from synthlift.report.generator_choice import generator_choices
from synthlift.report.labels import label_counts, label_lifts
from synthlift.report.ladder import ladder
from synthlift.report.leakage import keyword_overlaps, label_keywords, leakage
from synthlift.report.mixing import mixings
from synthlift.report.numerics import numerics
from synthlift.report.planted_advice import planted_advice
from synthlift.report.records import ALPHA, counts, interval, place, rounded
from synthlift.report.retrieval import representations, searched_indexes
from synthlift.report.robustness import planted, randomisation, sensitivity
from synthlift.report.summary import (
    Corpora,
    Declared,
    Estimate,
    Fidelity,
    Floor,
    Method,
    MinimumDetectableEffect,
    Score,
    Summary,
    Volume,
)
from synthlift.report.verdict_records import headline, verdict
from synthlift.report.verdicts import judge
from synthlift.report.warned import warnings_of
from synthlift.report.writing import written_by
from synthlift.stats.multiplicity import holm
from synthlift.stats.power import POWER, minimum_detectable_effect
from synthlift.study.catalog import LEAKAGE, MIXINGS, TREATMENT, VOLUME_CONTROLS
from synthlift.study.config import METHOD_VERSION
from synthlift.study.trials import WITHOUT_SYNTHETIC

__all__ = ["analyse"]

ONE_FLOOR = "floor_low: the floor is one number"
_FIDELITY_NUMBERS = ("value", "low", "high", "p", "floor", "floor_low", "floor_high", "ceiling")
# contrasts beside those of the treatment: steps, volume, label mix, the alarm, the ceiling
OTHER_CONTRASTS = (
    ("real+steps", "real"),
    ("replicated", "real"),
    ("replicated", "real+steps"),
    ("replicated-matched", "real"),
    ("replicated-matched", "replicated"),
    ("placebo", "real"),
    ("synthetic", "real"),
    ("real+real", "real"),
    ("real+real", "replicated"),
)


def analyse(evidence: Evidence) -> Summary:
    """Return the summary of a run; the same ledger gives the same summary, whoever filled it and in which order."""
    metric = evidence.study.primary.metric
    n_others = max(len(evidence.cells) - 1, 1)
    alphas = {cell: ALPHA if cell == evidence.primary else ALPHA / n_others for cell in evidence.cells}
    judgements = {cell: judge(evidence, cell, metric, alpha) for cell, alpha in alphas.items()}
    labels = {cell: list(label_lifts(evidence, cell)) for cell in evidence.cells}
    checked = list(numerics(evidence))
    budget = Budget(evidence)
    return Summary(
        verdict=headline(evidence, judgements),
        verdicts=[verdict(evidence, cell, judgement) for cell, judgement in judgements.items()],
        corpora=_corpora(evidence),
        estimates=[record for cell in evidence.cells for record in _estimates(evidence, cell)],
        scores=list(_scores(evidence)),
        ladder=[ladder(evidence, cell) for cell in evidence.cells],
        mixing=[record for cell in evidence.cells for record in mixings(evidence, cell)],
        minimum_detectable_effect=[
            record for cell, alpha in alphas.items() for record in _detectable(evidence, cell, alpha)
        ],
        volume=[
            Volume(generator=name, requested=v.requested, kept=v.kept, effective=v.effective, dropped=v.dropped)
            for name, v in evidence.facts.volume.items()
        ],
        writing=list(written_by(evidence.writing)),
        labels=[record for records in labels.values() for record in records],
        label_counts=[label_counts(records) for records in labels.values()],
        sensitivity=list(sensitivity(evidence)),
        randomisation=list(randomisation(evidence)),
        generator_choice=list(generator_choices(evidence)),
        planted=list(planted(evidence)),
        numerics=checked,
        fidelity=list(_fidelity(evidence)),
        fidelity_gain=list(fidelity_gains(evidence)),
        fidelity_shift=list(fidelity_shifts(evidence)),
        retrieval_index=list(searched_indexes(evidence)),
        retrieval_representation=list(representations(evidence)),
        leakage=[record for cell in evidence.cells for record in leakage(evidence, cell)],
        keyword_overlap=list(keyword_overlaps(evidence)),
        label_keywords=list(label_keywords(evidence)),
        surface=list(surface_points(budget)),
        exchange=list(exchange_rates(budget)),
        fixed_totals=list(fixed_totals(budget)),
        volume_curves=list(volumes(budget)),
        budget_law=list(laws(budget)),
        frontier=list(frontier_points(budget)),
        planted_advice=list(planted_advice(budget)),
        floors=[_floor(record) for record in evidence.floors],
        warnings=warnings_of(evidence, judgements, checked),
        method=_method(evidence),
    )


def _estimates(evidence: Evidence, cell: CellKey) -> Iterator[Estimate]:
    """Yield all contrasts of a cell; `q` is Holm's over those of the treatment at one metric."""
    conditions = _compared(evidence, cell)
    treatment = [(TREATMENT, name) for name in conditions if name != TREATMENT]
    others = [pair for pair in OTHER_CONTRASTS if set(pair) <= set(conditions)]
    where = place(evidence, cell)
    metrics = [str(metric) for metric in ALL]
    contrasts = {pair: evidence.contrasts(cell, metrics, *pair) for pair in (*treatment, *others)}
    for metric in ALL:
        found = {pair: own[str(metric)] for pair, own in contrasts.items()}
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
                "detectable": rounded(minimum_detectable_effect(known, 0)) if known else None,
                "method": "two-way t",
                **counts(evidence, known.n_replicates if known else 0),
                **interval(contrast),
            }
            if known and pair not in q:
                record["reason"] = "q: not in the family of the treatment's contrasts"
            yield Estimate.model_validate({**where, **record})


def _compared(evidence: Evidence, cell: CellKey) -> list[str]:
    """Return the conditions of a cell but for other forms of the treatment, which are questions of their own."""
    return [name for name in evidence.study.conditions_of(cell.generator) if name not in (*MIXINGS, *LEAKAGE)]


def _scores(evidence: Evidence) -> Iterator[Score]:
    seen: set[tuple[object, ...]] = set()
    for cell in evidence.cells:
        for condition in _compared(evidence, cell):
            own = condition not in WITHOUT_SYNTHETIC
            name = (cell.generator if own else None, cell.classifier, cell.regime, condition)
            if name in seen:
                continue
            seen.add(name)
            contrasts = evidence.contrasts(cell, [str(metric) for metric in ALL], condition)
            for metric in ALL:
                found = contrasts[str(metric)]
                yield Score.model_validate(
                    {
                        **place(evidence, cell, of_generator=own),
                        "condition": condition,
                        "metric": metric.name,
                        "threshold": metric.threshold,
                        "mean": rounded(found.estimate.value) if isinstance(found, Contrast) else None,
                        "reason": None if own else "n_synthetic: trained on real documents alone",
                        **interval(found),
                    }
                )


def _detectable(evidence: Evidence, cell: CellKey, alpha: float) -> Iterator[MinimumDetectableEffect]:
    """Yield what the cell can see against `real` and each volume control; all must be beaten, so the largest counts."""
    metric = evidence.study.primary.metric
    names = ("real", *(name for name in VOLUME_CONTROLS if name in evidence.study.conditions))
    found = {name: evidence.contrast(cell, metric, TREATMENT, name) for name in names}
    n_controls = sum(
        isinstance(contrast, Contrast) and name != "real" and not evidence.same_predictions(cell, name, "real")
        for name, contrast in found.items()
    )
    for name, contrast in found.items():
        known = contrast.estimate if isinstance(contrast, Contrast) else None
        value = minimum_detectable_effect(known, n_controls, alpha=alpha) if known else None
        yield MinimumDetectableEffect.model_validate(
            {
                **place(evidence, cell),
                "contrast": f"{TREATMENT} - {name}",
                "value": rounded(value),
                "power": POWER,
                "reason": contrast.reason if isinstance(contrast, Unavailable) else None,
                **counts(evidence, known.n_replicates if known else 0),
            }
        )


def _fidelity(evidence: Evidence) -> Iterator[Fidelity]:
    """Yield what the run measured of copying and of likeness."""
    measured = [record for record in evidence.measured("fidelity") if "half" not in record]
    for record in (*evidence.fidelity, *measured):
        numbers = {name: rounded(record.get(name)) for name in _FIDELITY_NUMBERS}
        reasons = [record["reason"]] if record["reason"] else []
        reasons += [] if "floor_low" in record else [ONE_FLOOR]
        yield Fidelity.model_validate({**record, **numbers, "reason": "; ".join(reasons) or None})
    absent = dict.fromkeys(("label_set", "n", *_FIDELITY_NUMBERS))
    for generator in evidence.study.generators:
        found = evidence.measurements.get(("fidelity", generator), {"reason": "not measured yet: run it again"})
        if found["reason"] is not None:
            named = {"measure": "MMD^2", "representation": "LSA of words", "generator": generator}
            yield Fidelity.model_validate({**absent, **named, "reason": found["reason"]})


def _floor(record: Mapping[str, Any]) -> Floor:
    value = rounded(record["value"])
    undefined = record.get("reason") or "undefined: no label is true, or predicted, in any test document"
    reason = None if value is not None else undefined
    return Floor.model_validate({**record, "value": value, "reason": reason})


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
