"""Baselines to try before a language model: the real documents, re-weighted or re-sampled to the treatment's volume."""

from __future__ import annotations

from dataclasses import replace
from heapq import heapify, heapreplace

import numpy as np
from numpy.typing import NDArray

from synthlift.conditions.sources import Composition, IntArray, Sources, compose_rows
from synthlift.conditions.volume import with_copies

__all__ = ["class_weight", "focal", "ml_ros", "mlsmote", "random_oversampling", "replicated_drawn", "token_matched"]

BoolArray = NDArray[np.bool_]


def class_weight(sources: Sources, rng: np.random.Generator) -> Composition:  # noqa: ARG001 (the recipe's signature)
    """Compose the N real documents with each label's positives weighing as much as its negatives."""
    training = compose_rows((sources.real, sources.real_group, True))
    n_docs = len(training)
    positive = training.labels.sum(axis=0)
    heavy = n_docs / (2.0 * np.maximum(positive, 1))
    light = n_docs / (2.0 * np.maximum(n_docs - positive, 1))
    return Composition(replace(training, label_weight=np.where(training.labels, heavy, light)))


def focal(sources: Sources, rng: np.random.Generator) -> Composition:  # noqa: ARG001
    """Compose the N real documents for a loss that dwells on what is predicted badly.

    References
    ----------
    Lin, Goyal, Girshick, He & Dollar (2017), Focal loss for dense object detection, ICCV.
    """
    return Composition(replace(compose_rows((sources.real, sources.real_group, True)), loss="focal"))


def mlsmote(sources: Sources, rng: np.random.Generator) -> Composition:  # noqa: ARG001
    """Compose the N real documents and have the learner make M more between the vectors of those with rare labels.

    References
    ----------
    Charte, Rivera, del Jesus & Herrera (2015), MLSMOTE: approaching imbalanced multilabel learning through synthetic
    instance generation, Knowledge-Based Systems 89.
    """
    training = compose_rows((sources.real, sources.real_group, True))
    return Composition(replace(training, n_interpolated=len(sources.synthetic)))


def random_oversampling(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose the N real documents and M copies that level label sets: the rarest sets are copied first.

    This is LP-ROS with a fixed volume: as published it stops where sets reach the mean size.

    References
    ----------
    Charte, Rivera, del Jesus & Herrera (2015), Addressing imbalance in multilabel classification, Neurocomputing 163.
    """
    _, label_set = np.unique(sources.real.label_matrix(), axis=0, return_inverse=True)
    members = [
        rng.permutation(np.flatnonzero(label_set.ravel() == one)) for one in range(label_set.max(initial=-1) + 1)
    ]
    # the smallest set first, of equal ones by chance
    queue = [(len(own), chance, 0, own) for own, chance in zip(members, rng.permutation(len(members)), strict=True)]
    heapify(queue)
    rows = np.empty(len(sources.synthetic), dtype=np.int64)
    for copy in range(len(rows)):
        size, chance, used, own = queue[0]
        rows[copy] = own[used % len(own)]
        heapreplace(queue, (size + 1, chance, used + 1, own))
    return with_copies(sources, rows, {})


def ml_ros(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose the N real documents and up to M copies of documents with minority labels (ML-ROS).

    A label is in the minority while its imbalance ratio, the commonest label's count over its own, exceeds the mean
    ratio at the start. Rounds copy one document of each minority label, until M copies are made or none is left.

    References
    ----------
    Charte, Rivera, del Jesus & Herrera (2015), Addressing imbalance in multilabel classification, Neurocomputing 163,
    algorithm ML-ROS.
    """
    labels = sources.real.label_matrix()
    count = labels.sum(axis=0).astype(float)
    present = np.flatnonzero(count)
    if present.size == 0:
        return with_copies(sources, np.zeros(0, dtype=np.int64), {})
    ratio = count[present].max() / count[present]
    limit = ratio.mean()
    minority = [int(label) for label in present[ratio > limit]]
    carriers = {label: np.flatnonzero(labels[:, label]) for label in minority}
    rows: list[int] = []
    while minority and len(rows) < len(sources.synthetic):
        for label in list(minority):
            if len(rows) == len(sources.synthetic):
                break
            row = int(rng.choice(carriers[label]))
            rows.append(row)
            count += labels[row]
            if count[present].max() / count[label] <= limit:
                minority.remove(label)
    return with_copies(sources, np.array(rows, dtype=np.int64), {})


def replicated_drawn(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose N + M draws of real documents with replacement: the published form, which may lose some of the N.

    ``n_lost`` counts the real documents that were never drawn. The first draw of a document is tuned on.
    """
    n_real = len(sources.real)
    drawn = np.sort(rng.integers(0, n_real, n_real + len(sources.synthetic)))
    group = sources.real_group[drawn]
    training = compose_rows((sources.real.take(drawn), group, True))
    first = np.concatenate(([True], drawn[1:] != drawn[:-1]))
    return Composition(replace(training, is_real=first), {"n_lost": n_real - int(first.sum())})


def token_matched(sources: Sources, rng: np.random.Generator) -> Composition:
    """Compose the N real documents and as many copies, evenly spread, as hold the treatment's number of words.

    Long texts are volume too: where synthetic documents are longer than real ones, more copies are made than M.
    """
    length = np.array([len(text.split()) for text in sources.real.texts], dtype=np.int64)
    wanted = sum(len(text.split()) for text in sources.synthetic.texts)
    rows: list[IntArray] = []
    while wanted > 0 and length.sum() > 0:
        order = rng.permutation(len(length))
        taken = order[np.concatenate(([0], np.cumsum(length[order])[:-1])) < wanted]
        rows.append(taken)
        wanted -= int(length[taken].sum())
    copied = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return with_copies(sources, copied, {})
