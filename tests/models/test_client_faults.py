"""Asking servers that fail: what may pass is tried again, in time and in measure; what may not is recorded."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from fake_llm import Plan, hit_key
from fake_llm_answers import answer
from synthlift.models.request import Reply, Unanswered

UNREADABLE = {
    "truncated": "disconnected",
    "reset": "disconnected",
    "short-length": "disconnected",
    "html": "not-json",
    "bad-utf8": "not-json",
    "error-at-200": "error-body",
    "choices-empty": "no-choices",
    "choices-null": "no-choices",
    "content-null": "no-content",
}
ODD_TEXTS = (
    *("finish-length", "finish-null", "finish-weird", "surrogate-nul", "repetition", "refusal", "echo", "think-only"),
    *("markdown-header", "json-fenced", "json-broken", "json-two", "json-trailing", "same-text", "injection"),
)


def of_kinds(asked, kinds, n_times: int = 9) -> dict:
    """Plan one kind of fault for each request."""
    return {"keys": {hit_key(request.body): (kind,) * n_times for request, kind in zip(asked, kinds, strict=True)}}


def most_in_flight(hits) -> int:
    """Return the most of these requests that a server held at once."""
    return max(sum(other["received"] <= hit["received"] < other["answered"] for other in hits) for hit in hits)


def rows_of(book, request) -> list[tuple]:
    """Return what came of each attempt of a request."""
    rows = [row for row in book.attempts() if row["key"] == request.key]
    return [(row["n"], row["outcome"], row["reason"], row["billed"]) for row in rows]


def test_a_server_is_waited_for_as_it_asks(serve, book, questions, hurried, monkeypatch) -> None:
    """Each form of Retry-After is honoured, and capped; what cannot be read leaves the wait to us."""
    monkeypatch.setattr("synthlift.models.outcomes.MAX_WAIT_S", 2.5)
    kinds = ("429-seconds", "429-date", "429-ms", "429-zero", "429-300", "429-negative", "429-text")
    asked = questions(len(kinds))
    fake = serve(**of_kinds(asked, kinds, 1))
    assert all(isinstance(reply, Reply) for reply in book.model(fake.base_url).ask(asked))
    told: dict[str, list[dict]] = {}
    for hit in fake.hits:
        told.setdefault(hit["key"], []).append(hit)
    waits = {first["fault"]: second["received"] - first["answered"] for first, second in told.values()}
    assert 1.0 <= waits["429-seconds"] < 1.4
    assert 0.9 <= waits["429-date"] < 2.4, "a date two seconds ahead, in whole seconds"
    assert 0.15 <= waits["429-ms"] < 0.5
    assert 2.5 <= waits["429-300"] < 2.9, "capped"
    assert max(waits["429-zero"], waits["429-negative"], waits["429-text"]) < 0.3


def test_a_complaint_halves_what_is_in_flight_and_answers_bring_it_back(serve, book, questions, hurried) -> None:
    """From 32 to 16 at the first complaint, then one more for each round of answers; never fewer than one."""
    asked = questions(400)
    fake = serve(latency=0.05, keys={hit_key(request.body): ("429-zero",) for request in asked[90:92]})
    assert all(isinstance(reply, Reply) for reply in book.model(fake.base_url, limits={"concurrency": 32}).ask(asked))
    first = min(hit["answered"] for hit in fake.hits if hit["fault"])
    assert 24 <= most_in_flight([hit for hit in fake.hits if hit["received"] < first]) <= 32
    after = [hit for hit in fake.hits if hit["received"] > first + 0.1]  # all that were in flight have come
    assert most_in_flight(after[:20]) <= 20
    assert 22 <= most_in_flight(after) <= 32


def test_a_server_that_takes_few_at_once_is_found_out_and_not_given_up(serve, book, questions, hurried) -> None:
    """Sixty-four complaints at once are no reason to open the breaker: fewer can be sent."""
    fake, asked = serve(attempts=("429",)), questions(80)
    answers = book.model(fake.base_url, limits={"concurrency": 64}).ask(asked)
    assert all(isinstance(reply, Reply) for reply in answers)
    assert len(fake.hits) == 160


def test_bursts_of_server_errors_pass(serve, book, questions, hurried) -> None:
    """Each attempt has its row, with number, status and outcome; none of them was billed."""
    statuses = (500, 502, 503, 408, 409)
    fake, asked = serve(attempts=[str(status) for status in statuses]), questions(8)
    answers = book.model(fake.base_url, limits={"max_attempts": 6, "breaks": False}).ask(asked)
    assert all(isinstance(reply, Reply) for reply in answers)
    expected = [(n, "transient", f"http-{status}", "no") for n, status in enumerate(statuses, start=1)]
    assert rows_of(book, asked[0]) == [*expected, (6, "done", None, "yes")]
    assert len(fake.hits) == len(book.attempts()) == 48


def test_of_many_faults_every_hit_has_its_row(serve, book, questions, hurried) -> None:
    """R2: of 8 kinds in half of the attempts each request ends, each hit has its row, each text is its request's."""
    kinds = ("hang", "reset", "truncated", "html", "error-at-200", "choices-null", "500", "408")
    fake, asked = serve(rates=dict.fromkeys(kinds, 0.5 / len(kinds))), questions(80)
    limits = {"timeout_s": 0.2, "max_attempts": 3, "concurrency": 64, "breaks": False}
    answers = book.model(fake.base_url, limits=limits).ask(asked)
    assert len({hit["fault"] for hit in fake.hits}) == len(kinds) + 1
    assert {type(each) for each in answers} == {Reply, Unanswered}
    assert Counter(hit["key"] for hit in fake.hits) == Counter(
        {hit_key(request.body): len(rows_of(book, request)) for request in asked}
    )
    for request, each in zip(asked, answers, strict=True):
        owed = json.loads(answer(Plan(), request.body, None, 1).body)["choices"][0]["message"]["content"]
        assert isinstance(each, Unanswered) or each.text == owed


