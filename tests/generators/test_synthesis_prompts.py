"""Full synthesis: label sets in, documents with these labels out; examples come from training documents alone."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthlift.corpus import Corpus, Document
from synthlift.errors import BadConfiguration
from synthlift.generators.families import families, load_family
from synthlift.generators.synthesis import SynthesisGenerator
from synthlift.models.request import ModelPool, Reply, Unanswered
from synthlift.randomness import stream

POOL = ModelPool("small", "a/model", None, {"temperature": 1.0})
FAMILIES = [load_family(name) for name in ("general-text", "general-news", "general-comment")]


class Numbering:
    """A model whose answers say which they are; every third is lost."""

    def ask(self, requests):
        """Answer each."""
        return [
            Unanswered(request.key, "timeout")
            if place % 3 == 2
            else Reply(request.key, f"Text {place}.", "stop", *[None] * 3)
            for place, request in enumerate(requests)
        ]


def corpus(*sets: str) -> Corpus:
    return Corpus.of([Document(f"r{i}", f"Text of r{i}.", tuple(sorted(each))) for i, each in enumerate(sets)])


def generator(**options) -> SynthesisGenerator:
    return SynthesisGenerator(Numbering(), POOL, options.pop("families", FAMILIES), name="w", **options)


def prompt(order) -> str:
    return "\n".join(content for _, content in order.request.messages)


TRAIN = corpus("ab", "a", "b", "abc", "cd", "")


@pytest.mark.parametrize(
    ("asked", "shots", "nearest"),
    [
        # Jaccard with ab: r0 1, r3 2/3, r1 and r2 1/2, r4 0
        (("a", "b"), 1, [{"r0"}]),
        (("a", "b"), 4, [{"r0"}, {"r3"}, {"r1", "r2"}, {"r1", "r2"}]),
        # with c: r4 1/2, r3 1/3, others 0
        (("c",), 2, [{"r4"}, {"r3"}]),
        # with abcd: r3 3/4, r0 and r4 1/2
        (("a", "b", "c", "d"), 3, [{"r3"}, {"r0", "r4"}, {"r0", "r4"}]),
        # more than there are: all that have labels
        (("a", "b"), 9, [{"r0"}, {"r3"}, {"r1", "r2"}, {"r1", "r2"}, {"r4"}]),
    ],
)
def test_examples_are_the_documents_whose_label_sets_are_nearest(asked, shots, nearest) -> None:
    """By Jaccard similarity, hand-computed; they are recorded as parents in the order in which they are shown."""
    (order,) = generator(shots=shots, label_sets=[asked]).orders(TRAIN, 1, rng=stream(0))
    assert len(order.parents) == len(nearest)
    assert all(parent in among for parent, among in zip(order.parents, nearest, strict=True))
    shown = [prompt(order).index(f"Text of {parent}.") for parent in order.parents]
    assert shown == sorted(shown)
    assert prompt(order).count("Text of") == shots if shots < 5 else 5


def test_ties_are_broken_at_random() -> None:
    """Not always by the first documents of the file."""
    firsts = {
        generator(shots=1, label_sets=[("a",)]).orders(corpus(*["a"] * 6), 1, rng=stream(seed))[0].parents[0]
        for seed in range(60)
    }
    assert len(firsts) == 6


@given(st.integers(0, 30), st.integers(0, 4), st.sampled_from(["empirical", "balanced"]), st.integers(0, 99))
def test_nothing_but_training_documents_is_shown(n: int, shots: int, how: str, seed: int) -> None:
    """Each parent trains and is in the prompt; without shots there is none."""
    orders = generator(shots=shots, label_sets=how).orders(TRAIN, n, rng=stream(seed))
    assert len(orders) == n
    for order in orders:
        assert len(set(order.parents)) == len(order.parents) == shots
        assert set(order.parents) <= set(TRAIN.ids)
        assert {f"r{i}" for i in range(6) if f"Text of r{i}." in prompt(order)} == set(order.parents)


@pytest.mark.parametrize("sets", ["abc", "abcdef"])
def test_the_family_of_a_label_set_is_left_to_chance(sets: str) -> None:
    """Also where families and label sets are equally many: else a label would be a style."""
    orders = generator().orders(corpus(*sets), 900, rng=stream(0))
    cells = Counter((order.labels, order.family) for order in orders)
    expected = 900 / (len(sets) * 3)
    assert len(cells) == len(sets) * 3
    # five standard deviations of a binomial count
    assert all(abs(count - expected) < 5 * expected**0.5 for count in cells.values())


CODES = [f"ZQ{i:02d}X" for i in range(6)]
WORDS = ("one", "two", "three", "four", "five", "six")
MEANT = {code: f"meaning number {word}" for code, word in zip(CODES, WORDS, strict=True)}


@given(
    st.lists(st.sets(st.sampled_from(CODES), min_size=1), min_size=1, max_size=6),
    st.sampled_from(families()),
    st.booleans(),
    st.integers(0, 3),
)
def test_without_label_names_no_prompt_shows_a_name(
    sets: list[set[str]], family: str, as_json: bool, shots: int
) -> None:
    """Nor its instruction, nor the sampling: the descriptions of exactly the labels stand for them."""
    train = Corpus.of([Document(f"r{i}", f"Text {i}.", tuple(sorted(each))) for i, each in enumerate(sets)])
    hiding = generator(
        families=[load_family(family)], descriptions=MEANT, label_names=False, as_json=as_json, shots=shots
    )
    for order in hiding.orders(train, 4, rng=stream(0)):
        assert "ZQ" not in order.request.written + order.instruction
        assert {code for code in CODES if MEANT[code] in prompt(order)} == set(order.labels)


def test_a_template_of_the_users_own_cannot_show_a_name_that_is_left_out(tmp_path) -> None:
    """It is not given the names at all."""
    path = tmp_path / "mine.toml"
    path.write_text('version = 1\ntitle = "T"\nregister = "R"\nsynthesis = "{{ categories }}"\n', encoding="utf-8")
    train = Corpus.of([Document("r0", "Text.", (CODES[0],))])
    own = [load_family(str(path))]
    (order,) = generator(families=own, descriptions=MEANT, label_names=False).orders(train, 1, rng=stream(0))
    assert "meaning number one" in prompt(order)
    assert "ZQ" not in prompt(order)
    (named,) = generator(families=own, descriptions=MEANT).orders(train, 1, rng=stream(0))
    assert "ZQ00X" in prompt(named)


def test_with_label_names_each_asked_label_is_named_and_described_and_no_other() -> None:
    """One line for each."""
    (order,) = generator(label_sets=[("a", "c")], descriptions={"a": "apples"}).orders(TRAIN, 1, rng=stream(0))
    assert "\n- a: apples\n- c\nChoose" in prompt(order)


def test_without_label_names_each_label_needs_a_description() -> None:
    """Told before anything is asked; a label that occurs nowhere needs none, a given one does."""
    described = {label: f"about {label}" for label in "ab"}
    with pytest.raises(BadConfiguration, match=r"label_names = false: 'c', 'd' have no description"):
        generator(label_names=False, descriptions=described).orders(TRAIN, 1, rng=stream(0))
    train = Corpus.of([Document("r0", "Text.", ("a",))], ("a", "b", "z"))
    generator(label_names=False, descriptions=described).check(train)
    with pytest.raises(BadConfiguration, match="'z' have no description"):
        generator(label_names=False, descriptions=described, label_sets=[("z",)]).check(train)
    generator(label_names=True).check(TRAIN)
    many = corpus(*"abcdefgh")
    with pytest.raises(BadConfiguration, match="and 3 more have no description"):
        generator(label_names=False).check(many)
