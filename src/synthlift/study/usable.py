"""How many of a generator's documents every replicate can use beside so many real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthlift.study.grid import Usable
from synthlift.study.workload import Source, Workload

__all__ = ["usable_in"]


def usable_in(load: Workload, n_replicates: int) -> Usable:
    """Return what counts the documents of a generator that all replicates can use, as `grid_of` asks.

    They are those whose recorded parents are among the N real ones; beside no real one, among all of the pool.
    """
    ids, n_train = load.train.ids, len(load.train)
    places = [{ids[row]: i for i, row in enumerate(load.subset_order(r))} for r in range(n_replicates)]
    last = {name: np.array([_last_parents(source, place) for place in places]) for name, source in load.sources.items()}
    return lambda generator, n_real: int((last[generator] < (n_real or n_train)).sum(axis=1).min())


def _last_parents(source: Source, place: Mapping[str, int]) -> NDArray[np.int64]:
    """Return the place of each document's last recorded parent in an order; -1 without one, its end for strangers."""
    parents: Sequence[Sequence[str]] = [d.origin.parents if d.origin else () for d in source.corpus]
    return np.array([max((place.get(name, len(place)) for name in each), default=-1) for each in parents])
