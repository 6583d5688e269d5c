"""How like held-out real documents one generator's texts are: equal numbers, each measure between floor and ceiling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthlift.errors import NotApplicable
from synthlift.metrics.anchored import kernel_measures, vector_measures
from synthlift.metrics.mmd import median_bandwidths
from synthlift.randomness import stream
from synthlift.run.fidelity_records import Record, anchored_records, record, refused
from synthlift.run.fidelity_samples import MOST, Compared, Texts, drawn, written_by
from synthlift.run.fidelity_wording import wording_records
from synthlift.run.representations import Space, spaces
from synthlift.study.closest import Unseen, unseen
from synthlift.study.halves import second_half
from synthlift.study.workload import Workload

__all__ = ["fidelity_records"]

# Labels that are looked at by themselves, and how many documents of either side they need.
MOST_LABELS = 20
FEWEST_OF_LABEL = 20


def fidelity_records(workload: Workload, generator: str) -> list[Record]:
    """Measure one generator in every space, overall and by label, as records of `fidelity` in summary.json.

    Where the held-out documents are test ones, the squared MMD is measured of either half of them as well, in records
    with a ``half``: the gain on the other half shares no document with it.
    """
    held_out = unseen(workload)
    rng = stream(workload.seed, "fidelity", generator)
    compared, fitted = drawn(workload, generator, held_out, rng)
    records = list(wording_records(compared, workload.analyzer, rng))
    for place, space in enumerate(spaces(workload, fitted)):
        records += _in_space(space, compared, rng)
        if place == 0:
            records += _by_label(space, workload, generator, held_out, compared, rng)
        records += _by_half(space, workload, held_out, compared)
    return [_spelled(found, generator, held_out.warning) for found in records]


def _in_space(space: Space, compared: Compared, rng: np.random.Generator) -> Iterator[Record]:
    samples = [side.sample(space.vectors(side.texts)) for side in compared.all]
    try:
        bandwidths = median_bandwidths(samples[2].vectors)
    except NotApplicable as refusal:
        measures = vector_measures(np.ones(1))
        yield from refused(measures[:2] if space.is_wide else measures, space.name, f"value: {refusal.reason}")
        return
    measures = kernel_measures(bandwidths) if space.is_wide else vector_measures(bandwidths)
    yield from anchored_records(measures, space.name, samples, rng)


def _by_label(
    space: Space,
    workload: Workload,
    generator: str,
    held_out: Unseen,
    compared: Compared,
    rng: np.random.Generator,
) -> Iterator[Record]:
    """Compare the documents that carry a label, for the labels that most of the held-out ones carry."""
    try:
        bandwidths = median_bandwidths(space.vectors(compared.more_real.texts))
    except NotApplicable:  # told of the whole already
        return
    mmd = kernel_measures(bandwidths)[:1]
    carries = workload.sources[generator].corpus.label_matrix()
    written, real = written_by(workload, generator), Texts(held_out.texts, held_out.group)
    commonest = np.argsort(-held_out.labels.sum(axis=0), kind="stable")[:MOST_LABELS]
    for column in commonest:
        own, theirs = (rng.permutation(np.flatnonzero(side[:, column])) for side in (carries, held_out.labels))
        n = min(len(own), len(theirs) // 2, MOST)
        label = workload.train.labels[column]
        if n < FEWEST_OF_LABEL:
            got = f"value: got {len(own)} synthetic and {len(theirs)} held-out documents of the label"
            reason = f"{got}, expected {FEWEST_OF_LABEL} and {2 * FEWEST_OF_LABEL}"
            yield from refused(mmd, space.name, reason, label)
            continue
        sides = (written.take(own[:n]), real.take(theirs[:n]), real.take(theirs[: 2 * n]), compared.elsewhere)
        yield from anchored_records(
            mmd, space.name, [side.sample(space.vectors(side.texts)) for side in sides], rng, label
        )


def _by_half(space: Space, workload: Workload, held_out: Unseen, compared: Compared) -> Iterator[Record]:
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
            yield record(mmd.names[0], space.name, None, value=float(mmd.values(*sides)[0])) | {"half": int(half)}


def _spelled(found: Record, generator: str, warning: str | None) -> Record:
    reasons = [reason for reason in (found["reason"], warning) if reason]
    return {**found, "generator": generator, "reason": "; ".join(reasons) or None}
