"""Exact squared MMD with all permutations in one pass over blocks, against indexing the kernel for each of them.

The plain way keeps the kernel of all pairs and, for each permutation, takes out the pairs within and between its sides,
whose rows it sorts, as that is quicker. The products alone are those that any blockwise way must do: of the rows, for
their distances, and of each block on and above the diagonal with all dealings. Sides take turns, and the median of the
turns' ratios of CPU time on one thread is told. A block is 1,024 x 1,024 doubles.
"""

from __future__ import annotations

import math
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from checks import Check, at_least, at_most, noted
from numpy.typing import NDArray

from synthlift.metrics.fidelity import Fidelity
from synthlift.metrics.mmd import mmd
from synthlift.metrics.pairs import BLOCK
from synthlift.metrics.samples import sample

__all__ = ["run"]

N_DIMENSIONS = 384
SHIFT = 0.005  # of a coordinate's spread: so little that p is none of the least
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
# of the plain way: the others take as long
N_INDEXED = 20

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Problem:
    """Two samples of half the documents each, the rows of the first above those of the second."""

    rows: FloatArray
    bandwidths: FloatArray
    n_permutations: int

    @property
    def n_first(self) -> int:
        return len(self.rows) // 2

    def ours(self, n_permutations: int) -> Fidelity:
        first, second = sample(self.rows[: self.n_first]), sample(self.rows[self.n_first :])
        return mmd(first, second, self.bandwidths, np.random.default_rng(1), n_permutations)

    def dealings(self, n_permutations: int) -> list[NDArray[np.bool_]]:
        """Return which rows are of the first side, as observed and as the same stream permutes them."""
        rng, observed = np.random.default_rng(1), np.arange(len(self.rows)) < self.n_first
        return [observed, *(rng.permutation(observed) for _ in range(n_permutations))]


