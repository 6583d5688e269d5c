"""Asking servers that work: each request once, each answer with its own question, no more than allowed."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from urllib.parse import quote

import pytest

from fake_llm import Plan, hit_key
from fake_llm_answers import answer
from synthlift.errors import Stopped
from synthlift.models.request import Reply
from synthlift.models.spending import Caps, Price, Spending, estimated_tokens
from synthlift.storage.exchanges import Closed

KEY = "canary/key+with=signs"


def good_text(request) -> str:
    """Return the text that the fake owes a request: a hash of it."""
    return json.loads(answer(Plan(), request.body, None, 1).body)["choices"][0]["message"]["content"]


def keys_of(requests) -> dict[str, str]:
    """Return the requests' keys by what the server knows them by."""
    return {hit_key(request.body): request.key for request in requests}


def sent(rows) -> Counter:
    """Count the attempts that left, by request."""
    return Counter(row["key"] for row in rows if row["outcome"] != "unsent" and row["reason"] != "unreachable")


def most_in_flight(hits) -> int:
    """Return the most of these requests that a server held at once."""
    return max(sum(other["received"] <= hit["received"] < other["answered"] for other in hits) for hit in hits)


def test_answers_come_in_the_order_of_requests_whatever_order_they_arrived_in(serve, book, questions) -> None:
    """Each reply is the text that its own request is owed, though later ones overtake earlier ones."""
    fake, asked = serve(jitter=0.05), questions(300)
    replies = book.model(fake.base_url, limits={"concurrency": 32}).ask(asked)
    assert [reply.key for reply in replies] == [request.key for request in asked]
    assert [reply.text for reply in replies] == [good_text(request) for request in asked]
    order = sorted(fake.hits, key=lambda hit: hit["answered"])
    assert order != fake.hits, "nothing overtook anything: the test shows nothing"
    assert most_in_flight(fake.hits) <= 32


def test_what_was_answered_is_never_asked_again(serve, book, questions) -> None:
    """Neither in the same run nor in the next, nor twice in one list."""
    fake, asked = serve(), questions(20)
    first = book.model(fake.base_url).ask([*asked, *asked])
    assert first[:20] == first[20:]
    assert len(fake.hits) == 20
    book.reopen()
    assert book.model(fake.base_url).ask(asked[::-1]) == first[:20][::-1]
    assert len(fake.hits) == 20


def test_equal_prompts_are_bought_one_by_one(serve, book, questions) -> None:
    """The ordinal is part of the key, though the server does not see it."""
    fake, (request,) = serve(), questions(1)
    other = type(request)(**{**vars_of(request), "ordinal": "text/again"})
    first, second = book.model(fake.base_url).ask([request, other])
    assert (first.text, len(fake.hits), len({first.key, second.key})) == (second.text, 2, 2)


def vars_of(request) -> dict:
    """Return the fields of a request."""
    names = ("pool", "model", "revision", "messages", "sampling", "seed", "ordinal")
    return {name: getattr(request, name) for name in names}


def test_an_answer_is_stored_as_it_came_with_its_count(serve, book, questions) -> None:
    """The raw body is in the ledger, and the attempt's row has status, tokens and that it was billed."""
    fake, asked = serve(), questions(3)
    replies = book.model(fake.base_url).ask(asked)
    bodies = book.exchanges.answered([request.key for request in asked])
    for request, reply in zip(asked, replies, strict=True):
        assert bodies[request.key] == answer(Plan(), request.body, None, 1).body
        assert reply.n_completion_tokens == len(reply.text.split())
    told = {(row["n"], row["outcome"], row["status"], row["billed"], row["endpoint"]) for row in book.attempts()}
    assert told == {(1, "done", 200, "yes", "1")}


def test_every_attempt_that_the_server_saw_has_its_row_and_every_row_its_attempt(
    serve, book, questions, hurried
) -> None:
    """With a fifth of all answers broken in eight ways, at concurrency 32."""
    kinds = ("500", "408", "429-zero", "truncated", "reset", "html", "error-at-200", "400-policy")
    fake, asked = serve(rates=dict.fromkeys(kinds, 0.025), salt=3), questions(400)
    answers = book.model(fake.base_url, limits={"concurrency": 32}).ask(asked)
    known = keys_of(asked)
    assert sent(book.attempts()) == Counter(known[hit["key"]] for hit in fake.hits)
    failed = {each.key: each.reason for each in answers if not isinstance(each, Reply)}
    refused = {known[hit["key"]] for hit in fake.hits if hit["fault"] == "400-policy"}
    assert failed == dict.fromkeys(refused, "http-400")
    assert len({hit["fault"] for hit in fake.hits}) == 9


