"""Every phrase that can stand in a slot, numbered, inflected, and laid out for choice by random bits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from synthlift.simulation.grammar import Grammar
from synthlift.simulation.inflection import capital, ing, plural, third_person, with_article
from synthlift.simulation.tables import lookup_table, zipf_weights
from synthlift.simulation.vocabulary import CONTENT_KINDS, SCENE_KINDS, Vocabulary

__all__ = ["CHOICES", "Phrasebook"]

CHOICES = 256
MIN_KNOWN = 2

BACKGROUND_SHIFT = 4
"""Background phrases fall off as 1 / (rank + 4), so that no stock phrase is in every document."""

INFLECTIONS: Mapping[str, Callable[[str], str]] = {
    "a": with_article,
    "bare": str,
    "plural": plural,
    "base": str,
    "ing": ing,
    "s": third_person,
}


class Phrasebook:
    """Phrases by kind and topic, as a writer of limited knowledge has them.

    Parameters
    ----------
    vocabulary, grammar
        What there is to say, and how.
    coverage : float
        Share of the phrases of each label that is known, the most frequent first; at least two of a kind.

    Attributes
    ----------
    phrases : list of str
        By number.
    kinds : dict of str to int
        First axis of `lookup`.
    lookup : int16 ``(n_kinds, n_topics, CHOICES)``
        Numbers of phrases, each as often as its Zipf weight says.
    mentions : int16 ``(n_phrases,)``
        The part that a function's words contain; a number that no phrase has where there is none.
    successor : int16 ``(n_phrases,)``
        The next known phrase of the same kind and topic, so that a sentence need not say a thing twice.
    """

    def __init__(self, vocabulary: Vocabulary, grammar: Grammar, coverage: float = 1.0) -> None:
        self._grammar = grammar
        n_topics = vocabulary.general + 1
        names = [*CONTENT_KINDS, *SCENE_KINDS, *grammar.words, "numeral"]
        self.kinds = {name: index for index, name in enumerate(names)}
        self.phrases: list[str] = []
        self.lookup = np.zeros((len(names), n_topics, CHOICES), dtype=np.int16)
        successors: list[int] = []
        for name, index in self.kinds.items():
            for topic in range(n_topics):
                phrases = self._of(vocabulary, name, topic)
                is_partial = name in CONTENT_KINDS and topic < len(vocabulary.labels)
                known = max(MIN_KNOWN, -int(-coverage * len(phrases) // 1)) if is_partial else len(phrases)
                shift = 0 if is_partial else BACKGROUND_SHIFT
                weights = zipf_weights(known, shift=shift) if name in CONTENT_KINDS else [1] * known
                first = len(self.phrases)
                self.lookup[index, topic] = first + lookup_table(weights, CHOICES)
                successors += [first + (i + 1) % known for i in range(len(phrases))]
                self.phrases += phrases
                if name not in vocabulary.phrases:
                    self.lookup[index] = self.lookup[index, 0]
                    break
        self.successor = np.array(successors, dtype=np.int16)
        self.mentions = np.arange(-len(successors), 0, dtype=np.int16)
        self._note_mentions(vocabulary)
        self._forms: dict[tuple[str, bool], list[str]] = {}

    def _note_mentions(self, vocabulary: Vocabulary) -> None:
        """Find the part, if any, that a function speaks of: "a lever turns a lever" is not what a drafter writes."""
        functions, parts = self.lookup[self.kinds["function"]], self.lookup[self.kinds["part"]]
        for topic in range(vocabulary.general + 1):
            for function in np.unique(functions[topic]).tolist():
                for part in np.unique(parts[topic]).tolist():
                    if self.phrases[part] in self.phrases[function]:
                        self.mentions[function] = part

    def _of(self, vocabulary: Vocabulary, kind: str, topic: int) -> tuple[str, ...]:
        if kind in vocabulary.phrases:
            return vocabulary.phrases[kind][topic]
        return self._grammar.numerals["n0"] if kind == "numeral" else self._grammar.words[kind]

    @cached_property
    def _first_numeral(self) -> int:
        return int(self.lookup[self.kinds["numeral"], 0].min())

    def form(self, form: str, *, begins: bool) -> list[str]:
        """Return all phrases, by number, in one form; `begins` puts a capital."""
        key = (form, begins)
        if key not in self._forms:
            if form in INFLECTIONS:
                made = [INFLECTIONS[form](phrase) for phrase in self.phrases]
            else:
                made = list(self.phrases)
                numerals = self._grammar.numerals[form]
                made[self._first_numeral : self._first_numeral + len(numerals)] = numerals
            self._forms[key] = [capital(phrase) for phrase in made] if begins else made
        return self._forms[key]
