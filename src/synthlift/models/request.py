"""What is asked of a language model and what comes of it: plain values, the same for a server and in process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import orjson

from synthlift.storage.canonical import JSON, sha256

__all__ = ["ChatModel", "ChatRequest", "ModelPool", "Reply", "Unanswered"]


@dataclass(frozen=True)
class ChatRequest:
    """One chat completion to be bought once and kept for good.

    Attributes
    ----------
    pool : str
        Alias of the model in the study: servers of one pool share the load, so no server is part of the key.
    model : str
        The name that the server knows the model by, or a folder of weights.
    revision : str or None
        Commit of the weights, where it is known.
    messages : tuple of (str, str)
        Role and content, in order.
    sampling : mapping of str to JSON
        Parameters of the chat completions protocol (temperature, top_p, max_tokens, stop ...), without the seed.
    seed : int
        From 0 to 2**31 - 1; derived, so that each request has one of its own.
    ordinal : str
        Which request of its purpose this is, as in ``synthesis/17``: equal prompts are still bought separately.
    """

    pool: str
    model: str
    revision: str | None
    messages: tuple[tuple[str, str], ...]
    sampling: Mapping[str, JSON]
    seed: int
    ordinal: str

    @cached_property
    def spec(self) -> dict[str, JSON]:
        """Its fields as JSON."""
        return {
            "pool": self.pool,
            "model": self.model,
            "revision": self.revision,
            "messages": [list(message) for message in self.messages],
            "sampling": dict(self.sampling),
            "seed": self.seed,
            "ordinal": self.ordinal,
        }

    @cached_property
    def written(self) -> str:
        """Its fields as JSON with sorted keys: what the ledger holds.

        Not by `storage.canonical`, which takes ten times as long: as long as it takes to send a request.
        """
        return orjson.dumps(self.spec, option=orjson.OPT_SORT_KEYS).decode()

    @cached_property
    def key(self) -> str:
        """SHA-256 of `written`."""
        return sha256(self.written)

    @property
    def body(self) -> dict[str, JSON]:
        """What is sent to a server: the chat completions protocol."""
        messages = [{"role": role, "content": content} for role, content in self.messages]
        return {"model": self.model, "messages": messages, **self.sampling, "seed": self.seed}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered, read from the raw response.

    Attributes
    ----------
    key : str
        Of the request.
    text : str
        As it came, but for what no file could hold: lone surrogates and NUL are U+FFFD. Never blank.
    finish_reason : str or None
        ``stop``, ``length`` (the text is cut off) or what else the server says.
    model : str or None
        The name under which the server answered.
    n_prompt_tokens, n_completion_tokens : int or None
        As the server counted them; None where it did not, or where the number cannot be true.
    """

    key: str
    text: str
    finish_reason: str | None
    model: str | None
    n_prompt_tokens: int | None
    n_completion_tokens: int | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request that ended without a reply, and why: a short code such as ``http-400`` or ``timeout``."""

    key: str
    reason: str


class ChatModel(Protocol):
    """Answer requests; what was answered before is never asked again."""

    def ask(self, requests: Sequence[ChatRequest]) -> list[Reply | Unanswered]:
        """Return one answer per request, in the order of `requests`.

        Raises
        ------
        Stopped
            Where no further answer can be had now: a revoked key, a dead server, a cap. What came before is kept.
        """
        ...


@dataclass(frozen=True)
class ModelPool:
    """A model as a study names it: whoever serves it, the requests are the same.

    Attributes
    ----------
    alias, model, revision
        As of `ChatRequest`.
    sampling : mapping of str to JSON
        Parameters of every request.
    system_role : bool
        Whether its chat template takes a system message; else it stands before the first user message.
    """

    alias: str
    model: str
    revision: str | None
    sampling: Mapping[str, JSON]
    system_role: bool = True

    def request(
        self, system: str, user: str, *, seed: int, ordinal: str, sampling: Mapping[str, JSON] | None = None
    ) -> ChatRequest:
        r"""Return the request of one prompt; `sampling` adds to the pool's own.

        Examples
        --------
        >>> pool = ModelPool("small", "a/model", None, {"temperature": 1.0}, system_role=False)
        >>> pool.request("Be brief.", "Write.", seed=1, ordinal="0").messages
        (('user', 'Be brief.\n\nWrite.'),)
        """
        both = (("system", system), ("user", user)) if self.system_role else (("user", f"{system}\n\n{user}"),)
        messages = both if system else (("user", user),)
        return ChatRequest(
            self.alias, self.model, self.revision, messages, {**self.sampling, **(sampling or {})}, seed, ordinal
        )
