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

__all__ = ["Agreement", "CrossFitted", "agreement_records"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Record = dict[str, str | float | int | None]

CLASSIFIER = "linear"
N_FOLDS = 5
MAX_TRAIN = 2000
MOST_LABELS = 20

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
    used : Corpus
        The documents that were used, `n_used` of them.
    predicted : ndarray of bool, shape (n_used, n_labels)
        The labels that are read in each by the classifier which has not seen it.
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
        used = self.used = train.take(rows)
        self.group = train_group[rows]
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
        self.predicted = proba >= self._threshold
        self.real = sample_f1(self.predicted, used.label_matrix())

    def judged(self, documents: Corpus, parents: Sequence[str | None]) -> FloatArray:
        """Return each document's F1 of predicted against intended labels, ``(n_docs,)``."""
        return sample_f1(self.read(documents, parents), documents.label_matrix())

    def read(self, documents: Corpus, parents: Sequence[str | None]) -> BoolArray:
        """Return the labels that are read in each document, ``(n_docs, n_labels)``.

        A document is judged by the classifier that has not seen its parent; without one in use, by the mean of all.
        """
        proba = np.stack([classifier.predict_proba(documents.texts) for classifier in self._classifiers])
        mean: FloatArray = proba.mean(axis=0)
        for row, parent in enumerate(parents):
            fold = self._part_of.get(parent or "")
            if fold is not None:
                mean[row] = proba[fold, row]
        return mean >= self._threshold


def _parts(train: Corpus, group: IntArray, rng: np.random.Generator) -> IntArray:
    """Return the fold of each document, stratified by label over groups."""
    _, member = np.unique(group, return_inverse=True)
    counts = np.zeros((int(member.max()) + 1, len(train.labels)), dtype=np.int64)
    np.add.at(counts, member, train.label_matrix().astype(np.int64))
    part: IntArray = stratify(counts, np.bincount(member), [1.0 / N_FOLDS] * N_FOLDS, rng)[member]
    return part


def agreement_records(workload: Workload) -> tuple[Agreement, list[Record]]:
    """Return the agreement of each kept document, and records of `fidelity` for each generator.

    One record has the mean F1 with its interval over families, and the real documents' own mean as floor. Others have,
    of the labels that most real documents carry, 20 at most, the share of the texts of a label in which it is read, and
    that of real ones. Where the real documents are too few to learn from in every fold there is no agreement, and the
    record says why.
    """
    try:
        fitted = CrossFitted(workload.train, workload.train_group, workload.analyzer, workload.seed)
    except NotApplicable as answer:
        return {}, [_record(name, None, None, None, f"value: {answer.reason}") for name in workload.sources]
    agreement, records = {}, []
    real = fitted.used.label_matrix()
    commonest = np.argsort(-real.sum(axis=0), kind="stable")[:MOST_LABELS]
    for name, source in workload.sources.items():
        read = fitted.read(source.corpus, [source.parent.get(identity) for identity in source.corpus.ids])
        family = np.array([source.family[identity] for identity in source.corpus.ids], dtype=np.int64)
        intended = source.corpus.label_matrix()
        agreement[name] = sample_f1(read, intended)
        records.append(_compared(name, None, (agreement[name], family), (fitted.real, fitted.group)))
        for column in commonest:
            texts, theirs = intended[:, column], real[:, column]
            sides = (
                (own[carries, column].astype(float), cluster[carries])
                for own, carries, cluster in ((read, texts, family), (fitted.predicted, theirs, fitted.group))
            )
            records.append(_compared(name, workload.train.labels[column], *sides))
    return agreement, records


def _compared(
    generator: str, label: str | None, texts: tuple[FloatArray, IntArray], real: tuple[FloatArray, IntArray]
) -> Record:
    """Make a record of the mean of texts beside that of real documents, each with the clusters they are of."""
    mean, floor = clustered_mean(*texts), clustered_mean(*real)
    reasons = [UNTESTED if mean else "value: all documents are of one family, or there are none"]
    reasons += [] if floor else ["floor: all real documents are of one group"]
    return _record(generator, label, mean, floor, "; ".join(reasons), len(texts[0]))


def _record(
    generator: str, label: str | None, mean: Share | None, floor: Share | None, reason: str, n: int | None = None
) -> Record:
    # few real documents carry a label, so its floor is a rough one
    ends = {} if label is None else {f"floor_{end}": getattr(floor, end, None) for end in ("low", "high")}
    return {
        "measure": "label-agreement",
        "representation": CLASSIFIER,
        "generator": generator,
        "label_set": label,
        "value": mean.value if mean else None,
        "low": mean.low if mean else None,
        "high": mean.high if mean else None,
        "p": None,
        "floor": floor.value if floor else None,
        "ceiling": 1.0,
        "n": n,
        "reason": reason,
        **ends,
    }
