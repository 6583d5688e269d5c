"""Label sets are used evenly, and none is invented."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthlift.corpus import Corpus, Document
from synthlift.errors import BadConfiguration
from synthlift.generators.label_sets import draw_label_sets
from synthlift.randomness import stream


def corpus(*sets: tuple[str, ...]) -> Corpus:
    return Corpus.of([Document(f"r{i}", "text", labels) for i, labels in enumerate(sets)], ("A", "B", "C", "D"))


def test_empirical_label_sets_are_those_of_the_documents_as_often_as_there(train: Corpus) -> None:
    """Of 5 labelled documents 10 are 2 each: A stands twice, so it is asked 4 times; the unlabelled one never is."""
    drawn = Counter(draw_label_sets(train, 10, "empirical", stream(0)))
    assert drawn == {("A",): 4, ("A", "B"): 2, ("B", "C"): 2, ("C",): 2}


@pytest.mark.parametrize("n", [0, 1, 3, 7, 13])
def test_each_document_lends_its_label_set_as_often_as_any_other_up_to_one(n: int) -> None:
    """13 of 3 documents are 4, 4 and 5."""
    drawn = Counter(draw_label_sets(corpus(("A",), ("B",), ("C",)), n, "empirical", stream(1)))
    counts = [drawn[(label,)] for label in "ABC"]
    assert sum(counts) == n
    assert max(counts) - min(counts) <= 1


def test_the_order_is_drawn(train: Corpus) -> None:
    """Equal streams give equal orders, others other ones; the first of many are those of few."""
    orders = {tuple(draw_label_sets(train, 5, "empirical", stream(seed))) for seed in range(20)}
    assert len(orders) > 5
    assert draw_label_sets(train, 5, "empirical", stream(3)) == draw_label_sets(train, 12, "empirical", stream(3))[:5]


def test_balanced_label_sets_even_out_a_rare_label() -> None:
    """8 documents of A against 1 of B: each is asked for half of the time."""
    drawn = Counter(draw_label_sets(corpus(*[("A",)] * 8, ("B",)), 10, "balanced", stream(0)))
    assert drawn == {("A",): 5, ("B",): 5}


@given(
    sets=st.lists(st.sets(st.sampled_from("ABCD"), min_size=1).map(lambda each: tuple(sorted(each))), min_size=1),
    n=st.integers(0, 40),
)
def test_balancing_invents_no_co_occurrence(sets: list[tuple[str, ...]], n: int) -> None:
    """Every set that is drawn was observed."""
    assert set(draw_label_sets(corpus(*sets), n, "balanced", stream(0))) <= set(sets)


def test_given_label_sets_take_turns(train: Corpus) -> None:
    """Sorted and without repeats, whatever documents carry."""
    drawn = Counter(draw_label_sets(train, 5, [("B", "A", "B"), ("D",)], stream(0)))
    assert sorted(drawn) == [("A", "B"), ("D",)]
    assert sorted(drawn.values()) == [2, 3]
    assert draw_label_sets(corpus(()), 1, [("A",)], stream(0)) == [("A",)]


@pytest.mark.parametrize(("given_sets", "told"), [([("X",)], "'X'"), ([], "none"), ([("A",), ()], "empty")])
def test_given_label_sets_that_cannot_be_written_for_are_refused(
    train: Corpus, given_sets: list[tuple[str, ...]], told: str
) -> None:
    """A label that the corpus does not know, no set, and a set of nothing."""
    with pytest.raises(BadConfiguration, match=told):
        draw_label_sets(train, 1, given_sets, stream(0))


@pytest.mark.parametrize("how", ["empirical", "balanced"])
def test_documents_without_labels_have_no_label_sets_to_lend(how: str) -> None:
    """There would be nothing to write about."""
    with pytest.raises(BadConfiguration, match="without labels"):
        draw_label_sets(corpus((), ()), 3, how, stream(0))  # type: ignore[arg-type]
