"""From the raw body of a chat completion to a reply: a pure function, so that another reading costs no request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from synthlift.models.request import ChatRequest, Reply

__all__ = ["body_object", "completion_body", "read_reply"]

MOST_TOKENS = 10_000_000
_UNSTORABLE = {0: "\N{REPLACEMENT CHARACTER}"} | dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


def completion_body(request: ChatRequest, content: str, finish_reason: str, n_prompt: int, n_written: int) -> bytes:
    """Spell a text that was written in this process as the body that a server would have sent; `n` are of tokens."""
    message = {"role": "assistant", "content": content}
    return orjson.dumps(
        {
            "id": f"chatcmpl-{request.key[:24]}",
            "object": "chat.completion",
            "model": request.model,
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
            "usage": {"prompt_tokens": n_prompt, "completion_tokens": n_written, "total_tokens": n_prompt + n_written},
        }
    )


def read_reply(key: str, body: bytes) -> Reply | str:
    """Read the first choice of a chat completion.

    Parameters
    ----------
    key : str
        Of the request.
    body : bytes
        As the server sent it.

    Returns
    -------
    Reply or str
        Where there is no text in it, a reason code: ``not-json``, ``error-body``, ``no-choices``, ``no-content``,
        ``reasoning-only`` or ``empty-content``.

    Examples
    --------
    >>> read_reply("k", b'{"choices": [{"message": {"content": "A fan."}, "finish_reason": "stop"}]}').text
    'A fan.'
    >>> read_reply("k", b'{"error": {"message": "busy"}}'), read_reply("k", b"<html>")
    ('error-body', 'not-json')
    """
    value = body_object(body)
    if value is None:
        return "not-json"
    if value.get("error"):
        return "error-body"
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        return "no-choices"
    message = choices[0].get("message")
    if not isinstance(message, Mapping):
        return "no-content"
    content = message.get("content")
    if not isinstance(content, str) or not content.strip():
        if message.get("reasoning_content") or message.get("reasoning"):
            return "reasoning-only"
        return "empty-content" if isinstance(content, str) else "no-content"
    usage = value.get("usage")
    counted = usage if isinstance(usage, Mapping) else {}
    return Reply(
        key=key,
        text=content.translate(_UNSTORABLE),
        finish_reason=_text(choices[0].get("finish_reason")),
        model=_text(value.get("model")),
        n_prompt_tokens=_count(counted.get("prompt_tokens")),
        n_completion_tokens=_count(counted.get("completion_tokens")),
    )


def body_object(body: bytes) -> Mapping[str, Any] | None:
    """Return the JSON object of a body, None where it is no such thing."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:  # slower, and takes what orjson does not: half of a surrogate pair, written as an escape
            value = json.loads(body.decode())
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, Mapping) else None


def _text(value: object) -> str | None:
    return value.translate(_UNSTORABLE) if isinstance(value, str) else None


def _count(value: object) -> int | None:
    """Return a number of tokens that can be true."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MOST_TOKENS else None
