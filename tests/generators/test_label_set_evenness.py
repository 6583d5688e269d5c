"""Label sets to write for: as even as was asked, and never a set that nobody has seen."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthlift.corpus import Corpus, Document
from synthlift.errors import BadConfiguration
from synthlift.generators.label_sets import draw_label_sets
from synthlift.randomness import stream


def corpus(*sets: str) -> Corpus:
    return Corpus.of([Document(f"r{i}", f"text {i}", tuple(sorted(each))) for i, each in enumerate(sets)])


def label_counts(sets: list[tuple[str, ...]]) -> Counter[str]:
    return Counter(label for each in sets for label in each)


SETS = st.lists(st.sets(st.sampled_from("abcde"), min_size=0, max_size=3).map("".join), min_size=1, max_size=8)


@given(SETS.filter(any), st.integers(0, 40), st.integers(0, 9))
def test_empirical_uses_each_labelled_document_equally_often_up_to_one(sets: list[str], n: int, seed: int) -> None:
    """So the label mix is that of the training documents; those without labels are not written for."""
    labelled = Counter(tuple(sorted(each)) for each in sets if each)
    drawn = draw_label_sets(corpus(*sets), n, "empirical", stream(seed))
    rounds, rest = divmod(n, labelled.total())
    assert len(drawn) == n
    got = Counter(drawn)
    assert set(got) <= set(labelled)
    assert all(rounds * k <= got[each] <= rounds * k + min(k, rest) for each, k in labelled.items())


def test_empirical_draws_a_part_of_a_round_at_random() -> None:
    """Not the first documents of the file."""
    train = corpus(*"abcdefgh")
    firsts = {draw_label_sets(train, 1, "empirical", stream(seed))[0] for seed in range(60)}
    assert len(firsts) == 8


@pytest.mark.parametrize(
    ("sets", "n", "widest"),
    [
        # one label to a set: whatever the counts in the data, n / 3 each
        (["a"] * 90 + ["b"] * 9 + ["c"], 30, 0),
        (["a"] * 90 + ["b"] * 9 + ["c"], 31, 1),
        # b never comes alone: a can only keep up with it
        (["a"] * 9 + ["ab"], 20, 1),
        (["a", "ab", "c"], 40, 2),
        # a rare label among four common ones
        (["a", "b", "c", "d", "abcdr"], 25, 1),
        (["ab", "bc", "ac"], 30, 0),
    ],
)
def test_balanced_makes_label_counts_as_even_as_the_sets_allow(sets: list[str], n: int, widest: int) -> None:
    """Hand-computed: the largest difference between the counts of two labels."""
    train = corpus(*sets)
    for seed in range(5):
        counts = label_counts(draw_label_sets(train, n, "balanced", stream(seed)))
        assert max(counts[label] for label in train.labels) - min(counts[label] for label in train.labels) <= widest


@given(SETS.filter(any), st.integers(0, 30), st.integers(0, 9))
def test_balanced_never_invents_a_co_occurrence(sets: list[str], n: int, seed: int) -> None:
    """Each drawn set is that of a training document."""
    train = corpus(*sets)
    drawn = draw_label_sets(train, n, "balanced", stream(seed))
    assert len(drawn) == n
    assert set(drawn) <= {document.labels for document in train if document.labels}


def test_given_sets_are_used_equally_often_up_to_one_and_in_the_spelling_of_documents() -> None:
    """Also sets that no training document has; sorted and without repeats, as a document's labels are."""
    train = corpus("a", "b", "")
    drawn = Counter(draw_label_sets(train, 7, [("b", "a", "b"), ("a",)], stream(0)))
    assert sorted(drawn.values()) == [3, 4]
    assert set(drawn) == {("a", "b"), ("a",)}


@pytest.mark.parametrize(
    ("train", "how", "told"),
    [
        (corpus("", ""), "empirical", "without labels"),
        (corpus("", ""), "balanced", "without labels"),
        (corpus("a"), [("a",), ("z",)], "got 'z', expected labels of the corpus"),
        (corpus("a"), [], "expected labels to write for"),
        (corpus("a"), [("a",), ()], "expected labels to write for"),
    ],
)
def test_sets_that_nothing_can_be_written_for_are_refused(train: Corpus, how: object, told: str) -> None:
    """With what was got and what to do."""
    with pytest.raises(BadConfiguration, match=told):
        draw_label_sets(train, 3, how, stream(0))


@pytest.mark.parametrize("how", ["empirical", "balanced", [("a",), ("a", "b"), ("c",)]])
def test_equal_streams_give_equal_sets_and_more_of_them_begin_alike(how: object) -> None:
    """A larger n goes on where the smaller one ended, so that what was bought is not bought again."""
    train = corpus("a", "b", "ab", "c", "bc")
    drawn = draw_label_sets(train, 20, how, stream(3))
    assert draw_label_sets(train, 20, how, stream(3)) == drawn
    assert draw_label_sets(train, 7, how, stream(3)) == drawn[:7]
    assert any(draw_label_sets(train, 20, how, stream(seed)) != drawn for seed in range(4, 8))