def test_two_servers_share_the_load(serve, book, questions) -> None:
    """Equal servers get about as many; each attempt's row names its server."""
    fakes, asked = [serve(latency=0.01), serve(latency=0.01)], questions(100)
    replies = book.model(*(fake.base_url for fake in fakes), limits={"concurrency": 4}).ask(asked)
    assert all(isinstance(reply, Reply) for reply in replies)
    counts = Counter(row["endpoint"] for row in book.attempts())
    assert counts == {"1": len(fakes[0].hits), "2": len(fakes[1].hits)}
    assert min(counts.values()) >= 30


def test_a_dead_server_beside_a_living_one_stops_nothing(serve, book, questions, closed_port, hurried) -> None:
    """What it refused goes to the other."""
    fake, asked = serve(), questions(50)
    replies = book.model(f"http://127.0.0.1:{closed_port}/v1", fake.base_url).ask(asked)
    assert [reply.text for reply in replies] == [good_text(request) for request in asked]
    assert len(fake.hits) == 50


@pytest.mark.parametrize("fault", [None, "500"])
def test_a_cap_on_requests_holds_exactly(serve, book, questions, hurried, fault: str | None) -> None:
    """Attempts count, answered or not; a run that is resumed under a higher cap goes on."""
    fake, asked = serve(rates={fault: 0.3} if fault else {}), questions(60)
    spending = Spending(Caps(requests=25))
    with pytest.raises(Stopped, match=r"caps.requests = 25 is reached"):
        book.model(fake.base_url, spending=spending).ask(asked)
    assert len(fake.hits) == spending.n_sent == len(book.attempts()) == 25
    n_answered = book.exchanges.account().n_answered
    assert n_answered == sum(hit["billed"] for hit in fake.hits)
    fake.plan = Plan()
    assert all(isinstance(reply, Reply) for reply in book.model(fake.base_url).ask(asked))
    assert len(fake.hits) == 25 + 60 - n_answered


@pytest.mark.parametrize("name", ["tokens", "cost_usd"])
def test_caps_on_tokens_and_money_are_filled_and_never_broken(serve, book, questions, name: str) -> None:
    """What was counted stays within, and not one more request would have fitted."""
    fake, asked = serve(), questions(60)
    cap = {"tokens": 3000, "cost_usd": 0.003}[name]
    spending = Spending(Caps(**{name: cap}), {"small": Price(1.0, 1.0)})
    with pytest.raises(Stopped, match=rf"caps\.{name}"):
        book.model(fake.base_url, spending=spending, limits={"concurrency": 8}).ask(asked)
    account = book.exchanges.account()
    spent = account.prompt_tokens + account.completion_tokens
    assert len(fake.hits) == account.n_answered
    assert (spending.n_tokens, spending.cost_usd) == (spent, pytest.approx(spent / 1e6))
    assert spent <= 3000 < spent + sum(estimated_tokens(asked[0]))


def test_a_cap_on_hours_sends_nothing_after_it(serve, book, questions) -> None:
    """A third of a second here."""
    fake, spending = serve(latency=0.05), Spending(Caps(hours=0.3 / 3600))
    began = time.time()
    with pytest.raises(Stopped, match=r"caps\.hours"):
        book.model(fake.base_url, spending=spending, limits={"concurrency": 2}).ask(questions(200))
    assert 4 <= len(fake.hits) <= 16
    assert max(hit["received"] for hit in fake.hits) - began < 0.45


