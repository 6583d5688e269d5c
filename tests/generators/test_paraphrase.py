"""Paraphrase asks for each document equally often, and a paraphrase is its source's child."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from synthlift.corpus import Corpus, Document, Origin
from synthlift.generators.families import load_family
from synthlift.generators.orders import Order
from synthlift.generators.paraphrase import ParaphraseGenerator
from synthlift.models.request import ModelPool
from synthlift.randomness import stream

TWO = [load_family("standard-patent"), load_family("news-item")]


@pytest.fixture
def generator(answering: Callable[..., Any], pool: ModelPool) -> ParaphraseGenerator:
    return ParaphraseGenerator(answering(), pool, TWO, name="para")


def variant(order: Order) -> int:
    user = order.request.messages[-1][1]
    if "rewritten once before" in user:
        return 2
    found = re.search(r"rewritten (\d+) times before", user)
    return int(found[1]) + 1 if found else 1


@pytest.mark.parametrize("n", [0, 1, 5, 6, 14, 18])
def test_each_document_is_asked_for_equally_often_up_to_one(
    generator: ParaphraseGenerator, train: Corpus, n: int
) -> None:
    """14 of 6 documents are 2 or 3 of each, numbered from 1; documents without labels are among them."""
    orders = generator.orders(train, n, rng=stream(0))
    counts = Counter(order.parents for order in orders)
    assert len(orders) == n
    assert {counts[(name,)] for name in train.ids} <= {n // 6, -(-n // 6)}
    numbers = defaultdict(list)
    for order in orders:
        numbers[order.parents].append(variant(order))
    assert all(each == list(range(1, len(each) + 1)) for each in numbers.values())


def test_a_part_of_the_documents_is_a_draw(generator: ParaphraseGenerator, train: Corpus) -> None:
    """A file may be sorted by label, so its first rows must not be preferred."""
    first = {generator.orders(train, 1, rng=stream(seed))[0].parents for seed in range(60)}
    assert first == {(name,) for name in train.ids}


def test_each_document_meets_each_family(generator: ParaphraseGenerator, train: Corpus) -> None:
    """In one round after the other, and each round is shared out evenly."""
    orders = generator.orders(train, 12, rng=stream(0))
    met = {(order.parents, order.family) for order in orders}
    assert len(met) == 12
    assert Counter(order.family for order in orders[:6]) == {"standard-patent": 3, "news-item": 3}


def test_a_paraphrase_has_the_labels_of_its_only_parent(generator: ParaphraseGenerator, train: Corpus) -> None:
    """And its prompt shows that parent and no other document."""
    texts, labels = dict(zip(train.ids, train.texts, strict=True)), {each.id: each.labels for each in train}
    orders = generator.orders(train, 12, rng=stream(0))
    corpus = generator.generate(train, 12, rng=stream(0))
    for order, document in zip(orders, corpus, strict=True):
        (parent,) = order.parents
        user = order.request.messages[-1][1]
        assert [text for text in texts.values() if text in user] == [texts[parent]]
        assert document.labels == labels[parent]
        assert document.origin == Origin("para", (parent,), order.request.key, order.family)
    assert corpus.ids[-1] == "para-00011"


def test_more_paraphrases_are_the_same_ones_and_further_ones(generator: ParaphraseGenerator, train: Corpus) -> None:
    """A study that is extended pays for what is new; seeds are distinct."""
    few, many = (generator.orders(train, n, rng=stream(0)) for n in (4, 100))
    assert [order.request.key for order in few] == [order.request.key for order in many[:4]]
    assert len({order.request.seed for order in many}) == 100


def test_without_documents_nothing_is_asked(generator: ParaphraseGenerator) -> None:
    """There is nothing to rewrite, which is no error."""
    assert generator.generate(Corpus.of([], ("A",)), 5, rng=stream(0)) == Corpus((), ("A",))


def test_a_long_source_is_cut(generator: ParaphraseGenerator) -> None:
    """The prompt stays small enough to leave room for an answer."""
    train = Corpus.of([Document("r0", "word " * 5000, ("A",))])
    (order,) = generator.orders(train, 1, rng=stream(0))
    assert sum(len(text.split()) for _, text in order.request.messages) < 700
