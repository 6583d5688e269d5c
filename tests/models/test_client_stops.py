"""Servers that are gone, refuse all, answer nothing or are not the same: the run stops, resumable, with what it has."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from fake_llm import FakeServer, Plan
from fake_llm_answers import error_body
from synthlift.errors import Refused, Stopped
from synthlift.models.endpoint import Endpoint
from synthlift.models.outcomes import Kind, Outcome
from synthlift.models.request import Reply, Unanswered
from synthlift.models.server import Server
from synthlift.models.spending import Spending


@pytest.mark.parametrize("where", ["closed", "unknown", "tls"])
def test_a_server_that_is_not_there_stops_the_run_before_anything_is_spent(
    book, questions, closed_port, canned, where: str
) -> None:
    """A closed port, a host without an address, no TLS: the host is named, and nothing was billed."""
    plain = canned(lambda _: b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    urls = {
        "closed": f"http://127.0.0.1:{closed_port}/v1",
        "unknown": "http://0xa9fea9fe/v1",
        "tls": f"https://{plain}",
    }
    spending, began = Spending(), time.monotonic()
    with pytest.raises(Stopped, match="0xa9fea9fe" if where == "unknown" else r"127\.0\.0\.1") as caught:
        book.model(urls[where], spending=spending).ask(questions(100))
    assert caught.value.exit_code == 6
    assert time.monotonic() - began < 1.5
    assert (spending.n_tokens, spending.done, book.exchanges.account().n_maybe_billed) == (0, 0, 0)
    assert {row["reason"] for row in book.attempts()} - {None} == {"tls" if where == "tls" else "unreachable"}


def test_a_server_that_comes_back_is_asked_for_the_rest_alone(tmp_path, book, questions, hurried) -> None:
    """Killed in the midst of answers and gone for a second: all are answered, and none that was kept is asked again."""
    asked, spending = questions(120), Spending()
    with FakeServer(tmp_path / "hits.jsonl", latency=0.02) as server:
        killed_at: list[float] = []

        def watch(spent: Spending) -> None:
            if spent.done >= 40 and not killed_at:
                server.kill()
                killed_at.append(time.monotonic())
            elif killed_at and server._process is None and time.monotonic() - killed_at[0] > 0.7:
                server.restart()

        replies = book.model(server.base_url, spending=spending, limits={"concurrency": 4}, watch=watch).ask(asked)
        hits = server.hits()
    assert all(isinstance(reply, Reply) for reply in replies)
    assert killed_at
    assert len(hits) - 120 <= 4, "only those in flight at the kill were sent twice"
    reasons = Counter(row["reason"] for row in book.attempts())
    assert reasons["unreachable"] >= 1
    assert reasons["disconnected"] <= 4
    left = [row for row in book.attempts() if row["reason"] != "unreachable"]
    assert 0 <= len(left) - len(hits) <= reasons["disconnected"], "sent, and never read by the server that was killed"


def test_a_server_that_stays_away_stops_the_run(tmp_path, book, questions, hurried) -> None:
    """After max_outage_s, and the next run asks only for the rest."""
    asked, spending = questions(60), Spending()
    with FakeServer(tmp_path / "hits.jsonl", latency=0.02) as server:

        def watch(spent: Spending) -> None:
            if spent.done >= 20:
                server.kill()

        limits = {"concurrency": 4, "max_outage_s": 0.5}
        with pytest.raises(Stopped, match=r"127\.0\.0\.1.* gone for more than 0\.5 s"):
            book.model(server.base_url, spending=spending, limits=limits, watch=watch).ask(asked)
        n_kept, n_hits = book.exchanges.account().n_answered, len(server.hits())
        assert 20 <= n_kept < 60
        assert n_hits - n_kept <= 4
        server.restart()
        assert all(isinstance(reply, Reply) for reply in book.model(server.base_url).ask(asked))
        assert len(server.hits()) - n_hits == 60 - n_kept


def test_an_outage_between_two_rounds_is_waited_for(tmp_path, book, questions, hurried) -> None:
    """A server that has answered in this run is given max_outage_s, whatever it is asked next."""
    with FakeServer(tmp_path / "hits.jsonl") as server:
        model = book.model(server.base_url, watch=lambda _: began and time.monotonic() - began > 0.5 and back())
        began = 0.0

        def back() -> None:
            if server._process is None:
                server.restart()

        model.ask(questions(3))
        server.kill()
        began = time.monotonic()
        assert all(isinstance(reply, Reply) for reply in model.ask(questions(3, "other text")))


def test_an_outage_of_many_requests_is_no_longer_wait(serve, book, questions, closed_port) -> None:
    """Thirty refused at once are one refusal: the next try comes within a second, not half a minute."""
    server = Server(Endpoint.parse("1", f"http://127.0.0.1:{closed_port}/v1"), 32)
    now = time.monotonic()
    for _ in range(30):
        server.note(Outcome(Kind.TRANSIENT, "unreachable", "no"), now)
    assert server.retry_at - now <= 1.1


def test_a_server_that_complains_of_every_single_request_is_given_up(serve, book, questions, hurried) -> None:
    """Asked one at a time it still complains: that is a failure like any other."""
    fake = serve(rates={"429-zero": 1.0})
    with pytest.raises(Stopped, match=r"of the last 50 attempts failed, the last one as http-429"):
        book.model(fake.base_url, limits={"concurrency": 16, "max_attempts": 50}).ask(questions(400))
    assert len(fake.hits) <= 16 + 8 + 4 + 2 + 50 + 16


@pytest.mark.parametrize(
    ("kind", "told"),
    [("401", "401"), ("403", "403"), ("404-model", "404"), ("429-quota", "quota"), ("redirect", "redirect")],
)
def test_what_concerns_all_requests_stops_the_run(serve, book, questions, kind: str, told: str) -> None:
    """R3: at most `concurrency` more are sent after the first fatal answer, nothing is lost, the next run goes on."""
    elsewhere, asked, spending = serve(), questions(120), Spending()
    target = elsewhere.base_url + "/chat/completions"
    fake = serve(latency=0.01, jitter=0.02, after={kind: 50}, redirect_to=target)
    with pytest.raises(Stopped, match=told) as caught:
        book.model(fake.base_url, spending=spending, key="canary", limits={"concurrency": 16}).ask(asked)
    assert "canary" not in str(caught.value)
    assert 50 < len(fake.hits) <= 50 + 1 + 16
    assert (spending.n_sent, spending.in_flight) == (len(fake.hits), 0), "what was never sent is no request"
    assert book.exchanges.account().n_answered == 50
    assert elsewhere.hits == [], "nobody followed, nor told the key"
    fake.plan = Plan()
    n_before = len(fake.hits)
    book.reopen()
    assert all(isinstance(reply, Reply) for reply in book.model(fake.base_url).ask(asked))
    assert len(fake.hits) == n_before + 70


def test_a_key_that_a_server_repeats_is_hidden(book, questions, canned) -> None:
    """Its error may tell the header back: the message is shown without it."""

    def echo(request: bytes) -> bytes:
        header = next(line for line in request.split(b"\r\n") if line.startswith(b"Authorization"))
        body = error_body(f"wrong: {header.decode()}, once more: canary%2Fkey canary/key")
        return b"HTTP/1.1 401 No\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    with pytest.raises(Stopped, match="redacted") as caught:
        book.model(f"http://{canned(echo)}", key="canary/key").ask(questions(1))
    assert "canary" not in str(caught.value)
    assert b"canary" not in b"".join(path.read_bytes() for path in book.path.parent.iterdir())


def test_a_model_that_changes_its_name_is_refused_unless_that_is_accepted(serve, book, questions) -> None:
    """The answers are kept, the next run asks nothing, and one that accepts it goes on."""
    fake, asked = serve(latency=0.01, after={"other-model": 30}), questions(80)
    with pytest.raises(Refused, match="'another-model' and 'fake'") as caught:
        book.model(fake.base_url, limits={"concurrency": 4}).ask(asked)
    assert caught.value.exit_code == 5
    n_hits = len(fake.hits)
    assert 30 < n_hits <= 30 + 2 * 4
    assert book.exchanges.account().n_answered == n_hits
    with pytest.raises(Refused, match="accept-model-change"):
        book.model(fake.base_url).ask(asked)
    assert len(fake.hits) == n_hits
    replies = book.model(fake.base_url, accept_model_change=True).ask(asked)
    assert Counter(reply.model for reply in replies) == {"fake": 30, "another-model": 50}
    assert len(fake.hits) == 80


def test_a_model_that_changes_its_name_between_rounds_is_refused(serve, book, questions) -> None:
    """The first round of questions and the second are of one pool."""
    fake = serve()
    model = book.model(fake.base_url)
    model.ask(questions(5))
    fake.plan = Plan(rates={"other-model": 1.0})
    with pytest.raises(Refused, match="'another-model' and 'fake'"):
        model.ask(questions(5, "other text"))


def test_the_breaker_stops_a_server_that_answers_nothing(serve, book, questions, hurried) -> None:
    """R3: at 90 % of the last 50; without it every request ends recorded."""
    fake, asked = serve(rates={"500": 1.0}), questions(300)
    with pytest.raises(Stopped, match="of the last 50 attempts failed, the last one as http-500"):
        book.model(fake.base_url, limits={"concurrency": 16}).ask(asked)
    assert 50 <= len(fake.hits) <= 50 + 16
    limits = {"concurrency": 16, "breaks": False, "max_attempts": 2}
    assert set(book.model(fake.base_url, limits=limits).ask(asked)) == {Unanswered(r.key, "http-500") for r in asked}
