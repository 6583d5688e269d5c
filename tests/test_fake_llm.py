"""The fake server breaks as it says, on the wire, and tells all of it in its log."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
import time
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import aiohttp
import pytest

sys.path.append(str(Path(__file__).parent))  # the tests are no package

from fake_llm import CHAT, KINDS, MODELS, FakeServer, Plan, hit_key, serving
from fake_llm_answers import answer

Received: TypeAlias = tuple[bytes, bytes, str]

ASKED = {"model": "m", "messages": [{"role": "user", "content": "Write a text."}], "seed": 1}
UNSENT = ("hang", "reset")
BROKEN = ("drip", "slow-headers", "truncated", "short-length", "hang", "reset")


def raw(base_url: str, body: dict, path: str = CHAT, method: str = "POST", patience: float = 5.0) -> Received:
    """Send a request; return head, body and what ended the reading: eof, reset or silence."""
    return asyncio.run(_raw(base_url, body, path, method, patience))


async def _raw(base_url: str, body: dict, path: str = CHAT, method: str = "POST", patience: float = 5.0) -> Received:
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(base_url).port, limit=2**24)
    content = json.dumps(body).encode()
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
    received, ended = bytearray(), "silence"
    with contextlib.suppress(TimeoutError):
        try:
            async with asyncio.timeout(patience) as limit:
                while chunk := await reader.read(2**20):
                    received += chunk
                    if _is_whole(received):  # the end may follow, or more than was told
                        limit.reschedule(asyncio.get_running_loop().time() + 0.02)
                ended = "eof"
        except ConnectionResetError:
            ended = "reset"
    writer.transport.abort()
    head, _, rest = bytes(received).partition(b"\r\n\r\n")
    return head, rest, ended


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    return bool(end) and len(body) >= int(headers(head)["Content-Length"])


async def _served(plan: Plan, *bodies: dict) -> tuple[list[Received], list[dict]]:
    async with serving(plan) as fake:
        return [await _raw(fake.base_url, body) for body in bodies], fake.hits


def served(kind: str | None, patience: float = 5.0) -> Received:
    """Return what comes over the wire for one request with this fault."""

    async def once() -> Received:
        async with serving(Plan(attempts=(kind,))) as fake:
            return await _raw(fake.base_url, ASKED, patience=patience)

    return asyncio.run(once())


def headers(head: bytes) -> dict[str, str]:
    """Return the headers of a raw head."""
    return dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])


def test_a_good_answer_is_a_whole_completion_of_about_eighty_words():
    """Without a fault the answer is as the protocol has it, its length told and its tokens counted."""
    head, body, ended = served(None)
    said = json.loads(body)
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert (int(headers(head)["Content-Length"]), ended) == (len(body), "silence")
    (choice,) = said["choices"]
    text = choice["message"]["content"]
    assert (choice["finish_reason"], choice["message"]["role"], said["model"]) == ("stop", "assistant", "m")
    assert 60 <= len(text.split()) <= 110
    assert text.count(".") == 5
    n_words = len(text.split())
    assert said["usage"] == {"prompt_tokens": 3, "completion_tokens": n_words, "total_tokens": n_words + 3}


def test_a_hang_sends_nothing_and_keeps_the_connection():
    """Not a byte comes, nor an end."""
    assert served("hang", patience=0.3) == (b"", b"", "silence")


def test_a_drip_sends_its_body_a_byte_at_a_time():
    """The head comes at once, then a byte each tenth of a second."""
    head, body, ended = served("drip", patience=0.55)
    assert (ended, int(headers(head)["Content-Length"]) > 300) == ("silence", True)
    assert 4 <= len(body) <= 6
    assert b'{"id": "chatcmpl'.startswith(body)


def test_slow_headers_come_a_byte_at_a_time():
    """The head itself drips."""
    head, body, ended = served("slow-headers", patience=0.55)
    assert (body, ended) == (b"", "silence")
    assert 4 <= len(head) <= 6
    assert b"HTTP/1.1".startswith(head)


def test_a_truncated_body_ends_before_the_length_it_told():
    """Half of the body comes, then the connection closes."""
    head, body, ended = served("truncated")
    assert ended == "eof"
    assert len(body) == int(headers(head)["Content-Length"]) // 2


def test_a_short_length_is_followed_by_more_bytes_than_it_tells():
    """The whole body comes under a length of half of it, on a connection that stays open."""
    head, body, ended = served("short-length")
    assert (int(headers(head)["Content-Length"]), ended) == (len(body) // 2, "silence")
    assert json.loads(body)["choices"]


def test_a_reset_is_a_reset():
    """The connection is not closed but reset."""
    assert served("reset") == (b"", b"", "reset")


def test_bodies_that_are_no_json():
    """A page of HTML, and a completion with bytes that are no UTF-8, both at 200."""
    head, body, _ = served("html")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/html")
    assert body.startswith(b"<!doctype html>")
    head, body, _ = served("bad-utf8")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: application/json")
    with pytest.raises(UnicodeDecodeError):
        body.decode()


def test_every_kind_is_on_the_wire_and_in_the_log():
    """Each kind is served under its name, as `answer` has it, and billed where a completion was generated."""

    async def one_of_each() -> list[Received]:
        async with serving(Plan(keys={hit_key(ASKED): KINDS})) as fake:
            answers = [await _raw(fake.base_url, ASKED, patience=0.1 if kind in BROKEN else 5.0) for kind in KINDS]
            assert [(hit["fault"], hit["attempt"]) for hit in fake.hits] == list(zip(KINDS, itertools.count(1)))
            free = {hit["fault"] for hit in fake.hits if not hit["billed"]}
            assert free == {k for k in KINDS if k[:3].isdigit()} | {"hang", "html", "error-at-200", "redirect"}
            assert {hit["fault"] for hit in fake.hits if hit["answered"] is None} == {"hang", "reset"}
        return answers

    for kind, (head, body, _) in zip(KINDS, asyncio.run(one_of_each()), strict=True):
        if kind not in BROKEN:
            due = answer(Plan(), ASKED, kind, 1)
            assert (int(head.split()[1]), body) == (due.status, due.body), kind
            assert kind == "429-date" or set(due.headers.items()) <= set(headers(head).items())


def test_a_key_is_revoked_after_so_many_hits():
    """From then on every request is refused; the same way the served model changes."""
    bodies = [{**ASKED, "seed": seed} for seed in range(5)]
    answers, hits = asyncio.run(_served(Plan(after={"401": 2}), *bodies))
    assert [head[9:12] for head, _, _ in answers] == [b"200", b"200", b"401", b"401", b"401"]
    assert [hit["billed"] for hit in hits] == [True, True, False, False, False]
    answers, _ = asyncio.run(_served(Plan(after={"other-model": 1}), *bodies[:3]))
    assert [json.loads(body)["model"] for _, body, _ in answers] == ["m", "another-model", "another-model"]


def test_models_are_listed_or_not(tmp_path):
    """The listing names the models, or is missing, or fails; it is logged and is no chat."""
    with FakeServer(tmp_path / "log.jsonl", models=["a", "b"]) as server:
        assert [entry["id"] for entry in json.loads(raw(server.base_url, {}, MODELS, "GET")[1])["data"]] == ["a", "b"]
        server.set(listing="off")
        assert raw(server.base_url, {}, MODELS, "GET")[0].startswith(b"HTTP/1.1 404")
        server.set(listing="500")
        assert raw(server.base_url, {}, MODELS, "GET")[0].startswith(b"HTTP/1.1 500")
        assert (len(server.hits(MODELS)), server.hits()) == (3, [])


def test_the_log_tells_whom_the_key_was_shown(tmp_path):
    """A redirect leads to another host; who follows it is in that host's log, with the method and the key he gave."""

    async def follow(base_url: str) -> int:
        async with aiohttp.ClientSession(headers={"Authorization": "Bearer canary"}) as session:
            async with session.post(f"{base_url}/chat/completions", json=ASKED, allow_redirects=False) as held:
                assert held.status == 301
            async with session.post(f"{base_url}/chat/completions", json=ASKED) as followed:
                return followed.status

    with FakeServer(tmp_path / "there.jsonl") as there:
        elsewhere = there.base_url.replace("127.0.0.1", "localhost") + "/chat/completions"
        with FakeServer(tmp_path / "here.jsonl", attempts=["redirect"] * 2, redirect_to=elsewhere) as here:
            assert asyncio.run(follow(here.base_url)) == 404
            assert [hit["authorization"] for hit in here.hits()] == ["Bearer canary"] * 2
        (hit,) = there.hits()
        assert (hit["method"], hit["host"].split(":")[0], hit["key"]) == ("GET", "localhost", None)


