"""Whether synthetic texts read like their labels, to classifiers that learned the labels from real documents alone.

Cross-fitted: a document is judged by classifiers that saw neither it nor, for a synthetic one, its parent and whatever
is near to that. Real documents judged the same way are the floor: the classifier errs on them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthlift.conditions.sources import compose_rows
from synthlift.corpus import Corpus
from synthlift.corpus.groups import whole_groups
from synthlift.corpus.shingles import Analyzer
from synthlift.corpus.stratification import stratify
from synthlift.errors import NotApplicable
from synthlift.metrics.per_document import sample_f1
from synthlift.metrics.shares import Share, clustered_mean
from synthlift.metrics.thresholds import tune_threshold
from synthlift.randomness import stream
from synthlift.run.learners import made_classifier
from synthlift.study.copying import UNTESTED
from synthlift.study.workload import Learner, Workload

__all__ = ["Agreement", "CrossFitted", "agreement_records", "label_agreement"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CLASSIFIER = "linear"
N_FOLDS = 5
MAX_TRAIN = 2000

Agreement = Mapping[str, FloatArray]


class CrossFitted:
    """Classifiers of real documents, one per fold, each of which has not seen that fold.

    At most 2,000 training documents are used, whole groups, so that a large pool costs no more than a small one.

    Parameters
    ----------
    train : Corpus
    train_group : ndarray of int, shape (n_train,)
        Near-duplicate groups: none is split between folds.
    analyzer : {"word", "char"}
    seed : int

    Attributes
    ----------
    real : ndarray, shape (n_used,)
        Each used document's F1 of predicted against own labels.
    group : ndarray of int, shape (n_used,)

    Raises
    ------
    NotApplicable
        Where the documents of some fold's classifier are too few to learn from.
    """

    def __init__(self, train: Corpus, train_group: IntArray, analyzer: Analyzer, seed: int) -> None:
        rng = stream(seed, "agreement")
        rows = whole_groups(train_group, MAX_TRAIN, rng)
        used, self.group = train.take(rows), train_group[rows]
        part = _parts(used, self.group, rng)
        self._classifiers = []
        proba = np.zeros((len(used), len(used.labels)))
        for fold in range(N_FOLDS):
            inside, own = np.flatnonzero(part != fold), np.flatnonzero(part == fold)
            classifier = made_classifier(Learner(CLASSIFIER), analyzer)
            classifier.fit(compose_rows((used.take(inside), self.group[inside], True)), rng=stream(seed, "fold", fold))
            proba[own] = classifier.predict_proba(used.take(own).texts)
            self._classifiers.append(classifier)
        self._threshold = tune_threshold(proba, used.label_matrix()).threshold
        self._part_of = dict(zip(used.ids, part.tolist(), strict=True))
        self.real = sample_f1(proba >= self._threshold, used.label_matrix())

    def judged(self, documents: Corpus, parents: Sequence[str | None]) -> FloatArray:
        """Return each document's F1 of predicted against intended labels, ``(n_docs,)``.

        A document is judged by the classifier that has not seen its parent; without one in use, by the mean of all.
        """
        proba = np.stack([classifier.predict_proba(documents.texts) for classifier in self._classifiers])
        mean: FloatArray = proba.mean(axis=0)
        for row, parent in enumerate(parents):
            fold = self._part_of.get(parent or "")
            if fold is not None:
                mean[row] = proba[fold, row]
        return sample_f1(mean >= self._threshold, documents.label_matrix())


def label_agreement(workload: Workload) -> tuple[Agreement, FloatArray, IntArray]:
    """Return each kept document's F1 of predicted against intended labels, by generator; the same of real ones; groups.

    Returns
    -------
    agreement : mapping of str to ndarray, shape (n_kept,)
    real : ndarray, shape (n_used,)
    group : ndarray of int, shape (n_used,)
        Near-duplicate group of each real document.
    """
    fitted = CrossFitted(workload.train, workload.train_group, workload.analyzer, workload.seed)
    agreement = {
        name: fitted.judged(source.corpus, [source.parent.get(identity) for identity in source.corpus.ids])
        for name, source in workload.sources.items()
    }
    return agreement, fitted.real, fitted.group


def _parts(train: Corpus, group: IntArray, rng: np.random.Generator) -> IntArray:
    """Return the fold of each document, stratified by label over groups."""
    _, member = np.unique(group, return_inverse=True)
    counts = np.zeros((int(member.max()) + 1, len(train.labels)), dtype=np.int64)
    np.add.at(counts, member, train.label_matrix().astype(np.int64))
    part: IntArray = stratify(counts, np.bincount(member), [1.0 / N_FOLDS] * N_FOLDS, rng)[member]
    return part


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
