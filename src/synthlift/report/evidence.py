"""What the ledger of a run holds, arranged for comparison: arms of replicates over the same test groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from synthlift.errors import BadConfiguration
from synthlift.report.arms import Arm, Contrast, Truth, Unavailable
from synthlift.stats.two_way import two_way
from synthlift.storage.ledger import Damaged, Ledger, TrialResult
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
        damaged = ledger.damaged()
        if damaged:
            raise Damaged(f"{len(damaged)} trials in the ledger fail their hash; run the same audit again")
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
        arms = [self.arm(cell, name) for name in (plus, minus) if name is not None]
        for name, arm in zip((plus, minus), arms, strict=False):
            if not arm.results:
                reason = arm.reason or "no trial was done"
                needs_name = name != minus and minus is not None and self.facts.classifiable
                return Unavailable(f"{name}: {reason}" if needs_name else reason)
        if self.facts.n_test_groups < 2:
            return Unavailable("one test group: no spread to estimate an interval from")
        replicates = sorted(set.intersection(*(set(arm.results) for arm in arms)))
        if not replicates:
            return Unavailable(f"{plus} and {minus} have no replicate in common")
        return _difference(arms, replicates, metric)

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


def _difference(arms: Sequence[Arm], replicates: Sequence[int], metric: str) -> Contrast | Unavailable:
    values, influence = np.zeros(len(replicates)), []
    for index, replicate in enumerate(replicates):
        scores = [arm.value(replicate, metric) for arm in arms]
        if any(score is None for score in scores):
            return Unavailable(f"{metric} is undefined: no label is true or predicted in any test document")
        shares = [arm.influence(replicate, metric) for arm in arms]
        known = [score for score in scores if score is not None]
        values[index] = known[0] - known[1] if len(known) == 2 else known[0]
        influence.append(shares[0] - shares[1] if len(shares) == 2 else shares[0])
    stacked = np.array(influence)
    estimate = two_way(values, stacked)
    if len(arms) == 2 and estimate.variance == 0.0 and estimate.value != 0.0:
        # every group alike, say one arm always right and the other always wrong: no spread is not certainty
        return Unavailable(f"{metric} differs by the same in all test groups: no spread to estimate an interval from")
    return Contrast(tuple(replicates), values, stacked, estimate)
