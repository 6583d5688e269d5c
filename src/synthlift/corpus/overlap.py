"""What must not be trained on, because a test document is the same or nearly so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.shingles import NearPairs

__all__ = ["beside_test", "dropped_synthetic", "pairs_within"]

IntArray = NDArray[np.int64]


def beside_test(role: NDArray[np.str_], group: IntArray) -> NDArray[np.bool_]:
    """Return which documents share a group with a test document without being one; the test set stays as declared.

    >>> beside_test(np.array(["train", "test", "train"]), np.array([0, 0, 1])).tolist()
    [True, False, False]
    """
    beside: NDArray[np.bool_] = np.isin(group, group[role == "test"]) & (role != "test")
    return beside


def pairs_within(near: NearPairs, start: int, stop: int) -> tuple[IntArray, IntArray]:
    """Return the near pairs with both rows in ``[start, stop)``, counted from `start`."""
    inside = (near.left >= start) & (near.right >= start) & (near.left < stop) & (near.right < stop)
    return near.left[inside] - start, near.right[inside] - start


def dropped_synthetic(
    parents: Sequence[Sequence[str]],
    role_of: Mapping[str, str],
    near: NearPairs,
    is_test: NDArray[np.bool_],
) -> dict[int, str]:
    """Return why synthetic documents cannot be used, by row.

    Parameters
    ----------
    parents : sequence of sequence of str
        Recorded parents of each synthetic document.
    role_of : mapping of str to str
        Role of each real document by id: of those beside a test document it is ``test``. Ids that it lacks are parents
        that nobody can check; they drop nothing.
    near : NearPairs
        Over the real texts and then the synthetic ones.
    is_test : ndarray of bool, shape (n_real,)
    """
    n_real = len(is_test)
    reasons: dict[int, str] = {}
    across = (near.left < n_real) & (near.right >= n_real)
    for left, right in zip(near.left[across], near.right[across], strict=True):
        if is_test[left]:
            reasons[int(right) - n_real] = "near-test"
    for row, ids in enumerate(parents):
        roles = {role_of[parent] for parent in ids if parent in role_of}
        if "test" in roles:
            reasons[row] = "parent-in-test"
        elif roles - {"train"}:
            reasons.setdefault(row, "parent-not-in-train")
    return reasons
