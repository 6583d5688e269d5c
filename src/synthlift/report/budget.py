"""What a run knows of money, from its ledger alone: the surface of scores, the law through it, and what it owns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthlift.randomness import stream
from synthlift.report.evidence import Evidence
from synthlift.report.grid_scores import GridScores, grid_scores
from synthlift.stats.exchange import Exchange, exchange_rate
from synthlift.stats.law import Law, Unfit, fit_law
from synthlift.stats.surface import Surface
from synthlift.stats.sweep import VolumeCurve, volume_curve
from synthlift.study.grid import GridPoint

__all__ = ["Budget", "where"]


@dataclass(frozen=True)
class Budget:
    """The budget of a run whose grid was measured, or could not be."""

    evidence: Evidence

    @property
    def generator(self) -> str:
        """The first one, whose grid it is."""
        return self.evidence.study.primary.generator

    @property
    def owned(self) -> tuple[int, int]:
        """Real training documents, and kept synthetic ones of the first generator."""
        return self.evidence.facts.n_train, self.evidence.facts.volume[self.generator].kept

    @property
    def least_real(self) -> int:
        """The smallest N of the grid: below it only totals were split."""
        return self.evidence.grid.least_real

    @cached_property
    def by_generator(self) -> Mapping[str, GridScores]:
        """What was measured with texts of each generator; the first has the grid, and real documents alone."""
        points = self.evidence.grid.points
        return {
            name: grid_scores(self.evidence, [point for point in points if point.generator == name])
            for name in self.evidence.study.generators
        }

    @property
    def surface(self) -> Surface | None:
        """That of the first generator; None where nothing is measured in every replicate."""
        return self.by_generator[self.generator].surface

    @cached_property
    def fitted(self) -> Surface | None:
        """The points that the law is fitted to."""
        return None if self.surface is None else where(self.surface, self.surface.n_real >= self.least_real)

    @cached_property
    def law(self) -> Law | Unfit:
        """The law of the first generator, or why there is none."""
        if self.fitted is None:
            return Unfit(self.evidence.grid.reason or "no point of the grid was measured in every replicate")
        return fit_law(self.fitted, self.stream("law"))

    @property
    def n_primary(self) -> int:
        """N of the primary regime, beside which volumes are compared."""
        return self.evidence.n_real[self.evidence.study.primary.regime]

    @property
    def measured(self) -> tuple[GridPoint, ...]:
        """The points of the first generator that every replicate has."""
        return self.by_generator[self.generator].points

    def volume_curve(self, generator: str) -> VolumeCurve | None:
        """Return what doubling gains, from one document per real one on; None where there is nothing to double."""
        whole = self.by_generator[generator].surface
        if whole is None:
            return None
        at = (whole.n_real == self.n_primary) & (whole.n_synthetic >= self.n_primary)
        if at.sum() < 2:
            return None
        return volume_curve(where(whole, at), self.n_primary, self.stream("volume", generator))

    def exchange(self, n_real: int, n_synthetic: int) -> Exchange | None:
        """Return the exchange rate off the curve of real documents alone; None where the point is not measured."""
        surface = self.surface
        if surface is None or not ((surface.n_real == n_real) & (surface.n_synthetic == n_synthetic)).any():
            return None
        return exchange_rate(surface, n_real, n_synthetic, self.stream("exchange", n_real, n_synthetic))

    def stream(self, *key: str | int) -> np.random.Generator:
        """Return a stream of random numbers for one purpose."""
        return stream(self.evidence.study.seed, "budget", *key)


def where(surface: Surface, at: NDArray[np.bool_]) -> Surface:
    """Return some points of a surface."""
    influence = None if surface.influence is None else surface.influence[:, at]
    return Surface(surface.n_real[at], surface.n_synthetic[at], surface.score[:, at], influence)
