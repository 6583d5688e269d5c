"""How far apart the words of two samples are, by how often each occurs.

References
----------
Lin (1991), Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 37.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr

from synthlift.metrics.fidelity import Fidelity, bounded, jackknifed, refused
from synthlift.metrics.samples import Sample, unmeasurable

__all__ = ["MIN_CLUSTERS", "divergence", "vocabulary_divergence"]

FloatArray = NDArray[np.float64]

MIN_CLUSTERS = 20


def vocabulary_divergence(synthetic: Sample, real: Sample) -> Fidelity:
    """Measure the Jensen-Shannon divergence of two vocabularies, in bits: 0 for equal shares, 1 for no common word.

    Small samples of one law share few of their rare words, so it is read beside its floor.

    Parameters
    ----------
    synthetic, real : Sample
        How often each word occurs in each document, not negative; texts without any word count nowhere. Words of 20
        clusters of either at least.

    Raises
    ------
    ValueError
        For samples of other columns, or a negative count.
    """
    for one in (synthetic, real):
        if one.rows.size and one.rows.min() < 0:
            raise ValueError(f"got a count of {one.rows.min():g}, expected none below 0")
    synthetic, real = _spoken(synthetic), _spoken(real)
    reason = unmeasurable(synthetic, real, MIN_CLUSTERS)
    if reason is not None:
        return refused(synthetic, real, reason)
    return bounded(jackknifed(divergence, synthetic, real)[0])


def _spoken(one: Sample) -> Sample:
    return one.where(np.asarray(one.rows.sum(axis=1)).ravel() != 0)


def divergence(synthetic: Sample, real: Sample) -> FloatArray:
    """Return the value alone of `vocabulary_divergence`, ``(1,)``; some text of either has a word."""
    written, held_out = (_shares(one) for one in (synthetic, real))
    middle = (written + held_out) / 2.0
    nats = float(rel_entr(written, middle).sum() + rel_entr(held_out, middle).sum()) / 2.0
    return np.array([max(nats, 0.0) / np.log(2.0)])


def _shares(one: Sample) -> FloatArray:
    counts = np.asarray(one.rows.sum(axis=0), dtype=np.float64).ravel()
    shares: FloatArray = counts / counts.sum()
    return shares
