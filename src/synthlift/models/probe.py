"""What a server really does with the parameters it is sent: many answer 200 and ignore them.

Six small requests per server, bought once: the answers stay in the ledger like all others, and what they show is a pure
function of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthlift.models.endpoint import Endpoint
from synthlift.models.replies import body_object, read_reply
from synthlift.models.request import ChatRequest, ModelPool, Reply
from synthlift.storage.canonical import sha256

__all__ = ["Capabilities", "capabilities", "probe_requests"]

PROMPT = "Write one sentence about a machine of your choice."
SCHEMA = {
    "type": "object",
    "properties": {"machine": {"type": "string", "maxLength": 40}, "moves": {"type": "boolean"}},
    "required": ["machine", "moves"],
    "additionalProperties": False,
}
_FORMAT = {"type": "json_schema", "json_schema": {"name": "machine", "schema": SCHEMA, "strict": True}}
_SAMPLED: Mapping[str, Any] = {"temperature": 1.0, "max_tokens": 24}
_PROBES: Mapping[str, tuple[int, Mapping[str, Any]]] = {
    "seed-first": (1, {}),
    "seed-again": (1, {}),
    "seed-other": (2, {}),
    "logprobs": (1, {"logprobs": True, "top_logprobs": 2}),
    "n": (1, {"n": 2}),
    "response_format": (1, {"response_format": _FORMAT, "max_tokens": 60}),
}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server honours, each as ``yes``, ``no`` or ``unknown``, with the reason.

    Attributes
    ----------
    seed : tuple of (str, str)
        Whether equal seeds repeat a text and another seed changes it.
    logprobs, n, response_format : tuple of (str, str)
    model : str or None
        The name that it answers under.
    counts_tokens : bool
        Whether its answers carry token counts.
    """

    seed: tuple[str, str]
    logprobs: tuple[str, str]
    n: tuple[str, str]
    response_format: tuple[str, str]
    model: str | None
    counts_tokens: bool


def probe_requests(pool: ModelPool, endpoint: Endpoint) -> dict[str, ChatRequest]:
    """Return the requests that show what a server honours, by what they show; another address is asked anew."""
    server = sha256(endpoint.url)[:12]
    return {
        name: pool.request("", PROMPT, seed=seed, ordinal=f"probe/{server}/{name}", sampling={**_SAMPLED, **more})
        for name, (seed, more) in _PROBES.items()
    }


def capabilities(bodies: Mapping[str, bytes]) -> Capabilities:
    """Read what the answers to `probe_requests` show.

    Parameters
    ----------
    bodies : mapping of str to bytes
        Raw answers by what they show; one that is missing was refused.
    """
    read = {name: read_reply(name, body) for name, body in bodies.items()}
    replies = {name: reply for name, reply in read.items() if isinstance(reply, Reply)}
    models = [reply.model for reply in replies.values() if reply.model is not None]
    return Capabilities(
        seed=_seed({name: reply.text for name, reply in replies.items()}),
        logprobs=_logprobs(_choices(bodies, "logprobs")),
        n=_n(_choices(bodies, "n")),
        response_format=_format(replies.get("response_format")),
        model=models[0] if models else None,
        counts_tokens=any(reply.n_completion_tokens is not None for reply in replies.values()),
    )


def _choices(bodies: Mapping[str, bytes], name: str) -> list[Any] | None:
    value = body_object(bodies[name]) if name in bodies else None
    choices = value.get("choices") if value is not None else None
    return choices if isinstance(choices, list) else None


def _seed(text: Mapping[str, str]) -> tuple[str, str]:
    if not {"seed-first", "seed-again", "seed-other"} <= text.keys():
        return "unknown", "a request with a seed was refused"
    if text["seed-first"] != text["seed-again"]:
        return "no", "the same seed gave another text"
    if text["seed-first"] == text["seed-other"]:
        return "no", "another seed gave the same text: it may not sample at all"
    return "yes", "the same seed gave the same text, another seed another"


def _logprobs(choices: list[Any] | None) -> tuple[str, str]:
    if not choices:
        return "no", "the request was refused"
    given = isinstance(choices[0], Mapping) and bool(choices[0].get("logprobs"))
    return ("yes", "they came") if given else ("no", "it answered without them")


def _n(choices: list[Any] | None) -> tuple[str, str]:
    if not choices:
        return "no", "the request was refused"
    told = f"{len(choices)} of 2 choices came"
    return ("yes", told) if len(choices) == 2 else ("no", told)


def _format(reply: Reply | None) -> tuple[str, str]:
    if reply is None:
        return "no", "the request was refused"
    value = body_object(reply.text.encode())
    held = value is not None and set(value) == {"machine", "moves"} and isinstance(value["moves"], bool)
    if held:
        return "yes", "the answer fits the schema"
    if reply.finish_reason == "length" and reply.text.lstrip().startswith("{"):
        return "unknown", "the answer began as JSON and was cut off"
    return "no", "the answer does not fit the schema"
