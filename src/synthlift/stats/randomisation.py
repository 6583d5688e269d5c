"""Paired randomisation over test groups: what these very models would differ by, had their answers been dealt anew.

It speaks of the trained models at hand only: new runs are no part of it, so its p is smaller than that of an interval
for new runs wherever replicates differ.

References
----------
Noreen (1989), Computer-Intensive Methods for Testing Hypotheses. Yeh (2000), More accurate tests for the statistical
significance of result differences, COLING.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["N_DEALS", "dealt", "randomisation_p"]

FloatArray = NDArray[np.float64]

N_DEALS = 1999
# two sums of the same numbers in another order are one value
_SAME = 1e-12


def dealt(n_groups: int, rng: np.random.Generator, n_deals: int = N_DEALS) -> NDArray[np.float32]:
    """Deal the answers of two arms anew, so often that a p can be told: 1 where a group keeps its own, 0 where not.

    All contrasts of a run can share the deals: each has the p that it would have had alone.

    Returns
    -------
    ndarray of float32, shape (n_deals, n_groups)
        Sums of counts below 2**24 are exact in it, and take half the time.
    """
    return rng.integers(0, 2, (n_deals, n_groups), dtype=np.int8).astype(np.float32)


def randomisation_p(
    plus: tuple[FloatArray, FloatArray], minus: tuple[FloatArray, FloatArray], deals: NDArray[np.float32]
) -> float:
    """Return the two-sided p of the mean difference in F1, exchanging the two arms' answers group by group.

    Parameters
    ----------
    plus, minus : tuple of two ndarrays, each shape (n_replicates, n_groups)
        True positives, and predicted plus true labels, of either arm: ``F1 = 2 tp / z``. A group is exchanged in all
        replicates at once.
    deals : ndarray, shape (B, n_groups)
        As `dealt` makes them; p is at least ``1 / (B + 1)``.

    Examples
    --------
    >>> right, wrong = np.full((1, 8), 1.0), np.zeros((1, 8))
    >>> z = np.full((1, 8), 2.0)
    >>> p = randomisation_p((right, z), (wrong, z), dealt(8, np.random.default_rng(0), 9999))
    >>> abs(p - 2 / 2**8) < 0.003
    True
    """
    observed = abs(_difference(*(side.sum(axis=1) for side in (*plus, *minus))))
    sums = []
    for own, other in zip(plus, minus, strict=True):
        moved = (deals @ (own - other).T.astype(np.float32)).astype(np.float64)  # (n_deals, n_replicates)
        sums.append((other.sum(axis=1) + moved, own.sum(axis=1) - moved))
    (tp_plus, tp_minus), (z_plus, z_minus) = sums
    differences = np.abs(_difference(tp_plus, z_plus, tp_minus, z_minus))
    return float((1 + np.count_nonzero(differences >= observed - _SAME)) / (len(deals) + 1))


def _difference(tp_plus: FloatArray, z_plus: FloatArray, tp_minus: FloatArray, z_minus: FloatArray) -> FloatArray:
    """Return the difference in F1, averaged over the last axis, the replicates."""
    difference: FloatArray = (_f1(tp_plus, z_plus) - _f1(tp_minus, z_minus)).mean(axis=-1)
    return difference


def _f1(tp: FloatArray, z: FloatArray) -> FloatArray:
    return 2.0 * tp / np.maximum(z, 1.0)  # where z is 0 so is tp
