"""Measures by surface cues whether a text reads like a patent's abstract or claim; English only.

The cues: terms of patent drafting, long sentences, no first or second person, no markup and no headings, no words of
advertising, an end that is a sentence's end. They tell patents from abstracts and comments in other registers, and from
texts that break off, not good patents from poor ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from synthlift.corpus import Document
from synthlift.filters.contract import Decision

__all__ = ["PatentStyleFilter", "patent_style"]

# where a cue is as strong as it counts; half of the abstracts that people wrote have about 6 terms in 100 words and 27
# words a sentence
TERMS_PER_100 = 8.0
WORDS_PER_SENTENCE = 25.0
PERSONS_PER_100 = 2.0
HYPE_PER_100 = 1.0
UNFINISHED = 0.5

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
_END = re.compile(r"""[.!?]["')\]]*\s*\Z""")
_TERM = re.compile(
    r"\b(?:compris(?:e|es|ed|ing)|includ(?:e|es|ing)|where(?:in|by)|there(?:of|to|in|from|between|by|with)|said"
    r"|plurality|embodiments?|apparatus(?:es)?|configured|adapted|disposed|disclosed|(?:is|are) (?:provided|described)"
    r"|respective(?:ly)?|at least one|one or more|(?:a|the) (?:first|second|third)|coupled|arranged|portions?"
    r"|present disclosure|inventions?|(?:methods?|systems?|devices?|process|means) (?:of|for|and)"
    r"|an? (?:method|system|device|process))\b",
    re.IGNORECASE,
)
# I and US alone are a formula's number and a country
_PERSON = re.compile(
    r"\b(?:I (?:am|was|have|had|think|will|can|do|would)|I'|us|(?i:me|my|mine|we|ours?|you|yours?))\b|n['\u2019]t\b"
)
_MARKUP = re.compile(
    r"\*\*|```|^#{1,6} |^[ \t]*(?:[-*\u2022]|\d+[.)])[ \t]"
    r"|^[ *#_]*(?:abstract|title|summary|background|claims?)[ *_]*(?::|$)",
    re.IGNORECASE | re.MULTILINE,
)
_HYPE = re.compile(
    r"\b(?:revolution(?:ary|i[sz]\w+)|amazing|cutting-edge|state-of-the-art|game-chang\w+|groundbreaking|innovative"
    r"|seamless\w*|unparalleled|exciting|best-in-class|next-generation|world-class|breakthroughs?|must-have"
    r"|effortless\w*|unlock the)\b|!",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PatentStyleFilter:
    """Measure patent style, and drop ``not-patent-style`` where a minimum is given.

    Attributes
    ----------
    minimum : float or None
        The lowest score that stays, from 0 to 1.
    """

    minimum: float | None = None

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document; the score is its patent style."""
        return [self._judge(patent_style(document.text)) for document in documents]

    def _judge(self, score: float) -> Decision:
        keep = self.minimum is None or score >= self.minimum
        return Decision(keep, None if keep else "not-patent-style", score)


def patent_style(text: str) -> float:
    """Return how much a text reads like a patent, from 0 to 1.

    Terms (weight 2) and length of sentences (weight 1) make the score; persons and advertising take from it in
    proportion, markup takes all, and an unfinished end half.

    Examples
    --------
    >>> round(patent_style("A device comprising a housing and a plurality of fins, wherein each fin is hollow."), 2)
    0.87
    >>> patent_style("**Abstract** We present an amazing device!")
    0.0
    """
    n_words = len(_WORD.findall(text))
    if n_words == 0 or _MARKUP.search(text):
        return 0.0
    n_sentences = sum(bool(_WORD.search(sentence)) for sentence in _SENTENCE_END.split(text))
    terms = _per_100(_TERM, text, n_words, TERMS_PER_100)
    length = min(n_words / n_sentences / WORDS_PER_SENTENCE, 1.0)
    impersonal = 1.0 - _per_100(_PERSON, text, n_words, PERSONS_PER_100)
    sober = 1.0 - _per_100(_HYPE, text, n_words, HYPE_PER_100)
    end = 1.0 if _END.search(text) else UNFINISHED
    return (2.0 * terms + length) / 3.0 * impersonal * sober * end


def _per_100(pattern: re.Pattern[str], text: str, n_words: int, most: float) -> float:
    """Return how often a pattern is found in 100 words, as a share of `most`, at most 1."""
    return min(100.0 * len(pattern.findall(text)) / n_words / most, 1.0)
