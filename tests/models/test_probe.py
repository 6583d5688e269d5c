"""What a server really honours, found out by asking it."""

from __future__ import annotations

import json

import pytest

from synthlift.models.endpoint import Endpoint
from synthlift.models.probe import Capabilities, capabilities, probe_requests
from synthlift.models.request import ModelPool

POOL = ModelPool("small", "fake", None, {})


def probed(book, base_url: str) -> Capabilities:
    """Probe a server as a run does: each request once, whatever comes of it."""
    requests = probe_requests(POOL, Endpoint.parse("1", base_url))
    limits = {"concurrency": 1, "max_attempts": 1, "breaks": False}
    book.model(base_url, limits=limits).ask(list(requests.values()))
    bodies = book.exchanges.answered(request.key for request in requests.values())
    return capabilities({what: bodies[request.key] for what, request in requests.items() if request.key in bodies})


def test_a_server_that_honours_everything_is_found_to(serve, book) -> None:
    """Six small requests; it names its model and counts its tokens."""
    fake = serve()
    found = probed(book, fake.base_url)
    assert [found.seed[0], found.logprobs[0], found.n[0], found.response_format[0]] == ["yes"] * 4
    assert (found.model, found.counts_tokens, len(fake.hits)) == ("fake", True, 6)


@pytest.mark.parametrize(
    ("plan", "name", "told"),
    [
        ({"seed": False}, "seed", ("no", "the same seed gave another text")),
        ({"rates": {"same-text": 1.0}}, "seed", ("no", "another seed gave the same text: it may not sample at all")),
        ({"n": False}, "n", ("no", "1 of 2 choices came")),
        ({"logprobs": False}, "logprobs", ("no", "it answered without them")),
        ({"response_format": "ignored"}, "response_format", ("no", "the answer does not fit the schema")),
        ({"response_format": "500"}, "response_format", ("no", "the request was refused")),
    ],
)
def test_what_a_server_ignores_or_refuses_is_told(serve, book, plan: dict, name: str, told: tuple[str, str]) -> None:
    """It answers 200 all the same, so only its answers show it; the other findings stay as they are."""
    found = probed(book, serve(**plan).base_url)
    assert getattr(found, name) == told
    if "rates" not in plan:
        others = {"seed", "n", "logprobs", "response_format"} - {name}
        assert {getattr(found, other)[0] for other in others} == {"yes"}


def test_a_server_that_counts_no_tokens_is_told(serve, book) -> None:
    """The rest does not depend on it."""
    found = probed(book, serve(rates={"usage-missing": 1.0}).base_url)
    assert (found.counts_tokens, found.seed[0]) == (False, "yes")


def test_a_server_that_refuses_all_has_unknown_seeds(serve, book) -> None:
    """No answer shows nothing of the seed; the requests were made once and are not made again."""
    fake = serve(rates={"400-policy": 1.0})
    for _ in range(2):
        found = probed(book, fake.base_url)
        assert found.seed == ("unknown", "a request with a seed was refused")
        assert (found.n[0], found.logprobs[0], found.response_format[0], found.model) == ("no", "no", "no", None)
    assert len(fake.hits) == 6


def test_findings_are_bought_once_per_address(serve, book) -> None:
    """The same server costs nothing again, and another address is asked anew."""
    first, second = serve(), serve()
    assert probed(book, first.base_url) == probed(book, first.base_url)
    assert len(first.hits) == 6
    probed(book, second.base_url)
    assert len(second.hits) == 6


@pytest.mark.parametrize(
    ("content", "finish_reason", "held"),
    [
        ('{"machine": "a fan", "moves": true}', "stop", "yes"),
        ('{"machine": "a fan", "moves": "yes"}', "stop", "no"),
        ('{"machine": "a fan"}', "stop", "no"),
        ('{"machine": "a f', "length", "unknown"),
        ("A fan moves.", "length", "no"),
    ],
)
def test_an_answer_is_held_against_the_schema(content: str, finish_reason: str, held: str) -> None:
    """Names and types count; what was cut off within an object cannot be judged."""
    body = json.dumps({"choices": [{"message": {"content": content}, "finish_reason": finish_reason}]}).encode()
    assert capabilities({"response_format": body}).response_format[0] == held
