"""TF-IDF of words or characters, sublinear, whose weights do not change when every document is copied k times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.errors import BadConfiguration, show

__all__ = ["TermCounts", "Tfidf"]


class TermCounts:
    """Raw term counts of texts, each text counted once as long as the object lives.

    Every condition of a study uses the same few texts; counting them is most of the cost of a small trial.

    Parameters
    ----------
    analyzer : {"word", "char"}
        Terms are runs of 1-2 words, or of 2-5 characters, a blank at both ends of what blanks enclose.

    Raises
    ------
    BadConfiguration
        For another analyzer.
    """

    def __init__(self, analyzer: str = "word") -> None:
        self._analyze = _analyzer(analyzer)
        self._columns: dict[str, int] = {}
        self._terms: list[str] = []
        self._known: dict[str, tuple[NDArray[np.int32], NDArray[np.float64]]] = {}

    @property
    def terms(self) -> list[str]:
        """The term of each column, in the order of first sight (it depends on which texts came first)."""
        return self._terms

    def matrix(self, texts: Sequence[str]) -> sparse.csr_array:
        """Return the counts, ``(n_texts, n_terms_seen)``."""
        rows = [self._count(text) for text in texts]
        indptr = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(columns) for columns, _ in rows], out=indptr[1:])
        columns = np.concatenate([row[0] for row in rows]) if rows else np.zeros(0, np.int32)
        counts = np.concatenate([row[1] for row in rows]) if rows else np.zeros(0)
        return sparse.csr_array((counts, columns, indptr), shape=(len(rows), len(self._columns)))

    def _count(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        known = self._known.get(text)
        if known is None:
            counter = Counter(self._analyze(text))
            for term in counter:
                if term not in self._columns:
                    self._columns[term] = len(self._terms)
                    self._terms.append(term)
            columns = np.fromiter((self._columns[term] for term in counter), np.int32, len(counter))
            known = (columns, np.fromiter(counter.values(), np.float64, len(counter)))
            self._known[text] = known
        return known


def _analyzer(name: str) -> Callable[[str], list[str]]:
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizers = {
        "word": CountVectorizer(ngram_range=(1, 2)),
        "char": CountVectorizer(analyzer="char_wb", ngram_range=(2, 5)),
    }
    if name not in vectorizers:
        raise BadConfiguration(f"the analyzer {show(name)} is unknown, expected one of {', '.join(vectorizers)}")
    analyze: Callable[[str], list[str]] = vectorizers[name].build_analyzer()
    return analyze


class Tfidf:
    """Weights fitted on training texts: ``(1 + ln count) * (1 + ln(n / df))``, rows scaled to length one.

    The usual smoothing of the document frequency is left out: it would make a corpus copied k times differ from
    itself, and a training term always has ``df >= 1``.

    Parameters
    ----------
    counts : TermCounts
    texts : sequence of str
        Distinct training rows.
    multiplicity : ndarray of float, shape (n_texts,)
        How often each row stands in the training set.

    Attributes
    ----------
    features : csr_array, shape (n_texts, n_terms)
        Columns in alphabetical order, whatever was counted before.
    """

    def __init__(self, counts: TermCounts, texts: Sequence[str], multiplicity: NDArray[np.float64]) -> None:
        self._counts = counts
        raw = counts.matrix(texts)
        terms = counts.terms
        present = np.unique(raw.indices)
        self._columns = np.array(sorted(present.tolist(), key=terms.__getitem__), dtype=np.int64)
        raw = self._select(raw)
        repeated = np.repeat(multiplicity, np.diff(raw.indptr))
        frequency = np.bincount(raw.indices, weights=repeated, minlength=len(self._columns))
        self._idf = 1.0 + np.log(multiplicity.sum() / np.maximum(frequency, 1e-300))
        self.features = self._weigh(raw)

    def transform(self, texts: Sequence[str]) -> sparse.csr_array:
        """Return the features of other texts; unknown terms are left out."""
        return self._weigh(self._select(self._counts.matrix(texts)))

    def _select(self, raw: sparse.csr_array) -> sparse.csr_array:
        """Keep this model's columns, sorted within each row, so that sums never depend on what was counted before."""
        target = np.full(raw.shape[1], -1, dtype=np.int64)
        target[self._columns] = np.arange(len(self._columns))
        columns = target[raw.indices]
        kept = columns >= 0
        row = np.repeat(np.arange(raw.shape[0]), np.diff(raw.indptr))[kept]
        order = np.lexsort((columns[kept], row))
        indptr = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=raw.shape[0]))))
        shape = (raw.shape[0], len(self._columns))
        return sparse.csr_array((raw.data[kept][order], columns[kept][order], indptr), shape=shape)

    def _weigh(self, raw: sparse.csr_array) -> sparse.csr_array:
        data = (1.0 + np.log(raw.data)) * self._idf[raw.indices]
        row = np.repeat(np.arange(raw.shape[0]), np.diff(raw.indptr))
        length = np.sqrt(np.bincount(row, weights=data**2, minlength=raw.shape[0]))
        data = data / np.where(length > 0, length, 1.0)[row]
        return sparse.csr_array((data, raw.indices, raw.indptr), shape=raw.shape)
