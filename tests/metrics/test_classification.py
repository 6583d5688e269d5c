"""F1 and the influence of each test group, against scikit-learn, the jackknife and the bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from synthlift.metrics.classification import GroupCounts, group_counts, macro_f1, micro_f1


def matrices(seed, n_docs=60, n_labels=5, n_groups=25):
    """Draw labels, predictions that agree with most of them, and groups that are all present."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n_docs, n_labels)) < np.linspace(0.05, 0.5, n_labels)
    predicted = labels ^ (rng.random((n_docs, n_labels)) < 0.2)
    group = rng.permutation(np.concatenate([np.arange(n_groups), rng.integers(n_groups, size=n_docs - n_groups)]))
    return predicted, labels, group


def weighted(counts, weight):
    """Count every group as often as its weight says."""
    return GroupCounts(counts.tp * weight[:, np.newaxis], counts.z * weight[:, np.newaxis])


def scores(counts, supported):
    """Return the values of micro-F1 and macro-F1."""
    micro, macro = micro_f1(counts), macro_f1(counts, supported)
    assert micro is not None
    assert macro is not None
    return np.array([micro.value, macro.value])


def influences(counts, supported):
    """Return the influences on micro-F1 and macro-F1, ``(2, n_groups)``."""
    return np.array([micro_f1(counts).influence, macro_f1(counts, supported).influence])


def test_by_hand():
    """Two groups, two labels: F1 and both influences are those worked out on paper."""
    predicted = np.array([[1, 0], [1, 1], [0, 1]], dtype=bool)
    labels = np.array([[1, 1], [1, 0], [0, 1]], dtype=bool)
    counts = group_counts(predicted, labels, np.array([0, 0, 1]), 2)
    assert counts.tp.tolist() == [[2, 0], [0, 1]]
    assert counts.z.tolist() == [[4, 2], [0, 2]]
    micro, macro = micro_f1(counts), macro_f1(counts, np.array([True, True]))
    assert micro.value == pytest.approx(6 / 8)
    assert micro.influence == pytest.approx([(4 - 0.75 * 6) / 8, (2 - 0.75 * 2) / 8])
    assert macro.value == pytest.approx((1 + 0.5) / 2)
    assert macro.influence == pytest.approx([(0 + (0 - 0.5 * 2) / 4) / 2, (0 + (2 - 0.5 * 2) / 4) / 2])


@pytest.mark.parametrize("seed", range(10))
def test_scikit_learn(seed):
    """Micro-F1 over all labels and macro-F1 over supported ones are scikit-learn's."""
    predicted, labels, group = matrices(seed, n_docs=40)
    labels[:, 0] = False  # predicted now and then, never true: counts in micro, not in macro
    supported = labels.any(axis=0)
    counts = group_counts(predicted, labels, group, 25)
    micro = f1_score(labels, predicted, average="micro")
    macro = f1_score(labels, predicted, average="macro", labels=np.flatnonzero(supported), zero_division=0)
    assert scores(counts, supported) == pytest.approx([micro, macro], rel=1e-12)


def test_a_supported_label_that_is_never_predicted_scores_zero():
    """It stays in the macro average."""
    labels = np.array([[True, True], [True, False]])
    predicted = np.array([[True, False], [True, False]])
    assert macro_f1(group_counts(predicted, labels, np.array([0, 1]), 2), labels.any(axis=0)).value == 0.5


def test_undefined_scores_are_none():
    """Micro-F1 without anything true or predicted, and macro-F1 without a supported label, have no value."""
    nothing = np.zeros((3, 2), dtype=bool)
    counts = group_counts(nothing, nothing, np.arange(3), 3)
    assert micro_f1(counts) is None
    assert macro_f1(counts, np.array([False, False])) is None


@pytest.mark.parametrize("seed", range(5))
def test_influences_sum_to_zero(seed):
    """What one group adds the others take away."""
    predicted, labels, group = matrices(seed)
    supported = labels.any(axis=0)
    assert influences(group_counts(predicted, labels, group, 25), supported).sum(axis=1) == pytest.approx(
        0.0, abs=1e-14
    )


@pytest.mark.parametrize("seed", range(5))
def test_influence_is_the_derivative_by_the_weight_of_a_group(seed):
    """The infinitesimal jackknife: central differences in each group's weight give the influences."""
    predicted, labels, group = matrices(seed)
    supported = labels.any(axis=0)
    counts, step = group_counts(predicted, labels, group, 25), 1e-5
    expected = influences(counts, supported)
    for g in range(25):
        nudge = step * (np.arange(25) == g)
        up, down = scores(weighted(counts, 1 + nudge), supported), scores(weighted(counts, 1 - nudge), supported)
        assert (up - down) / (2 * step) == pytest.approx(expected[:, g], abs=1e-8)


def test_standard_error_is_that_of_the_delete_one_group_jackknife():
    """On 400 groups the influences and the jackknife give the same standard error to 3 %."""
    predicted, labels, group = matrices(0, n_docs=900, n_groups=400)
    supported = labels.any(axis=0)
    counts = group_counts(predicted, labels, group, 400)
    left_out = np.array([scores(weighted(counts, (np.arange(400) != g).astype(float)), supported) for g in range(400)])
    jackknife = np.sqrt(399 * left_out.var(axis=0))
    linear = np.sqrt(400 / 399 * (influences(counts, supported) ** 2).sum(axis=1))
    assert linear == pytest.approx(jackknife, rel=0.03)


def test_standard_error_is_that_of_new_documents():
    """Over 1,500 test sets drawn anew the spread of micro-F1 is what the influences of one say, to 6 %."""
    rng, values, variances = np.random.default_rng(3), [], []
    group = np.arange(120)
    for _ in range(1500):
        hard = rng.random((120, 1))  # some documents are hard for every label
        labels = rng.random((120, 4)) < 0.3
        predicted = labels ^ (rng.random((120, 4)) < 0.4 * hard)
        found = micro_f1(group_counts(predicted, labels, group, 120))
        values.append(found.value)
        variances.append(120 / 119 * (found.influence**2).sum())
    assert np.sqrt(np.mean(variances)) == pytest.approx(np.std(values), rel=0.06)


def test_grouping_changes_influences_not_scores():
    """Documents of one group move together: their influences add up."""
    predicted, labels, group = matrices(1)
    supported = labels.any(axis=0)
    grouped, single = (group_counts(predicted, labels, g, n) for g, n in ((group, 25), (np.arange(60), 60)))
    assert scores(grouped, supported) == pytest.approx(scores(single, supported))
    alone = influences(single, supported)
    together = np.array([np.bincount(group, weights=row, minlength=25) for row in alone])
    assert influences(grouped, supported) == pytest.approx(together, abs=1e-15)


def test_order_of_documents_does_not_matter():
    """Counts are those of the documents in any order."""
    predicted, labels, group = matrices(2)
    order = np.random.default_rng(0).permutation(60)
    one, other = (group_counts(predicted[o], labels[o], group[o], 25) for o in (np.arange(60), order))
    assert np.array_equal(one.tp, other.tp)
    assert np.array_equal(one.z, other.z)
