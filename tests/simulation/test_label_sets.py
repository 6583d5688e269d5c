"""Label sets are long-tailed and keep company as planted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from synthlift.randomness import stream
from synthlift.simulation.label_sets import LABEL_BITS, SIZE_WEIGHTS, LabelModel
from synthlift.simulation.simulator import draw_bits
from synthlift.simulation.vocabulary import assistive_technology

N = 20_000


@pytest.fixture(scope="module")
def label_sets() -> list[tuple[int, ...]]:
    return LabelModel(assistive_technology(), 64).draw(draw_bits(stream(3, "label sets"), N, LABEL_BITS))


@pytest.fixture(scope="module")
def matrix(label_sets: list[tuple[int, ...]]) -> np.ndarray:
    made = np.zeros((N, 64), dtype=float)
    for row, labels in enumerate(label_sets):
        made[row, list(labels)] = 1
    return made


def test_sizes_are_as_planted(label_sets: list[tuple[int, ...]]) -> None:
    """Each size is met within four standard errors of its share of 256."""
    counts = np.bincount([len(labels) for labels in label_sets], minlength=6)
    assert counts[0] == 0
    for size, weight in enumerate(SIZE_WEIGHTS, start=1):
        share = weight / 256
        assert abs(counts[size] / N - share) < 4 * np.sqrt(share * (1 - share) / N)


def test_labels_of_a_set_are_distinct(label_sets: list[tuple[int, ...]]) -> None:
    """No set names a label twice."""
    assert all(len(set(labels)) == len(labels) for labels in label_sets)


def test_frequencies_have_a_long_tail(matrix: np.ndarray) -> None:
    """Leading labels fall as 1 / (rank + 5); all occur, and the first is over five times the last."""
    counts = matrix.sum(axis=0)
    assert counts.min() > 0.002 * N
    assert counts[:8].mean() > 4 * counts[-8:].mean()
    ranks = np.argsort(np.argsort(-counts))
    assert np.corrcoef(ranks, np.arange(64))[0, 1] > 0.95


def test_leading_labels_follow_the_planted_law(label_sets: list[tuple[int, ...]]) -> None:
    """The first label of a set is drawn by 1 / (rank + 5) alone."""
    counts = np.bincount([labels[0] for labels in label_sets], minlength=64)
    expected = 1 / (np.arange(1, 65) + 5)
    expected *= N / expected.sum()
    assert np.all(np.abs(counts - expected) < 5 * np.sqrt(expected) + 0.003 * expected)


def test_domains_and_named_pairs_keep_company(matrix: np.ndarray) -> None:
    """Named pairs and labels of one domain meet over twice as often as chance, strangers less often than chance."""
    vocabulary = assistive_technology()
    met = matrix.T @ matrix
    counts = matrix.sum(axis=0)
    lift = met * N / np.outer(counts, counts)
    named = set(vocabulary.pairs) | {(b, a) for a, b in vocabulary.pairs}
    kinds: dict[str, list[float]] = {"named": [], "domain": [], "strangers": []}
    for a, b in itertools.combinations(range(64), 2):
        same = vocabulary.labels[a].domain == vocabulary.labels[b].domain
        kinds["named" if (a, b) in named else "domain" if same else "strangers"].append(lift[a, b])
    means = {kind: np.mean(values) for kind, values in kinds.items()}
    assert means["domain"] > 2
    assert means["named"] > means["domain"]
    assert means["strangers"] < 1


@pytest.mark.parametrize("n_labels", [2, 3, 12])
def test_few_labels_make_sets_of_few(n_labels: int) -> None:
    """A set cannot hold more labels than there are."""
    drawn = LabelModel(assistive_technology(), n_labels).draw(draw_bits(stream(4, "few"), 500, LABEL_BITS))
    assert {label for labels in drawn for label in labels} == set(range(n_labels))
    assert max(len(labels) for labels in drawn) == min(n_labels, 5)
