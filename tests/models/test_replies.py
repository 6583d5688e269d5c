"""Reading raw bodies."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthlift.models.replies import read_reply
from synthlift.models.request import Reply


def body(**changes: object) -> bytes:
    whole = {
        "model": "a/model",
        "choices": [{"message": {"content": "A fan."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }
    return json.dumps(whole | changes).encode()


def choice(content: object, finish: object = "stop") -> list[dict[str, object]]:
    return [{"message": {"content": content}, "finish_reason": finish}]


def test_a_whole_answer_is_read() -> None:
    """Text, finish reason, served name and token counts come from the protocol's own places."""
    assert read_reply("k", body()) == Reply("k", "A fan.", "stop", "a/model", 7, 3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not-json"),
        (b"<html>busy</html>", "not-json"),
        (b'{"choices": [', "not-json"),
        (b"\xff\xfe", "not-json"),
        (b"[1]", "not-json"),
        (b"[" * 100_000, "not-json"),
        (b'{"a":' + b"9" * 5000 + b"}", "not-json"),
        (body(error={"message": "busy"}), "error-body"),
        (body(choices=[]), "no-choices"),
        (body(choices=None), "no-choices"),
        (body(choices=[7]), "no-choices"),
        (body(choices=[{}]), "no-content"),
        (body(choices=choice(None)), "no-content"),
        (body(choices=choice([1])), "no-content"),
        (body(choices=choice(" \n")), "empty-content"),
        (body(choices=[{"message": {"content": None, "reasoning_content": "hm"}}]), "reasoning-only"),
    ],
)
def test_what_holds_no_text_has_a_reason(content: bytes, reason: str) -> None:
    """A body at status 200 may be anything; none of it raises, and each kind has its own code."""
    assert read_reply("k", content) == reason


@pytest.mark.parametrize(
    "usage", [None, {}, {"prompt_tokens": -1, "completion_tokens": 10**12}, {"prompt_tokens": "7"}, 3]
)
def test_token_counts_that_cannot_be_true_are_unknown(usage: object) -> None:
    """A missing, negative or absurd usage is no number at all, never 0."""
    reply = read_reply("k", body(usage=usage))
    assert isinstance(reply, Reply)
    assert (reply.n_prompt_tokens, reply.n_completion_tokens) == (None, None)


def test_what_no_file_can_hold_is_replaced() -> None:
    r"""Half a surrogate pair and NUL become U+FFFD; a whole pair is the character that it spells."""
    raw = rb'{"choices": [{"message": {"content": "a\ud83d b\u0000 c\ud83d\ude00"}}]}'
    reply = read_reply("k", raw)
    assert isinstance(reply, Reply)
    assert reply.text == "a\N{REPLACEMENT CHARACTER} b\N{REPLACEMENT CHARACTER} c\N{GRINNING FACE}"
    assert reply.finish_reason is None


NAMES = st.sampled_from(["choices", "message", "content", "usage", "error"])
VALUES = st.recursive(
    st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)
)


@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_no_body_raises(content: bytes) -> None:
    """Whatever comes, there is a reply whose text can be written to a file, or a reason."""
    read = read_reply("k", content)
    assert read.text.encode() if isinstance(read, Reply) else read
