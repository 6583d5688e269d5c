"""From what a model answered to the bare text: a pure function, each thing that it strips noted by a code.

What announces a text or comments on it is known by its English wording; markup, reasoning and JSON in any language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from synthlift.models.request import Reply

__all__ = ["Answer", "read_answer"]

MOST_ROUNDS = 4
MOST_OBJECTS = 20

# the opening tag is lacking where the prompt ends with it, the closing one where the model never came to an end
_THINKING = re.compile(
    r"\A(?:(?!<think).)*?</think(?:ing)?>|<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE
)
_FENCE = re.compile(r"\A```[\w-]*[ \t]*\n(.*?)\n?```(?=\s|\Z)", re.DOTALL)
_KIND = (
    r"(?:(?:patent|technical|scientific|product|news|plain-language|rewritten|revised|paraphrased|new) ){0,2}"
    r"(?:abstract|summary|claim|text|version|description|item|article|explanation|comment|paraphrase|rewriting|answer)"
)
_AGREES = r"(?:sure|certainly|of course|okay|absolutely)\b"
# a line of its own that announces a text, or "Here is an abstract ...:" before it
_PREAMBLE = re.compile(
    rf"\A(?:{_AGREES}(?:[!.,]?|[^\n]{{0,200}}(?::|\bhere\b[^\n]{{0,200}}))[ \t]*\n+"
    rf"|(?:{_AGREES}[!,.] )?here(?:['\u2019]s| is)\b[^\n:]{{0,60}}\b{_KIND}\b[^\n:]{{0,140}}:\s*"
    rf"|(?:the |a )?(?:rewritten|revised|paraphrased) {_KIND}[^\n:]{{0,60}}:[ \t]*\n+)",
    re.IGNORECASE,
)
# "Abstract:", "**Abstract**", "## Abstract", "1. Abstract:", "Claim 1." before the text
_HEADER = re.compile(
    rf"\A(?:#{{1,6}}[ \t]*|\d\.[ \t]+)?(?:\*\*|__)?(?:{_KIND}|what is claimed is)(?:[ \t]\d+)?"
    r"(?:[ \t]*:[ \t]*(?:\*\*|__)?|(?:\*\*|__)[ \t]*:?[ \t]*|\.(?=[ \t]|\n)|[ \t]+[\u2013\u2014-][ \t]|[ \t]*\n)\s*",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\A(?:#{1,6}[ \t]+[^\n]{1,200}|(\*\*|__)[^\n*_]{1,200}\1"
    r"|(?:\*\*|__)?(?:title|headline|topics?|labels?|categor(?:y|ies)|keywords)(?:\*\*|__)?:[^\n]{1,300})\n+",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"\n[ \t]*(?:[\[(*_]{0,3}(?:(?:please )?note|word count|keywords|topics?|labels?|categor(?:y|ies))[*_]{0,2}:[^\n]*"
    r"|\(?\d+ words\)?\.?|let me know (?:if|whether)\b[^\n]*"
    rf"|i hope this (?:helps|meets|{_KIND})\b[^\n]*|feel free to\b[^\n]*"
    rf"|this {_KIND} (?:is|was) (?:written|based)\b[^\n]*"
    r"|-{3,}|\*{3,}|```)\s*\Z",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"\A(?:the|this) (?:(?:present|current|instant) )?(?:invention|disclosure|application) "
    r"(?:relates|is directed|provides|discloses|pertains|concerns)\b",
    re.IGNORECASE,
)
# all controls but tab, line feed and carriage return; and halves of surrogate pairs, which JSON can escape
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_QUOTES = {'"': '"', "\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}", "'": "'"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A text, or the reason why there is none.

    Attributes
    ----------
    text : str or None
    reason : str or None
        ``truncated``, ``reasoning-only``, ``empty-text``, ``not-json`` or ``id-mismatch``.
    notes : tuple of str
        What was stripped or met, each once.
    """

    text: str | None
    reason: str | None
    notes: tuple[str, ...] = ()


class _Object(BaseModel):
    id: str
    text: str


