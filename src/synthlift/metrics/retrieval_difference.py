"""Whether two ways to rank differ: paired randomisation over queries, by groups of test documents.

It speaks of these very rankings. The interval for new test documents and runs is made of the queries' own values: their
mean by group is `synthlift.metrics.per_document.document_mean`, of which `synthlift.stats.two_way` makes it.

References
----------
Smucker, Allan & Carterette (2007), A comparison of statistical significance tests for information retrieval, CIKM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.retrieval import Retrieval

__all__ = ["Difference", "compare"]

IntArray = NDArray[np.int64]

# two sums of the same numbers in another order are one value
_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean difference in nDCG@10 of two rankings.

    Attributes
    ----------
    value : float or None
        The first less the second, mean over queries, then replicates.
    p : float or None
        Two-sided, of the paired randomisation test: of these very rankings, at least ``1 / (B + 1)``.
    n_queries : int
        Of the replicate with fewest.
    reason : str or None
        Why there is no value.
    """

    value: float | None
    p: float | None
    n_queries: int
    reason: str | None = None


def compare(
    plus: Sequence[Retrieval], minus: Sequence[Retrieval], group: IntArray, deals: NDArray[np.float32]
) -> Difference:
    """Test whether two ways to rank differ, exchanging their answers by groups of test documents.

    Parameters
    ----------
    plus, minus : sequence of Retrieval
        The replicates of either way, the same queries measured in both; one where there are no replicates.
    group : ndarray of int, shape (n_queries,)
        Group of each query, 0 to ``n_groups - 1``, measured or not. A group is exchanged in all replicates at once.
    deals : ndarray of float, shape (B, n_groups)
        1 where a group keeps its answers, 0 where the two ways exchange them; `synthlift.stats.randomisation.dealt`
        makes them.

    Raises
    ------
    ValueError
        For no replicates, unequally many ones, or other queries on one side than on the other.
    """
    if not plus or len(plus) != len(minus):
        raise ValueError(f"got {len(plus)} and {len(minus)} replicates, expected as many of either, at least one")
    n_queries = min(len(side.query) for side in (*plus, *minus))
    reason = next((side.reason for side in (*plus, *minus) if side.value is None), None)
    if reason is not None:
        return Difference(None, None, n_queries, reason)
    share = np.zeros(deals.shape[1])
    for one, other in zip(plus, minus, strict=True):
        if not np.array_equal(one.query, other.query):
            raise ValueError(
                f"got {len(one.query)} and {len(other.query)} queries, expected the same ones in the same rows"
            )
        weights = (one.ndcg - other.ndcg) / len(one.query) / len(plus)
        share += np.bincount(group[one.query], weights=weights, minlength=len(share))
    value = float(share.sum())
    exchanged = np.abs((2.0 * deals.astype(np.float64) - 1.0) @ share)
    p = (1 + np.count_nonzero(exchanged >= abs(value) - _SAME)) / (len(deals) + 1)
    return Difference(value, float(p), n_queries)
