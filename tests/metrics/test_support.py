"""Precision, recall, density, coverage: by hand, in plain loops, and as the package of their authors has them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from synthlift.metrics import pairs
from synthlift.metrics.samples import sample
from synthlift.metrics.support import support

NAMES = ("precision", "recall", "density", "coverage")


def drawn(seed, n, dimensions=3, shift=0.0, scale=1.0):
    """Draw a normal sample."""
    return sample(np.random.default_rng(seed).normal(shift, scale, (n, dimensions)))


def values(found):
    """Return the four numbers."""
    return [getattr(found, name).value for name in NAMES]


def direct(written, real, k=5):
    """Sort whole matrices of distances."""
    real_reach = np.sort(cdist(real, real), axis=1)[:, k]
    reach = np.sort(cdist(written, written), axis=1)[:, k]
    distance = cdist(written, real)
    inside = distance <= real_reach
    return [
        inside.any(axis=1).mean(),
        (distance <= reach[:, np.newaxis]).any(axis=0).mean(),
        inside.sum(axis=1).mean() / k,
        inside.any(axis=0).mean(),
    ]


@pytest.mark.parametrize("block", [7, 64, 1024])
def test_blocks_give_what_whole_matrices_give(monkeypatch, block):
    """Whatever the size of a block."""
    monkeypatch.setattr(pairs, "BLOCK", block)
    written, real = drawn(0, 60, shift=0.5), drawn(1, 75)
    assert values(support(written, real)) == pytest.approx(direct(written.vectors, real.vectors), abs=1e-15)


def test_it_is_what_prdc_gives():
    """Computed once by prdc 0.2 (``compute_prdc``, five neighbours) of these two samples."""
    rng = np.random.default_rng(0)
    real = rng.normal(size=(90, 3))
    written = rng.normal(0.6, 0.8, size=(70, 3))
    expected = [0.9714285714285714, 0.9333333333333333, 0.9, 0.6888888888888889]
    assert values(support(sample(written), sample(real))) == pytest.approx(expected, abs=1e-12)


def test_on_a_line_by_hand():
    """Real at 0, 1, ..., 59, written at 0.5 past each of the first 50: radius 5 at the ends, 3 within."""
    real, written = np.arange(60.0)[:, np.newaxis], np.arange(50.0)[:, np.newaxis] + 0.5
    found = support(sample(written), sample(real))
    # written ones reach 5 at their ends: from 49.5 to 54.5, so that real 55 to 59 are never met
    assert found.precision.value == 1.0
    assert found.recall.value == 55 / 60
    # real 52.5 and above reach 3, 4 or 5: 52 meets 49.5; 53 does not; 57, 58, 59 reach 52 and no farther
    assert found.coverage.value == 53 / 60


def test_narrow_text_is_precise_and_recalls_little():
    """A tenth of the spread is inside real support and reaches few real documents; wide text is the reverse."""
    real = drawn(2, 100)
    narrow, wide = support(drawn(3, 100, scale=0.1), real), support(drawn(3, 100, scale=5.0), real)
    assert narrow.precision.value > 0.95 > 0.3 > narrow.recall.value
    assert wide.precision.value < 0.5 < 0.9 < wide.recall.value


def test_copies_are_fully_supported():
    """Of copies precision, recall and coverage are 1, of constant documents too: rounding shuts no ball."""
    for same in (drawn(4, 60), sample(np.full((60, 3), 1.0 / 3.0))):
        found = support(same, same)
        assert [found.precision.value, found.recall.value, found.coverage.value] == [1.0, 1.0, 1.0]
        assert found.precision.low is None
        assert found.precision.reason == "nothing varies where documents are left out: no interval"


def test_far_apart_nothing_is_supported():
    """A thousand deviations away all four are 0."""
    assert values(support(drawn(5, 60, shift=1e3), drawn(6, 60))) == [0.0, 0.0, 0.0, 0.0]


def test_intervals_stay_inside_what_a_share_can_be():
    """Limits of the shares lie in [0, 1], around the value."""
    found = support(drawn(7, 80, shift=0.3), drawn(8, 80))
    for one in (found.precision, found.recall, found.coverage):
        assert 0.0 <= one.low <= one.value <= one.high <= 1.0


def test_under_fifty_documents_all_four_are_refused():
    """Forty-nine are too few, with the reason."""
    found = support(drawn(0, 60), drawn(1, 49))
    assert values(found) == [None] * 4
    assert found.density.reason.startswith("got 60 synthetic and 49 real independent documents, expected at least 50")
