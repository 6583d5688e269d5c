"""Groups join what any pair joins, and are numbered by first appearance."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from synthlift.corpus.groups import connected, same, whole_groups
from synthlift.corpus.shingles import NearPairs, near_pairs, shingle_matrix
from synthlift.randomness import stream

edges = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=12)


def flood(n: int, pairs: list[tuple[int, int]]) -> list[int]:
    """Give each row the number of its component, the plain way."""
    group = list(range(n))
    for _ in range(n):
        for left, right in pairs:
            group[left] = group[right] = min(group[left], group[right])
    order = list(dict.fromkeys(group))
    return [order.index(key) for key in group]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(edges, edges)
def test_rows_joined_by_any_chain_of_pairs_are_one_group(
    one: list[tuple[int, int]], two: list[tuple[int, int]]
) -> None:
    """Also across the two sets of pairs; repeated pairs and pairs with oneself change nothing."""
    arrays = [tuple(np.array(side, dtype=np.int64).reshape(-1, 2).T) for side in (one, two)]
    assert connected(12, *arrays).tolist() == flood(12, [*one, *two])  # type: ignore[arg-type]


def test_near_pairs_join_as_index_pairs_do() -> None:
    """What the shingles found can be given as it is."""
    near = near_pairs(shingle_matrix(["a red fox ran", "another text", "A red fox ran!"]))
    assert isinstance(near, NearPairs)
    assert connected(3, near).tolist() == [0, 1, 0]
    assert connected(3, near, same(["k", "k", None])).tolist() == [0, 0, 0]


def test_no_pairs_leave_every_row_alone_and_no_rows_no_group() -> None:
    """Nothing is joined by nothing."""
    assert connected(3).tolist() == [0, 1, 2]
    assert connected(0).tolist() == []


def test_equal_keys_are_joined_and_none_is_equal_to_nothing() -> None:
    """A missing family is not a family."""
    assert connected(5, same(["a", None, "a", None, "a"])).tolist() == [0, 1, 0, 2, 0]
    assert connected(2, same([None, None])).tolist() == [0, 1]
    assert connected(2, same(["", ""])).tolist() == [0, 0]


def test_whole_groups_are_drawn_up_to_a_number_of_documents():
    """No group is cut, at most so many rows are taken, others with another stream, and all where they fit."""
    group = np.repeat(np.arange(40), 3)
    rows = whole_groups(group, 50, stream(0))
    assert len(rows) == 48
    assert (np.diff(rows) > 0).all()
    assert set(np.bincount(group[rows]).tolist()) <= {0, 3}
    assert rows.tolist() != whole_groups(group, 50, stream(1)).tolist()
    assert whole_groups(group, 120, stream(0)).tolist() == list(range(120))
