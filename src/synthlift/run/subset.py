"""The documents of a replicate: which real ones it trains on, which are left, and which synthetic ones are first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus
from synthlift.errors import NotApplicable
from synthlift.randomness import stream
from synthlift.study.workload import Workload

__all__ = ["Subset", "first_written", "subset_of"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Subset:
    """The N real documents of a replicate and those that are left, each with their near-duplicate groups."""

    real: Corpus
    group: IntArray
    left: Corpus
    left_group: IntArray


def subset_of(load: Workload, n_real: int, replicate: int) -> Subset:
    """Draw N real documents of the pool, in its order; more than it has are all of it and a draw of spare ones."""
    n_spare = max(n_real - len(load.train), 0)
    order = load.subset_order(replicate)
    inside = np.sort(order[:n_real])
    outside = np.setdiff1d(np.arange(len(load.train)), inside)
    spare = (
        stream(load.seed, "spare", replicate).permutation(len(load.spare)) if n_spare else np.arange(len(load.spare))
    )
    taken, kept = np.sort(spare[:n_spare]), np.sort(spare[n_spare:])
    labels = load.train.labels
    return Subset(
        Corpus((*load.train.take(inside), *load.spare.take(taken)), labels),
        np.concatenate([load.train_group[inside], load.spare_group[taken]]),
        Corpus((*load.train.take(outside), *load.spare.take(kept)), labels),
        np.concatenate([load.train_group[outside], load.spare_group[kept]]),
    )


def first_written(synthetic: Corpus, of: Corpus, n: int, rng: np.random.Generator) -> Corpus:
    """Return the first `n` of the synthetic documents, in a drawn order of all of them.

    Whichever of them a subset of real documents leaves, fewer are then among more.

    Parameters
    ----------
    synthetic : Corpus
        Those of `of` that can be used.
    of : Corpus
    n : int
    rng : numpy.random.Generator

    Raises
    ------
    NotApplicable
        Where there are fewer.
    """
    if len(synthetic) < n:
        raise NotApplicable(f"needs {n} synthetic documents, {len(synthetic)} were written from this subset")
    place = {of.documents[row].id: i for i, row in enumerate(rng.permutation(len(of)))}
    at = np.argsort([place[identity] for identity in synthetic.ids])[:n]
    return synthetic.take(np.sort(at))
