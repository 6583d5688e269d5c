"""nDCG@10 of 1,000 queries in a million documents, against the bare product of their vectors, block by block.

Documents are drawn around the centre of their label set, sets by Zipf's law. The bare product is single precision into
one buffer, at the quickest of three sizes of block; the relevance side, which needs no vectors, is timed apart. Sides
take turns, and the median of the turns' ratios of CPU time on one thread is told.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from checks import Check, at_most, noted
from numpy.typing import NDArray

from synthlift.metrics.relevance import Jaccard, ideal_gain
from synthlift.metrics.retrieval import Labelled, representation
from synthlift.metrics.search import ranked

__all__ = ["run"]

N_QUERIES, N_DIMENSIONS, N_LABELS, N_SETS, N_PLACES = 1000, 384, 64, 2000, 10
LABELS_A_DOCUMENT = 2.5
BLOCKS = (512, 1024, 2048)
DRAWN = 4096

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Laws:
    """Label sets, ``(N_SETS, N_LABELS)``, and where documents of each lie, ``(N_SETS, N_DIMENSIONS)``."""

    sets: NDArray[np.bool_]
    centres: NDArray[np.float32]

    def draw(self, rng: np.random.Generator, n_docs: int) -> Labelled:
        """Draw documents whose vectors are of unit length."""
        share = 1.0 / np.arange(1, N_SETS + 1)
        kind = rng.choice(N_SETS, size=n_docs, p=share / share.sum())
        vectors = np.empty((n_docs, N_DIMENSIONS), dtype=np.float32)
        for start in range(0, n_docs, DRAWN):
            block = self.centres[kind[start : start + DRAWN]]
            block += rng.standard_normal(block.shape, dtype=np.float32)
            vectors[start : start + DRAWN] = block / np.linalg.norm(block, axis=1, keepdims=True)
        return Labelled(vectors, self.sets[kind])


def run(peer: Path | None, *, quick: bool = False) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Measure a million documents; quick is 50,000."""
    n_docs, judged = (50_000, False) if quick else (1_000_000, True)
    rng = np.random.default_rng(0)
    laws = _laws(rng)
    queries, documents = laws.draw(rng, N_QUERIES), laws.draw(rng, n_docs)
    seconds = _turns(queries, documents, 3)
    bare = {block: statistics.median(seconds[f"bare {block}"]) for block in BLOCKS}
    quickest = min(bare, key=lambda block: bare[block])
    size = f"{N_QUERIES:,} queries, {n_docs:,} documents, {N_DIMENSIONS} dimensions"
    told = f"{size}; bare in blocks of {', '.join(f'{block}: {bare[block]:.3g} s' for block in BLOCKS)}"
    unjudged = "" if judged else "; not judged: the target is for the full size"
    search = _ratio(seconds, "search", f"bare {quickest}", f"{told}{unjudged}")
    whole = _ratio(seconds, "whole", f"bare {quickest}", "both sides, as `representation` measures a condition")
    relevance = f"{seconds['n_sets'][0]:.0f} label sets; packing the labels, and the ideal DCG of each query"
    return [
        at_most(1.5, "CPU time of the search over the bare product", *search, judged=judged),
        noted("CPU time of nDCG@10 over the bare product", *whole),
        noted("the relevance side: CPU seconds", statistics.median(seconds["relevance"]), relevance),
        _equality(laws, rng),
    ]


def _laws(rng: np.random.Generator) -> _Laws:
    sets = rng.random((N_SETS, N_LABELS)) < LABELS_A_DOCUMENT / N_LABELS
    sets[~sets.any(axis=1), 0] = True
    return _Laws(sets, rng.standard_normal((N_SETS, N_DIMENSIONS), dtype=np.float32))


def _turns(queries: Labelled, documents: Labelled, n_turns: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each side in each turn, and how many label sets there are."""
    nowhere = np.full(len(queries.vectors), -1, dtype=np.int64)
    gain = Jaccard.of(queries.labels, documents.labels)
    sides: dict[str, Callable[[], object]] = {
        "search": lambda: ranked(queries.vectors, documents.vectors, gain, N_PLACES),
        "relevance": lambda: (
            Jaccard.of(queries.labels, documents.labels),
            ideal_gain(queries.labels, documents.labels, nowhere, N_PLACES),
        ),
        "whole": lambda: representation(queries, documents),
    }
    sides |= {f"bare {block}": partial(_product, queries, documents, block) for block in BLOCKS}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(n_turns):
        for name, side in sides.items():
            started = time.process_time()
            side()
            seconds[name].append(time.process_time() - started)
    n_sets = len(np.unique(np.packbits(documents.labels, axis=1), axis=0))
    return seconds | {"n_sets": [float(n_sets)]}


def _product(queries: Labelled, documents: Labelled, block: int) -> None:
    buffer = np.empty((len(queries.vectors), block), dtype=np.float32)
    for start in range(0, len(documents.vectors), block):
        columns = documents.vectors[start : start + block]
        np.matmul(queries.vectors, columns.T, out=buffer[:, : len(columns)])


def _ratio(seconds: dict[str, list[float]], over: str, under: str, how: str) -> tuple[float, str]:
    ratios = [a / b for a, b in zip(seconds[over], seconds[under], strict=True)]
    a, b = (statistics.median(seconds[name]) for name in (over, under))
    spread = f"{min(ratios):.3g} to {max(ratios):.3g} in {len(ratios)} turns"
    return statistics.median(ratios), f"{a:.3g} s against {b:.3g} s, {spread}; {how}"


def _equality(laws: _Laws, rng: np.random.Generator) -> Check:
    """Hold a small index, every fifth document of it a copy of another one, against sorting all documents."""
    queries, documents = laws.draw(rng, 100), laws.draw(rng, 2500)
    documents.vectors[2000:] = documents.vectors[:500]
    queries.vectors[:50], queries.labels[:50] = documents.vectors[:50], documents.labels[:50]
    own = np.where(np.arange(100) < 50, np.arange(100), -1)
    found = representation(queries, documents, own)
    expected = [_directly(queries, documents, int(row), int(own[row])) for row in found.query]
    furthest = float(np.abs(found.ndcg - expected).max())
    told = (
        f"{len(found.query)} queries, half of them documents, {len(documents.vectors):,} documents, 1,000 of them tied"
    )
    return at_most(1e-12, "largest difference of a query's nDCG from sorting all documents", furthest, told)


def _directly(queries: Labelled, documents: Labelled, row: int, own: int) -> float:
    """Return the nDCG@10 of one query whose tied documents share their places."""
    kept = np.arange(len(documents.vectors)) != own
    wanted, labels = queries.labels[row], documents.labels[kept]
    gain = (labels & wanted).sum(axis=1) / (labels | wanted).sum(axis=1)
    vectors = documents.vectors[kept].astype(np.float64)
    score = np.round((vectors * queries.vectors[row]).sum(axis=1), 12)  # tied in spite of their rounding
    _, tied = np.unique(-score, return_inverse=True)
    shared = np.bincount(tied, weights=gain) / np.bincount(tied)
    discount = 1.0 / np.log2(np.arange(N_PLACES) + 2.0)
    first = shared[np.sort(tied)][:N_PLACES]
    return float((first @ discount) / (np.sort(gain)[::-1][:N_PLACES] @ discount))
