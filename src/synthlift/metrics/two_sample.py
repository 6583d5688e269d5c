"""A kernel's distance of two laws from the pairs of their samples: value, interval and p in one pass over the pairs.

``E k(x, x') + E k(y, y') - 2 E k(x, y)``, each mean over pairs of documents of different clusters: those of one cluster
resemble each other under any law, and would make two samples of one law differ. It is unbiased, so for samples of one
law it is 0 on average and negative about half of the time.

References
----------
Gretton, Borgwardt, Rasch, Schölkopf & Smola (2012), A kernel two-sample test, JMLR 13, equation 3.
Arvesen (1969), Jackknifing U-statistics, Annals of Mathematical Statistics 40.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics import pairs
from synthlift.metrics.fidelity import Fidelity, student
from synthlift.metrics.samples import Sample

__all__ = ["N_PERMUTATIONS", "Kernel", "kernel_distance", "kernel_value"]

FloatArray = NDArray[np.float64]
# of squared distances; it may write over them
Kernel = Callable[[FloatArray], FloatArray]

N_PERMUTATIONS = 999
# permutations that are multiplied at once: a product's room is a small part of a block's
CHUNK = 256
# two sums of the same numbers in another order are one value
_SAME = 1e-11


@dataclass(frozen=True, slots=True)
class _Pooled:
    """Both samples as one, and every dealing of its clusters to the two sides, the observed one first.

    Attributes
    ----------
    cluster : ndarray of int, shape (n_docs,)
        The first sample's clusters come first.
    size : ndarray of float, shape (n_clusters,)
    dealt : ndarray of int8, shape (n_clusters, 1 + n_permutations)
        1 for the clusters of the first side.
    """

    cluster: NDArray[np.int64]
    size: FloatArray
    dealt: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums of a kernel over ordered pairs of different clusters.

    Attributes
    ----------
    first : ndarray, shape (1 + n_permutations,)
        Within the first side, for each dealing.
    to_first, to_all : ndarray, shape (n_clusters,)
        Of each cluster with the observed first side, and with all.
    """

    first: FloatArray
    to_first: FloatArray
    to_all: FloatArray


def kernel_value(synthetic: Sample, real: Sample, kernel: Kernel) -> float:
    """Return the distance alone; two clusters of either sample suffice."""
    pooled = _pooled(synthetic, real, None, 0)
    return float(_distances(_summed(synthetic, real, kernel, pooled), pooled)[0])


def kernel_distance(
    synthetic: Sample, real: Sample, kernel: Kernel, rng: np.random.Generator, n_permutations: int
) -> Fidelity:
    """Return the distance, its interval, and p of permuted clusters.

    The interval's variance is that of a jackknife over the clusters of either sample, and that of the permutations on
    top: the jackknife goes to zero with the distance, and alone it covers 85 % of small ones. Memory is two blocks of
    `synthlift.metrics.pairs`, the samples once more, and a byte for each permutation of each document.

    Parameters
    ----------
    synthetic, real : Sample
        Finite, at least three clusters each.
    kernel : callable
        Elementwise, of squared distances.
    rng : numpy.random.Generator
        Of the permutations, which all share one pass over the kernel.
    n_permutations : int
        p is ``(1 + count) / (1 + n_permutations)``.

    Raises
    ------
    ValueError
        For no permutations.
    """
    if n_permutations < 1:
        raise ValueError(f"got {n_permutations} permutations, expected at least one")
    pooled = _pooled(synthetic, real, rng, n_permutations)
    sums = _summed(synthetic, real, kernel, pooled)
    value, *permuted = _distances(sums, pooled)
    found = _with_interval(float(value), float(np.var(permuted)), sums, pooled, synthetic, real)
    same = _SAME * float(np.abs(sums.to_all).sum()) / float(pooled.size.sum()) ** 2
    n_farther = np.count_nonzero(np.array(permuted) >= value - same)
    return replace(found, p=float((1 + n_farther) / (1 + n_permutations)))


