"""The little English grammar that sentence frames need: articles, plurals, verb endings, capitals.

Only phrases of the package's own vocabulary pass through here, so that short lists of exceptions suffice; a test reads
every inflected form of every phrase.
"""

from __future__ import annotations

import re

__all__ = ["capital", "ing", "plural", "third_person", "with_article"]

SOUNDED_AS_CONSONANT = re.compile(r"(?:one-|use|uten|uni(?!n)|urin|eu)", re.IGNORECASE)
ACRONYM = re.compile(r"(?:[A-Z]{2,}|[A-Z](?=-))")
SAID_WITH_VOWEL = frozenset("AEFHILMNORSX")
DOUBLED = re.compile(
    "cancel|control|cut|dim|drop|emit|fit|grip|infer|knit|label|level|log|map|output|pan|pedal|permit|pin|plan|propel|"
    "retrofit|rub|run|scan|set|shut|signal|skip|slip|snap|span|spot|step|stop|swivel|transfer|transmit|travel|trim"
)
SIBILANT = ("s", "sh", "ch", "x", "z")
IRREGULAR_PLURALS = (
    (r"shelf$", "shelves"),
    (r"leaf$", "leaves"),
    (r"mouse$", "mice"),
    (r"corpus$", "corpora"),
    (r"matrix$", "matrices"),
    (r"index$", "indices"),
    (r"(?<=s)is$", "es"),
)


def with_article(phrase: str) -> str:
    """Put the indefinite article before a noun phrase, by its sound.

    >>> [with_article(phrase) for phrase in ("apparatus", "user", "AAC device", "FM receiver", "GPS receiver")]
    ['an apparatus', 'a user', 'an AAC device', 'an FM receiver', 'a GPS receiver']
    """
    if ACRONYM.match(phrase):
        vowel = phrase[0] in SAID_WITH_VOWEL
    else:
        vowel = phrase[0].lower() in "aeiou" and not SOUNDED_AS_CONSONANT.match(phrase)
    return f"{'an' if vowel else 'a'} {phrase}"


def _with_s(word: str) -> str:
    if word.endswith(SIBILANT):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def plural(phrase: str) -> str:
    """Put the last word, or the noun before a preposition, in the plural.

    >>> [plural(phrase) for phrase in ("power base", "pad on the temple", "display assembly", "prosthesis")]
    ['power bases', 'pads on the temple', 'display assemblies', 'prostheses']
    """
    found = re.match(r"(.*?)((?: (?:of|on|for|with|to|from|in) .*)?)$", phrase)
    head, tail = (found[1], found[2]) if found else (phrase, "")
    for ending, irregular in IRREGULAR_PLURALS:
        if re.search(ending, head):
            return re.sub(ending, irregular, head) + tail
    return _with_s(head) + tail


def third_person(phrase: str) -> str:
    """Put the verb that begins a phrase in the third person.

    >>> [third_person(phrase) for phrase in ("carry a load", "match a pitch", "steer")]
    ['carries a load', 'matches a pitch', 'steers']
    """
    verb, space, rest = phrase.partition(" ")
    return _with_s(verb) + space + rest


def ing(phrase: str) -> str:
    """Put the verb that begins a phrase in its -ing form.

    >>> [ing(phrase) for phrase in ("stop a fall", "raise a bed", "free a hand", "steer")]
    ['stopping a fall', 'raising a bed', 'freeing a hand', 'steering']
    """
    verb, space, rest = phrase.partition(" ")
    if DOUBLED.fullmatch(verb):
        verb += verb[-1]
    elif verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        verb = verb[:-1]
    return verb + "ing" + space + rest


def capital(text: str) -> str:
    """Begin a sentence."""
    return text[:1].upper() + text[1:]
