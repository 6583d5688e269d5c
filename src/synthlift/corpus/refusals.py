"""Texts that as a whole are a language model's refusal to write one."""

from __future__ import annotations

import re

__all__ = ["is_refusal"]

MAX_REFUSAL_CHARS = 400
REGRET = (
    r"(?:i(?:'m| am) (?:(?:so|very|really|truly|deeply) )?(?:sorry|afraid)|i apologi[sz]e|(?:my )?apologies"
    r"|sorry|unfortunately)"
)
AS_AI = (
    r"as an? (?:ai|artificial intelligence|large language model)(?: language)?(?: (?:model|assistant|system|chatbot))?"
)
DOES_NOT = (
    r"i(?: (?:can't|cannot|can not|don't|do not|won't|will not|must|have no|haven't)|(?:'m| am) (?:not|unable))\b"
)
CANNOT = (
    r"i(?: (?:simply |just )?(?:can't|cannot|can not|won't|will not)"
    r"|(?:'m| am) (?:unable|not able|not allowed|not permitted|not comfortable)(?: to)?"
    r"| must (?:respectfully )?decline(?: to)?)"
)
ASSIST = (
    r"(?:assist|help)(?:ing)?(?: you)? (?:with|in) (?:that|this|your|the request|creating|generating|writing)\b"
    r"|assist(?:\W*$| you\W*$)|comply(?:\W*$| with)"
)
REQUEST = (
    r"(?:fulfil+|complete|process|answer|accommodate|satisfy|respond to) (?:this|that|your|the|such)(?: \w+)? "
    r"(?:request|prompt|instruction|task)s?\b"
)
WRITE = (
    r"(?:provid|creat|generat|writ|produc|paraphras|rephras|rewrit|continu|engag|support|shar|offer)(?:e|ing)?\b"
    r"[^.!?]{0,80}\b(?:content|texts?|material|request|prompt|paraphrases?|response|examples?|sentences?|abstracts?"
    r"|hate speech)\b"
)
REFUSAL = re.compile(
    rf"\W*(?:(?:{REGRET})[,.;:!]*\s+(?:but\s+)?)?"
    rf"(?:as an ai language model\b"
    rf"|(?:{AS_AI})(?: [^,.]{{0,60}})?, {DOES_NOT}"
    rf"|(?:{CANNOT})\s+(?:{ASSIST}|{REQUEST}|{WRITE}))"
)


def is_refusal(text: str) -> bool:
    """Tell whether a short text begins by declining to write what was asked for.

    It looks at synthetic documents only: a person may well begin a comment with "I'm sorry, but I can't", so in a
    real corpus nothing is judged by it, and here a regret alone is not enough, it must be followed by what a model
    declines (to assist, to fulfil a request, to write such content). English only.

    Examples
    --------
    >>> is_refusal("I'm sorry, but I can't assist with that request."), is_refusal("I'm sorry, but I can't wait!")
    (True, False)
    """
    if len(text) >= MAX_REFUSAL_CHARS:
        return False
    plain = " ".join(text.replace("\u2019", "'").lower().split())
    return REFUSAL.match(plain) is not None
