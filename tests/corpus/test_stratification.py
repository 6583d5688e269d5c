"""Iterative stratification spreads labels over parts, as well as a plain version of the paper's algorithm does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synthlift.corpus.stratification import stratify
from synthlift.randomness import stream

IntArray = NDArray[np.int64]


def sechidis(labels: IntArray, shares: list[float], rng: np.random.Generator) -> IntArray:
    """Assign documents as in algorithm 1 of Sechidis, Tsoumakas & Vlahavas (2011), in lists and dictionaries."""
    wanted = [len(labels) * share for share in shares]
    wanted_of = {label: [labels[:, label].sum() * share for share in shares] for label in range(labels.shape[1])}
    left = set(range(len(labels)))
    part = np.full(len(labels), -1)
    while left:
        counts = {label: [row for row in left if labels[row, label]] for label in wanted_of}
        counts = {label: rows for label, rows in counts.items() if rows}
        if not counts:
            for row in sorted(left):
                fullest = max(range(len(shares)), key=lambda j: (wanted[j], rng.random()))
                part[row] = fullest
                wanted[fullest] -= 1
            break
        label = min(counts, key=lambda name: (len(counts[name]), name))
        for row in sorted(counts[label]):
            best = max(range(len(shares)), key=lambda j: (wanted_of[label][j], wanted[j], rng.random()))
            part[row] = best
            left.remove(row)
            wanted[best] -= 1
            for own in np.flatnonzero(labels[row]):
                wanted_of[int(own)][best] -= 1
    return part


def deviation(labels: IntArray, part: IntArray, n_parts: int) -> float:
    """Return the mean over labels and parts of how far a label's share of a part is from its share of all."""
    overall = labels.mean(axis=0)
    shares = [labels[part == j].mean(axis=0) for j in range(n_parts) if (part == j).any()]
    return float(np.abs(np.array(shares) - overall).mean())


def zipf_labels(seed: int, n: int = 120, n_labels: int = 15) -> IntArray:
    """Draw labels of which most are rare, some documents with none."""
    rng = np.random.default_rng(seed)
    rate = 0.5 / np.arange(1, n_labels + 1)
    return (rng.random((n, n_labels)) < rate).astype(np.int64)


@pytest.mark.parametrize("shares", [[0.2] * 5, [0.7, 0.3], [0.5, 0.3, 0.2]], ids=str)
def test_labels_are_spread_as_well_as_by_the_papers_algorithm_and_better_than_by_chance(shares: list[float]) -> None:
    """Mean deviation of label shares over eight corpora: at most 5 % over a plain version's, under 2/3 of chance."""
    ours, theirs, chance = [], [], []
    for seed in range(8):
        labels = zipf_labels(seed)
        ones, n = np.ones(len(labels), np.int64), len(shares)
        ours.append(deviation(labels, stratify(labels, ones, shares, stream(seed)), n))
        theirs.append(deviation(labels, sechidis(labels, shares, np.random.default_rng(seed)), n))
        borders = np.cumsum(shares)[:-1] * len(labels)
        drawn = np.searchsorted(borders, np.random.default_rng(seed).permutation(len(labels)), side="right")
        chance.append(deviation(labels, drawn, n))
    assert np.mean(ours) <= 1.05 * np.mean(theirs)
    assert np.mean(ours) < 0.67 * np.mean(chance)


@pytest.mark.parametrize("shares", [[0.2] * 5, [0.7, 0.3], [0.1, 0.9]], ids=str)
def test_parts_have_the_sizes_asked_for(shares: list[float]) -> None:
    """Within three documents of each share of 120, though labels are served first."""
    for seed in range(8):
        labels = zipf_labels(seed)
        sizes = np.bincount(stratify(labels, np.ones(120, np.int64), shares, stream(seed)), minlength=len(shares))
        assert np.abs(sizes - 120 * np.array(shares)).max() <= 3


def test_units_without_labels_fill_what_is_wanted_exactly() -> None:
    """With no label at all it is a split by size alone."""
    part = stratify(np.zeros((100, 3), np.int64), np.ones(100, np.int64), [0.7, 0.3], stream(0))
    assert np.bincount(part).tolist() == [70, 30]
    part = stratify(np.zeros((10, 0), np.int64), np.ones(10, np.int64), [0.5, 0.5], stream(0))
    assert np.bincount(part).tolist() == [5, 5]


def test_every_rare_label_stands_in_every_fold_where_it_can() -> None:
    """Five documents of each of four labels, one in each of five folds."""
    labels = np.zeros((100, 4), np.int64)
    for label in range(4):
        labels[label * 5 : label * 5 + 5, label] = 1
    for seed in range(10):
        part = stratify(labels, np.ones(100, np.int64), [0.2] * 5, stream(seed))
        assert all(np.bincount(part[labels[:, label] > 0], minlength=5).tolist() == [1] * 5 for label in range(4))


def test_groups_are_placed_as_one_and_weigh_as_many_documents() -> None:
    """A unit has one part; big groups do not upset sizes by more than one of them."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 7, 60)
    counts = np.array([rng.multinomial(size, [0.5, 0.3, 0.1, 0.1])[:3] for size in sizes])
    for seed in range(8):
        part = stratify(counts, sizes, [0.7, 0.3], stream(seed))
        assert part.shape == (60,)
        documents = np.bincount(part, weights=sizes)
        assert abs(documents[0] - 0.7 * sizes.sum()) <= 6
        for label in range(3):
            found = counts[part == 1, label].sum() / counts[:, label].sum()
            assert abs(found - 0.3) < 0.12


def test_groups_without_labels_are_weighed_by_their_documents() -> None:
    """Thirty groups of one and thirty of nine documents: shares are of documents, not of groups."""
    sizes = np.array([1, 9] * 30)
    for seed in range(8):
        part = stratify(np.zeros((60, 2), np.int64), sizes, [0.7, 0.3], stream(seed))
        assert abs(np.bincount(part, weights=sizes)[1] - 90) <= 9


@settings(derandomize=True, max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 2), min_size=3, max_size=3), min_size=1, max_size=12),
    st.integers(1, 5),
    st.integers(0, 3),
)
def test_every_unit_has_a_part_and_the_same_stream_gives_the_same(
    counts: list[list[int]], n_parts: int, seed: int
) -> None:
    """Whatever the counts; input arrays stay as they were."""
    labels = np.array(counts, dtype=np.int64)
    sizes = np.maximum(labels.max(axis=1), 1)
    before = labels.copy(), sizes.copy()
    part = stratify(labels, sizes, [1.0 / n_parts] * n_parts, stream(seed))
    assert ((part >= 0) & (part < n_parts)).all()
    assert np.array_equal(part, stratify(labels, sizes, [1.0 / n_parts] * n_parts, stream(seed)))
    assert np.array_equal(before[0], labels)
    assert np.array_equal(before[1], sizes)


def test_who_lands_where_is_drawn() -> None:
    """Equal units change places with the seed: no document is always in test."""
    labels, ones = np.ones((6, 1), np.int64), np.ones(6, np.int64)
    parts = np.array([stratify(labels, ones, [0.5, 0.5], stream(seed)) for seed in range(60)])
    assert (parts.mean(axis=0) > 0.2).all()
    assert (parts.mean(axis=0) < 0.8).all()
