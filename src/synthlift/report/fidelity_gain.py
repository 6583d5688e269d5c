"""Does likeness to real documents foretell the gain? Correlations over generators, in each classifier and regime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.rows import model_of
from synthlift.metrics.scores import thresholded_scores
from synthlift.randomness import stream
from synthlift.report.arms import Contrast
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.records import rounded
from synthlift.report.summary_fidelity import FidelityGain, FidelityShift, Gain
from synthlift.stats.correlation import compare_correlations, partial_correlation, pearson, spearman
from synthlift.stats.correlation_by_model import bootstrap_by_model, bootstrap_difference, leave_one_model_out
from synthlift.stats.correlation_differences import compare_overlapping
from synthlift.stats.fisher_z import ON_A_LINE, fisher_limits, on_a_line, too_few
from synthlift.study.catalog import TREATMENT
from synthlift.study.halves import second_half

__all__ = ["MEASURE", "REPRESENTATION", "fidelity_gains", "fidelity_shifts"]

FloatArray = NDArray[np.float64]

MEASURE, REPRESENTATION = "MMD^2", "LSA of words"
CONTROLS: Mapping[Gain, str] = {"net": "replicated", "raw": "real"}
GAINS: tuple[Gain, ...] = get_args(Gain)


@dataclass(frozen=True, slots=True)
class _Points:
    """Generators with a distance and a gain.

    Attributes
    ----------
    generators, models : tuple of str
    volume : ndarray, shape (n,)
        Kept documents.
    distance, gain : ndarray, shape (n_sides, n)
        One side, or two: distance on one half of the test documents and gain on the other, each less its mean.
    """

    generators: tuple[str, ...]
    models: tuple[str, ...]
    volume: FloatArray
    distance: FloatArray
    gain: FloatArray

    @property
    def sides(self) -> int:
        return len(self.distance)

    @property
    def flat(self) -> tuple[FloatArray, FloatArray]:
        return self.distance.ravel(), self.gain.ravel()


def fidelity_gains(evidence: Evidence) -> Iterator[FidelityGain]:
    """Yield the correlations of every classifier, regime and representation; none of a single generator."""
    if len(evidence.study.generators) < 2:
        return
    for classifier, regime, gain in product(evidence.study.classifiers, evidence.study.regimes, GAINS):
        for representation in _representations(evidence):
            yield _correlated(evidence, classifier, regime, gain, representation)


def fidelity_shifts(evidence: Evidence) -> Iterator[FidelityShift]:
    """Yield how far the correlation in the first regime differs from that in each other one."""
    first, *others = evidence.study.regimes
    if len(evidence.study.generators) < 2 or REPRESENTATION not in _representations(evidence):
        return
    for classifier, other, gain in product(evidence.study.classifiers, others, GAINS):
        yield _shift(evidence, classifier, (first, other), gain)


def _representations(evidence: Evidence) -> list[str]:
    records = evidence.measured("fidelity")
    return list(dict.fromkeys(record["representation"] for record in records if record["measure"] == MEASURE))


def _correlated(evidence: Evidence, classifier: str, regime: str, gain: Gain, representation: str) -> FidelityGain:
    points = _points(evidence, classifier, regime, gain, representation)
    n, models = len(points.generators), points.models * points.sides
    x, y = points.flat
    found, ranked = pearson(x, y), spearman(x, y)
    reason = found.reason if n < 4 or found.value is None else None
    reason = too_few(n) or reason
    record: dict[str, Any] = dict.fromkeys(
        ("low", "high", "fisher_low", "fisher_high", "without_low", "without_high", "spearman", "partial", "pearson")
    )
    if reason is None and found.value is not None:
        rng = stream(evidence.study.seed, "fidelity-gain", classifier, regime, gain, representation)
        drawn = bootstrap_by_model(x, y, models, rng)
        left_out = leave_one_model_out(x, y, models)
        given = partial_correlation(x, y, np.tile(points.volume, points.sides))
        limits = (None, None) if on_a_line(found.value) else fisher_limits(found.value, n)
        record |= {
            "pearson": found.value,
            "low": drawn.low,
            "high": drawn.high,
            "fisher_low": limits[0],
            "fisher_high": limits[1],
            "without_low": left_out.low,
            "without_high": left_out.high,
            "spearman": ranked.value,
            "partial": given.value,
        }
        told = {"interval": drawn.reason, "one model left out": left_out.reason, "partial": given.reason}
        told["fisher"] = ON_A_LINE if on_a_line(found.value) else None
        told["spearman"] = ranked.reason if ranked.value is None else None
        reason = "; ".join(f"{name}: {why}" for name, why in told.items() if why) or None
    return FidelityGain(
        measure=MEASURE,
        representation=representation,
        gain=gain,
        classifier=classifier,
        regime=regime,
        halves=points.sides == 2,
        n_generators=n,
        n_models=len(set(points.models)),
        reason=reason,
        **{name: rounded(value) for name, value in record.items()},
    )


def _shift(evidence: Evidence, classifier: str, regimes: tuple[str, str], gain: Gain) -> FidelityShift:
    one, other = (_points(evidence, classifier, regime, gain, REPRESENTATION) for regime in regimes)
    one, other = _shared(one, other)
    n, models = len(one.generators), one.models * one.sides
    first, second = pearson(*one.flat), pearson(*other.flat)
    absent = ("difference", "low", "high", "p", "by_model_low", "by_model_high")
    record: dict[str, Any] = dict.fromkeys((*absent, "independent_z", "independent_low", "independent_high"))
    reason = too_few(n) or first.reason or second.reason
    if reason is None and first.value is not None and second.value is not None:
        between = pearson(one.gain.ravel(), other.gain.ravel())
        apart = compare_correlations(first.value, n, second.value, n)
        drawn = bootstrap_difference(one.flat, other.flat, models, stream(evidence.study.seed, "shift", *regimes, gain))
        record |= {
            "difference": first.value - second.value,
            "by_model_low": drawn.low,
            "by_model_high": drawn.high,
            "independent_z": apart.z,
            "independent_low": apart.low,
            "independent_high": apart.high,
        }
        why = between.reason if between.value is None else None
        if between.value is not None:
            overlapping = compare_overlapping(first.value, second.value, between.value, n)
            record |= {"low": overlapping.low, "high": overlapping.high, "p": overlapping.p}
            why = overlapping.reason
        told = {"interval": why, "by model": drawn.reason, "independent": apart.reason}
        reason = "; ".join(f"{name}: {each}" for name, each in told.items() if each) or None
    return FidelityShift(
        measure=MEASURE,
        representation=REPRESENTATION,
        gain=gain,
        classifier=classifier,
        first_regime=regimes[0],
        second_regime=regimes[1],
        n_generators=n,
        n_models=len(set(one.models)),
        reason=reason,
        **{name: rounded(value) for name, value in record.items()},
    )


def _shared(one: _Points, other: _Points) -> tuple[_Points, _Points]:
    """Keep the generators that have a gain in both regimes."""
    common = [name for name in one.generators if name in other.generators]
    return _kept(one, common), _kept(other, common)


def _kept(points: _Points, names: list[str]) -> _Points:
    rows = [points.generators.index(name) for name in names]
    models = tuple(points.models[row] for row in rows)
    return _Points(tuple(names), models, points.volume[rows], points.distance[:, rows], points.gain[:, rows])


def _points(evidence: Evidence, classifier: str, regime: str, gain: Gain, representation: str) -> _Points:
    """Return the generators that have both numbers; halves where distances were measured on test documents."""
    distances = _distances(evidence, representation)
    by_half = any(len(found) == 2 for found in distances.values())
    generators, pairs = [], []
    for generator in evidence.study.generators:
        distance = distances.get(generator, [])
        cell = CellKey(generator, classifier, regime)
        gains = _half_gains(evidence, cell, CONTROLS[gain]) if by_half else _gain(evidence, cell, CONTROLS[gain])
        if len(distance) == len(gains) > 0:
            generators.append(generator)
            pairs.append((distance, gains[::-1]))  # the gain on the other half
    both = np.array(pairs, dtype=float).reshape(len(pairs), 2, 2 if by_half else 1).transpose(1, 2, 0)
    if by_half and pairs:
        both -= both.mean(axis=2, keepdims=True)  # one half may be the harder
    volume = np.array([evidence.facts.volume[name].kept for name in generators], dtype=float)
    models = tuple(_models(evidence).get(name, model_of(name)) for name in generators)
    return _Points(tuple(generators), models, volume, both[0], both[1])


def _distances(evidence: Evidence, representation: str) -> dict[str, list[float]]:
    """Return each generator's distance, or one on either half of the test documents, in that order."""
    wanted = (MEASURE, representation, None)
    found: dict[str, list[float]] = {}
    halved: dict[str, list[float]] = {}
    for record in evidence.measured("fidelity"):
        if (record["measure"], record["representation"], record["label_set"]) == wanted and record["value"] is not None:
            to = halved if "half" in record else found
            to.setdefault(record["generator"], []).append(float(record["value"]))
    return halved or found