def _pooled(synthetic: Sample, real: Sample, rng: np.random.Generator | None, n_permutations: int) -> _Pooled:
    size = np.concatenate([np.bincount(synthetic.cluster), np.bincount(real.cluster)]).astype(float)
    cluster = np.concatenate([synthetic.cluster, real.cluster + synthetic.n_clusters])
    dealt = np.zeros((len(size), 1 if rng is None else 1 + n_permutations), dtype=np.int8)
    dealt[: synthetic.n_clusters] = 1
    if rng is not None:
        for permuted in range(1, 1 + n_permutations):
            dealt[:, permuted] = rng.permutation(dealt[:, 0])
    return _Pooled(cluster, size, dealt)


def _summed(synthetic: Sample, real: Sample, kernel: Kernel, pooled: _Pooled) -> _Sums:
    rows, cluster = np.concatenate([synthetic.vectors, real.vectors]), pooled.cluster
    rows -= rows.mean(axis=0)
    first = np.zeros(pooled.dealt.shape[1])
    sides = np.stack([pooled.dealt[cluster, 0], np.ones(len(rows))], axis=1).astype(float)
    to_sides = np.zeros((len(rows), 2))
    for at, other, block in pairs.within(rows):
        similar = kernel(block)
        similar[cluster[at, np.newaxis] == cluster[other]] = 0.0
        to_sides[at] += similar @ sides[other]
        is_above = at.start != other.start
        if is_above:  # the block below the diagonal is this one, turned
            to_sides[other] += similar.T @ sides[at]
        for start in range(0, len(first), CHUNK):
            dealt = pooled.dealt[:, start : start + CHUNK]
            product = similar @ dealt[cluster[other]].astype(float)
            product *= dealt[cluster[at]]
            first[start : start + CHUNK] += (1 + is_above) * product.sum(axis=0)
    by_cluster = np.zeros((len(pooled.size), 2))
    np.add.at(by_cluster, cluster, to_sides)
    return _Sums(first, by_cluster[:, 0], by_cluster[:, 1])


def _distances(sums: _Sums, pooled: _Pooled) -> FloatArray:
    """Return the distance for each dealing of clusters: what is not within the first side follows from the rest."""
    dealt, size = pooled.dealt, pooled.size
    by_cluster = np.stack([sums.to_all, size, size**2])
    chunks = (dealt[:, start : start + CHUNK] for start in range(0, dealt.shape[1], CHUNK))
    first_with_all, n_first, n_alike = np.concatenate([by_cluster @ chunk for chunk in chunks], axis=1)
    second = sums.to_all.sum() - 2.0 * first_with_all + sums.first
    n_second = size.sum() - n_first
    inside = sums.first / (n_first**2 - n_alike) + second / (n_second**2 - (size @ size - n_alike))
    distances: FloatArray = inside - 2.0 * (first_with_all - sums.first) / (n_first * n_second)
    return distances


def _with_interval(
    value: float, of_permutations: float, sums: _Sums, pooled: _Pooled, synthetic: Sample, real: Sample
) -> Fidelity:
    """Leave out each cluster in turn: the sums without it are the sums less its own."""
    n = synthetic.n_clusters
    to_second = sums.to_all - sums.to_first
    first = _Side(sums.to_first[:n], to_second[:n], pooled.size[:n])
    second = _Side(to_second[n:], sums.to_first[n:], pooled.size[n:])
    parts = np.array([_variance(first, second), _variance(second, first), of_permutations])
    weight = float((parts**2 / [n - 1, len(second.size) - 1, pooled.dealt.shape[1] - 1]).sum())
    degrees = float(parts.sum()) ** 2 / weight if weight > 0.0 else 1.0
    return student(value, float(parts.sum()), degrees, synthetic, real)


@dataclass(frozen=True, slots=True)
class _Side:
    """Sums of each cluster of one sample with its own and with the other sample, and its number of documents."""

    inside: FloatArray
    across: FloatArray
    size: FloatArray


def _variance(left_out: _Side, kept: _Side) -> float:
    """Return the jackknife's variance over the clusters of one sample."""
    n_left, n_kept = left_out.size.sum() - left_out.size, kept.size.sum()
    n_pairs = n_left**2 - (left_out.size @ left_out.size - left_out.size**2)
    inside = (left_out.inside.sum() - 2.0 * left_out.inside) / n_pairs
    inside += kept.inside.sum() / (n_kept**2 - kept.size @ kept.size)
    across = (left_out.across.sum() - left_out.across) / (n_left * n_kept)
    return (len(n_left) - 1) * float(np.var(inside - 2.0 * across))
