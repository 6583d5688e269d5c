"""From what a model answered to the bare text: a pure function, each thing that it strips noted by a code.

What announces a text or comments on it is known by its English wording; markup, reasoning and JSON in any language.
It must look like nothing else: debris that stays can be seen and filtered, content that is cut off is gone.
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

# what some servers leave of a chat template at the end
_STOP = re.compile(
    r"(?:(?:<\|(?:im_end|end|eot_id|eom_id|endoftext|end_of_text)\|>|</s>|<end_of_turn>|<eos>)\s*){1,3}\Z"
)
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
# a chat template may open the block itself: then the reply only closes it
_THOUGHT = re.compile(r"\A.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"\A```[\w-]*[ \t]*\n((?:(?!```).)*)```\Z", re.DOTALL)

_WHICH = (
    r"(?:patent|scientific|technical|short|product|news|plain-language|rewritten|paraphrased|rephrased|revised|source)"
)
_KIND = (
    r"(?:abstract|claim|summary|text|description|comment|explanation|paraphrase|answer|version|passage|paragraph|item"
    r"|article)"
)
_LABEL = (
    rf"(?:(?:{_WHICH}[ ])+{_KIND}|abstract|claim|summary|text|description|comment|explanation|paraphrase|answer"
    r"|(?:text|claim|paraphrase|version) \d{1,2})"
)
_YES = r"(?:sure(?: thing)?|certainly|of course|okay|ok|absolutely|understood|great)[!,.][ \t]*"
_SAYS = (
    r"(?:(?:here|below|this) is|here['\u2019]s|i(?:['\u2019]ve| have|['\u2019]ll| will)? (?:rewr|write|wrote|written"
    r"|paraphrase|rephrase)\w*)"
)
# a first line that says yes and names the text, or names it and ends in a colon
_PREAMBLE = re.compile(
    rf"\A\**(?:{_YES}{_SAYS}\b[^\n]{{0,150}}?\b{_KIND}\b[^\n]{{0,150}}[:.!]\**[ \t]*(?:\n|\Z)"
    rf"|(?:[^\n.:]{{0,120}}, )?{_SAYS}\b[^\n:]{{0,120}}?\b{_KIND}\b[^\n:]{{0,150}}:\**[ \t]*(?:\n|\Z)"
    rf"|(?:{_YES})?here(?: is|['\u2019]s) (?:a|an|the) (?:possible )?(?:(?:patent )?abstract|paraphrase|re\w+ \w+"
    r"|paraphrased \w+)\b[^\n.:;,]{0,60}:[ \t]+(?=(?-i:[A-Z\"])))",
    re.IGNORECASE,
)
# "Abstract:", "**Abstract**", "## Abstract", "Claim 1." before the text
_HEADER = re.compile(
    rf"\A(?:#{{1,6}}[ \t]+|\d\.[ \t]+(?=[^\n]{{0,40}}:))?(?:(\*\*|__){_LABEL}(?::\1|\1:)(?:\s+|\Z)|{_LABEL}:(?:\s+|\Z)"
    rf"|(\*\*|__){_LABEL}\.?\2(?:[ \t]*[\u2013\u2014-])?(?:[ \t]*(?:\n|\Z)|[ \t]+(?=(?-i:[A-Z0-9\"*])))"
    rf"|{_LABEL}[ \t]*\n|claim \d{{1,2}}\.\s+|what is claimed is:\s+)",
    re.IGNORECASE,
)
_SMALL = r"(?:a|an|the|of|for|and|or|in|on|with|to|by|from|at|as|via|into|its)"
# a line of its own that is marked as a title and is no sentence, or has a title's capitals and a blank line after it
_TITLE = re.compile(
    r"\A(?:#{1,6}[ \t]+[^\n]{0,200}[^\n.;,:]|(\*\*|__)(?:(?!\1)[^\n]){1,200}(?<![.;,])\1:?"
    r"|(?:\*\*)?(?:title|headline|topics?|labels?|categor(?:y|ies)|keywords)(?:\*\*:|:\*\*|:)[^\n]{1,300}"
    rf"|(?-i:[A-Z][\w-]*(?: (?:[A-Z0-9][\w-]*|{_SMALL})){{1,14}})[ \t]*\n)[ \t]*\n",
    re.IGNORECASE,
)
_OFFER = (
    r"(?:examples?|ideas|paraphras\w*|variations?|versions?|texts?|rephras\w*|generat\w*|samples?|snippets?|topics?"
    r"|changes|adjust\w*|revis\w*|rewrit\w*|abstracts?|claims?|modif\w*)"
)
_ABOUT = (
    r"(?:i|my|texts?|abstract|claim|words|paraphras\w*|rewrit\w*|rephras\w*|prompt|instructions?|requested|topics?"
    r"|fictional|fictitious|invented|hypothetical)"
)
# what is said about the text after it, and a rule below it
_REMARK = re.compile(
    rf"(?:\n[ \t]*(?:[(\[*_]*(?:please )?note\b[^\n]{{0,40}}:[^\n]{{0,300}}?\b{_ABOUT}\b[^\n]*"
    r"|[(\[*_]*(?:word count|key ?words?|index terms|topics?|labels?|categor(?:y|ies))[*_]*:[^\n]*"
    r"|i hope (?:this|that|it) (?:helps|meets|works|suits|is helpful|satisf)[^\n]*"
    r"|feel free to (?:ask|let me know|adjust|modify|request|customi[sz]e)\b[^\n]*"
    r"|(?:would you like|do you want) me to\b[^\n]*|is there anything else\b[^\n]*"
    rf"|let me know if (?:you|there)\b[^\n]{{0,150}}?\b(?:{_OFFER}|another|more|further|other|help)\b[^\n]*"
    r"|-{3,}|\*{3,})"
    r"|\s[(\[]\*?(?:word count: ?)?(?:approximately |about )?\d+ words\*?[)\]]"
    rf"|\slet me know if (?:you|there)\b[^\n]{{0,150}}?\b{_OFFER}\b[^\n]{{0,300}})\Z",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"\A(?:the|this) (?:(?:present|current|instant) )?(?:invention|disclosure|application) "
    r"(?:relates|is directed|provides|discloses|pertains|concerns)\b",
    re.IGNORECASE,
)
# all controls but tab, line feed and carriage return; and halves of surrogate pairs, which JSON can escape
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_QUOTES = dict(zip("\"'\u201c\u2018\u201e\u00ab", "\"'\u201d\u2019\u201c\u00bb", strict=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """A text, or the reason why there is none.

    Attributes
    ----------
    text : str or None
    reason : str or None
        ``truncated``, ``content-filter``, ``reasoning-only``, ``empty-text``, ``not-json`` or ``id-mismatch``.
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
    if reply.finish_reason == "content_filter":  # it ends where the server's filter stopped it
        return Answer(None, "content-filter")
    notes: dict[str, bool] = {} if reply.finish_reason == "stop" else {"finish-unknown": True}
    text = _noted(_THOUGHT.sub("", _THINKING.sub("", reply.text)), reply.text, "stripped-reasoning", notes).strip()
    text = _noted(_STOP.sub("", text), text, "stripped-control", notes)
    if not text and "stripped-reasoning" in notes:
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
    """Return the text without quotes around the whole of it; an apostrophe within a word is none."""
    opening, closing = text[:1], _QUOTES.get(text[:1])
    if len(text) < 3 or closing != text[-1]:
        return text
    inner = text[1:-1]
    if closing in "'\u2019":
        if inner[-1] not in ".!?":
            return text  # 'Tis the boys'
        within = re.sub(r"(?<=\w)['\u2019](?=\w)", "", inner)
    else:
        within = inner
    return text if opening in within or closing in within else inner


_STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("stripped-preamble", lambda text: _PREAMBLE.sub("", text)),
    ("stripped-remark", lambda text: _REMARK.sub("", text)),
    ("stripped-fence", lambda text: _FENCE.sub(r"\1", text)),
    ("stripped-header", lambda text: _HEADER.sub("", text)),
    ("stripped-title", lambda text: _TITLE.sub("", text)),
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
            read = _validated(value)
            found, end = found + read, end if read else start + 1  # an answer may stand within another object
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
