"""Documents as rows, and which of them belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["Sample", "sample", "unmeasurable"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents of one origin: see `sample`.

    Attributes
    ----------
    rows : ndarray or csr_array of float, shape (n_docs, n_columns)
        Vectors, counts of words, or lengths in one column.
    cluster : ndarray of int, shape (n_docs,)
        0 to ``n_clusters - 1``: documents of one parent and label set, or of one group, are not independent.
    """

    rows: FloatArray | sparse.csr_array
    cluster: IntArray

    def __len__(self) -> int:
        """Return the number of documents."""
        return int(self.rows.shape[0])

    @property
    def vectors(self) -> FloatArray:
        """The rows, where they are an array; ValueError for a sparse matrix."""
        if sparse.issparse(self.rows):
            raise ValueError("got a sparse matrix, expected an array of vectors")
        return np.asarray(self.rows, dtype=np.float64)

    @property
    def n_clusters(self) -> int:
        """Number of independent documents or families."""
        return int(self.cluster.max(initial=-1)) + 1

    def where(self, wanted: NDArray[np.bool_]) -> Sample:
        """Return some of the documents."""
        return sample(self.rows[wanted], self.cluster[wanted])

    def part(self, n_parts: int) -> IntArray:
        """Deal the clusters into equally many, whole, in their order: the part of each document, ``(n_docs,)``."""
        return self.cluster % n_parts


def sample(rows: FloatArray | sparse.csr_array, cluster: NDArray[np.integer] | None = None) -> Sample:
    """Return the documents with their clusters numbered; without clusters each document is its own.

    Parameters
    ----------
    rows : ndarray or csr_array of float, shape (n_docs, n_columns)
    cluster : ndarray of int, shape (n_docs,), optional
        Equal numbers belong together. Of a synthetic and a real sample no numbers are compared: real documents are
        held out, so that none is a synthetic one's parent.

    Raises
    ------
    ValueError
        For rows that are no table, or another number of clusters than of rows.

    Examples
    --------
    >>> sample(np.zeros((3, 1)), np.array([7, 4, 7])).cluster.tolist()
    [1, 0, 1]
    """
    if rows.ndim != 2:
        raise ValueError(f"got {rows.ndim} axes, expected rows of documents and columns")
    n_docs = rows.shape[0]
    if cluster is None:
        return Sample(rows, np.arange(n_docs))
    if cluster.shape != (n_docs,):
        raise ValueError(f"got clusters of shape {cluster.shape}, expected one for each of {n_docs} documents")
    return Sample(rows, np.unique(cluster, return_inverse=True)[1].astype(np.int64))


def unmeasurable(synthetic: Sample, real: Sample, minimum: int) -> str | None:
    """Return why two samples cannot be compared: too few clusters, or a number that is not finite.

    Raises
    ------
    ValueError
        For samples of other columns.
    """
    if synthetic.rows.shape[1] != real.rows.shape[1]:
        raise ValueError(f"got {synthetic.rows.shape[1]} and {real.rows.shape[1]} columns, expected as many of either")
    if min(synthetic.n_clusters, real.n_clusters) < minimum:
        got = f"got {synthetic.n_clusters} synthetic and {real.n_clusters} real independent documents"
        return f"{got}, expected at least {minimum} of either"
    for one in (synthetic.rows, real.rows):
        if not np.isfinite(one.data if sparse.issparse(one) else one).all():
            return "got a number that is not finite"
    return None
