"""From what a model answered to the bare text: a pure function, each thing that it strips noted by a code."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from synthlift.models.request import Reply

__all__ = ["Answer", "read_answer"]

_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"\A```[\w-]*[ \t]*\n(.*?)\n?```\Z", re.DOTALL)
# a first line that only announces what follows
_PREAMBLE = re.compile(
    r"\A(?:(?:sure|certainly|of course|okay|absolutely)\b[^\n]{0,200}|here(?:'s| is| are)\b[^\n]{0,200}:"
    r"|(?:the |a )?(?:rewritten|paraphrased|revised)(?: version| text| abstract)?[^\n]{0,60}:)[ \t]*\n+",
    re.IGNORECASE,
)
_LABEL = (
    r"(?:abstract|patent abstract|summary|technical summary|claim|patent claim|text|title|headline|description"
    r"|product description|news item|news|comment|paraphrase|rewritten text|output|answer)"
)
# "Abstract:", "**Abstract**", "## Abstract", "1. Abstract:" before the text
_HEADER = re.compile(
    rf"\A(?:#{{1,6}}[ \t]*)?(?:\*\*|__)?{_LABEL}(?:[ \t]*\d*)?(?:(?:\*\*|__)?[ \t]*[:.-](?:\*\*|__)?[ \t]*"
    rf"|(?:\*\*|__)[ \t]*\n|[ \t]*\n)\n*",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\A(?:#{1,6}[ \t]+[^\n]{1,200}|(?:\*\*|__)[^\n*_]{1,200}(?:\*\*|__)|title:[^\n]{1,200})\n+", re.IGNORECASE
)
_REMARK = re.compile(
    r"\n+(?:\(?(?:note|please note|word count|keywords?)\b[^\n]*|let me know\b[^\n]*|i hope (?:this|that)\b[^\n]*"
    r"|feel free\b[^\n]*|is there anything\b[^\n]*|-{3,}|\*{3,})\s*\Z",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"\A(?:the|this) (?:present|current|instant)?\s*(?:invention|disclosure|application) "
    r"(?:relates|is directed|provides|discloses|pertains|concerns)\b",
    re.IGNORECASE,
)
# all C0 controls but tab, line feed and carriage return, and DEL to APC
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
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
        What was stripped or met, in order.
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
    notes = [] if reply.finish_reason == "stop" else ["finish-unknown"]
    text = _noted(_CONTROL.sub("", reply.text), reply.text, "stripped-control", notes)
    whole = text
    text = _noted(_THINKING.sub("", whole), whole, "stripped-reasoning", notes).strip()
    if not text and whole.strip():
        return Answer(None, "reasoning-only", tuple(notes))
    if answer_id is not None:
        found = _of_json(text, answer_id, notes)
        if isinstance(found, Answer):
            return found
        text = found
    text = _stripped(text, notes)
    if not text:
        return Answer(None, "empty-text", tuple(notes))
    if _BOILERPLATE.match(text):
        notes.append("boilerplate-opening")
    return Answer(text, None, tuple(notes))


def _noted(after: str, before: str, code: str, notes: list[str]) -> str:
    if after != before and code not in notes:
        notes.append(code)
    return after


def _stripped(text: str, notes: list[str]) -> str:
    """Take off what is around the text, from the outside in."""
    steps = (
        ("stripped-fence", lambda t: _FENCE.sub(r"\1", t)),
        ("stripped-preamble", lambda t: _PREAMBLE.sub("", t)),
        ("stripped-header", lambda t: _HEADER.sub("", t)),
        ("stripped-title", lambda t: _TITLE.sub("", t)),
        ("stripped-header", lambda t: _HEADER.sub("", t)),
        ("stripped-remark", lambda t: _REMARK.sub("", t)),
        ("stripped-quotes", _unquoted),
    )
    text = text.strip()
    for code, strip in steps:
        text = _noted(strip(text).strip(), text, code, notes)
    return text


def _unquoted(text: str) -> str:
    """Return the text without quotes around the whole of it."""
    closing = _QUOTES.get(text[:1])
    inner = text[1:-1]
    return inner if len(text) > 2 and closing == text[-1] and closing not in inner and text[0] not in inner else text


def _of_json(text: str, answer_id: str, notes: list[str]) -> str | Answer:
    """Return the text of the first object with the right id: strictly first, then as models really write JSON."""
    fenced = _FENCE.sub(r"\1", text).strip()
    objects = _strict(text)
    if objects is None:
        objects = _tolerant(fenced)
        notes.append("tolerant-json")
    if not objects:
        return Answer(None, "not-json", tuple(notes))
    mine = [each for each in objects if each.id == answer_id]
    return mine[0].text if mine else Answer(None, "id-mismatch", tuple(notes))


def _strict(text: str) -> list[_Object] | None:
    try:
        return [_Object.model_validate(json.loads(text))]
    except (ValueError, RecursionError, ValidationError):
        return None


def _tolerant(text: str) -> list[_Object]:
    """Return the objects in a text, control characters allowed in their strings, whatever stands between them."""
    decoder, found, start = json.JSONDecoder(strict=False), list[_Object](), text.find("{")
    while start != -1 and len(found) < 10:
        try:
            value, end = decoder.raw_decode(text, start)
            found.append(_Object.model_validate(value))
        except (ValueError, RecursionError, ValidationError):
            end = start + 1
        start = text.find("{", end)
    return found
