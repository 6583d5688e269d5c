"""How much longer synthetic documents are than real ones.

References
----------
Glass (1976), Primary, secondary, and meta-analysis of research (the control's standard deviation).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.fidelity import Fidelity, jackknifed, refused
from synthlift.metrics.samples import Sample, unmeasurable

__all__ = ["MIN_CLUSTERS", "length_difference", "standardised"]

FloatArray = NDArray[np.float64]

MIN_CLUSTERS = 20


def length_difference(synthetic: Sample, real: Sample) -> Fidelity:
    """Measure the difference of mean lengths, in standard deviations of real documents: above 0 where text is longer.

    Real documents alone make the unit, so that no generator moves the ruler that the others are measured with.

    Parameters
    ----------
    synthetic, real : Sample
        One column, each document's length in words or another unit; 20 clusters of either at least.

    Raises
    ------
    ValueError
        For more or fewer columns than one.
    """
    if synthetic.rows.shape[1] != 1:
        raise ValueError(f"got {synthetic.rows.shape[1]} columns, expected one of lengths")
    reason = unmeasurable(synthetic, real, MIN_CLUSTERS)
    if reason is None and np.ptp(real.vectors) == 0.0:
        reason = "got real documents of one length, expected some that differ: the unit is their standard deviation"
    if reason is not None:
        return refused(synthetic, real, reason)
    return jackknifed(standardised, synthetic, real)[0]


def standardised(synthetic: Sample, real: Sample) -> FloatArray:
    """Return the value alone of `length_difference`, ``(1,)``; NaN where the real ones are of one length."""
    spread = float(real.vectors.std(ddof=1))
    if spread == 0.0:  # but for the part that is left out all are of one length
        return np.array([np.nan])
    return np.array([(synthetic.vectors.mean() - real.vectors.mean()) / spread])
