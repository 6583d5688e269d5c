"""Reading a corpus, shingling it, finding all near-duplicates, grouping: how the time grows with the documents.

Each part is measured on the first n documents of goemotions, all its splits in file order. Times are CPU seconds of one
thread; an exponent is the slope of log time over log documents. The named peer is datasketch's MinHashLSH at the same
threshold, given the same shingles.
"""

from __future__ import annotations

import itertools
import math
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from checks import Check, at_most, noted
from corpora import required_corpus
from numpy.typing import NDArray
from peers import PeerFailed, PeerProcess
from scipy import sparse

from synthlift.corpus.groups import connected
from synthlift.corpus.reading import read_real
from synthlift.corpus.shingles import NEAR, NearPairs, near_pairs, shingle_matrix

__all__ = ["run"]

SIZES = (5_000, 10_000, 20_000, 40_000)
QUICK_SIZES = (5_000, 10_000)
N_REPEATS = 3
MAX_EXPONENT = 1.1
MAX_SECONDS = 30.0
PARTS = ("reading", "shingles", "near pairs", "groups")

Pairs = set[tuple[int, int]]


def run(peer: Path | None, *, quick: bool) -> list[Check]:
    """Return the checks: exponents, the time and memory of all documents, the peer."""
    (path,) = required_corpus("goemotions", "data.jsonl")
    with path.open("rb") as file:
        lines = file.readlines()
    sizes = [n for n in (QUICK_SIZES if quick else (*SIZES, len(lines))) if n <= len(lines)]
    before = _peak_mib()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {n: _first(lines, n, folder) for n in sizes}
        seconds, wall, shingles, pairs = _measured(files)
        memory = _peak_mib()
        judged = not quick and sizes[-1] > max(SIZES)
        return [
            *_exponents(seconds, judged=judged),
            *_whole(sizes[-1], seconds, wall, judged=judged),
            noted(f"{sizes[-1]:,} documents: peak memory, MiB", memory, f"{before:.0f} MiB before the first was read"),
            *_peer(peer, folder, shingles, pairs, [part[2] for part in seconds[sizes[-1]]]),
        ]


def _first(lines: Sequence[bytes], n: int, folder: Path) -> Path:
    path = folder / f"{n}.jsonl"
    path.write_bytes(b"".join(lines[:n]))
    return path


def _measured(
    files: Mapping[int, Path],
) -> tuple[dict[int, list[list[float]]], list[float], sparse.csr_array, NearPairs]:
    """Return the CPU seconds of each part by size and repeat; of the largest, wall times, shingles and pairs."""
    seconds: dict[int, list[list[float]]] = defaultdict(list)
    wall = []
    for _, n in itertools.product(range(N_REPEATS), files):
        clock = [time.process_time()]
        start = time.monotonic()
        documents = read_real(files[n]).documents
        clock.append(time.process_time())
        shingles = shingle_matrix([document.text for document in documents])
        clock.append(time.process_time())
        pairs = near_pairs(shingles)
        clock.append(time.process_time())
        connected(len(documents), pairs)
        clock.append(time.process_time())
        if n == max(files):
            wall.append(time.monotonic() - start)
        seconds[n].append([end - begin for begin, end in itertools.pairwise(clock)])
        print(f"{n:,} documents: {_spelled(seconds[n][-1])}", file=sys.stderr, flush=True)
    return seconds, wall, shingles, pairs


def _exponents(seconds: Mapping[int, Sequence[Sequence[float]]], *, judged: bool) -> list[Check]:
    """Return the fitted exponent of the total and of each part."""
    medians = {"all parts": {n: statistics.median(map(sum, repeats)) for n, repeats in seconds.items()}}
    for index, part in enumerate(PARTS):
        medians[part] = {n: statistics.median(each[index] for each in repeats) for n, repeats in seconds.items()}
    over = f"{min(seconds):,} to {max(seconds):,} documents"
    unjudged = "" if judged else "; not judged: the target is for the full size"
    checks = []
    for name, by_size in medians.items():
        exponent = _slope([math.log(n) for n in by_size], [math.log(max(s, 1e-6)) for s in by_size.values()])
        told = ", ".join(f"{n / 1000:.0f}k {value:.3g} s" for n, value in by_size.items())
        reason = f"median CPU time of {N_REPEATS}: {told}{unjudged}"
        checks.append(at_most(MAX_EXPONENT, f"{name}: exponent, {over}", exponent, reason, judged=judged))
    return checks


def _slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the slope of the least-squares line.

    >>> _slope([0, 1, 2], [1, 3, 5])
    2.0
    """
    return statistics.linear_regression(x, y).slope


def _whole(
    n: int, seconds: Mapping[int, Sequence[Sequence[float]]], wall: Sequence[float], *, judged: bool
) -> list[Check]:
    median = [statistics.median(part) for part in zip(*seconds[n], strict=True)]
    reason = (
        f"median of {len(wall)}, {min(wall):.3g} to {max(wall):.3g}; CPU: {_spelled(median)}"
        f"{'' if judged else '; not judged: the target is for the full size'}"
    )
    what = f"{n:,} documents read and grouped: wall seconds"
    return [at_most(MAX_SECONDS, what, statistics.median(wall), reason, judged=judged)]


def _peer(
    python: Path | None, folder: Path, shingles: sparse.csr_array, pairs: NearPairs, ours: Sequence[float]
) -> list[Check]:
    """Return how the peer compares on the largest size; one that does not run is a row without a value."""
    name = "datasketch MinHashLSH"
    faster = f"{shingles.shape[0]:,} documents, near pairs of given shingles: CPU time of {name} over ours"
    lacking = f"{shingles.shape[0]:,} documents: share of the exact near pairs that {name} misses"
    try:
        seconds, found = _asked(python, folder, shingles)
    except PeerFailed as failed:
        return [noted(faster, None, str(failed)), noted(lacking, None, str(failed))]
    exact = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    n_missed, n_false = len(exact - found), len(found - exact)
    theirs, own = statistics.median(seconds), statistics.median(ours)
    reason = (
        f"{theirs:.3g} s against {own:.3g} s (medians of {len(seconds)} and {len(ours)}; ours are exact and verified, "
    )
    reason += "theirs candidates)"
    told = f"{n_missed:,} of {len(exact):,}, and {n_false:,} of its {len(found):,} candidates are below {NEAR:g}"
    return [noted(faster, theirs / own, reason), noted(lacking, n_missed / max(len(exact), 1), told)]


def _asked(python: Path | None, folder: Path, shingles: sparse.csr_array) -> tuple[list[float], Pairs]:
    """Return the peer's CPU seconds and its candidates."""
    given, out = folder / "shingles.npz", folder / "candidates.npy"
    np.savez(given, allow_pickle=False, indices=shingles.indices, indptr=shingles.indptr)
    with PeerProcess(python, Path(__file__).with_name("near_peer.py")) as process:
        request: dict[str, str | float] = {"shingles": str(given), "threshold": NEAR, "out": str(out)}
        seconds = [process.ask(**request)["seconds"] for _ in range(N_REPEATS)]
    found: NDArray[np.int64] = np.load(out, allow_pickle=False)
    return seconds, {(left, right) for left, right in found.tolist()}


def _spelled(parts: Sequence[float]) -> str:
    return ", ".join(f"{part} {value:.3g} s" for part, value in zip(PARTS, parts, strict=True))


def _peak_mib() -> float:
    """Return the high-water mark of this process's memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
