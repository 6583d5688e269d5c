"""What the fake server answers is what the name of each fault says."""

from __future__ import annotations

import json
import sys
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # the tests are no package

from fake_llm_answers import Plan, answer, hit_key
from synthlift.storage.canonical import canonical, sha256

ASKED = {"model": "m", "messages": [{"role": "user", "content": "Write a text."}], "seed": 1}


def completion(kind: str | None, body: dict = ASKED, *, attempt: int = 1, **plan) -> dict:
    """Return the completion that comes with this fault."""
    given = answer(Plan(**plan), body, kind, attempt)
    assert given.status == 200
    return json.loads(given.body)


def content(kind: str | None, body: dict = ASKED, **plan) -> str:
    """Return the text of the first choice."""
    return completion(kind, body, **plan)["choices"][0]["message"]["content"]


def test_texts_are_decided_by_messages_and_seed():
    """Equal requests have equal texts over servers and restarts; another seed or message has another one."""
    other = {**ASKED, "messages": [{"role": "user", "content": "Write another text."}]}
    texts = [
        content(None),
        content(None, {**ASKED, "temperature": 2}),
        content(None, {**ASKED, "seed": 2}),
        content(None, other),
    ]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 3


def test_a_hit_is_keyed_by_its_canonical_body():
    """The key is the hash of the body as the project spells it, whatever the order of its members."""
    assert hit_key({"seed": 1, "model": "ä"}) == hit_key({"model": "ä", "seed": 1})
    assert hit_key(ASKED) == sha256(canonical(ASKED))


@pytest.mark.parametrize(
    ("kind", "status", "code", "header"),
    [
        ("429", 429, "rate_limit_exceeded", None),
        ("429-seconds", 429, "rate_limit_exceeded", ("Retry-After", "1")),
        ("429-ms", 429, "rate_limit_exceeded", ("retry-after-ms", "150")),
        ("429-zero", 429, "rate_limit_exceeded", ("Retry-After", "0")),
        ("429-300", 429, "rate_limit_exceeded", ("Retry-After", "300")),
        ("429-negative", 429, "rate_limit_exceeded", ("Retry-After", "-5")),
        ("429-text", 429, "rate_limit_exceeded", ("Retry-After", "soon")),
        ("429-quota", 429, "insufficient_quota", None),
        *((str(status), status, "server_error", None) for status in (408, 409, 500, 502, 503)),
        ("400-context", 400, "context_length_exceeded", None),
        ("400-policy", 400, "content_policy_violation", None),
        ("401", 401, "invalid_api_key", None),
        ("403", 403, "permission_denied", None),
        ("404-model", 404, "model_not_found", None),
    ],
)
def test_a_refusal_has_its_status_its_code_and_its_header(kind, status, code, header):
    """Each refusal is the status line, error code and wait that its name says, and no other wait."""
    given = answer(Plan(), ASKED, kind, 1)
    assert (given.status, json.loads(given.body)["error"]["code"], given.billed) == (status, code, False)
    assert given.headers == (dict([header]) if header else {})


def test_a_wait_may_be_a_date():
    """The date of a 429 is about two seconds ahead."""
    given = answer(Plan(), ASKED, "429-date", 1)
    ahead = parsedate_to_datetime(given.headers["Retry-After"]).timestamp() - time.time()
    assert 0 < ahead <= 2


def test_a_completion_may_be_hollow():
    """Errors at 200, no choices, no content, reasoning alone: each is JSON, and each lacks a text."""
    assert completion("error-at-200")["error"]["code"] == "server_error"
    assert completion("choices-empty")["choices"] == []
    assert completion("choices-null")["choices"] is None
    assert content("content-null") is None
    assert content("content-empty") == ""
    assert completion("reasoning-only")["choices"][0]["message"] == {
        "role": "assistant",
        "content": None,
        "reasoning_content": "The user wants a text. Let me think.",
    }


def test_a_completion_may_say_strange_things_of_itself():
    """Why it ended, who wrote it and what it cost may be missing or wrong; the text is the good one's."""
    reasons = [completion(f"finish-{kind}")["choices"][0]["finish_reason"] for kind in ("length", "null", "weird")]
    assert reasons == ["length", None, "weird"]
    assert completion("other-model")["model"] == "another-model"
    assert "usage" not in completion("usage-missing")
    assert completion("usage-negative")["usage"]["completion_tokens"] == -1
    assert completion("usage-absurd")["usage"]["prompt_tokens"] == 10**15
    assert content("finish-weird") == content("usage-missing") == content(None)


def test_a_text_may_be_hostile():
    """Five megabytes, half a surrogate pair and NUL, endless repetition, an obeyed injection."""
    assert 5_000_000 <= len(content("huge")) <= 5_020_000
    assert b"\\ud83d\\u0000" in answer(Plan(), ASKED, "surrogate-nul", 1).body
    assert "\ud83d\0" in content("surrogate-nul")
    assert len(set(content("repetition").split())) == 4
    assert "<script>" in content("injection")


