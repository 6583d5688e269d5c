"""What the ledger of a run holds, arranged for comparison: arms of replicates over the same test groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from synthlift.errors import BadConfiguration
from synthlift.report.arms import Arm, Contrast, Truth, Unavailable
from synthlift.stats.two_way import two_way_each
from synthlift.storage.ledger import Ledger, TrialResult
from synthlift.study.catalog import MEASUREMENTS, TREATMENT, stored_as
from synthlift.study.config import Primary, Study
from synthlift.study.facts import Facts
from synthlift.study.grid import NO_GRID, Grid
from synthlift.study.trials import Trial, expand, setting_of

__all__ = ["CellKey", "Evidence"]


@dataclass(frozen=True, slots=True)
class CellKey:
    """A generator, classifier and regime: what a verdict is about."""

    generator: str
    classifier: str
    regime: str


@dataclass(frozen=True)
class Evidence:
    """A run, as its ledger tells it.

    `results` has the trials of the study as it is now, `recorded` all that the ledger holds, ordered by key;
    `measurements` what was measured of texts, by measurement and generator; `keywords` the words that name each label,
    by what is looked for in texts. `grid` is what a budget was measured on, and `grid_results` has its trials: they are
    of no cell.
    """

    study: Study
    facts: Facts
    declared: Mapping[str, object]
    n_real: Mapping[str, int]
    truth: Truth
    floors: Sequence[Mapping[str, Any]]
    fidelity: Sequence[Mapping[str, Any]]
    planted: Sequence[Mapping[str, Any]]
    results: Mapping[Trial, TrialResult]
    recorded: Sequence[TrialResult]
    writing: Sequence[Mapping[str, Any]] = ()
    measurements: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    keywords: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    grid: Grid = NO_GRID
    grid_results: Mapping[Trial, TrialResult] = field(default_factory=dict)
    planted_splits: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def load(cls, ledger: Ledger) -> Evidence:
        """Read everything that the report needs.

        Raises
        ------
        Damaged
            Where a row fails its hash: a report is never made of doubtful numbers.
        BadConfiguration
            Where the folder holds no prepared run.
        """
        stored = {
            name: ledger.get(name)
            for name in ("study", "facts", "declared", "n_real", "test", "floors", "fidelity", "identity_sha256")
        }
        absent = [name for name, value in stored.items() if value is None]
        if absent:
            raise BadConfiguration(f"the run has no {absent[0]} yet, expected a prepared run: run the audit first")
        study = Study.model_validate(stored["study"])
        recorded = tuple(ledger.results())
        by_key = {result.key: result for result in recorded}
        grid = Grid.from_json(ledger.get("grid")) if study.grid else NO_GRID
        trials = expand(study, stored["n_real"], grid.points)
        written = ledger.get("source_identity") or {}
        learners, keywords = ledger.get("learner_identity") or {}, ledger.get("keywords") or {}
        keys = {
            t: t.key(
                stored["identity_sha256"], written.get(t.generator), learners.get(setting_of(t.classifier)), keywords
            )
            for t in trials
        }
        results = {t: by_key[key] for t, key in keys.items() if key in by_key}
        facts = Facts.from_json(stored["facts"])
        truth = Truth.from_json(stored["test"], len(facts.labels))
        kept = {name: stored[name] for name in ("declared", "n_real", "floors", "fidelity")}
        return cls(
            study=study,
            facts=facts,
            truth=truth,
            results={t: result for t, result in results.items() if t.n_synthetic is None},
            grid=grid,
            grid_results={t: result for t, result in results.items() if t.n_synthetic is not None},
            planted_splits=ledger.get("planted splits") or [],
            recorded=recorded,
            planted=ledger.get("planted") or [],
            writing=ledger.get("writing") or [],
            measurements=_measurements(ledger, study),
            keywords=keywords,
            **kept,
        )

    def measured(self, measurement: str) -> Iterator[Mapping[str, Any]]:
        """Yield the records of a measurement, generator by generator, in the study's order."""
        for generator in self.study.generators:
            yield from self.measurements.get((measurement, generator), {"records": ()})["records"]

    @property
    def primary(self) -> CellKey:
        """The cell of the headline."""
        primary: Primary = self.study.primary
        return CellKey(primary.generator, primary.classifier, primary.regime)

    @cached_property
    def cells(self) -> list[CellKey]:
        """All cells, the primary one first."""
        return [
            CellKey(generator, classifier, regime)
            for classifier in self.study.classifiers
            for regime in self.study.regimes
            for generator in self.study.generators
        ]

    @cached_property
    def _arms(self) -> Mapping[tuple[str, str | None, str, str], Arm]:
        found: dict[tuple[str, str | None, str, str], list[TrialResult]] = {}
        for trial, result in self.results.items():
            place = (trial.condition, trial.generator, trial.classifier, trial.regime)
            found.setdefault(place, []).append(result)
        arms = {}
        for place, results in found.items():
            done = {int(result.spec["replicate"] or 0): result for result in results if result.status == "done"}
            reasons = [f"{result.reason}" for result in results if result.status != "done"]
            arms[place] = Arm(dict(sorted(done.items())), reasons[0] if reasons else None, self.truth)
        return arms

    def arm(self, cell: CellKey, condition: str) -> Arm:
        """Return a condition's arm; empty, with the reason, where there is none."""
        for generator in (cell.generator, None):
            arm = self._arms.get((condition, generator, cell.classifier, cell.regime))
            if arm is not None:
                return arm
        if not self.facts.classifiable:
            return Arm({}, "no label is carried by some documents and not by others", self.truth)
        reason = "not run yet" if condition in self.study.conditions_of(cell.generator) else "not part of this study"
        return Arm({}, reason, self.truth)

    def statuses(self, cell: CellKey, condition: str) -> set[str]:
        """Return the statuses of a condition's trials."""
        return {
            result.status
            for trial, result in self.results.items()
            if trial.condition == condition
            and trial.generator in (cell.generator, None)
            and (trial.classifier, trial.regime) == (cell.classifier, cell.regime)
        }

    def contrast(self, cell: CellKey, metric: str, plus: str, minus: str | None = None) -> Contrast | Unavailable:
        """Return ``plus - minus``, or the score of `plus` alone, over the replicates that both have."""
        return self.contrasts(cell, [metric], plus, minus)[metric]

    def contrasts(
        self, cell: CellKey, metrics: Sequence[str], plus: str, minus: str | None = None
    ) -> dict[str, Contrast | Unavailable]:
        """Return the contrast of two conditions in each of several metrics."""
        found = self._compared(cell, plus, minus)
        if isinstance(found, Unavailable):
            return dict.fromkeys(metrics, found)
        return _differences(*found, metrics)

    def _compared(self, cell: CellKey, plus: str, minus: str | None) -> tuple[list[Arm], list[int]] | Unavailable:
        """Return the arms of a contrast and the replicates that both have, or why there is none."""
        arms = [self.arm(cell, name) for name in (plus, minus) if name is not None]
        for name, arm in zip((plus, minus), arms, strict=False):
            if not arm.results:
                reason = arm.reason or "no trial was done"
                needs_name = name != minus and minus is not None and self.facts.classifiable
                return Unavailable(f"{name}: {reason}" if needs_name else reason)
        if self.facts.n_test_groups < 2:
            return Unavailable("one test group: no spread to estimate an interval from")
        replicates = sorted(set.intersection(*(set(arm.results) for arm in arms)))
        return (arms, replicates) if replicates else Unavailable(f"{plus} and {minus} have no replicate in common")

    def same_predictions(self, cell: CellKey, one: str, other: str, threshold: str = "tuned") -> bool:
        """Whether two conditions predict the very same labels in every replicate that both have; False without one."""
        a, b = self.arm(cell, one).results, self.arm(cell, other).results
        name, common = f"predicted@{threshold}", a.keys() & b.keys()
        return bool(common) and all(np.array_equal(a[r].arrays[name], b[r].arrays[name]) for r in common)

    def n_added(self, cell: CellKey, condition: str = TREATMENT) -> Sequence[int]:
        """Return how many documents the condition adds in each replicate."""
        results = self.arm(cell, condition).results.values()
        return [int(result.facts["n_added"]) for result in results]


