"""Records of summary.json about how the synthetic texts were written: who was asked, what, and what became of it."""

from __future__ import annotations

from typing import Literal

from pydantic import FiniteFloat, JsonValue

from synthlift.report.summary_cells import Record

__all__ = ["PromptFamily", "ServerHonours", "WrittenBy"]

Honoured = tuple[Literal["yes", "no", "unknown"], str]


class PromptFamily(Record):
    """One wording of the instruction: documents asked for and kept, and a prompt as role and content.

    `prompt` is the first that was asked for, as it was sent; empty where none was.
    """

    name: str
    version: int
    title: str
    sha256: str
    n_asked: int
    n_kept: int
    prompt: list[tuple[str, str]]


class ServerHonours(Record):
    """What a server honours, each with what was seen, and the name that it answers under."""

    endpoint: str
    seed: Honoured
    logprobs: Honoured
    n: Honoured
    response_format: Honoured
    model: str | None
    counts_tokens: bool


class WrittenBy(Record):
    """How the texts of one generator were written: asked for, answered, kept, and lost or noted by reason code.

    Tokens and cost leave out the `n_without_tokens` answers whose tokens no server counted.
    """

    generator: str
    mode: str
    model: str
    revision: str | None
    served_models: list[str]
    sampling: dict[str, JsonValue]
    shots: int
    label_sets: str
    label_names: bool
    reply: str
    families: list[PromptFamily]
    n_asked: int
    n_answered: int
    n_kept: int
    unanswered: dict[str, int]
    dropped: dict[str, int]
    notes: dict[str, int]
    n_prompt_tokens: int
    n_completion_tokens: int
    n_without_tokens: int
    cost_usd: FiniteFloat
    output_licence: str | None
    servers: list[ServerHonours]
