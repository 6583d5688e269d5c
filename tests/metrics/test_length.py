"""Difference of lengths: by hand, in the real documents' unit, and where that is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from synthlift.metrics.length import length_difference
from synthlift.metrics.samples import sample


def lengths(*values):
    """Make a sample of one column."""
    return sample(np.array(values, dtype=float)[:, np.newaxis])


def test_the_unit_is_the_real_documents_deviation():
    """Real 10 and 14 alternate: mean 12, deviation 2 sqrt(40 / 39); synthetic 18 on average is three of 2 longer."""
    found = length_difference(lengths(*[6, 30] * 20), lengths(*[10, 14] * 20))
    assert found.value == pytest.approx(6.0 / (2.0 * np.sqrt(40 / 39)), abs=1e-12)


def test_the_interval_agrees_with_students():
    """Where the unit is sure (2,000 real documents), the half width is Welch's over that unit, within a third."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(110, 20, 60), rng.normal(100, 20, 2000)
    found = length_difference(lengths(*x), lengths(*y))
    known = ttest_ind(x, y, equal_var=False).confidence_interval()
    assert (found.high - found.low) == pytest.approx((known.high - known.low) / y.std(ddof=1), rel=0.33)


def test_shorter_text_is_below_zero():
    """Its sign is that of synthetic less real, and its interval excludes 0."""
    rng = np.random.default_rng(1)
    found = length_difference(lengths(*rng.normal(50, 10, 100)), lengths(*rng.normal(100, 10, 100)))
    assert found.high < 0.0


def test_real_documents_of_one_length_have_no_unit():
    """No deviation, no number; a single document of another length gives one without an interval."""
    found = length_difference(lengths(*range(30)), lengths(*[7] * 30))
    assert found.value is None
    assert found.reason.startswith("got real documents of one length")
    one_other = length_difference(lengths(*range(30)), lengths(*[7] * 29, 8))
    assert one_other.value is not None
    assert (one_other.low, one_other.high) == (None, None)
    assert one_other.reason == "nothing varies where documents are left out: no interval"


def test_few_documents_and_other_columns():
    """Nineteen documents are refused with the reason; two columns are an error."""
    assert length_difference(lengths(*range(19)), lengths(*range(30))).reason.startswith("got 19 synthetic")
    with pytest.raises(ValueError, match="got 2 columns, expected one of lengths"):
        length_difference(sample(np.zeros((30, 2))), sample(np.zeros((30, 2))))
