"""Squared MMD in linear time and the search for near-duplicates, from ten thousand to a million simulated documents.

Each size is measured in a process of its own, whose peak memory is told beyond what it held before the first document.
Vectors are normal in 384 dimensions, the synthetic half of them shifted; texts are the simulator's, with its patent
families. Times are CPU seconds of one thread, without drawing and writing; an exponent is the slope of the logarithm
over that of the documents.
"""

from __future__ import annotations

import math
import resource
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from checks import Check, at_most, noted

from synthlift.corpus.groups import connected
from synthlift.corpus.shingles import near_pairs, shingle_matrix
from synthlift.metrics.random_features import approximate_mmd
from synthlift.simulation.simulator import Simulator

__all__ = ["run"]

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
QUICK_SIZES = (1_000, 3_000, 10_000)
MAX_EXPONENT = 1.1
N_DIMENSIONS, SHIFT, DRAWN = 384, 0.05, 1000
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class _Cost:
    """What one size took.

    Attributes
    ----------
    seconds : dict of str to float
        CPU seconds by part.
    before, peak : float
        MiB: the high-water marks before the first document and at the end.
    told : str
        What was found.
    """

    seconds: dict[str, float]
    before: float
    peak: float
    told: str


def run(peer: Path | None, *, quick: bool = False) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Measure a million documents; quick ends at 10,000."""
    sizes = QUICK_SIZES if quick else SIZES
    checks = []
    for name, work in (("MMD", _mmd), ("near-duplicates", _near)):
        costs = {}
        for n in sizes:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                costs[n] = alone.submit(work, n).result()
            print(f"{name}, {n:,} documents: {costs[n]}", file=sys.stderr, flush=True)
        checks += _checks(name, costs, judged=not quick)
    return checks


def _mmd(n: int) -> _Cost:
    """Approximate the MMD of n vectors, and hold it against what two normal laws have."""
    before = _peak_mib()
    rng = np.random.default_rng(0)
    vectors = np.empty((n, N_DIMENSIONS), dtype=np.float32)
    for start in range(0, n, DRAWN):
        block = vectors[start : start + DRAWN]
        block[:] = rng.standard_normal(block.shape, dtype=np.float32)
    synthetic, real = vectors[: n // 2], vectors[n // 2 :]
    synthetic += np.float32(SHIFT)
    bandwidths = math.sqrt(2 * N_DIMENSIONS) * np.array(FACTORS)
    started = time.process_time()
    found = approximate_mmd(synthetic, real, bandwidths, rng)
    seconds = {"features": time.process_time() - started}
    alike = (1.0 + 2.0 / bandwidths**2) ** (-N_DIMENSIONS / 2)
    moved = np.exp(-N_DIMENSIONS * SHIFT**2 / (2.0 * (bandwidths**2 + 2.0)))
    truth = float((2.0 * alike * (1.0 - moved)).sum())
    told = f"{found.value:.5f} with an error of {found.error:.5f}, {truth:.5f} of the laws"
    return _Cost(seconds, before, _peak_mib(), told)


def _near(n: int) -> _Cost:
    """Find and group the near-duplicates of n texts."""
    before = _peak_mib()
    texts = [document.text for document in Simulator(0).documents(n)]
    clock = [time.process_time()]
    shingles = shingle_matrix(texts)
    clock.append(time.process_time())
    pairs = near_pairs(shingles)
    clock.append(time.process_time())
    n_groups = int(connected(n, pairs).max()) + 1
    clock.append(time.process_time())
    seconds = dict(zip(("shingles", "near pairs", "groups"), np.diff(clock).tolist(), strict=True))
    return _Cost(seconds, before, _peak_mib(), f"{len(pairs.left):,} pairs, {n_groups:,} groups")


def _checks(name: str, costs: Mapping[int, _Cost], *, judged: bool) -> list[Check]:
    largest = max(costs)
    over = f"{min(costs):,} to {largest:,} documents"
    seconds = {n: sum(cost.seconds.values()) for n, cost in costs.items()}
    memory = {n: cost.peak - cost.before for n, cost in costs.items()}
    unjudged = "" if judged else "; not judged: the target is for the full size"
    found = f"{_spelled(seconds, 's')}; {costs[largest].told}{unjudged}"
    held = f"{_spelled(memory, 'MiB')}, beyond {costs[largest].before:.0f} MiB before the first{unjudged}"
    parts = {part: {n: cost.seconds[part] for n, cost in costs.items()} for part in costs[largest].seconds}
    return [
        at_most(MAX_EXPONENT, f"{name}: exponent of time, {over}", _slope(seconds), found, judged=judged),
        at_most(MAX_EXPONENT, f"{name}: exponent of memory, {over}", _slope(memory), held, judged=judged),
        *(
            noted(f"{name}, {part}: exponent of time", _slope(by_size), _spelled(by_size, "s"))
            for part, by_size in parts.items()
            if len(parts) > 1
        ),
    ]


def _slope(by_size: Mapping[int, float]) -> float:
    """Return the slope of the least-squares line through the logarithms.

    >>> round(_slope({10: 1.0, 100: 100.0}), 6)
    2.0
    """
    values: Sequence[float] = [math.log(max(value, 1e-6)) for value in by_size.values()]
    return statistics.linear_regression([math.log(n) for n in by_size], values).slope


def _spelled(by_size: Mapping[int, float], unit: str) -> str:
    told = {n: f"{value:,.0f}" if value >= 100.0 else f"{value:.3g}" for n, value in by_size.items()}
    return ", ".join(f"{n // 1000:,}k {value} {unit}" for n, value in told.items())


def _peak_mib() -> float:
    """Return the high-water mark of this process's memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
