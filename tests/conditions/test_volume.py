"""Volume controls add as many documents as the treatment does, and none of them new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthlift.conditions.sources import Sources
from synthlift.conditions.volume import match_rows, real_and_steps, replicated, replicated_matched
from synthlift.corpus import Corpus, Document, Origin
from synthlift.randomness import stream

LABELS = ("x", "y", "z")


def sources(
    real: Sequence[str],
    synthetic: Sequence[str],
    parent: Sequence[int] | None = None,
    group: Sequence[int] | None = None,
) -> Sources:
    """Build sources from label sets, one character a label."""

    def build(name: str, labels: Sequence[str], origin: Origin | None) -> Corpus:
        documents = [
            Document(f"{name}{i}", f"text {name}{i}", tuple(own), None, origin) for i, own in enumerate(labels)
        ]
        return Corpus.of(documents, LABELS)

    return Sources(
        real=build("r", real, None),
        real_group=np.asarray(group if group is not None else range(len(real)), dtype=np.int64),
        synthetic=build("s", synthetic, Origin("tool")),
        parent=np.asarray(parent if parent is not None else [-1] * len(synthetic), dtype=np.int64),
        family=np.arange(len(synthetic)),
        spare=build("p", [], None),
        spare_group=np.zeros(0, np.int64),
    )


label_sets = st.sampled_from(["", "x", "y", "z", "xy", "xz", "yz", "xyz"])


@st.composite
def any_sources(draw: st.DrawFn) -> Sources:
    real = draw(st.lists(label_sets, min_size=1, max_size=8))
    synthetic = draw(st.lists(label_sets, max_size=25))
    rows = st.integers(0, len(real) - 1)
    parent = draw(st.lists(st.one_of(st.just(-1), rows), min_size=len(synthetic), max_size=len(synthetic)))
    group = [min(key, row) for row, key in enumerate(draw(st.lists(rows, min_size=len(real), max_size=len(real))))]
    return sources(real, synthetic, parent, group)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(any_sources(), st.integers(0, 5))
def test_replicas_are_spread_evenly_and_are_as_many_as_the_treatment_adds(given_: Sources, seed: int) -> None:
    """N + M rows, each document once or in copies whose numbers differ by one at most."""
    training = replicated(given_, stream(seed)).training
    n, m = len(given_.real), len(given_.synthetic)
    copies = Counter(training.texts)
    assert len(training) == n + m
    assert training.texts[:n] == tuple(given_.real.texts)
    assert set(copies) == set(given_.real.texts)
    assert max(copies.values()) - min(copies.values()) <= 1
    assert training.is_real.tolist() == [True] * n + [False] * m


@settings(derandomize=True, max_examples=60, deadline=None)
@given(any_sources(), st.integers(0, 5))
def test_a_copy_has_the_labels_and_the_descent_of_its_document(given_: Sources, seed: int) -> None:
    """In both controls each added row is a real document in all but its place."""
    n = len(given_.real)
    for recipe in (replicated, replicated_matched):
        training = recipe(given_, stream(seed)).training
        row_of = {text: row for row, text in enumerate(training.texts[:n])}
        for row, text in enumerate(training.texts):
            assert np.array_equal(training.labels[row], given_.real.label_matrix()[row_of[text]])
            assert training.original[row] == training.original[row_of[text]]
            assert given_.real_group[training.original[row]] == given_.real_group[row_of[text]]


def test_who_gets_one_copy_more_is_drawn() -> None:
    """Over seeds every document is the one at times, and the same stream draws the same."""
    given_ = sources(["x"] * 4, ["x"] * 5)
    luckiest = [Counter(replicated(given_, stream(seed)).training.texts).most_common(1)[0][0] for seed in range(40)]
    assert set(luckiest) == set(given_.real.texts)
    assert replicated(given_, stream(3)).training.texts == replicated(given_, stream(3)).training.texts


def test_a_multiple_of_the_documents_copies_each_as_often() -> None:
    """M = 2 N is every document three times, so that volume is the only difference."""
    training = replicated(sources(["x", "y", ""], ["x"] * 6), stream(0)).training
    assert set(Counter(training.texts).values()) == {3}


def test_fewer_added_than_real_documents_copy_some_once() -> None:
    """No real document is lost where M is small, unlike in drawing with replacement."""
    training = replicated(sources(["x"] * 10, ["y"] * 3), stream(0)).training
    assert sorted(Counter(training.texts).values()) == [1] * 7 + [2] * 3


@settings(derandomize=True, max_examples=80, deadline=None)
@given(any_sources(), st.integers(0, 5))
def test_a_match_is_the_parent_or_a_document_of_highest_jaccard(given_: Sources, seed: int) -> None:
    """Against label sets as Python sets; two empty sets are equal."""

    def jaccard(left: Document, right: Document) -> float:
        one, other = set(left.labels), set(right.labels)
        return len(one & other) / len(one | other) if one | other else 1.0

    rows, similarity = match_rows(
        given_.synthetic.label_matrix(), given_.real.label_matrix(), given_.parent, stream(seed)
    )
    for row, document in enumerate(given_.synthetic):
        chosen = given_.real.documents[rows[row]]
        assert similarity[row] == pytest.approx(jaccard(document, chosen))
        if given_.parent[row] >= 0:
            assert rows[row] == given_.parent[row]
        else:
            assert similarity[row] == pytest.approx(max(jaccard(document, other) for other in given_.real))


def test_ties_are_spread_evenly_counting_the_copies_of_parents() -> None:
    """Of three documents of one label set, one with two children already gets copies last."""
    given_ = sources(["x", "x", "x", "y"], ["x"] * 9, [0, 0, *[-1] * 7])
    for seed in range(10):
        training = replicated_matched(given_, stream(seed)).training
        assert Counter(training.texts[4:]) == {"text r0": 3, "text r1": 3, "text r2": 3}


def test_which_of_equal_documents_comes_first_is_drawn() -> None:
    """The first in file order is not favoured."""
    given_ = sources(["x"] * 5, ["x"])
    assert {replicated_matched(given_, stream(seed)).training.texts[5] for seed in range(40)} == set(given_.real.texts)


def test_unmatched_are_those_without_parent_whose_label_set_no_real_document_has() -> None:
    """A parent answers for a child of other labels; an empty set is matched by an empty set only."""
    given_ = sources(["x", "xy"], ["x", "xyz", "z", "", "z"], [-1, -1, -1, -1, 1])
    composition = replicated_matched(given_, stream(0))
    assert composition.facts == {"n_unmatched": 3}
    assert composition.training.texts[2:4] == ("text r0", "text r1")
    assert composition.training.texts[-1] == "text r1"
    assert replicated_matched(sources(["x", ""], [""]), stream(0)).facts == {"n_unmatched": 0}


def test_steps_ask_for_as_many_as_the_treatment_has_rows_and_add_no_row() -> None:
    """The N real documents, n_steps = N + M."""
    training = real_and_steps(sources(["x", "y"], ["x"] * 5), stream(0)).training
    assert len(training) == 2
    assert training.n_steps == 7
    assert training.is_real.all()


def test_nothing_synthetic_leaves_the_real_documents() -> None:
    """M = 0 is the reference in all three controls."""
    given_ = sources(["x", "y"], [])
    for recipe in (replicated, replicated_matched, real_and_steps):
        assert recipe(given_, stream(0)).training.texts == ("text r0", "text r1")
