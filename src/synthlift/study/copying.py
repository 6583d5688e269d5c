"""What the report says about copying: synthetic text against training text, beside unseen real text.

All measures rise with copying; 1 is what verbatim copies of training (or, for contamination, test) documents have,
and therefore the ceiling. Shares of documents times `n` are counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus
from synthlift.corpus.shingles import Analyzer, near_pairs, normalised, shingle_matrix
from synthlift.metrics.copying import Words, containment, contaminated
from synthlift.metrics.shares import Share, clustered_mean
from synthlift.study.closest import Nearness, Unseen, nearness, unseen
from synthlift.study.workload import Workload

__all__ = ["Record", "contained_shares", "copying_records", "words_of"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Record = dict[str, str | float | int | None]

UNTESTED = "p: not tested, compare with the floor"
NO_FLOOR = "floor: too few other real documents"
NEAR_TAKEN_OUT = "floor: training documents near to test ones were taken out"


def copying_records(workload: Workload, near_test: Corpus | None = None) -> list[Record]:
    """Measure copying and contamination of each generator's kept documents, as records of `fidelity` in summary.json.

    Parameters
    ----------
    workload : Workload
    near_test : Corpus, optional
        Synthetic documents that were dropped as near-duplicates of a test document, for the comparison with held-out
        test documents: see `nearness`.
    """
    held_out = unseen(workload)
    compared = nearness(workload, held_out, near_test)
    repeated = _repeated(workload, held_out)
    records = []
    for generator in workload.sources:
        measures = [*_closest(compared[generator], held_out), *repeated[generator]]
        records += [measure.record(generator) for measure in measures]
    return records


def contained_shares(texts: Sequence[str], train: Sequence[str]) -> FloatArray:
    """Return the share of each text's word 5-grams that some training text has; NaN for texts of under 5 words."""
    numbers: dict[str, int] = {}
    return containment(_words(texts, numbers), _words(train, numbers))


@dataclass(frozen=True, slots=True)
class _Measure:
    """One measure of one generator, with the same of real documents."""

    name: str
    representation: str
    value: Share | None
    floor: float | None
    n: int
    reasons: tuple[str | None, ...] = ()
    p: float | None = None

    def record(self, generator: str) -> Record:
        reasons = list(self.reasons)
        if self.value is None:
            reasons.append("value: too few documents, or all of one family")
        elif self.p is None:
            reasons.append(UNTESTED)
        if self.floor is None and not any(reason and reason.startswith("floor:") for reason in reasons):
            reasons.append(NO_FLOOR)
        return {
            "measure": self.name,
            "representation": self.representation,
            "generator": generator,
            "label_set": None,
            "value": self.value.value if self.value else None,
            "low": self.value.low if self.value else None,
            "high": self.value.high if self.value else None,
            "p": self.p,
            "floor": self.floor,
            "ceiling": 1.0,
            "n": self.n,
            "reason": "; ".join(reason for reason in reasons if reason) or None,
        }


def _closest(near: Nearness, held_out: Unseen) -> list[_Measure]:
    found, floor = near.closest, near.floor
    why = (held_out.warning, near.part, found.reason)
    floor_share = floor.share.value if floor.share else None
    return [
        _Measure("closest-train-share", "TF-IDF", found.share, floor_share, near.n, (*why, near.shift), found.p),
        _Measure("closest-train-median", "TF-IDF", near.train, floor.median_train, near.n, why),
        _Measure("closest-held-out-median", "TF-IDF", near.held_out, floor.median_held_out, near.n, why),
    ]


def _repeated(workload: Workload, held_out: Unseen) -> dict[str, list[_Measure]]:
    """Measure runs of words and whole documents of each generator."""
    numbers: dict[str, int] = {}
    train, test = _words(workload.train.texts, numbers), _words(workload.test.texts, numbers)
    contained_floor = _mean(containment(_words(held_out.texts, numbers), train))
    contaminated_floor = _mean(contaminated(train, test))
    lists = [workload.spare.texts, *(source.corpus.texts for source in workload.sources.values())]
    spare, *copies = _copies(workload.train.texts, lists, workload.analyzer)
    no_floor = None if len(workload.spare) else NEAR_TAKEN_OUT
    measured = {}
    for (generator, source), (exact, near) in zip(workload.sources.items(), copies, strict=True):
        family = np.array([source.family[i] for i in source.corpus.ids], dtype=np.int64)
        words = _words(source.corpus.texts, numbers)
        measured[generator] = [
            _over("containment-5", "words", containment(words, train), family, contained_floor, held_out.warning),
            _over("exact-copies", "words", exact, family, _mean(spare[0]), no_floor),
            _over("near-copies", "shingles", near, family, _mean(spare[1]), no_floor),
            _over("test-contamination", "words", contaminated(words, test), family, contaminated_floor, None),
        ]
    return measured


def _over(
    name: str, representation: str, values: FloatArray, family: IntArray, floor: float | None, reason: str | None
) -> _Measure:
    """Return the mean over the documents that have a value."""
    has = ~np.isnan(values)
    left_out = None if has.all() else f"left out as too short: {int((~has).sum())} documents"
    value = clustered_mean(values[has], family[has])
    return _Measure(name, representation, value, floor, int(has.sum()), (reason, left_out))


def _mean(values: FloatArray) -> float | None:
    has = values[~np.isnan(values)]
    return float(has.mean()) if has.size else None


def _copies(
    train: Sequence[str], compared: Sequence[Sequence[str]], analyzer: Analyzer
) -> list[tuple[FloatArray, FloatArray]]:
    """Return, for each list of texts, 1 where a text is the same as a training one, and 1 where it is near to one."""
    known = {normalised(text) for text in train}
    near = near_pairs(shingle_matrix([*train, *(text for texts in compared for text in texts)], analyzer))
    across = (near.left < len(train)) & (near.right >= len(train))
    starts = np.cumsum([0, *map(len, compared)])
    is_near = np.zeros(starts[-1])
    is_near[near.right[across] - len(train)] = 1.0
    exact = [np.array([normalised(text) in known for text in texts], dtype=float) for texts in compared]
    return list(zip(exact, np.split(is_near, starts[1:-1]), strict=True))


def words_of(*samples: Iterable[str]) -> list[Words]:
    """Return the texts of several samples as numbers of words, the same numbers in all."""
    numbers: dict[str, int] = {}
    return [_words(texts, numbers) for texts in samples]


def _words(texts: Iterable[str], numbers: dict[str, int]) -> Words:
    """Return normalised texts as numbers of words; `numbers` grows by those not met before."""
    split = [normalised(text).split() for text in texts]
    word = [numbers.setdefault(word, len(numbers)) for words in split for word in words]
    start = np.cumsum([0, *map(len, split)])
    return Words(np.array(word, dtype=np.int64), start.astype(np.int64))
