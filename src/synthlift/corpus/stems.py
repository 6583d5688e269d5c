"""A light stemmer: what is left of an English word without its endings, so that all its forms are found as one.

It is for finding the words of a label's name in texts: stems are compared with each other, and never shown. It has no
list of exceptions; where it errs, two words of one root are mostly taken for two.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["stem"]

# Longest first; derived words need longer stems than inflected ones, or "station" would be a form of "state".
_INFLECTED = ("ing", "ed")
_ENDINGS = sorted(
    (
        *("isation", "ization", "ational", "ically", "ation", "ating", "ator", "ated", "ate", "ment", "ical", "ally"),
        *("ion", "ive", "er", "or", "ic", "al", *_INFLECTED),
    ),
    key=len,
    reverse=True,
)  # fmt: skip
_FEWEST_LEFT, _FEWEST_LEFT_OF_DERIVED = 3, 5
_NO_PLURAL, _NO_ENDING = ("ss", "us", "is"), ("eed",)
_VOWEL = re.compile(r"[aeiouy]")
_DOUBLED = re.compile(r"([bdfglmnprstz])\1$")


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the stem of a word in lower case; one with other letters than a to z is its own stem.

    >>> [stem(word) for word in ("communications", "communicating", "printers", "printing", "data", "état")]
    ['communic', 'communic', 'print', 'print', 'data', 'état']
    """
    if not (word.isascii() and word.isalpha()):
        return word
    word = _without_ending(_singular(word))
    if word.endswith(("e", "y")) and len(word) > _FEWEST_LEFT:
        word = word[:-1]
    return _DOUBLED.sub(r"\1", word)


def _singular(word: str) -> str:
    if word.endswith(("ies", "ied")) and len(word) > _FEWEST_LEFT + 1:
        return word[:-3] + "y"
    is_plural = word.endswith("s") and not word.endswith(_NO_PLURAL) and len(word) > _FEWEST_LEFT
    return word[:-1] if is_plural else word


def _without_ending(word: str) -> str:
    """Take off the longest ending that leaves enough of the word."""
    for ending in () if word.endswith(_NO_ENDING) else _ENDINGS:
        left = word.removesuffix(ending)
        fewest = _FEWEST_LEFT if ending in _INFLECTED else _FEWEST_LEFT_OF_DERIVED
        if left != word and len(left) >= fewest and _VOWEL.search(left):
            return left
    return word