def _measurements(ledger: Ledger, study: Study) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return what was measured of each generator's texts, with the reason where that failed."""
    pairs = [(measurement, generator) for generator in study.generators for measurement in MEASUREMENTS]
    found = {pair: ledger.get(stored_as(*pair)) for pair in pairs}
    return {pair: value for pair, value in found.items() if isinstance(value, Mapping)}


def _differences(
    arms: Sequence[Arm], replicates: Sequence[int], metrics: Sequence[str]
) -> dict[str, Contrast | Unavailable]:
    """Return the contrast in each metric; all are estimated at once, for a report has tens of thousands."""
    scores = {
        metric: [[arm.value(replicate, metric) for arm in arms] for replicate in replicates] for metric in metrics
    }
    defined = [metric for metric, rows in scores.items() if not any(None in row for row in rows)]
    found: dict[str, Contrast | Unavailable] = {
        metric: Unavailable(f"{metric} is undefined: no label is true or predicted in any test document")
        for metric in metrics
    }
    if not defined:
        return found
    sides = [np.array([[arm.influence(r, metric) for r in replicates] for metric in defined]) for arm in arms]
    influence = sides[0] - sides[1] if len(sides) == 2 else sides[0]
    table = np.array([scores[metric] for metric in defined], dtype=float)
    values = table[:, :, 0] - table[:, :, 1] if len(sides) == 2 else table[:, :, 0]
    for place, (metric, estimate) in enumerate(zip(defined, two_way_each(values, influence), strict=True)):
        if len(arms) == 2 and estimate.variance == 0.0 and estimate.value != 0.0:
            # every group alike, say one arm always right and the other always wrong: no spread is not certainty
            found[metric] = Unavailable(
                f"{metric} differs by the same in all test groups: no spread to estimate an interval from"
            )
        else:
            found[metric] = Contrast(tuple(replicates), values[place], influence[place], estimate)
    return found
