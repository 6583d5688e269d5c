"""How near synthetic documents come to held-out real ones: what every measure returns, its interval and its floor.

A measure is a function of two samples, synthetic and real. Its floor is what it says of real against real documents,
its ceiling what it says of documents of a wrong domain in place of the synthetic ones; both depend on the size of the
samples, so all are equally large.

References
----------
Kott (2001), The delete-a-group jackknife, Journal of Official Statistics 17.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from synthlift.metrics.samples import Sample, unmeasurable

__all__ = ["Fidelity", "Floor", "Measure", "bounded", "jackknifed", "real_floor", "refused", "student"]

FloatArray = NDArray[np.float64]
# of two samples, one value or several
Measure = Callable[[Sample, Sample], FloatArray]

N_PARTS = 20


@dataclass(frozen=True, slots=True)
class Fidelity:
    """One measure of one generator.

    Attributes
    ----------
    value : float or None
        None where refused.
    low, high : float or None
        95 % interval for other documents of both laws, in samples as large as these: what a small sample adds to the
        value is in both limits too, and in the floor. None where there is no spread to judge by.
    p : float or None
        That both samples are of one law, where the measure tests it.
    n_synthetic, n_real : int
        Documents.
    reason : str or None
        Why there is no value, or no interval.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    n_synthetic: int
    n_real: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Floor:
    """What a measure says of two halves of real documents.

    Attributes
    ----------
    median, low, high : float or None
        Quantiles 0.5, 0.025 and 0.975 over random halves; below zero they may be. None where refused.
    n_docs : int
        Documents in the smaller half.
    n_splits : int
    reason : str or None
        Why the measure refused a half.
    """

    median: float | None
    low: float | None
    high: float | None
    n_docs: int
    n_splits: int
    reason: str | None = None


def refused(synthetic: Sample, real: Sample, reason: str) -> Fidelity:
    """Return a measure without a value."""
    return Fidelity(None, None, None, None, len(synthetic), len(real), reason)


def student(value: float, variance: float, degrees: float, synthetic: Sample, real: Sample) -> Fidelity:
    """Return the value with Student's interval; none where nothing varies."""
    if not 0.0 < variance < math.inf:  # nor is NaN
        reason = "nothing varies where documents are left out: no interval"
        return Fidelity(value, None, None, None, len(synthetic), len(real), reason)
    half = float(stdtrit(degrees, 0.975)) * math.sqrt(variance)
    return Fidelity(value, value - half, value + half, None, len(synthetic), len(real))


def jackknifed(measure: Measure, synthetic: Sample, real: Sample) -> tuple[Fidelity, ...]:
    """Return each of the measure's values with the interval of leaving out each twentieth of both samples' clusters."""
    values = measure(synthetic, real)
    without = np.stack([measure(_without(synthetic, part), _without(real, part)) for part in range(N_PARTS)])
    variances = (N_PARTS - 1) * without.var(axis=0)
    return tuple(
        student(float(value), float(variance), N_PARTS - 1, synthetic, real)
        for value, variance in zip(values, variances, strict=True)
    )


def _without(one: Sample, part: int) -> Sample:
    """Leave a part out, and the other clusters their numbers: numbered anew they would change folds."""
    kept = one.part(N_PARTS) != part
    return Sample(one.rows[kept], one.cluster[kept])


def bounded(found: Fidelity) -> Fidelity:
    """Return a number that lies in [0, 1] with an interval that does."""
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(0.0, found.low), high=min(1.0, found.high))


def real_floor(
    measure: Measure, fewest: int, real: Sample, n_splits: int, rng: np.random.Generator
) -> tuple[Floor, ...]:
    """Measure random halves of the real documents against each other, clusters whole; a floor for each value.

    Parameters
    ----------
    measure : callable
        As for a generator: with the same bandwidths.
    fewest : int
        Clusters that it needs on either side.
    real : Sample
        Twice as many documents as a generator's sample, lest the floor be one of smaller samples.
    n_splits : int
        Number of random halves, >= 1.
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        For no splits.
    """
    if n_splits < 1:
        raise ValueError(f"got {n_splits} splits, expected at least one")
    halves = [_halved(real, rng) for _ in range(n_splits)]
    n_docs = min(len(half) for pair in halves for half in pair)
    reason = next((why for pair in halves if (why := unmeasurable(*pair, fewest)) is not None), None)
    if reason is not None:
        return (Floor(None, None, None, n_docs, n_splits, reason),)
    values = np.stack([measure(*pair) for pair in halves])
    if not np.isfinite(values).all():
        return (Floor(None, None, None, n_docs, n_splits, "a half of the real documents does not vary"),)
    quantiles = np.quantile(values, [0.5, 0.025, 0.975], axis=0).T.tolist()
    return tuple(Floor(median, low, high, n_docs, n_splits) for median, low, high in quantiles)


def _halved(real: Sample, rng: np.random.Generator) -> tuple[Sample, Sample]:
    is_left = (rng.permutation(real.n_clusters) % 2 == 0)[real.cluster]
    return real.where(is_left), real.where(~is_left)
