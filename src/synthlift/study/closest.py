"""Whether synthetic text is nearer to training documents than to real ones that its generator never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.corpus import Corpus
from synthlift.corpus.shingles import Analyzer
from synthlift.corpus.terms import term_counter
from synthlift.metrics.copying import Closest, distance_to_closest, nearest
from synthlift.metrics.shares import Share, clustered_median
from synthlift.randomness import stream
from synthlift.study.workload import Workload

__all__ = ["TEST_IS_HELD_OUT", "Nearness", "Unseen", "nearness", "unseen"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TEST_IS_HELD_OUT = "held-out are test documents: not to choose a generator by"
MAX_REFERENCE = 5000
MAX_FLOOR = 1000
DOUBTFUL = 0.01
ENOUGH_SPARE = 200


@dataclass(frozen=True, slots=True)
class Unseen:
    """Real documents that no generator saw and that are no near-duplicates of training ones.

    Attributes
    ----------
    texts : list of str
    labels : ndarray of bool, shape (n_docs, n_labels)
    group : ndarray of int, shape (n_docs,)
    is_test : bool
        Whether they are test documents, for want of spare ones.
    """

    texts: list[str]
    labels: NDArray[np.bool_]
    group: IntArray
    is_test: bool

    @property
    def warning(self) -> str | None:
        """What a reader must be told."""
        return TEST_IS_HELD_OUT if self.is_test else None


def unseen(workload: Workload) -> Unseen:
    """Return the spare documents where they are as many as the training ones, or at least 200; else the test ones.

    Few held-out documents leave most of train out of an equal comparison, and with it what was copied.
    """
    spare = np.flatnonzero(~np.isin(workload.spare_group, workload.train_group))
    n_spare = len(np.unique(workload.spare_group[spare]))
    n_test = len(np.unique(workload.test_group))
    if n_spare >= min(len(np.unique(workload.train_group)), ENOUGH_SPARE, n_test):
        kept = workload.spare.take(spare)
        return Unseen(kept.texts, kept.label_matrix(), workload.spare_group[spare], is_test=False)
    return Unseen(workload.test.texts, workload.test.label_matrix(), workload.test_group, is_test=True)


@dataclass(frozen=True, slots=True)
class Nearness:
    """The comparison of one generator's text, and the same of real text.

    Attributes
    ----------
    closest : Closest
    train, held_out : Share or None
        Median cosine to the closest training and held-out document.
    floor : Closest
        The same of held-out documents, at most 1,000, against train and against the other held-out ones.
    n : int
        Synthetic documents.
    n_reference, n_train : int
        Groups of training documents that were drawn, and all.
    """

    closest: Closest
    train: Share | None
    held_out: Share | None
    floor: Closest
    n: int
    n_reference: int
    n_train: int

    @property
    def shift(self) -> str | None:
        """What a reader must be told where train and held-out documents are not alike, so that 0.5 means nothing."""
        if self.floor.share is None or self.floor.p is None or self.floor.p > DOUBTFUL:
            return None
        return (
            f"train and held-out documents are not alike: unseen real ones have {self.floor.share.value:.2f}, not 0.5"
        )

    @property
    def part(self) -> str | None:
        """What a reader must be told where copies of training documents cannot be seen, and the share is too low."""
        if self.n_reference == self.n_train:
            return None
        return f"compared with {self.n_reference} of {self.n_train} training documents: copies of the others look new"


def nearness(workload: Workload, held_out: Unseen, near_test: Corpus | None = None) -> dict[str, Nearness]:
    """Compare each generator's documents with equally many training and held-out ones, one of each group.

    Parameters
    ----------
    workload : Workload
    held_out : Unseen
    near_test : Corpus, optional
        Synthetic documents that were dropped for lying near a test document and nothing else. Where test documents
        are the held-out ones they count here: without them no synthetic document could be near to these.
    """
    rng = stream(workload.seed, "copying")
    n_train, n_held_out = len(np.unique(workload.train_group)), len(np.unique(held_out.group))
    n = min(n_train, n_held_out, MAX_REFERENCE)
    train_rows, held_out_rows = _draw(workload.train_group, n, rng), _draw(held_out.group, n, rng)
    real = [*workload.train.take(train_rows).texts, *(held_out.texts[row] for row in held_out_rows)]
    added = {generator: _of(generator, near_test) if held_out.is_test else [] for generator in workload.sources}
    texts = [[*source.corpus.texts, *added[generator]] for generator, source in workload.sources.items()]
    reals, *synthetic = _tfidf(real, texts, workload.analyzer)
    sides = (reals[:n], reals[n:])
    some = sides[1][:MAX_FLOOR]
    floor = distance_to_closest(nearest(some, sides[0]), nearest(some, sides[1], others=True), n, rng)
    result = {}
    for (generator, source), rows in zip(workload.sources.items(), synthetic, strict=True):
        to_train, to_held_out = nearest(rows, sides[0]), nearest(rows, sides[1])
        closest = distance_to_closest(to_train, to_held_out, n, stream(workload.seed, "copying", generator))
        family = [*(source.family[i] for i in source.corpus.ids), *range(-len(added[generator]), 0)]
        medians = [
            None if closest.share is None else clustered_median(cosine, np.array(family, dtype=np.int64))
            for _, cosine in (to_train, to_held_out)
        ]
        result[generator] = Nearness(closest, medians[0], medians[1], floor, rows.shape[0], n, n_train)
    return result


def _of(generator: str, corpus: Corpus | None) -> list[str]:
    """Return the texts of one generator."""
    return [d.text for d in corpus or () if d.origin is not None and d.origin.generator == generator]


def _tfidf(real: Sequence[str], others: Sequence[Sequence[str]], analyzer: Analyzer) -> list[sparse.csr_array]:
    """Return unit rows of terms, of `real` and of each of `others`; weights are the real ones' only."""
    from sklearn.feature_extraction.text import TfidfTransformer

    # words that only synthetic text has count in its length: else two known words make a near neighbour
    counter = term_counter(analyzer)
    flat = [*real, *(text for texts in others for text in texts)]
    try:
        counts = counter.fit_transform(flat)
    except ValueError:  # no text has a single word character: nothing is near to anything
        counts = sparse.csr_array((len(flat), 1))
    tfidf = TfidfTransformer(sublinear_tf=True).fit(counts[: len(real)])
    rows = sparse.csr_array(tfidf.transform(counts))
    ends = np.cumsum([len(real), *map(len, others)]).tolist()
    return [rows[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _draw(group: IntArray, n: int, rng: np.random.Generator) -> IntArray:
    """Return rows of at most `n` documents, no two of one group, in random order."""
    shuffled = rng.permutation(len(group))
    first = np.unique(group[shuffled], return_index=True)[1]
    rows: IntArray = shuffled[rng.permutation(first)[:n]]
    return rows