def test_a_text_may_be_beside_the_point():
    """A refusal, the prompt itself, thoughts alone, a heading, or the same for every request."""
    assert content("refusal").startswith("I'm sorry")
    assert content("echo") == "Write a text."
    assert content("think-only").endswith("</think>")
    assert content("markdown-header") == f"# A Machine\n\n**Abstract**\n\n{content(None)}"
    assert content("same-text") == content("same-text", {**ASKED, "seed": 9}) != content(None)


def test_json_may_be_wrapped_or_broken():
    """In a fence, cut off, twice, or with a remark behind it, and whole where the prompt shows an object."""
    asked = {**ASKED, "messages": [{"role": "user", "content": 'Answer {"id": "a7", "text": ...}'}]}
    whole = json.loads(content(None, asked))
    assert (whole["id"], len(whole["text"].split()) > 50) == ("a7", True)
    fenced = content("json-fenced", asked)
    assert (fenced[:8], fenced[-4:]) == ("```json\n", "\n```")
    assert json.loads(fenced[8:-4]) == whole
    with pytest.raises(json.JSONDecodeError, match="Unterminated string"):
        json.loads(content("json-broken", asked))
    assert [json.loads(line) for line in content("json-two", asked).split("\n")] == [whole, whole]
    with pytest.raises(json.JSONDecodeError, match="Extra data"):
        json.loads(content("json-trailing", asked))


def test_faults_are_drawn_by_request_and_attempt():
    """A rate gives the same faults to the same attempts on any server, about as many as it says, and others by salt."""
    rates = {"503": 0.3, "hang": 0.2}
    plan = Plan(rates=rates)
    drawn = [plan.fault(f"k{i}", 1, i) for i in range(2000)]
    assert drawn == [Plan(rates=rates).fault(f"k{i}", 1, 7) for i in range(2000)]
    assert [round(drawn.count(kind) / 2000, 1) for kind in ("503", "hang", None)] == [0.3, 0.2, 0.5]
    assert drawn != [plan.fault(f"k{i}", 2, i) for i in range(2000)]
    assert drawn != [Plan(rates=rates, salt=1).fault(f"k{i}", 1, i) for i in range(2000)]
    assert {Plan(rates={"401": 1.0}).fault(f"k{i}", 1, i) for i in range(500)} == {"401"}


def test_faults_may_be_listed():
    """A list for one request goes before that of all; attempts past the end are good; an unknown kind is refused."""
    other = {**ASKED, "seed": 2}
    plan = Plan(attempts=["500"], keys={hit_key(other): [None, "503"]})
    assert [plan.fault(hit_key(ASKED), attempt, attempt) for attempt in (1, 2)] == ["500", None]
    assert [plan.fault(hit_key(other), attempt, attempt) for attempt in (1, 2, 3)] == [None, "503", None]
    with pytest.raises(ValueError, match=r"unknown kinds \['slow'\]"):
        Plan(rates={"slow": 0.1})
    with pytest.raises(ValueError, match="more than 1"):
        Plan(rates={"500": 0.6, "503": 0.6})


def test_what_a_server_honours_can_be_switched():
    """Seed, n, logprobs and response_format are honoured, or ignored at 200, or refused with 500."""
    schema = {
        "type": "object",
        "properties": {"machine": {"type": "string", "maxLength": 9}, "moves": {"type": "boolean"}},
    }
    shaped = {**ASKED, "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}}
    filled = json.loads(content(None, shaped))
    assert (sorted(filled), len(filled["machine"]), filled["moves"]) == (["machine", "moves"], 9, True)
    assert not content(None, shaped, response_format="ignored").startswith("{")
    refusing = Plan(response_format="500")
    assert [answer(refusing, body, None, 1).status for body in (shaped, ASKED)] == [500, 200]
    several = completion(None, {**ASKED, "n": 3})["choices"]
    assert len({choice["message"]["content"] for choice in several}) == 3
    assert len(completion(None, {**ASKED, "n": 3}, n=False)["choices"]) == 1
    told = completion(None, {**ASKED, "logprobs": True})["choices"][0]
    assert [token["token"] for token in told["logprobs"]["content"]] == told["message"]["content"].split(" ")
    assert completion(None, {**ASKED, "logprobs": True}, logprobs=False)["choices"][0]["logprobs"] is None
    assert content(None, attempt=1, seed=False) != content(None, attempt=2, seed=False)
    assert content(None, attempt=1) == content(None, attempt=2)
    cut = completion(None, {**ASKED, "max_tokens": 10})["choices"][0]
    assert (len(cut["message"]["content"].split()), cut["finish_reason"]) == (10, "length")