def read_answer(reply: Reply, answer_id: str | None = None) -> Answer:
    """Return the text of a reply.

    Parameters
    ----------
    reply : Reply
    answer_id : str, optional
        Where JSON was asked for, the id that it must repeat: a text with another id belongs to other labels.

    Examples
    --------
    >>> read_answer(Reply("k", "**Abstract:** A fan cools a pack.", "stop", None, None, None))
    Answer(text='A fan cools a pack.', reason=None, notes=('stripped-header',))
    """
    if reply.finish_reason == "length":
        return Answer(None, "truncated")
    notes: dict[str, bool] = {} if reply.finish_reason == "stop" else {"finish-unknown": True}
    text = _noted(_THINKING.sub("", reply.text), reply.text, "stripped-reasoning", notes).strip()
    if not text and reply.text.strip():
        return Answer(None, "reasoning-only", tuple(notes))
    if answer_id is not None:
        found = _of_json(text, answer_id, notes)
        if isinstance(found, Answer):
            return found
        text = found
    # after JSON is read, whose escapes can spell what no file holds
    text = _stripped(_noted(_UNSTORABLE.sub("", text), text, "stripped-control", notes), notes)
    if not text:
        return Answer(None, "empty-text", tuple(notes))
    if _BOILERPLATE.match(text):
        notes["boilerplate-opening"] = True
    return Answer(text, None, tuple(notes))


def _noted(after: str, before: str, code: str, notes: dict[str, bool]) -> str:
    if after != before:
        notes[code] = True
    return after


def _unquoted(text: str) -> str:
    """Return the text without quotes around the whole of it."""
    closing = _QUOTES.get(text[:1])
    inner = text[1:-1]
    return inner if len(text) > 2 and closing == text[-1] and closing not in inner and text[0] not in inner else text


_STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("stripped-fence", lambda text: _FENCE.sub(r"\1", text)),
    ("stripped-preamble", lambda text: _PREAMBLE.sub("", text)),
    ("stripped-header", lambda text: _HEADER.sub("", text)),
    ("stripped-title", lambda text: _TITLE.sub("", text)),
    ("stripped-remark", lambda text: _REMARK.sub("", text)),
    ("stripped-quotes", _unquoted),
)


def _stripped(text: str, notes: dict[str, bool]) -> str:
    """Take off what is around the text, from the outside in, a few layers deep."""
    text = text.strip()
    for _ in range(MOST_ROUNDS):
        before = text
        for code, strip in _STEPS:
            text = _noted(strip(text).strip(), text, code, notes)
        if text == before:
            break
    return text


def _of_json(text: str, answer_id: str, notes: dict[str, bool]) -> str | Answer:
    """Return the text of the first object with the right id: read strictly, or else as models really write JSON."""
    values = _strict(text)
    if not values:
        values = _tolerant(text)
        if values:
            notes["tolerant-json"] = True
    if not values:
        return Answer(None, "not-json", tuple(notes))
    mine = [(read, extra) for read, extra in values if read.id == answer_id]
    if not mine:
        return Answer(None, "id-mismatch", tuple(notes))
    read, extra = mine[0]
    if extra:
        notes["extra-keys"] = True
    return read.text


def _strict(text: str) -> list[tuple[_Object, bool]]:
    try:
        return _validated(json.loads(text))
    except (ValueError, RecursionError):
        return []


def _tolerant(text: str) -> list[tuple[_Object, bool]]:
    """Return the objects in a text, control characters allowed in their strings, whatever stands around them."""
    decoder, found, start = json.JSONDecoder(strict=False), list[tuple[_Object, bool]](), text.find("{")
    for _ in range(MOST_OBJECTS):
        if start == -1:
            break
        try:
            value, end = decoder.raw_decode(text, start)
            found += _validated(value)
        except (ValueError, RecursionError):
            end = start + 1
        start = text.find("{", end)
    return found


def _validated(value: object) -> list[tuple[_Object, bool]]:
    """Return the value, and whether it has keys that nobody asked for, if it is an answer."""
    try:
        return [(_Object.model_validate(value), isinstance(value, dict) and len(value) > len(_Object.model_fields))]
    except ValidationError:
        return []