def _models(evidence: Evidence) -> dict[str, str]:
    """Return the model of each generator that this study asked itself."""
    return {str(record["generator"]): str(record["model"]) for record in evidence.writing}


def _gain(evidence: Evidence, cell: CellKey, control: str) -> list[float]:
    found = evidence.contrast(cell, evidence.study.primary.metric, TREATMENT, control)
    return [found.estimate.value] if isinstance(found, Contrast) else []


def _half_gains(evidence: Evidence, cell: CellKey, control: str) -> list[float]:
    """Return the gain on either half of the test documents; none where it is undefined on one."""
    truth, metric = evidence.truth, evidence.study.primary.metric
    name, _, threshold = metric.partition("@")
    arms = [evidence.arm(cell, condition) for condition in (TREATMENT, control)]
    replicates = sorted(set(arms[0].results) & set(arms[1].results))
    is_second = second_half(evidence.study.seed, truth.n_groups)[truth.group]
    gains = []
    for half in (False, True):
        rows = np.flatnonzero(is_second == half)
        group = np.unique(truth.group[rows], return_inverse=True)[1]
        differences = []
        for replicate in replicates:
            scores = [
                thresholded_scores(arm.predicted(replicate, threshold)[rows], truth.labels[rows], group)[name]
                for arm in arms
            ]
            if scores[0] is None or scores[1] is None:
                return []
            differences.append(scores[0].value - scores[1].value)
        if not differences:
            return []
        gains.append(fmean(differences))
    return gains
