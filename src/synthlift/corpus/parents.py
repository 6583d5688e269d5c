"""Which training document a synthetic one was written from, where nobody recorded it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.corpus.shingles import Analyzer
from synthlift.corpus.terms import term_counter

__all__ = ["Nearest", "nearest_train"]

QUANTILE = 0.99
BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest training document of each synthetic one by TF-IDF cosine.

    Attributes
    ----------
    row : ndarray of int, shape (n_synthetic,)
        Row among the training documents.
    cosine : ndarray of float, shape (n_synthetic,)
    threshold : float
        The 99 % point of nearest cosines among training documents of other groups; infinite with one group only.
    """

    row: NDArray[np.int64]
    cosine: NDArray[np.float64]
    threshold: float

    @property
    def parent(self) -> NDArray[np.int64]:
        """The row of the inferred parent: nearer than real documents are to each other. -1 where there is none."""
        return np.where(self.cosine > self.threshold, self.row, -1)


def nearest_train(
    synthetic: Sequence[str], train: Sequence[str], train_group: NDArray[np.int64], analyzer: Analyzer = "word"
) -> Nearest:
    """Find the nearest training document of each synthetic text.

    Parameters
    ----------
    synthetic, train : sequence of str
    train_group : ndarray of int, shape (n_train,)
        Members of one group are near by definition, so they do not count as neighbours of each other.
    analyzer : {"word", "char"}
    """
    from sklearn.feature_extraction.text import TfidfTransformer

    # Words that no training document has count in a text's length. Left out, a text with two known words is near to
    # whatever has them, and a tenth to a fifth of unrelated documents get a parent, not one in a hundred.
    counter = term_counter(analyzer)
    try:
        counter.fit([*train, *synthetic])
    except ValueError:  # no text has a single word character: nothing is near to anything
        return Nearest(np.zeros(len(synthetic), np.int64), np.zeros(len(synthetic)), np.inf)
    tfidf = TfidfTransformer(sublinear_tf=True)
    real = sparse.csr_array(tfidf.fit_transform(counter.transform(train)))
    row, cosine = _nearest(sparse.csr_array(tfidf.transform(counter.transform(synthetic))), real, None)
    if len(np.unique(train_group)) < 2:
        return Nearest(row, cosine, np.inf)
    _, among_real = _nearest(real, real, train_group)
    return Nearest(row, cosine, float(np.quantile(among_real, QUANTILE)))


def _nearest(
    left: sparse.csr_array, right: sparse.csr_array, group: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return row and cosine of the nearest `right` of each `left`; with `group`, of another group than its own."""
    row = np.zeros(left.shape[0], dtype=np.int64)
    cosine = np.zeros(left.shape[0])
    transposed = right.T.tocsr()
    for start in range(0, left.shape[0], BLOCK):
        at = slice(start, start + BLOCK)
        block = (left[at] @ transposed).toarray()
        if group is not None:
            block[group[at, np.newaxis] == group[np.newaxis, :]] = -1.0
        row[at] = block.argmax(axis=1)
        cosine[at] = block.max(axis=1)
    return row, cosine