def test_a_client_that_leaves_is_still_billed(tmp_path):
    """A generation that nobody waits for ends all the same; its answer is not sent."""

    async def leave() -> list[dict]:
        async with serving(Plan(latency=0.3), log=tmp_path / "log.jsonl") as fake:
            await _raw(fake.base_url, ASKED, patience=0.1)
            await asyncio.sleep(0.4)
            return fake.hits

    (hit,) = asyncio.run(leave())
    assert (hit["billed"], hit["answered"]) == (True, None)


def test_a_killed_server_comes_back_where_it_was(tmp_path):
    """The port, the plan, the order and the count of attempts outlive a kill; a hit on its way was received only."""
    with FakeServer(tmp_path / "log.jsonl", attempts=[None, "500", "503"]) as server:
        url = server.base_url
        first = raw(url, ASKED)[1]
        server.set(attempts=[None, "500", "503"], latency=5.0)
        assert raw(url, ASKED, patience=0.3) == (b"", b"", "silence")
        server.kill()
        with pytest.raises(ConnectionRefusedError):
            raw(url, ASKED)
        server.restart()
        assert server.base_url == url
        server.set(attempts=[None, "500", "503"])
        assert raw(url, ASKED)[0].startswith(b"HTTP/1.1 503")
        assert raw(url, ASKED)[1] == first
        hits = server.hits()
    assert [(hit["order"], hit["attempt"], hit["fault"]) for hit in hits] == [
        (1, 1, None),
        (2, 2, "500"),
        (3, 3, "503"),
        (4, 4, None),
    ]
    assert [hit["answered"] is None for hit in hits] == [False, True, False, False]
    assert {hit["key"] for hit in hits} == {hit_key(ASKED)}
    assert all(hit["answered"] >= hit["received"] for hit in hits if hit["answered"])


