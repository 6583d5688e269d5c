"""How like held-out real documents one generator's texts are: equal numbers, each measure between floor and ceiling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.terms import term_counter
from synthlift.errors import NotApplicable
from synthlift.metrics.anchored import LENGTH, VOCABULARY, Measure, anchored, kernel_measures, vector_measures
from synthlift.metrics.mmd import median_bandwidths
from synthlift.metrics.samples import Sample, sample
from synthlift.randomness import stream
from synthlift.run.representations import Space, spaces
from synthlift.simulation.recipes import recipes
from synthlift.study.closest import Unseen, unseen
from synthlift.study.halves import second_half
from synthlift.study.workload import Workload

__all__ = ["fidelity_records"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Record = dict[str, Any]

# Documents of a sample, at most; generators with fewer than 50 do not make the samples of the others smaller.
MOST = 500
FEWEST = 50
# Real documents that spaces are fitted on, and labels that are looked at by themselves.
MOST_FITTED = 1000
MOST_LABELS = 20
FEWEST_OF_LABEL = 20
UNTESTED = "p: not tested, compare with the floor"


@dataclass(frozen=True, slots=True)
class _Texts:
    """Documents of one origin, and which of them belong together."""

    texts: Sequence[str]
    cluster: IntArray

    def take(self, rows: IntArray) -> _Texts:
        return _Texts([self.texts[row] for row in rows], self.cluster[rows])

    def sample(self, rows: Any) -> Sample:
        return sample(rows, self.cluster)


@dataclass(frozen=True, slots=True)
class _Compared:
    """Equally many written, real and foreign documents, and twice as many real ones, which hold the others."""

    written: _Texts
    real: _Texts
    more_real: _Texts
    elsewhere: _Texts

    @property
    def all(self) -> tuple[_Texts, ...]:
        return self.written, self.real, self.more_real, self.elsewhere


def fidelity_records(workload: Workload, generator: str) -> list[Record]:
    """Measure one generator in every space, overall and by label, as records of `fidelity` in summary.json.

    Where the held-out documents are test ones, the squared MMD is measured of either half of them as well, in records
    with a ``half``: the gain on the other half shares no document with it.
    """
    held_out = unseen(workload)
    real = _Texts(held_out.texts, held_out.group)
    written = _written(workload, generator)
    n = _size(workload, len(written.texts), len(real.texts))
    order = stream(workload.seed, "fidelity").permutation(len(real.texts))  # the same ones for every generator
    rng = stream(workload.seed, "fidelity", generator)
    chosen = np.sort(rng.permutation(len(written.texts))[:n])
    compared = _Compared(
        written.take(chosen), real.take(order[:n]), real.take(order[: 2 * n]), _elsewhere(real.take(order[:n]), rng)
    )
    fitted = [*workload.train.texts, *real.take(order[2 * n :]).texts][:MOST_FITTED]
    records = list(_of_words(compared, workload, rng))
    for place, space in enumerate(spaces(workload, fitted)):
        records += _in_space(space, compared, rng)
        if place == 0:
            records += _by_label(space, workload, generator, held_out, compared, rng)
            records += _by_half(space, workload, held_out, compared)
    return [_spelled(record, generator, held_out.warning) for record in records]


def _written(workload: Workload, generator: str) -> _Texts:
    source = workload.sources[generator]
    return _Texts(source.corpus.texts, np.array([source.family[i] for i in source.corpus.ids], dtype=np.int64))


def _size(workload: Workload, n_written: int, n_real: int) -> int:
    """Return how many documents of either side are compared: the same for all generators but the smallest."""
    others = [len(source.corpus) for source in workload.sources.values() if len(source.corpus) >= FEWEST]
    return min(n_written, *others, n_real // 2, MOST)


def _elsewhere(real: _Texts, rng: np.random.Generator) -> _Texts:
    """Write documents of another domain, as long as the real ones."""
    return _Texts(recipes([len(text.split()) for text in real.texts], rng), np.arange(len(real.texts)))


def _of_words(compared: _Compared, workload: Workload, rng: np.random.Generator) -> Iterator[Record]:
    """Compare vocabularies and lengths."""
    counter = term_counter(workload.analyzer, longest=1)
    sides = compared.all
    try:
        counts = counter.fit_transform([text for side in sides for text in side.texts])
    except ValueError:  # no text has a single word
        yield from _refused((VOCABULARY,), "words", "value: no text has a word")
    else:
        ends = np.cumsum([len(side.texts) for side in sides])
        rows = [side.sample(counts[end - len(side.texts) : end]) for side, end in zip(sides, ends, strict=True)]
        yield from _anchored((VOCABULARY,), "words", rows, rng)
    is_word = workload.analyzer == "word"
    lengths = [[[float(len(text.split() if is_word else text))] for text in side.texts] for side in sides]
    samples = [side.sample(np.array(own).reshape(-1, 1)) for side, own in zip(sides, lengths, strict=True)]
    yield from _anchored((LENGTH,), "words" if is_word else "characters", samples, rng)


def _in_space(space: Space, compared: _Compared, rng: np.random.Generator) -> Iterator[Record]:
    samples = [side.sample(space.vectors(side.texts)) for side in compared.all]
    try:
        bandwidths = median_bandwidths(samples[2].vectors)
    except NotApplicable as refusal:
        measures = vector_measures(np.ones(1))
        yield from _refused(measures[:2] if space.is_wide else measures, space.name, f"value: {refusal.reason}")
        return
    measures = kernel_measures(bandwidths) if space.is_wide else vector_measures(bandwidths)
    yield from _anchored(measures, space.name, samples, rng)


def _by_label(
    space: Space,
    workload: Workload,
    generator: str,
    held_out: Unseen,
    compared: _Compared,
    rng: np.random.Generator,
) -> Iterator[Record]:
    """Compare the documents that carry a label, for the labels that most of the held-out ones carry."""
    try:
        bandwidths = median_bandwidths(space.vectors(compared.more_real.texts))
    except NotApplicable:  # told of the whole already
        return
    mmd = kernel_measures(bandwidths)[:1]
    carries = workload.sources[generator].corpus.label_matrix()
    written, real = _written(workload, generator), _Texts(held_out.texts, held_out.group)
    commonest = np.argsort(-held_out.labels.sum(axis=0), kind="stable")[:MOST_LABELS]
    for column in commonest:
        own, theirs = (rng.permutation(np.flatnonzero(side[:, column])) for side in (carries, held_out.labels))
        n = min(len(own), len(theirs) // 2, MOST)
        label = workload.train.labels[column]
        if n < FEWEST_OF_LABEL:
            got = f"value: got {len(own)} synthetic and {len(theirs)} held-out documents of the label"
            reason = f"{got}, expected {FEWEST_OF_LABEL} and {2 * FEWEST_OF_LABEL}"
            yield from _refused(mmd, space.name, reason, label)
            continue
        sides = (written.take(own[:n]), real.take(theirs[:n]), real.take(theirs[: 2 * n]), compared.elsewhere)
        yield from _anchored(mmd, space.name, [side.sample(space.vectors(side.texts)) for side in sides], rng, label)


def _by_half(space: Space, workload: Workload, held_out: Unseen, compared: _Compared) -> Iterator[Record]:
    if not held_out.is_test:
        return
    is_second = second_half(workload.seed, int(held_out.group.max()) + 1)
    try:
        bandwidths = median_bandwidths(space.vectors(compared.more_real.texts))
    except NotApplicable:
        return
    (mmd, _) = kernel_measures(bandwidths)
    real = compared.more_real
    for half in (False, True):
        own = real.take(np.flatnonzero(is_second[real.cluster] == half)[: len(compared.written.texts)])
        sides = [side.sample(space.vectors(side.texts)) for side in (compared.written, own)]
        if min(side.n_clusters for side in sides) >= mmd.fewest:
            yield _record(mmd.names[0], space.name, None, value=float(mmd.values(*sides)[0])) | {"half": int(half)}


def _anchored(
    measures: Sequence[Measure],
    representation: str,
    samples: Sequence[Sample],
    rng: np.random.Generator,
    label: str | None = None,
) -> Iterator[Record]:
    written, real, more_real, elsewhere = samples
    for one in anchored(measures, written, real, more_real, elsewhere, rng):
        found, floor = one.found, one.floor
        reasons = [found.reason and f"{'interval' if found.value is not None else 'value'}: {found.reason}"]
        reasons += [UNTESTED if found.p is None and found.value is not None else None]
        reasons += [floor.reason and f"floor: {floor.reason}"]
        reasons += ["ceiling: too few documents" if one.ceiling is None and found.value is not None else None]
        yield _record(
            one.name,
            representation,
            label,
            value=found.value,
            low=found.low,
            high=found.high,
            p=found.p,
            floor=floor.median,
            floor_low=floor.low,
            floor_high=floor.high,
            ceiling=one.ceiling,
            n=found.n_synthetic,
            reason="; ".join(reason for reason in reasons if reason),
        )


def _refused(measures: Sequence[Measure], representation: str, reason: str, label: str | None = None) -> list[Record]:
    return [_record(name, representation, label, reason=reason) for measure in measures for name in measure.names]


def _record(measure: str, representation: str, label: str | None, **known: Any) -> Record:
    numbers = ("value", "low", "high", "p", "floor", "floor_low", "floor_high", "ceiling", "n")
    absent = dict.fromkeys(numbers)
    return {"measure": measure, "representation": representation, "label_set": label, "reason": ""} | absent | known


def _spelled(record: Record, generator: str, warning: str | None) -> Record:
    reasons = [reason for reason in (record["reason"], warning) if reason]
    return {**record, "generator": generator, "reason": "; ".join(reasons) or None}
