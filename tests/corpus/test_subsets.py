"""Subsets of a replicate are nested and keep every label where they can."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synthlift.corpus.subsets import nested_order
from synthlift.randomness import stream


@st.composite
def matrices(draw: st.DrawFn) -> NDArray[np.bool_]:
    rows = draw(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=20))
    return np.array(rows, dtype=bool)


@settings(derandomize=True, max_examples=80, deadline=None)
@given(matrices(), st.integers(0, 9))
def test_it_is_an_order_of_all_documents(labels: NDArray[np.bool_], seed: int) -> None:
    """Each document once: prefixes of it are nested subsets of every size."""
    order = nested_order(labels, stream(seed))
    assert sorted(order.tolist()) == list(range(len(labels)))


@settings(derandomize=True, max_examples=80, deadline=None)
@given(matrices(), st.integers(0, 9))
def test_as_many_documents_as_there_are_labels_support_all_that_the_pool_has(
    labels: NDArray[np.bool_], seed: int
) -> None:
    """Every prefix of at least that many, and every larger one."""
    order = nested_order(labels, stream(seed))
    for n in range(labels.shape[1], len(labels) + 1):
        assert np.array_equal(labels[order[:n]].any(axis=0), labels.any(axis=0))


def test_shorter_prefixes_keep_the_rarest_labels() -> None:
    """Where not all fit, each document of the first ones supports a label that the others do not."""
    labels = np.zeros((40, 5), bool)
    labels[np.arange(40), np.repeat([3, 0, 4, 1, 2], [2, 4, 6, 10, 18])] = True
    for seed in range(10):
        order = nested_order(labels, stream(seed))
        assert labels[order[:5]].argmax(axis=1).tolist() == [3, 0, 4, 1, 2]


def test_documents_are_drawn_anew_by_each_stream_and_alike_by_the_same() -> None:
    """The order is that of the seed, and nobody is preferred: over seeds all positives of a label come first."""
    labels = np.zeros((12, 1), bool)
    labels[:4] = True
    first = [int(nested_order(labels, stream(seed))[0]) for seed in range(60)]
    assert set(first) == {0, 1, 2, 3}
    assert np.array_equal(nested_order(labels, stream(3)), nested_order(labels, stream(3)))


def test_without_labels_it_is_a_random_order() -> None:
    """Documents of no label, and a corpus of no label column, are shuffled."""
    assert sorted(nested_order(np.zeros((5, 2), bool), stream(0)).tolist()) == [0, 1, 2, 3, 4]
    assert sorted(nested_order(np.zeros((5, 0), bool), stream(0)).tolist()) == [0, 1, 2, 3, 4]
