"""Whether synthetic texts read like their labels, to classifiers that learned the labels from real documents alone.

Cross-fitted: a document is judged by classifiers that saw neither it nor, for a synthetic one, its parent and whatever
is near to that. Real documents judged the same way are the floor: the classifier errs on them too.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from synthlift.conditions.sources import compose_rows
from synthlift.corpus import Corpus
from synthlift.corpus.stratification import stratify
from synthlift.errors import NotApplicable
from synthlift.metrics.per_document import sample_f1
from synthlift.metrics.shares import Share, clustered_mean
from synthlift.metrics.thresholds import tune_threshold
from synthlift.randomness import stream
from synthlift.run.tasks import made_classifier
from synthlift.study.copying import UNTESTED
from synthlift.study.workload import Source, Workload

__all__ = ["Agreement", "agreement_records", "label_agreement"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CLASSIFIER = "linear"
N_FOLDS = 5
MAX_TRAIN = 2000

Agreement = Mapping[str, FloatArray]


def label_agreement(workload: Workload) -> tuple[Agreement, FloatArray, IntArray]:
    """Return each kept document's F1 of predicted against intended labels, by generator; the same of real ones; groups.

    At most 2,000 training documents are used, whole groups, so that a large pool costs no more than a small one.

    Returns
    -------
    agreement : mapping of str to ndarray, shape (n_kept,)
    real : ndarray, shape (n_used,)
    group : ndarray of int, shape (n_used,)
        Near-duplicate group of each real document.
    """
    rng = stream(workload.seed, "agreement")
    rows = _some(workload.train_group, rng)
    train, group = workload.train.take(rows), workload.train_group[rows]
    part = _parts(train, group, rng)
    real = np.zeros((len(train), len(train.labels)))
    synthetic = {name: np.zeros((N_FOLDS, len(s.corpus), len(train.labels))) for name, s in workload.sources.items()}
    for fold in range(N_FOLDS):
        inside = np.flatnonzero(part != fold)
        classifier = made_classifier(CLASSIFIER, workload.analyzer)
        classifier.fit(compose_rows((train.take(inside), group[inside], True)), rng=stream(workload.seed, "fold", fold))
        real[part == fold] = classifier.predict_proba(train.take(np.flatnonzero(part == fold)).texts)
        for name, source in workload.sources.items():
            synthetic[name][fold] = classifier.predict_proba(source.corpus.texts)
    threshold = tune_threshold(real, train.label_matrix()).threshold
    part_of = dict(zip(train.ids, part.tolist(), strict=True))
    agreement = {
        name: sample_f1(_judged(proba, workload.sources[name], part_of) >= threshold, _labels(workload, name))
        for name, proba in synthetic.items()
    }
    return agreement, sample_f1(real >= threshold, train.label_matrix()), group


def _some(group: IntArray, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the rows of whole groups, drawn until they hold 2,000 documents."""
    if len(group) <= MAX_TRAIN:
        return np.arange(len(group))
    order = rng.permutation(np.unique(group))
    size = np.bincount(group)[order].cumsum()
    return np.flatnonzero(np.isin(group, order[size <= MAX_TRAIN]))


def _parts(train: Corpus, group: IntArray, rng: np.random.Generator) -> IntArray:
    """Return the fold of each document, stratified by label over groups."""
    _, member = np.unique(group, return_inverse=True)
    counts = np.zeros((int(member.max()) + 1, len(train.labels)), dtype=np.int64)
    np.add.at(counts, member, train.label_matrix().astype(np.int64))
    part: IntArray = stratify(counts, np.bincount(member), [1.0 / N_FOLDS] * N_FOLDS, rng)[member]
    return part


def _judged(proba: FloatArray, source: Source, part_of: Mapping[str, int]) -> FloatArray:
    """Return probabilities of the fold that never saw the parent; without a parent in use, the mean over all folds."""
    judged: FloatArray = proba.mean(axis=0)
    for row, identity in enumerate(source.corpus.ids):
        fold = part_of.get(source.parent.get(identity, ""))
        if fold is not None:
            judged[row] = proba[fold, row]
    return judged


def _labels(workload: Workload, generator: str) -> NDArray[np.bool_]:
    return workload.sources[generator].corpus.label_matrix()


def agreement_records(workload: Workload) -> tuple[Agreement, list[dict[str, str | float | int | None]]]:
    """Return the agreement of each kept document, and one record of `fidelity` per generator.

    A record has the mean with its interval over families, and the real documents' own mean as floor. Where the real
    documents are too few to learn from in every fold there is no agreement, and the records say why.
    """
    try:
        agreement, real, group = label_agreement(workload)
    except NotApplicable as answer:
        return {}, [_record(name, reason=f"value: {answer.reason}") for name in workload.sources]
    floor = clustered_mean(real, group)
    records = []
    for name, values in agreement.items():
        source = workload.sources[name]
        family = np.array([source.family[identity] for identity in source.corpus.ids], dtype=np.int64)
        mean = clustered_mean(values, family)
        reasons = [UNTESTED if mean else "value: all documents are of one family"]
        reasons += [] if floor else ["floor: all real documents are of one group"]
        records.append(_record(name, mean, floor.value if floor else None, len(values), "; ".join(reasons)))
    return agreement, records


def _record(
    generator: str, mean: Share | None = None, floor: float | None = None, n: int | None = None, reason: str = ""
) -> dict[str, str | float | int | None]:
    return {
        "measure": "label-agreement",
        "representation": CLASSIFIER,
        "generator": generator,
        "label_set": None,
        "value": mean.value if mean else None,
        "low": mean.low if mean else None,
        "high": mean.high if mean else None,
        "p": None,
        "floor": floor,
        "ceiling": 1.0,
        "n": n,
        "reason": reason,
    }