def test_tokens_that_a_server_does_not_count_are_unknown_and_fill_the_cap(serve, book, questions) -> None:
    """Missing, negative or absurd counts are no counts: the estimate stands in."""
    asked = questions(3)
    kinds = ("usage-missing", "usage-negative", "usage-absurd")
    fake = serve(keys={hit_key(request.body): (kind,) for request, kind in zip(asked, kinds, strict=True)})
    spending = Spending()
    replies = book.model(fake.base_url, spending=spending).ask(asked)
    assert [reply.n_completion_tokens for reply in replies] == [None] * 3
    assert (spending.n_unknown, book.exchanges.account().n_unknown_usage) == (3, 3)
    assert spending.n_tokens == sum(sum(estimated_tokens(request)) for request in asked)


def test_an_interrupted_run_sends_nothing_more_and_keeps_what_is_on_its_way(serve, book, questions) -> None:
    """Its answers are awaited and stored; the next run asks for the rest alone."""
    fake, asked, spending = serve(latency=0.05), questions(60), Spending()
    model = book.model(fake.base_url, spending=spending, limits={"concurrency": 4}, interrupted=lambda: stop(spending))

    def stop(spent: Spending) -> bool:
        return spent.done >= 10

    with pytest.raises(KeyboardInterrupt):
        model.ask(asked)
    # those in flight when the tenth came, and those sent until the next look at the clock
    assert 10 <= len(fake.hits) == book.exchanges.account().n_answered <= 10 + 4 * 4
    assert all(row["closed_sha256"] is not None for row in book.attempts())
    book.reopen()
    replies = book.model(fake.base_url).ask(asked)
    assert [reply.text for reply in replies] == [good_text(request) for request in asked]
    assert set(Counter(hit["key"] for hit in fake.hits).values()) == {1}


def test_a_full_disk_stops_before_anything_more_is_sent(serve, book, questions) -> None:
    """Once an answer finds no room, nobody takes its place; what was answered before is kept."""
    fake, asked = serve(latency=0.05), questions(60)
    model = book.model(fake.base_url, limits={"concurrency": 4})
    model._store = disk = FullAfter(book.exchanges, 12, fake.hits)
    with pytest.raises(Stopped, match="the disk is full"):
        model.ask(asked)
    assert len(fake.hits) == disk.n_hits
    n_kept = book.exchanges.account().n_answered
    assert 1 <= len(fake.hits) - n_kept <= 4
    assert book.exchanges.close_open() == len(book.attempts()) - n_kept
    assert all(isinstance(reply, Reply) for reply in book.model(fake.base_url).ask(asked))
    assert len(fake.hits) == disk.n_hits + 60 - n_kept


class FullAfter:
    """A ledger on a disk that has no room for an answer after so many transactions; it notes the hits until then."""

    def __init__(self, exchanges, n_left: int, hits: list) -> None:
        self._exchanges, self._n_left, self._hits, self.n_hits = exchanges, n_left, hits, None

    def __getattr__(self, name: str):
        return getattr(self._exchanges, name)

    def write(self, events) -> None:
        """Write as long as there is room."""
        self._n_left -= 1
        if self.n_hits is not None or (self._n_left < 0 and any(isinstance(event, Closed) for event in events)):
            time.sleep(0.02)  # what was let in before this is on its way
            self.n_hits = self.n_hits if self.n_hits is not None else len(self._hits)
            raise Stopped("the disk is full")
        self._exchanges.write(events)


def test_a_key_goes_into_the_header_and_nowhere_else(serve, book, questions) -> None:
    """Every request carries it; no byte of the ledger does, in any coding."""
    fake = serve(rates={"500": 0.2})
    book.model(fake.base_url, key=KEY, limits={"max_attempts": 2}).ask(questions(10))
    assert {hit["authorization"] for hit in fake.hits} == {f"Bearer {KEY}"}
    stored = b"".join(path.read_bytes() for path in book.path.parent.iterdir() if path.is_file())
    assert hit_free(stored)
    assert b"Write text number 3." in stored


def hit_free(stored: bytes) -> bool:
    """Whether no form of the key is in these bytes."""
    forms = (KEY, quote(KEY, safe=""), quote(KEY), base64.b64encode(KEY.encode()).decode(), "Bearer")
    return not any(form.encode() in stored for form in forms)


def test_no_key_sends_no_authorization(serve, book, questions) -> None:
    """A server of one's own needs none."""
    fake = serve()
    book.model(fake.base_url).ask(questions(2))
    assert {hit["authorization"] for hit in fake.hits} == {None}