def test_the_log_is_complete_and_the_server_is_quick(tmp_path, capsys):
    """A thousand requests at 64 at once, drawn faults among them, are a thousand hits in order; the rate is printed."""

    async def drive(base_url: str) -> list[int]:
        seeds = iter(range(1000))

        async def work(session: aiohttp.ClientSession) -> list[int]:
            statuses = []
            for seed in seeds:
                async with session.post(f"{base_url}/chat/completions", json={**ASKED, "seed": seed}) as answer:
                    await answer.read()
                    statuses.append(answer.status)
            return statuses

        async with aiohttp.ClientSession() as session:
            return list(itertools.chain(*await asyncio.gather(*(work(session) for _ in range(64)))))

    with FakeServer(tmp_path / "log.jsonl", rates={"503": 0.2}) as server:
        started = time.perf_counter()
        statuses = asyncio.run(drive(server.base_url))
        seconds = time.perf_counter() - started
        hits = server.hits()
    assert [hit["order"] for hit in hits] == list(range(1, 1001))
    assert {hit["key"] for hit in hits} == {hit_key({**ASKED, "seed": seed}) for seed in range(1000)}
    assert statuses.count(503) == sum(hit["fault"] == "503" for hit in hits) > 100
    assert statuses.count(200) == sum(hit["billed"] for hit in hits)
    with capsys.disabled():
        sys.stdout.write(f"\nfake server: {1000 / seconds:.0f} requests/s with aiohttp in front of it\n")
