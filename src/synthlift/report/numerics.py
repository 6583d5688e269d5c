"""Do numbers come of the training, or of the arithmetic: what full precision moves, and what went wrong on the way.

What moves by more than its replicates differ, and what had steps that were not finite, is flagged: it is in doubt, it
is never ranked, and no verdict rests on it. A flat loss or constant predictions can be honest (in 33 steps an encoder
does learn nothing), so they are told and not flagged. Symptoms are looked for in every trial; those found are records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from statistics import fmean, stdev

from synthlift.report.arms import Arm
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.records import place, rounded
from synthlift.report.summary import Numerics
from synthlift.storage.ledger import TrialResult
from synthlift.study.catalog import TREATMENT, VOLUME_CONTROLS
from synthlift.study.trials import WITHOUT_SYNTHETIC, reference_of

__all__ = ["FEWEST_PAIRS", "doubts", "numerics"]

MINUS = "\N{MINUS SIGN}"
COMPARED = ("real", *VOLUME_CONTROLS, TREATMENT)
FEWEST_PAIRS = 2
# The share of it that a trained model's loss has lost, at least. Batches differ by chance: on 64 patent labels and 100
# steps of 16, a model that says the base rates throughout seems to lose more in 2.5 % of runs, an even one never.
LEAST_FALL = 0.05


@dataclass(frozen=True, slots=True)
class _Check:
    """What a check found of one condition: a `Numerics` without its place."""

    check: str
    value: float | None
    reference: float | None
    spread: float | None
    n_replicates: int
    flagged: bool
    reason: str | None


def numerics(evidence: Evidence) -> Iterator[Numerics]:
    """Yield what the audit compared, then each symptom of any condition, the audit's own trials among them."""
    primary = evidence.primary
    audited = evidence.study.classifier_settings if evidence.study.audit_numerics else {}
    for classifier in (name for name in evidence.study.classifiers if name in audited):
        cell = replace(primary, classifier=classifier)
        for condition in COMPARED:
            if evidence.arm(cell, condition).results:
                yield _record(evidence, cell, condition, _moved(evidence, cell, condition))
    for condition, generator, classifier, regime in dict.fromkeys(
        (trial.condition, trial.generator, trial.classifier, trial.regime) for trial in evidence.results
    ):
        cell = CellKey(generator or primary.generator, classifier, regime)
        arm = evidence.arm(cell, condition)
        for check in (*_not_finite(arm, condition), *_symptoms(arm)):
            yield _record(evidence, cell, condition, check)


def doubts(evidence: Evidence, cell: CellKey, conditions: Iterable[str] = COMPARED) -> dict[str, str]:
    """Return the conditions of a cell whose numbers are in doubt, and what is wrong with each."""
    found = {}
    for condition in conditions:
        checks = (_moved(evidence, cell, condition), *_not_finite(evidence.arm(cell, condition), condition))
        reasons = [check.reason for check in checks if check.flagged and check.reason]
        if reasons:
            found[condition] = "; ".join(reasons)
    return found


def _record(evidence: Evidence, cell: CellKey, condition: str, check: _Check) -> Numerics:
    own = condition not in WITHOUT_SYNTHETIC
    where = place(evidence, cell, of_generator=own)
    reasons = [check.reason] if check.reason else []
    if where["n_synthetic"] is None:
        reasons.append(f"n_synthetic: {'the treatment was not done' if own else 'trained on real documents alone'}")
    numbers = {name: rounded(getattr(check, name)) for name in ("value", "reference", "spread")}
    found = {**asdict(check), **numbers, "reason": "; ".join(reasons) or None}
    return Numerics.model_validate({**where, "condition": condition, **found})


def _moved(evidence: Evidence, cell: CellKey, condition: str) -> _Check:
    """Compare the primary metric as requested with full precision, replicate by replicate."""
    metric = evidence.study.primary.metric
    asked = evidence.arm(cell, condition)
    safe = evidence.arm(replace(cell, classifier=reference_of(cell.classifier)), condition)
    scores, full = _scores(asked, metric), _scores(safe, metric)
    common = sorted(scores.keys() & full.keys())
    value = fmean(scores[r] - full[r] for r in common) if common else None
    reference = fmean(full[r] for r in common) if common else None
    spread = stdev(scores.values()) if len(scores) >= FEWEST_PAIRS else None
    if value is None or spread is None or len(common) < FEWEST_PAIRS:
        reason = safe.reason or f"replicates in full precision: {len(common)}, expected at least {FEWEST_PAIRS}"
        return _Check("moved", value, reference, spread, len(common), flagged=False, reason=reason)
    if abs(value) <= spread:
        return _Check("moved", value, reference, spread, len(common), flagged=False, reason=None)
    by = f"{value:+.3f}".replace("-", MINUS)
    reason = (
        f"{condition} moves by {by} in {metric} from {_arithmetic(safe)} to {_arithmetic(asked)}, more than the "
        f"{spread:.3f} between its replicates"
    )
    return _Check("moved", value, reference, spread, len(common), flagged=True, reason=reason)


def _scores(arm: Arm, metric: str) -> dict[int, float]:
    values = {replicate: arm.value(replicate, metric) for replicate in arm.results}
    return {replicate: value for replicate, value in values.items() if value is not None}


def _arithmetic(arm: Arm) -> str:
    """Say in what precision and with which attention an arm was trained."""
    facts = next(iter(arm.results.values())).facts
    return f"{facts.get('precision', 'its precision')} with {facts.get('attention', 'its')} attention"


def _not_finite(arm: Arm, condition: str) -> Iterator[_Check]:
    """Count the steps whose loss or gradient was not finite, of all steps."""
    facts = [result.facts for result in arm.results.values()]
    n_bad, n_steps = (sum(_number(one.get(name)) or 0.0 for one in facts) for name in ("n_nonfinite", "n_steps"))
    if n_bad:
        reason = f"{n_bad:.0f} of {n_steps:.0f} steps of {condition} were not finite and were skipped"
        yield _Check("not-finite", n_bad, n_steps, None, len(facts), flagged=True, reason=reason)


def _symptoms(arm: Arm) -> Iterator[_Check]:
    """Count the replicates with a symptom, of all replicates."""
    done = list(arm.results.values())
    for check, has in (("flat-loss", _is_flat), ("all-empty", _is_empty), ("constant", _is_constant)):
        n = sum(map(has, done))
        if n:
            yield _Check(check, n, len(done), None, len(done), flagged=False, reason="spread: replicates are counted")


def _is_flat(result: TrialResult) -> bool:
    first, last = (_number(result.facts.get(name)) for name in ("loss_first", "loss_last"))
    return first is not None and last is not None and last > (1.0 - LEAST_FALL) * first


def _is_empty(result: TrialResult) -> bool:
    return not result.arrays["predicted@tuned"].any()


def _is_constant(result: TrialResult) -> bool:
    """Whether all test documents are given the same labels, and some."""
    predicted = result.arrays["predicted@tuned"]
    return len(predicted) > 1 and bool((predicted == predicted[0]).all()) and bool(predicted.any())


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
