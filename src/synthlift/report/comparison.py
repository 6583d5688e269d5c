"""Two runs side by side: what differs between them, and what became of each verdict and gain in the cells of both.

With the same test documents, seed and replicates the difference of a gain is paired in both ways, and
:math:`D_r - D'_r` with its influences :math:`u_{rg} - u'_{rg}` is a contrast like any other (`stats.two_way`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthlift.report.arms import Contrast, Unavailable
from synthlift.report.comparison_records import Change, ComparedCell, Comparison, Difference, Gain
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.records import ALPHA, rounded
from synthlift.report.verdicts import judge
from synthlift.stats.outcome import Outcome
from synthlift.stats.two_way import TwoWay, two_way
from synthlift.storage.ledger import Ledger
from synthlift.study.catalog import TREATMENT, VOLUME_CONTROLS

__all__ = ["Side", "compare"]

# what says which documents of the real file are tested on, where there is no file of test documents
_OF_SPLIT = ("real data", "split", "split values", "--real-where")
_SHA256_DIGITS = 64
_SHOWN_DIGITS = 12

# a gain, and the volume control that it is over; None where that is `real`
Found = tuple[str | None, Contrast | Unavailable]


@dataclass(frozen=True)
class Side:
    """One of the two runs: its evidence, and what identifies its data, each generator's texts and each classifier."""

    evidence: Evidence
    identity: Mapping[str, Any]
    sources: Mapping[str, str]
    learners: Mapping[str, str]

    @classmethod
    def load(cls, ledger: Ledger) -> Side:
        """Read a side from its ledger, as `Evidence.load`."""
        own = [ledger.get(name) or {} for name in ("identity", "source_identity", "learner_identity")]
        return cls(Evidence.load(ledger), *own)


def compare(now: Side, then: Side) -> Comparison:
    """Compare a run with an earlier or another one; the metric is the primary one of `now`."""
    differences = list(_differences(now, then))
    mine, others = now.evidence.cells, then.evidence.cells
    shared = [cell for cell in mine if cell in others]
    metric = now.evidence.study.primary.metric
    apart = _why_unpaired(now, then)
    return Comparison(
        same=not differences and _scored(now) == _scored(then),
        metric=metric,
        differences=differences,
        cells=[_compared(now.evidence, then.evidence, cell, metric, apart) for cell in shared],
        only_now=[_named(cell) for cell in mine if cell not in others],
        only_then=[_named(cell) for cell in others if cell not in mine],
        reason=None if shared else "the two runs have no generator, classifier and regime in common",
    )


def _compared(now: Evidence, then: Evidence, cell: CellKey, metric: str, apart: str | None) -> ComparedCell:
    plain: list[Found] = [(None, side.contrast(cell, metric, TREATMENT, "real")) for side in (now, then)]
    hardest = [_hardest(side, cell, metric) for side in (now, then)]
    controls = {name for name, _ in hardest}
    other = f"another control is the hardest: {hardest[1][0]}, now {hardest[0][0]}" if len(controls) > 1 else None
    return ComparedCell(
        generator=cell.generator,
        classifier=cell.classifier,
        regime=cell.regime,
        n_real_now=now.n_real[cell.regime],
        n_real_then=then.n_real[cell.regime],
        outcome_now=_outcome(now, cell),
        outcome_then=_outcome(then, cell),
        changes=[_change("real", plain, apart), _change("hardest control", hardest, apart or other)],
    )


def _outcome(evidence: Evidence, cell: CellKey) -> Outcome:
    """Judge a cell as the report of its run does."""
    alpha = ALPHA if cell == evidence.primary else ALPHA / max(len(evidence.cells) - 1, 1)
    return judge(evidence, cell, evidence.study.primary.metric, alpha).outcome


def _hardest(evidence: Evidence, cell: CellKey, metric: str) -> Found:
    """Return the volume control that the treatment gains least over, and that gain."""
    controls = [name for name in VOLUME_CONTROLS if name in evidence.study.conditions_of(cell.generator)]
    found = {name: evidence.contrast(cell, metric, TREATMENT, name) for name in controls}
    known = {name: contrast for name, contrast in found.items() if isinstance(contrast, Contrast)}
    if known:
        name = min(known, key=lambda name: known[name].estimate.value)
        return name, known[name]
    return None, next(iter(found.values()), Unavailable("no volume control is part of this study"))


