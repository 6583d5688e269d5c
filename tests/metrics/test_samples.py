"""Samples: clusters numbered, parts whole, and what cannot be measured."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from synthlift.metrics.samples import sample, unmeasurable


def test_without_clusters_each_document_is_its_own():
    """Five rows without clusters are five clusters, and no rows are none."""
    assert sample(np.zeros((5, 2))).cluster.tolist() == [0, 1, 2, 3, 4]
    assert sample(np.zeros((0, 2))).n_clusters == 0


def test_some_documents_have_their_clusters_numbered_anew():
    """Of clusters 3, 5, 9 the rows of 5 and 9 are clusters 0 and 1."""
    one = sample(np.arange(4.0)[:, np.newaxis], np.array([5, 3, 9, 5]))
    left = one.where(np.array([True, False, True, True]))
    assert (left.cluster.tolist(), left.n_clusters, left.vectors.ravel().tolist()) == ([0, 1, 0], 2, [0.0, 2.0, 3.0])


def test_parts_hold_whole_clusters():
    """Documents of one cluster are of one part, and parts differ by one cluster at most."""
    one = sample(np.zeros((30, 1)), np.repeat(np.arange(10), 3))
    part = one.part(4)
    assert all(len(set(part[one.cluster == c])) == 1 for c in range(10))
    assert np.bincount(part).tolist() == [9, 9, 6, 6]


@pytest.mark.parametrize("rows", [np.array([[0.0], [np.nan]]), sparse.csr_array(np.array([[0.0], [np.inf]]))])
def test_what_is_not_finite_is_told(rows):
    """A NaN or an infinity, dense or sparse, is a reason and no number."""
    good = sample(np.zeros((2, 1)))
    assert unmeasurable(good, sample(rows), 2) == "got a number that is not finite"
    assert unmeasurable(good, good, 2) is None


def test_too_few_clusters_are_told_with_both_numbers():
    """Ten documents of one parent are one independent document."""
    family = sample(np.zeros((10, 1)), np.zeros(10, dtype=int))
    assert unmeasurable(family, sample(np.zeros((9, 1))), 2) == (
        "got 1 synthetic and 9 real independent documents, expected at least 2 of either"
    )


def test_bad_arguments_are_errors():
    """Other columns, clusters of another number, a vector for a table, and a sparse matrix for vectors."""
    with pytest.raises(ValueError, match="got 2 and 3 columns, expected as many of either"):
        unmeasurable(sample(np.zeros((4, 2))), sample(np.zeros((4, 3))), 2)
    with pytest.raises(ValueError, match="expected one for each of 4 documents"):
        sample(np.zeros((4, 2)), np.zeros(3, dtype=int))
    with pytest.raises(ValueError, match="got 1 axes"):
        sample(np.zeros(4))
    with pytest.raises(ValueError, match="expected an array of vectors"):
        _ = sample(sparse.csr_array(np.eye(3))).vectors