def run(peer: Path | None, *, quick: bool = False) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Measure 4,000 documents and 1,000 permutations; quick is half and a quarter of them."""
    problem = _problem(*((2000, 250) if quick else (4000, 1000)))
    seconds, (values, found) = _turns(problem, 3 if quick else 5)
    n = problem.n_permutations
    judged = not quick
    size = f"{len(problem.rows):,} documents of both sides, {N_DIMENSIONS} dimensions, {len(FACTORS)} bandwidths"
    unjudged = "" if judged else "; not judged: the target is for the full size"
    plain = f"{size}; the kernel once and {n:,} times what each of {N_INDEXED} permutations took{unjudged}"
    product = f"one product of the whole kernel with a vector for each of {N_INDEXED}, extrapolated as well"
    bare = f"of the rows, and of blocks with {n + 1:,} dealings{unjudged}"
    return [
        at_least(30.0, "CPU time of indexing over ours", *_ratio(seconds, "indexed", "ours", plain), judged=judged),
        noted("CPU time of a product a permutation over ours", *_ratio(seconds, "by product", "ours", product)),
        at_most(2.0, "CPU time of ours over the products alone", *_ratio(seconds, "ours", "bare", bare), judged=judged),
        noted("CPU time of ours over the whole kernel's products", *_ratio(seconds, "ours", "whole", "no symmetry")),
        *_memory(problem),
        _equality(values, found),
    ]


def _problem(n_docs: int, n_permutations: int) -> _Problem:
    rows = np.random.default_rng(0).normal(size=(n_docs, N_DIMENSIONS))
    rows[: n_docs // 2] += SHIFT
    return _Problem(rows, math.sqrt(2 * N_DIMENSIONS) * np.array(FACTORS), n_permutations)


def _turns(problem: _Problem, n_turns: int) -> tuple[dict[str, list[float]], tuple[FloatArray, Fidelity]]:
    """Return the CPU seconds of each side in each turn; values by indexing, and what ours says of as many."""
    seconds: dict[str, list[float]] = {name: [] for name in ("ours", "bare", "whole", "indexed", "by product")}
    dealings = problem.dealings(problem.n_permutations)
    as_numbers = np.stack(dealings, axis=1).astype(float)
    values = np.empty(0)
    for _ in range(n_turns):
        seconds["ours"].append(_timed(lambda: problem.ours(problem.n_permutations)))
        seconds["bare"].append(_timed(lambda: _products(problem.rows, as_numbers)))
        started = time.process_time()
        kernel = _kernel(problem)
        once = time.process_time() - started
        seconds["whole"].append(_timed(lambda: (problem.rows @ problem.rows.T, kernel @ as_numbers)))  # noqa: B023
        started = time.process_time()
        values = np.array([_by_indexing(kernel, is_first) for is_first in dealings[: N_INDEXED + 1]])
        each = (time.process_time() - started) / (N_INDEXED + 1)
        seconds["indexed"].append(once + problem.n_permutations * each)
        each = _timed(lambda: [kernel @ dealt for dealt in as_numbers.T[:N_INDEXED].copy()]) / N_INDEXED  # noqa: B023
        seconds["by product"].append(once + problem.n_permutations * each)
    return seconds, (values, problem.ours(N_INDEXED))


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _ratio(seconds: dict[str, list[float]], over: str, under: str, how: str) -> tuple[float, str]:
    ratios = [a / b for a, b in zip(seconds[over], seconds[under], strict=True)]
    a, b = (statistics.median(seconds[name]) for name in (over, under))
    spread = f"{min(ratios):.3g} to {max(ratios):.3g} in {len(ratios)} turns"
    return statistics.median(ratios), f"{a:.3g} s against {b:.3g} s, {spread}; {how}"


def _kernel(problem: _Problem) -> FloatArray:
    """Return the kernel of all pairs, with a pair of a row and itself at 0."""
    norm = (problem.rows**2).sum(axis=1)
    squared = np.maximum(norm[:, np.newaxis] + norm - 2.0 * problem.rows @ problem.rows.T, 0.0)
    kernel: FloatArray = np.zeros_like(squared)
    for bandwidth in problem.bandwidths:
        kernel += np.exp(squared / (-2.0 * bandwidth**2))
    np.fill_diagonal(kernel, 0.0)
    return kernel


def _by_indexing(kernel: FloatArray, is_first: NDArray[np.bool_]) -> float:
    one, other = np.flatnonzero(is_first), np.flatnonzero(~is_first)
    n, m = len(one), len(other)
    inside = kernel[np.ix_(one, one)].sum() / (n * (n - 1)) + kernel[np.ix_(other, other)].sum() / (m * (m - 1))
    return float(inside - 2.0 * kernel[np.ix_(one, other)].mean())


def _products(rows: FloatArray, dealings: FloatArray) -> None:
    for i in range(0, len(rows), BLOCK):
        for j in range(i, len(rows), BLOCK):
            (rows[i : i + BLOCK] @ rows[j : j + BLOCK].T) @ dealings[j : j + BLOCK]


def _memory(problem: _Problem) -> list[Check]:
    """Tell the most that a call allocates, in blocks, with and without what is as large as its input and its output."""
    tracemalloc.start()
    problem.ours(problem.n_permutations)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    block = 8 * BLOCK**2
    linear = problem.rows.nbytes + len(problem.rows) * (problem.n_permutations + 1)
    mib = f"{(peak - linear) / 2**20:.1f} MiB beside the rows once more and a byte for each document of each dealing"
    kernel = f"{peak / 2**20:.1f} MiB; the kernel of all pairs is {len(problem.rows) ** 2 * 8 / block:.1f} blocks"
    return [
        at_most(2.0, "peak memory in blocks, but for what is linear in documents", (peak - linear) / block, mib),
        noted("peak memory in blocks, all of it", peak / block, kernel),
    ]


def _equality(values: FloatArray, found: Fidelity) -> Check:
    """Tell the largest difference of value and p, the observed dealing being the first of the values."""
    if found.value is None or found.p is None:
        return at_most(1e-10, "largest difference of value and p", None, found.reason or "")
    p = float(np.mean(values >= values[0]))
    told = f"{values[0]:.3g} and, of {len(values) - 1} permutations, {p:.3g} by the indexed kernel"
    furthest = max(abs(found.value - float(values[0])), abs(found.p - p))
    return at_most(1e-10, "largest difference of value and p", furthest, told)
