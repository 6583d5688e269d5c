"""How many real and how many synthetic documents a study trains on to tell what the next ones are worth.

Beside the study's own trials: a grid of N by M, totals that are split in all ways, each generator's volume, and real
documents alone up to four times the pool, as far as spare ones go: without them nothing that synthetic text adds to the
whole pool could be counted in real documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

__all__ = ["FEWEST_REAL", "FEWEST_SYNTHETIC", "NO_GRID", "Grid", "GridPoint", "Usable", "grid_of"]

N_SIZES = 4
LEAST_SHARE = 0.25
FEWEST_REAL, FEWEST_SYNTHETIC = 5, 8  # of the smallest N, and of what is kept for it
PARTS_OF_VOLUME = (8, 4, 2, 1)
BEYOND = (2, 4)  # times the pool, real documents alone
SHARES = tuple(i / 10 for i in range(11))
PARTS_OF_TOTAL = (1, 2)

Usable = Callable[[str, int], int]


@dataclass(frozen=True, slots=True, order=True)
class GridPoint:
    """N real and M synthetic documents of one generator; with M = 0 they are of the first generator."""

    generator: str
    n_real: int
    n_synthetic: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The points that are trained on, or why there are none; none and no reason where none were asked for.

    `least_real` is the smallest N of the grid itself: below it only totals are split.
    """

    points: tuple[GridPoint, ...] = ()
    reason: str | None = None
    least_real: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as the ledger keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Grid:
        """Read what `as_json` gave."""
        return cls(tuple(GridPoint(**point) for point in value["points"]), value["reason"], value["least_real"])


NO_GRID = Grid()


def grid_of(generators: Sequence[str], n_pool: tuple[int, int], n_primary: int, usable: Usable) -> Grid:
    """Return the points of a study, as far as its documents go.

    Parameters
    ----------
    generators : sequence of str
        The first is the primary one, whose grid it is; of the others the volume varies at the primary N.
    n_pool : tuple of int
        Real training documents, and spare ones.
    n_primary : int
        N of the primary regime.
    usable : callable
        Of a generator and N: how many of its documents every replicate can use beside N real ones; N = 0 is for
        synthetic documents alone.

    Examples
    --------
    >>> grid = grid_of(["g"], (160, 0), 160, lambda generator, n_real: 4 * n_real)
    >>> sorted({p.n_real for p in grid.points if p.n_synthetic == 160})
    [40, 63, 101, 160]
    """
    n_train, n_spare = n_pool
    least = min(LEAST_SHARE * n_train, n_primary)
    sizes = [int(size) for size in np.unique(np.geomspace(max(least, 1.0), n_train, N_SIZES).round())]
    if sizes[0] < FEWEST_REAL or len(sizes) < N_SIZES:
        return Grid(reason=f"a quarter of {n_train} real documents is too few to begin a grid with: at least 20 do")
    first = generators[0]
    n_kept = usable(first, sizes[0])
    if n_kept < FEWEST_SYNTHETIC:
        told = f"{n_kept} synthetic documents can be used beside {sizes[0]} real ones"
        return Grid(reason=f"{told} in every replicate, at least {FEWEST_SYNTHETIC} make a grid")
    volumes = [0, *(n_kept // part for part in PARTS_OF_VOLUME)]
    found = {GridPoint(first, n, m): None for n in sizes for m in volumes}
    found |= {GridPoint(first, min(times * n_train, n_train + n_spare), 0): None for times in BEYOND}
    found |= {GridPoint(first, n_train, usable(first, n_train)): None}
    for part in PARTS_OF_TOTAL:
        found |= dict.fromkeys(_splits(first, n_train // part, usable))
    for generator in generators:
        found |= dict.fromkeys(_volumes(generator, n_primary, usable))
    place = {generator: i for i, generator in enumerate(generators)}
    ordered = sorted(found, key=lambda point: (place[point.generator], point.n_real, point.n_synthetic))
    return Grid(tuple(ordered), least_real=sizes[0])


def _splits(generator: str, total: int, usable: Usable) -> Iterator[GridPoint]:
    """Yield ``N + M = total`` at each share of real ones that the documents allow."""
    for share in SHARES:
        n_real = round(share * total)
        if n_real != 1 and total - n_real <= usable(generator, n_real):
            yield GridPoint(generator, n_real, total - n_real)


def _volumes(generator: str, n_real: int, usable: Usable) -> Iterator[GridPoint]:
    """Yield 1, 2, 4, 8 ... synthetic documents per real one."""
    volume = n_real
    while volume <= usable(generator, n_real):
        yield GridPoint(generator, n_real, volume)
        volume *= 2
