"""What was read, kept and dropped: the part of a summary that needs no trial."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus
from synthlift.corpus.groups import connected
from synthlift.corpus.parents import Nearest
from synthlift.corpus.reading import Reading
from synthlift.corpus.segmentation import share_without_spaces
from synthlift.corpus.shingles import Analyzer, near_pairs, shingle_matrix
from synthlift.study.copying import contained_shares
from synthlift.study.workload import Workload

__all__ = ["DocumentRow", "Facts", "VolumeFacts", "corpus_facts", "document_rows"]


@dataclass(frozen=True)
class VolumeFacts:
    """Synthetic documents of one generator: asked for, kept, without near-duplicates, and dropped by reason."""

    requested: int
    kept: int
    effective: int
    n_parents_recorded: int
    n_parents_inferred: int
    dropped: dict[str, int]


@dataclass(frozen=True)
class Facts:
    """Counts that JSON can hold.

    Attributes
    ----------
    n_train, n_validation, n_spare, n_test, n_test_groups : int
        After what overlaps the test set was taken out.
    labels : list of str
    support_train, support_test : list of int
        Documents of each label.
    classifiable : bool
        Whether some training documents carry a label that others lack, and some test document carries any.
    real_dropped : dict of str to int
        By reason.
    split : str
    columns_used : list of str
    without_spaces : float
        Share of the real texts that look unsegmented, and which a word analyzer would take for single words; 0 where
        characters are compared.
    volume : dict of str to VolumeFacts
        By generator.
    """

    n_train: int
    n_validation: int
    n_spare: int
    n_test: int
    n_test_groups: int
    labels: list[str]
    support_train: list[int]
    support_test: list[int]
    classifiable: bool
    real_dropped: dict[str, int]
    split: str
    columns_used: list[str]
    without_spaces: float
    volume: dict[str, VolumeFacts]

    def as_json(self) -> dict[str, object]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Facts:
        """Read `as_json` back."""
        fields = dict(value)
        volume = fields.pop("volume")
        if not isinstance(volume, Mapping):
            raise TypeError(f"got volume {type(volume).__name__}, expected an object")
        return cls(**fields, volume={name: VolumeFacts(**v) for name, v in volume.items()})  # type: ignore[arg-type]


def corpus_facts(
    workload: Workload,
    synthetic: Reading,
    real: Reading,
    dropped: Mapping[int, str],
    split: str,
    role: NDArray[np.str_],
    beside: NDArray[np.bool_],
) -> Facts:
    """Count.

    Parameters
    ----------
    dropped : mapping of int to str
        Rows of `synthetic` that overlap the test set or were written from elsewhere, with the reason.
    role : ndarray of str, beside : ndarray of bool, shape (n_real,)
        Role of each real document, and whether it was taken out as a near-duplicate of a test document.
    """
    train, test = workload.train.label_matrix(), workload.test.label_matrix()
    texts = [*workload.train.texts, *workload.test.texts]
    taken_out = {f"{name}-near-test": int(((role == name) & beside).sum()) for name in ("train", "validation", "spare")}
    return Facts(
        n_train=len(train),
        n_validation=len(workload.validation),
        n_spare=len(workload.spare),
        n_test=len(test),
        n_test_groups=int(workload.test_group.max()) + 1,
        labels=list(workload.train.labels),
        support_train=train.sum(axis=0).tolist(),
        support_test=test.sum(axis=0).tolist(),
        classifiable=bool((train.any(axis=0) & ~train.all(axis=0)).any() and test.any()),
        real_dropped=dict(real.dropped) | {reason: n for reason, n in taken_out.items() if n},
        split=split,
        without_spaces=share_without_spaces(texts) if workload.analyzer == "word" else 0.0,
        columns_used=sorted({*real.columns_used, *synthetic.columns_used}),
        volume=_volume(workload, synthetic, dropped),
    )


def _volume(workload: Workload, reading: Reading, dropped: Mapping[int, str]) -> dict[str, VolumeFacts]:
    reasons: dict[str, Counter[str]] = {generator: Counter() for generator in workload.sources}
    for row, reason in dropped.items():
        origin = reading.documents[row].origin
        reasons.setdefault(origin.generator if origin else "synthetic", Counter())[reason] += 1
    for _, generator, reason in reading.dropped_documents:
        reasons.setdefault(generator or "synthetic", Counter())[reason] += 1
    volume = {}
    for generator, counts in reasons.items():
        source = workload.sources.get(generator)
        corpus = source.corpus if source else Corpus((), workload.train.labels)
        recorded = sum(bool(document.origin and document.origin.parents) for document in corpus)
        volume[generator] = VolumeFacts(
            requested=len(corpus) + counts.total(),
            kept=len(corpus),
            effective=_effective(corpus, workload.analyzer),
            n_parents_recorded=recorded,
            n_parents_inferred=sum(not (d.origin and d.origin.parents) and d.id in source.parent for d in corpus)
            if source
            else 0,
            dropped=dict(sorted(counts.items())),
        )
    return volume


def _effective(corpus: Corpus, analyzer: Analyzer) -> int:
    """Return how many documents are left when near-duplicates count once."""
    if len(corpus) == 0:
        return 0
    return int(connected(len(corpus), near_pairs(shingle_matrix(corpus.texts, analyzer))).max()) + 1


class DocumentRow(NamedTuple):
    """A line of documents.csv; `containment` is the share of the text's word 5-grams that training texts have."""

    id: str
    generator: str
    kept: str
    reason: str
    nearest_real: str
    similarity: str
    containment: str
    label_agreement: str


def document_rows(
    reading: Reading, dropped: Mapping[int, str], train: Corpus, nearest: Nearest
) -> tuple[DocumentRow, ...]:
    """List every synthetic document that was read; label agreement is filled in by the run, which has classifiers."""
    shares = contained_shares([document.text for document in reading.documents], train.texts).tolist()
    rows = []
    for row, document in enumerate(reading.documents):
        reason = dropped.get(row, "")
        near = train.documents[nearest.row[row]].id
        generator = document.origin.generator if document.origin else ""
        kept = "no" if reason else "yes"
        contained = "" if math.isnan(shares[row]) else f"{shares[row]:.3f}"
        similarity = f"{nearest.cosine[row]:.3f}"
        rows.append(DocumentRow(document.id, generator, kept, reason, near, similarity, contained, ""))
    rows += [DocumentRow(i, generator, "no", why, "", "", "", "") for i, generator, why in reading.dropped_documents]
    return tuple(rows)