def test_no_request_is_sent_more_often_than_allowed(serve, book, questions, hurried) -> None:
    """After the last attempt it is recorded; another run may try it again, under numbers that go on."""
    fake, (request,) = serve(rates={"503": 1.0}), questions(1)
    for n_runs in (1, 2):
        assert book.model(fake.base_url, limits={"max_attempts": 3}).ask([request]) == [
            Unanswered(request.key, "http-503")
        ]
        assert len(fake.hits) == 3 * n_runs
    assert [row[0] for row in rows_of(book, request)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("kind", ["400-context", "400-policy"])
def test_what_is_the_requests_own_fault_is_recorded_once(serve, book, questions, kind: str) -> None:
    """It is not sent again, in this run or the next, and the others are answered."""
    asked = questions(10)
    fake = serve(keys={hit_key(asked[3].body): (kind,) * 9})
    for _ in range(2):
        answers = book.model(fake.base_url).ask(asked)
        assert answers[3] == Unanswered(asked[3].key, "http-400")
        assert all(isinstance(answer, Reply) for answer in (*answers[:3], *answers[4:]))
        assert len(fake.hits) == 10
        book.reopen()
    assert rows_of(book, asked[3]) == [(1, "item", "http-400", "no")]


@pytest.mark.parametrize("kind", ["hang", "drip", "slow-headers"])
def test_no_attempt_outlives_its_deadline(serve, book, questions, hurried, kind: str) -> None:
    """R4: the deadline is of the whole attempt: a byte now and then does not move it."""
    fake, asked = serve(rates={kind: 1.0}), questions(12)
    limits = {"timeout_s": 0.4, "max_attempts": 2, "concurrency": 12}
    assert {each.reason for each in book.model(fake.base_url, limits=limits).ask(asked)} == {"timeout"}
    rows = book.attempts()
    assert len(rows) == len(fake.hits) == 24
    assert {(row["outcome"], row["reason"], row["billed"]) for row in rows} == {("transient", "timeout", "maybe")}
    assert 0.39 <= min(row["seconds"] for row in rows) <= max(row["seconds"] for row in rows) < 1.4


def test_a_body_that_cannot_be_read_is_tried_again_and_then_recorded(serve, book, questions, hurried) -> None:
    """It may have been billed, each time; another run may find the server mended."""
    asked = questions(len(UNREADABLE))
    fake = serve(**of_kinds(asked, UNREADABLE))
    model = book.model(fake.base_url, limits={"max_attempts": 2})
    assert [each.reason for each in model.ask(asked)] == list(UNREADABLE.values())
    for request, reason in zip(asked, UNREADABLE.values(), strict=True):
        assert rows_of(book, request) == [(n, "transient", reason, "maybe") for n in (1, 2)]
    assert book.exchanges.account().n_maybe_billed == 2 * len(UNREADABLE)
    fake.plan = Plan()
    assert all(isinstance(reply, Reply) for reply in model.ask(asked))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("huge", "too-large"), ("content-empty", "empty-content"), ("reasoning-only", "reasoning-only")],
)
def test_a_whole_answer_without_a_text_of_use_is_recorded_once(serve, book, questions, kind: str, reason: str) -> None:
    """The same request would be billed again for the same: it is not sent again."""
    fake, (request,) = serve(rates={kind: 1.0}), questions(1)
    for _ in range(2):
        assert book.model(fake.base_url, limits={"timeout_s": 10.0}).ask([request]) == [Unanswered(request.key, reason)]
    assert rows_of(book, request) == [(1, "item", reason, "yes")]
    assert len(fake.hits) == 1


def test_a_text_is_kept_however_odd_it_is(serve, book, questions) -> None:
    """Cut off, refused, echoed, broken: bought once, stored, and returned for the parser and the filters to judge."""
    asked = questions(len(ODD_TEXTS))
    fake = serve(**of_kinds(asked, ODD_TEXTS))
    replies = book.model(fake.base_url).ask(asked)
    assert all(isinstance(reply, Reply) and reply.text.strip() for reply in replies)
    assert len(fake.hits) == len(ODD_TEXTS)
    by_kind = dict(zip(ODD_TEXTS, replies, strict=True))
    assert [by_kind[kind].finish_reason for kind in ODD_TEXTS[:3]] == ["length", None, "weird"]
    assert "\ufffd\ufffd" in by_kind["surrogate-nul"].text
    assert by_kind["refusal"].text.startswith("I'm sorry")
    book.reopen()
    assert book.model(fake.base_url).ask(asked) == replies
    assert len(fake.hits) == len(ODD_TEXTS)
