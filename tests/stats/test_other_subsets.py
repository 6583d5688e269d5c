"""The sensitivity check for other real documents, by hand after Nadeau and Bengio."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.stats.two_way import TwoWay, two_way

ESTIMATE = TwoWay(0.1, v_replicates=0.0004, v_documents=0.0009, v_interaction=0.0001, n_replicates=10, n_groups=50)


def test_by_hand():
    """Half of the pool in each of ten subsets: V_r times 1 + 10 * 1 = 11; nothing else is touched."""
    found = ESTIMATE.for_other_subsets(0.5)
    assert found.v_replicates == pytest.approx(0.0044)
    assert found.variance == pytest.approx(0.0044 + 0.0009 - 0.0001)
    assert (found.value, found.v_documents, found.v_interaction) == (0.1, 0.0009, 0.0001)
    assert (found.n_replicates, found.n_groups) == (10, 50)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.8])
def test_it_is_the_corrected_resampled_variance(share):
    """V_r becomes (1/R + n_2/n_1) s^2 with n_2/n_1 = f/(1 - f), the published form on the spread of replicates."""
    values = np.array([0.1, 0.14, 0.08, 0.2, 0.11])
    influence = np.zeros((5, 4))
    influence[:, 0], influence[:, 1] = values / 10, -values / 10
    found = two_way(values, influence).for_other_subsets(share)
    assert found.v_replicates == pytest.approx((1 / 5 + share / (1 - share)) * values.var(ddof=1))


def test_a_sliver_of_the_pool_changes_little_and_more_of_it_widens_the_interval():
    """Subsets that hardly overlap need no correction; the interval grows with the overlap."""
    widths = [np.diff(ESTIMATE.for_other_subsets(share).interval())[0] for share in (1e-9, 0.2, 0.5, 0.9)]
    assert widths[0] == pytest.approx(np.diff(ESTIMATE.interval())[0])
    assert (np.diff(widths) > 0).all()


def test_without_spread_between_replicates_there_is_nothing_to_inflate():
    """One replicate, or a learner that ignores the subset: the estimate is unchanged."""
    once = TwoWay(0.1, 0.0, 0.0009, 0.0, 1, 50)
    assert once.for_other_subsets(0.5) == once
