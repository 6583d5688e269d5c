"""Full synthesis asks evenly, shows training documents and no others, and keeps account of what was lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from synthlift.corpus import Corpus, Document, Origin
from synthlift.errors import BadConfiguration
from synthlift.generators.families import load_family
from synthlift.generators.synthesis import SynthesisGenerator
from synthlift.models.request import ChatRequest, ModelPool, Reply, Unanswered
from synthlift.randomness import stream

TWO = [load_family("standard-patent"), load_family("news-item")]
Models = Callable[..., Any]


@pytest.fixture
def generator(answering: Models, pool: ModelPool) -> Callable[..., SynthesisGenerator]:
    return lambda rule=None, families=TWO, **options: SynthesisGenerator(
        answering(rule) if rule else answering(), pool, families, name="syn", **options
    )


def test_every_order_has_a_seed_and_a_place_of_its_own(generator: Models, train: Corpus) -> None:
    """Equal streams ask equal things, so that nothing is bought twice; other streams ask others."""
    orders = generator(shots=2).orders(train, 200, rng=stream(0))
    assert [order.request.ordinal for order in orders] == [f"syn/{i}" for i in range(200)]
    assert len({order.request.seed for order in orders}) == 200
    assert all(0 <= order.request.seed < 2**31 for order in orders)
    keys = [order.request.key for order in orders]
    assert keys == [order.request.key for order in generator(shots=2).orders(train, 200, rng=stream(0))]
    assert not set(keys) & {order.request.key for order in generator(shots=2).orders(train, 200, rng=stream(1))}


@pytest.mark.parametrize("options", [{}, {"shots": 3}, {"label_sets": "balanced"}])
def test_more_documents_are_the_same_ones_and_further_ones(
    generator: Models, train: Corpus, options: dict[str, Any]
) -> None:
    """A study that is extended pays for what is new."""
    few, many = (generator(**options).orders(train, n, rng=stream(0)) for n in (7, 40))
    assert [order.request.key for order in few] == [order.request.key for order in many[:7]]


def test_families_take_turns(generator: Models, train: Corpus) -> None:
    """Of 7 texts one family writes 4, the other 3."""
    orders = generator().orders(train, 7, rng=stream(0))
    assert Counter(order.family for order in orders) == {"standard-patent": 4, "news-item": 3}
    assert orders[0].prompt_sha256 != orders[1].prompt_sha256


def test_examples_are_those_with_the_nearest_label_sets(generator: Models, train: Corpus) -> None:
    """Jaccard with A, B: the document of A, B has 1; those of A have 1/2; that of B, C has 1/3."""
    drawn = [generator(shots=3, label_sets=[("A", "B")]).orders(train, 1, rng=stream(s))[0].parents for s in range(30)]
    assert {parents[0] for parents in drawn} == {"r2"}
    assert {parents[1:] for parents in drawn} == {("r0", "r1"), ("r1", "r0")}
    four = generator(shots=4, label_sets=[("A", "B")]).orders(train, 1, rng=stream(0))[0]
    assert four.parents[3] == "r3"


def test_examples_are_training_documents_and_recorded(generator: Models) -> None:
    """Over many subsets, nothing outside the subset is in a prompt, and what is in it is a parent; all can be short."""
    everything = [Document(f"r{i}", f"Secret-{i}-text.", (["A", "B", "C"][i % 3],)) for i in range(12)]
    for seed in range(25):
        rows = stream(seed, "rows").permutation(12)[: 1 + seed % 6].tolist()
        subset = Corpus.of([everything[row] for row in rows], ("A", "B", "C"))
        for order in generator(shots=3).orders(subset, 6, rng=stream(seed)):
            shown = {f"r{i}" for i in range(12) if any(f"Secret-{i}-" in text for _, text in order.request.messages)}
            assert shown == set(order.parents) <= set(subset.ids)
            assert len(order.parents) == min(3, len(subset))
            assert "Secret-" not in order.instruction


def test_without_shots_nothing_of_a_document_is_shown(generator: Models, train: Corpus) -> None:
    """Zero-shot texts have no parent."""
    orders = generator().orders(train, 12, rng=stream(0))
    assert all(order.parents == () for order in orders)
    assert not any("Real text" in text for order in orders for _, text in order.request.messages)


def test_what_is_written_carries_the_labels_that_were_asked_for(generator: Models, train: Corpus) -> None:
    """With its origin: generator, parents, request and family; the label order is that of the training documents."""
    made = generator(shots=1)
    order = made.orders(train, 3, rng=stream(0))[1]
    corpus = made.generate(train, 3, rng=stream(0))
    assert corpus.ids == ["syn-00000", "syn-00001", "syn-00002"]
    assert corpus.labels == train.labels
    origin = Origin("syn", order.parents, order.request.key, "news-item")
    assert corpus.documents[1] == Document("syn-00001", "A fan, syn/1.", order.labels, None, origin)


def test_what_was_lost_is_told_with_its_reason(generator: Models, train: Corpus) -> None:
    """An unanswered request, a cut-off text, a bare refusal of a text; documents keep the places of their orders."""

    def rule(request: ChatRequest) -> Reply | Unanswered:
        match int(request.ordinal.split("/")[1]):
            case 0:
                return Unanswered(request.key, "http-400")
            case 1:
                return Reply(request.key, "A fan that", "length", None, None, None)
            case _:
                return Reply(request.key, "Abstract: A fan.", "stop", None, None, None)

    written = generator(rule).write(train, 3, rng=stream(0))
    assert [each.reason for each in written] == ["http-400", "truncated", None]
    assert [each.document is None for each in written] == [True, True, False]
    assert written[0].reply is None
    assert written[1].reply is not None
    assert written[2].notes == ("stripped-header",)
    assert generator(rule).generate(train, 3, rng=stream(0)).ids == ["syn-00002"]


def test_a_json_answer_must_be_for_its_own_request(generator: Models, train: Corpus) -> None:
    """A text that answers another request has other labels: it is dropped, never relabelled."""
    ids = {order.request.key: order.answer_id for order in generator(as_json=True).orders(train, 2, rng=stream(0))}
    mine = list(ids.values())

    def rule(request: ChatRequest) -> Reply:
        return Reply(request.key, json.dumps({"id": mine[0], "text": "A fan."}), "stop", None, None, None)

    written = generator(rule, as_json=True).write(train, 2, rng=stream(0))
    assert [each.reason for each in written] == [None, "id-mismatch"]


def test_labels_without_description_cannot_be_asked_for_without_names(generator: Models, train: Corpus) -> None:
    """Told before anything is asked, those of given label sets included; a label that nothing carries needs none."""
    with pytest.raises(BadConfiguration, match="'B', 'C' have no description"):
        generator(label_names=False, descriptions={"A": "Fans"}).check(train)
    means = {"A": "Fans", "B": "Pumps", "C": "Valves"}
    generator(label_names=False, descriptions=means).check(train)
    with pytest.raises(BadConfiguration, match="'D'"):
        generator(label_names=False, descriptions=means, label_sets=[("D",)]).orders(train, 1, rng=stream(0))


def test_generators_that_cannot_be_are_refused(generator: Models) -> None:
    """No family, one family twice, fewer than no examples."""
    for options, told in (
        ({"families": []}, "no prompt family"),
        ({"families": [TWO[0]] * 2}, "2 prompt families called 'standard-patent'"),
        ({"shots": -1}, "got -1 shots"),
    ):
        with pytest.raises(BadConfiguration, match=told):
            generator(**options)


def test_nothing_asked_for_is_an_empty_corpus(generator: Models, train: Corpus) -> None:
    """With the label order of the training documents."""
    assert generator().generate(train, 0, rng=stream(0)) == Corpus((), train.labels)
