"""Articles, plurals and verb endings of every phrase in the vocabulary."""

from __future__ import annotations

import re

import pytest

from synthlift.simulation.inflection import capital, ing, plural, third_person, with_article
from synthlift.simulation.vocabulary import assistive_technology


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("apparatus", "an apparatus"),
        ("user profile", "a user profile"),
        ("universal cuff", "a universal cuff"),
        ("utensil cuff", "a utensil cuff"),
        ("urine bag", "a urine bag"),
        ("under-counter oven", "an under-counter oven"),
        ("one-arm drive chair", "a one-arm drive chair"),
        ("X-Y reading table", "an X-Y reading table"),
        ("LED illuminator", "an LED illuminator"),
        ("RFID exit monitor", "an RFID exit monitor"),
        ("TTY emulator", "a TTY emulator"),
        ("P300 speller", "a P300 speller"),
        ("3D-printed orthosis", "a 3D-printed orthosis"),
    ],
)
def test_the_article_follows_the_sound(phrase: str, expected: str) -> None:
    """Letters that are spoken as words, and vowels that sound as consonants, are told apart."""
    assert with_article(phrase) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("voice prosthesis", "voice prostheses"),
        ("stimulus matrix", "stimulus matrices"),
        ("door leaf", "door leaves"),
        ("head-driven mouse", "head-driven mice"),
        ("pair of smart glasses", "pairs of smart glasses"),
        ("push-rim wheel", "push-rim wheels"),
        ("brake assembly", "brake assemblies"),
        ("grip display", "grip displays"),
        ("patch", "patches"),
    ],
)
def test_the_plural_is_that_of_the_head_noun(phrase: str, expected: str) -> None:
    """Irregular nouns and nouns before a preposition are found."""
    assert plural(phrase) == expected


@pytest.mark.parametrize(
    ("verb", "third", "participle"),
    [
        ("carry", "carries", "carrying"),
        ("process", "processes", "processing"),
        ("infer", "infers", "inferring"),
        ("stop", "stops", "stopping"),
        ("travel", "travels", "travelling"),
        ("centre", "centres", "centring"),
        ("free", "frees", "freeing"),
        ("convey", "conveys", "conveying"),
    ],
)
def test_verbs_take_their_endings(verb: str, third: str, participle: str) -> None:
    """The verb that begins a phrase is inflected and its object kept."""
    assert third_person(f"{verb} a load") == f"{third} a load"
    assert ing(f"{verb} a load") == f"{participle} a load"


def test_no_short_verb_of_the_vocabulary_misses_its_doubled_consonant() -> None:
    """A one-syllable verb that ends in one vowel and one consonant doubles it before -ing."""
    short = re.compile(r"[^aeiou]*[aeiou][bdfgklmnprtvz]")
    verbs = {phrase.split(" ", 1)[0] for topic in assistive_technology().phrases["function"] for phrase in topic}
    closed = sorted(verb for verb in verbs if short.fullmatch(verb))
    assert len(closed) > 10
    assert [verb for verb in closed if ing(verb) != verb + verb[-1] + "ing"] == []


def test_a_capital_leaves_the_rest_alone() -> None:
    """Acronyms within a sentence keep their letters."""
    assert capital("an AAC device") == "An AAC device"
