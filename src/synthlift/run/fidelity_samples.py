"""Which documents of a generator and which real ones are compared: equal numbers, the same real ones for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.samples import Sample, sample
from synthlift.randomness import stream
from synthlift.simulation.recipes import recipes
from synthlift.study.closest import Unseen
from synthlift.study.workload import Workload

__all__ = ["Compared", "Texts", "drawn", "written_by"]

IntArray = NDArray[np.int64]

# Documents of a sample, at most; generators with fewer than 50 do not make the samples of the others smaller.
MOST = 500
FEWEST = 50
# Real documents that spaces are fitted on.
MOST_FITTED = 1000


@dataclass(frozen=True, slots=True)
class Texts:
    """Documents of one origin, and which of them belong together."""

    texts: Sequence[str]
    cluster: IntArray

    def take(self, rows: IntArray) -> Texts:
        """Return some of the documents."""
        return Texts([self.texts[row] for row in rows], self.cluster[rows])

    def sample(self, rows: Any) -> Sample:
        """Return the sample that has these rows, one a document."""
        return sample(rows, self.cluster)


@dataclass(frozen=True, slots=True)
class Compared:
    """Equally many written, real and foreign documents, and twice as many real ones, which hold the others."""

    written: Texts
    real: Texts
    more_real: Texts
    elsewhere: Texts

    @property
    def all(self) -> tuple[Texts, ...]:
        """All four, in this order."""
        return self.written, self.real, self.more_real, self.elsewhere


def drawn(workload: Workload, generator: str, held_out: Unseen, rng: np.random.Generator) -> tuple[Compared, list[str]]:
    """Return what is compared, and the real documents that spaces are fitted on, none of which is compared."""
    real, written = Texts(held_out.texts, held_out.group), written_by(workload, generator)
    n = _size(workload, len(written.texts), len(real.texts))
    order = stream(workload.seed, "fidelity").permutation(len(real.texts))  # the same ones for every generator
    chosen = np.sort(rng.permutation(len(written.texts))[:n])
    compared = Compared(
        written.take(chosen), real.take(order[:n]), real.take(order[: 2 * n]), _elsewhere(real.take(order[:n]), rng)
    )
    return compared, [*workload.train.texts, *real.take(order[2 * n :]).texts][:MOST_FITTED]


def written_by(workload: Workload, generator: str) -> Texts:
    """Return the kept documents of a generator; families are clusters."""
    source = workload.sources[generator]
    return Texts(source.corpus.texts, np.array([source.family[i] for i in source.corpus.ids], dtype=np.int64))


def _size(workload: Workload, n_written: int, n_real: int) -> int:
    """Return how many documents of either side are compared: the same for all generators but the smallest."""
    others = [len(source.corpus) for source in workload.sources.values() if len(source.corpus) >= FEWEST]
    return min(n_written, *others, n_real // 2, MOST)


def _elsewhere(real: Texts, rng: np.random.Generator) -> Texts:
    """Write documents of another domain, as long as the real ones."""
    return Texts(recipes([len(text.split()) for text in real.texts], rng), np.arange(len(real.texts)))