def _change(over: str, ends: Sequence[Found], apart: str | None) -> Change:
    """Return a gain in both runs, now and then, and how much it changed; `apart` is why there is no interval."""
    mine, other = (found for _, found in ends)
    value, low, high = None, None, None
    if isinstance(mine, Unavailable):
        reason: str | None = mine.reason
    elif isinstance(other, Unavailable):
        reason = other.reason
    else:
        value = mine.estimate.value - other.estimate.value
        reason = apart or _why_no_interval(mine, other)
        if reason is None:
            low, high = _paired(mine, other).interval()
    return Change(
        over=over,
        now=_gain(*ends[0]),
        then=_gain(*ends[1]),
        difference=rounded(value),
        low=rounded(low),
        high=rounded(high),
        reason=reason if value is None or reason is None else f"no interval: {reason}",
    )


def _paired(now: Contrast, then: Contrast) -> TwoWay:
    return two_way(now.values - then.values, now.influence - then.influence)


def _why_no_interval(now: Contrast, then: Contrast) -> str | None:
    if now.replicates != then.replicates:
        return "other replicates"
    paired = _paired(now, then)
    if paired.variance == 0.0 and paired.value != 0.0:
        return "all test groups differ alike, which shows no spread"
    return None


def _gain(control: str | None, found: Contrast | Unavailable) -> Gain:
    if isinstance(found, Unavailable):
        return Gain(control=control, value=None, low=None, high=None, n_replicates=0, reason=found.reason)
    low, high = found.estimate.interval()
    value = rounded(found.estimate.value)
    n = found.estimate.n_replicates
    return Gain(control=control, value=value, low=rounded(low), high=rounded(high), n_replicates=n)


def _why_unpaired(now: Side, then: Side) -> str | None:
    """Say what keeps the replicates and test groups of two runs from being the same ones; None where nothing does."""
    if now.identity.get("method version") != then.identity.get("method version"):
        return "another version of the method"
    if not _same_test(now, then):
        return "other test documents"
    if now.evidence.study.seed != then.evidence.study.seed:
        return "another seed"
    return None


def _same_test(now: Side, then: Side) -> bool:
    fields = ("test data",) if now.identity.get("test data") is not None else ("test data", *_OF_SPLIT)
    mine, other = now.evidence, then.evidence
    return (
        all(now.identity.get(name) == then.identity.get(name) for name in fields)
        and mine.facts.labels == other.facts.labels
        and np.array_equal(mine.truth.labels, other.truth.labels)
        and np.array_equal(mine.truth.group, other.truth.group)
    )


def _scored(side: Side) -> dict[str, object]:
    return {result.key: (result.status, result.scores) for result in side.evidence.recorded}


def _named(cell: CellKey) -> str:
    return f"{cell.generator}, {cell.classifier}, {cell.regime}"


def _differences(now: Side, then: Side) -> Iterator[Difference]:
    """Yield each setting, input and count that is not the same."""
    mine, others = _described(now), _described(then)
    for name in dict.fromkeys([*mine, *others]):
        new, old = mine.get(name, "none"), others.get(name, "none")
        if new != old:
            yield Difference(field=name, now=new, then=old)


def _described(side: Side) -> dict[str, str]:
    """Describe a run field by field: its data, its study, what is left of them, and how much of it is done."""
    facts = side.evidence.facts
    study = {name: value for name, value in side.evidence.study.model_dump(mode="json").items() if name != "seed"}
    fields = {
        **side.identity,
        **{f"texts of {name}": sha for name, sha in side.sources.items()},
        **{f"settings and weights of {name}": sha for name, sha in side.learners.items()},
        "train documents": facts.n_train,
        "test documents": facts.n_test,
        "labels": len(facts.labels),
        **{f"kept texts of {name}": volume.kept for name, volume in facts.volume.items()},
        **study,
        "trials done": sum(result.status == "done" for result in side.evidence.results.values()),
    }
    return dict(_flat(fields))


def _flat(fields: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", _told(value)


def _told(value: Any) -> str:
    """Spell a value for a reader; of a hash, which says only whether two are the same, its beginning."""
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    text = str(value)
    is_hash = len(text) == _SHA256_DIGITS and set(text) <= set("0123456789abcdef")
    return f"{text[:_SHOWN_DIGITS]}…" if is_hash else text
