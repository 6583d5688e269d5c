"""Random inputs of each metric that a report uses, and what comes of them as the records that a report holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.errors import NotApplicable
from synthlift.metrics.anchored import LENGTH, VOCABULARY, kernel_measures, vector_measures
from synthlift.metrics.copying import Words, containment, contaminated, distance_to_closest, nearest
from synthlift.metrics.leakage import naming, overlap, overlap_difference
from synthlift.metrics.mmd import median_bandwidths
from synthlift.metrics.retrieval import Labelled, LabelledTerms, Retrieval, index, representation
from synthlift.metrics.retrieval_difference import compare
from synthlift.metrics.samples import Sample, sample
from synthlift.metrics.scores import ranked_scores, thresholded_scores
from synthlift.metrics.self_bleu import self_bleu
from synthlift.metrics.shares import Share, clustered_mean, clustered_median
from synthlift.metrics.thresholds import tune_per_label, tune_threshold
from synthlift.metrics.variety import compression_ratio, distinct_share
from synthlift.randomness import stream
from synthlift.run.fidelity_records import anchored_records
from synthlift.stats.randomisation import dealt

__all__ = ["DRAWS", "drawn", "judged"]

Draw = Callable[[np.random.Generator], Iterable[Mapping[str, Any]]]
Rng = np.random.Generator
FloatArray = NDArray[np.float64]

# what a record may be without, and no number
NAMES = {
    "generator", "label_set", "family", "threshold", "against", "label", "regime", "control", "half", "would_tell",
    "n_synthetic_range",
}  # fmt: skip


def _size(rng: Rng, most: int) -> int:
    """Return a size from 1, small ones more often."""
    return int(rng.choice([1, 2, 3, most // 4 + 1, most]))


def _families(rng: Rng, n: int) -> NDArray[np.int64]:
    """Return numbers of families, each number taken: all alone, some together, or one for all."""
    drawn = rng.integers(0, int(rng.choice([1, 2, n // 2 + 1, 4 * n])), n)
    return np.unique(drawn, return_inverse=True)[1].astype(np.int64)


def _labels(rng: Rng, shape: tuple[int, int]) -> NDArray[np.bool_]:
    return rng.random(shape) < float(rng.choice([0.0, 0.05, 0.5, 1.0]))


def _proba(rng: Rng, shape: tuple[int, int]) -> FloatArray:
    drawn = rng.choice([0.0, 1.0, 0.5, 1e-9, 1e-300, np.nextafter(1.0, 0.0)], shape)
    return np.where(rng.random(shape) < rng.choice([0.0, 0.5, 1.0]), drawn, rng.random(shape))


def _share(found: Share | None) -> Mapping[str, Any]:
    value, low, high = (found.value, found.low, found.high) if found is not None else (None, None, None)
    reason = None if found is not None else "fewer than two families"
    return {"value": value, "low": low, "high": high, "reason": reason}


def _scores(rng: Rng) -> Iterator[Mapping[str, Any]]:
    shape = (_size(rng, 40), _size(rng, 8))
    labels, proba, group = _labels(rng, shape), _proba(rng, shape), _families(rng, shape[0])
    predicted = proba >= float(rng.choice([0.0, 0.5, np.inf]))
    found = thresholded_scores(predicted, labels, group) | ranked_scores(proba, labels, group)
    for name, score in found.items():
        # the reason that a trial is recorded with has to be true
        empty = not labels.any() and (name == "mAP" or name == "macro-F1" or not predicted.any())
        told = "undefined: no label is true, or predicted, in any test document" if empty else None
        yield {"value": None if score is None else score.value, "reason": told if score is None else None}
        for influence in [] if score is None else score.influence.tolist():
            yield {"influence": influence, "reason": None}


def _thresholds(rng: Rng) -> Iterator[Mapping[str, Any]]:
    shape = (_size(rng, 40), _size(rng, 8))
    labels, proba = _labels(rng, shape), _proba(rng, shape)
    tuned = tune_threshold(proba, labels)
    each = tune_per_label(proba, labels, tuned.threshold)
    nothing = "nothing is worth predicting" if tuned.micro_f1 == 0.0 else None
    for threshold in (tuned.threshold, *each.tolist()):
        yield {"cut": threshold if np.isfinite(threshold) else None, "reason": nothing}
    yield {"value": tuned.micro_f1, "reason": None}


def _rows(rng: Rng, n: int, n_columns: int) -> FloatArray:
    """Return vectors as single precision can hold them: encoders give no others."""
    rows = rng.normal(size=(n, n_columns)) * float(rng.choice([1.0, 1e-30, 1e-8, 1e8, 1e30, 0.0]))
    kind = int(rng.integers(6))
    if kind == 0:
        rows[:] = rows[0]
    elif kind == 1:
        rows = np.outer(np.arange(n), np.ones(n_columns))
    elif kind == 2:
        rows[rng.integers(n)] = rng.choice([np.nan, np.inf, -np.inf, 3e38])
    elif kind == 3:
        rows = np.round(rows)
    return rows


def _sample(rng: Rng, n: int, n_columns: int) -> Sample:
    return sample(_rows(rng, n, n_columns), _families(rng, n) if rng.random() < 0.5 else None)


def _likeness(rng: Rng) -> Iterator[Mapping[str, Any]]:
    n, n_columns = int(rng.choice([1, 19, 20, 24, 50])), _size(rng, 12)
    sides = [_sample(rng, size, n_columns) for size in (n, n, 2 * n, n)]
    try:
        bandwidths = median_bandwidths(sides[2].vectors)
    except NotApplicable as refusal:
        yield {"value": None, "reason": refusal.reason}
        return
    measures = vector_measures(bandwidths) if rng.random() < 0.3 else kernel_measures(bandwidths)
    yield from anchored_records(measures, "drawn", sides, rng)


def _wording(rng: Rng) -> Iterator[Mapping[str, Any]]:
    n = int(rng.choice([1, 19, 20, 24, 50]))
    lengths = [sample(np.abs(_rows(rng, size, 1)), _families(rng, size)) for size in (n, n, 2 * n, n)]
    yield from anchored_records((LENGTH,), "words", lengths, rng)
    share, n_words = float(rng.choice([0.0, 0.1, 0.9])), _size(rng, 30)
    counts = [sparse.csr_array((rng.random((size, n_words)) < share).astype(float)) for size in (n, n, 2 * n, n)]
    yield from anchored_records(
        (VOCABULARY,), "words", [sample(own, _families(rng, own.shape[0])) for own in counts], rng
    )


def _words(rng: Rng, n: int) -> Words:
    length = rng.choice([0, 1, 2, 4, 8, 13, 60], n)
    return Words(
        rng.integers(0, int(rng.choice([1, 5, 10_000])), int(length.sum())), np.concatenate([[0], np.cumsum(length)])
    )


def _mean_of(values: FloatArray, cluster: NDArray[np.int64]) -> Mapping[str, Any]:
    """Average over documents that can be measured, as all who call these metrics do."""
    has = ~np.isnan(values)
    return _share(clustered_mean(values[has], cluster[has]))


def _copying(rng: Rng) -> Iterator[Mapping[str, Any]]:
    n, n_known = _size(rng, 30), _size(rng, 30)
    texts, known, cluster = _words(rng, n), _words(rng, n_known), _families(rng, n)
    yield from (_mean_of(found, cluster) for found in (containment(texts, known), contaminated(texts, known)))
    yield _mean_of(self_bleu(texts), cluster)
    for size in (1, 2, 3):
        value = distinct_share(texts, size, int(rng.choice([0, 1, 5, len(texts.word)])))
        yield {"value": value, "reason": None if value is not None else "there is too little text"}
    ratio = compression_ratio([b"a" * int(length) for length in texts.length], int(rng.choice([0, 1, 1000])))
    yield {"value": ratio, "reason": None if ratio is not None else "there is too little text"}
    yield _share(clustered_median(rng.choice([0.0, 1.0, 0.3], n), cluster))


def _closest(rng: Rng) -> Iterator[Mapping[str, Any]]:
    n, n_reference = (int(rng.choice([1, 19, 20, 40])) for _ in range(2))
    written, train, held_out = (_unit(rng, size, 6) for size in (n, n_reference, n_reference))
    near = [nearest(sparse.csr_array(written), sparse.csr_array(side)) for side in (train, held_out)]
    found = asdict(distance_to_closest(near[0], near[1], n_reference, rng))
    yield {**found, **(found.pop("share") or {"share": None})}


def _leakage(rng: Rng) -> Iterator[Mapping[str, Any]]:
    def drawn(n_labels: int) -> Any:
        shape = (_size(rng, 40), n_labels)
        has_any = rng.random(n_labels) < rng.choice([0.0, 0.5, 1.0])
        return overlap(naming(_labels(rng, shape), _labels(rng, shape), has_any), _families(rng, shape[0]))

    n_labels = _size(rng, 6)
    one, other = drawn(n_labels), drawn(n_labels)
    yield from (asdict(one), asdict(other))
    yield {**asdict(overlap_difference(one, other)), "reason": one.reason or other.reason}


def _unit(rng: Rng, n: int, n_columns: int) -> FloatArray:
    """Return rows of unit length or zero, some of them equal."""
    rows = np.round(rng.normal(size=(n, n_columns)), int(rng.integers(0, 3)))
    rows[rng.random(n) < rng.choice([0.0, 0.3, 1.0])] = 0.0
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0.0, length, 1.0)


def _retrieved(found: Retrieval) -> Iterator[Mapping[str, Any]]:
    yield {"value": found.value, "n": found.n_left_out, "reason": found.reason}
    yield from ({"ndcg": value, "reason": None} for value in found.ndcg.tolist())


def _retrieval(rng: Rng) -> Iterator[Mapping[str, Any]]:
    n_queries, n_real, n_labels = _size(rng, 20), _size(rng, 30), _size(rng, 5)
    queries, real, more = (
        Labelled(_unit(rng, n, 4), _labels(rng, (n, n_labels))) for n in (n_queries, n_real, _size(rng, 30))
    )
    asked, searched = (LabelledTerms(sparse.csr_array(side.vectors), side.labels) for side in (queries, real))
    yield from _retrieved(representation(asked, searched))
    measured = index(queries, real, {"one": more, "other": real})
    for one in (measured.real, *(reading for added in measured.added for reading in (added.strict, added.lenient))):
        yield from _retrieved(one)
    group = _families(rng, n_queries)
    deals = dealt(int(group.max()) + 1, rng, 50)
    yield asdict(compare([measured.added[0].strict], [measured.real], group, deals))


# each with how often it is asked: likeness takes as long as many of the others
DRAWS: tuple[tuple[str, tuple[Draw, float]], ...] = (
    ("scores", (_scores, 3.0)),
    ("thresholds", (_thresholds, 2.0)),
    ("copying", (_copying, 2.0)),
    ("closest", (_closest, 0.5)),
    ("leakage", (_leakage, 2.0)),
    ("retrieval", (_retrieval, 2.0)),
    ("likeness", (_likeness, 1.0)),
    ("wording", (_wording, 1.0)),
)
WEIGHTS = np.array([weight for _, (_, weight) in DRAWS])


def drawn(number: int) -> tuple[str, list[Mapping[str, Any]]]:
    """Ask a metric about the input of a number; return which one, and the records that it gave."""
    rng = stream(12, "metric input", number)
    name, (draw, _) = DRAWS[int(rng.choice(len(DRAWS), p=WEIGHTS / WEIGHTS.sum()))]
    with np.errstate(all="ignore"):
        return name, list(draw(rng))


def judged(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Tell of each value of a record whether it is of `numbers`, `undefined` with a reason, `silent` or `infinite`."""
    for name, value in record.items():
        if name in NAMES or name == "reason" or isinstance(value, (str, list, dict, bool)):
            continue
        if value is None:
            yield name, "undefined" if record.get("reason") else "silent"
        else:
            yield name, "numbers" if math.isfinite(value) else "infinite"
