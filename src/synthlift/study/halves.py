"""The test set in two halves, so that a fidelity and a gain that are compared do not rest on the same documents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthlift.randomness import stream

__all__ = ["second_half"]


def second_half(seed: int, n_groups: int) -> NDArray[np.bool_]:
    """Return which test groups are of the second half, ``(n_groups,)``; the same ones in a run and in its report.

    >>> int(second_half(0, 9).sum())
    4
    """
    order = stream(seed, "halves").permutation(n_groups)
    return np.asarray(order % 2 == 1)
