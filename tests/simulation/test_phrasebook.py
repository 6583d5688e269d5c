"""Phrases are chosen by planted ranks, and a writer of little knowledge has the frequent ones only."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.simulation.grammar import patent_english
from synthlift.simulation.phrasebook import CHOICES, Phrasebook
from synthlift.simulation.tables import apportion, zipf_weights
from synthlift.simulation.vocabulary import CONTENT_KINDS, assistive_technology


@pytest.fixture(scope="module")
def book() -> Phrasebook:
    return Phrasebook(assistive_technology(), patent_english())


def known(book: Phrasebook, kind: str, topic: int) -> list[str]:
    numbers = dict.fromkeys(book.lookup[book.kinds[kind], topic].tolist())
    return [book.phrases[number] for number in numbers]


def test_a_labels_phrases_fall_off_as_one_over_rank(book: Phrasebook) -> None:
    """The table of each label and kind is the apportionment of Zipf weights over the file's order."""
    vocabulary = assistive_technology()
    for kind in CONTENT_KINDS:
        for topic in range(64):
            row = book.lookup[book.kinds[kind], topic]
            _, counts = np.unique(row, return_counts=True)
            assert counts.tolist() == apportion(zipf_weights(len(counts)), CHOICES)
            assert known(book, kind, topic) == list(vocabulary.phrases[kind][topic])


@pytest.mark.parametrize(("coverage", "expected"), [(0.5, 4), (0.26, 3), (0.0, 2), (1.0, 8)])
def test_coverage_keeps_the_most_frequent_phrases_of_labels(coverage: float, expected: int) -> None:
    """The share is rounded up, two of a kind are always known, and backgrounds stay whole."""
    vocabulary = assistive_technology()
    book = Phrasebook(vocabulary, patent_english(), coverage)
    assert known(book, "part", 0) == list(vocabulary.phrases["part"][0][:expected])
    assert known(book, "part", vocabulary.general) == list(vocabulary.phrases["part"][vocabulary.general])


@pytest.mark.parametrize("coverage", [1.0, 0.3])
def test_the_successor_is_another_known_phrase_of_its_list(coverage: float) -> None:
    """Moving on never leaves the topic, nor the knowledge of the writer."""
    book = Phrasebook(assistive_technology(), patent_english(), coverage)
    for row in book.lookup.reshape(-1, CHOICES):
        numbers = set(row.tolist())
        assert {int(book.successor[number]) for number in numbers} == numbers
        assert all(int(book.successor[number]) != number for number in numbers)


def test_a_function_knows_the_part_that_it_mentions(book: Phrasebook) -> None:
    """Where a function names a part of its own label, the two do not meet in a sentence."""
    function = book.phrases.index("inflate an elastomer chamber")
    assert book.phrases[int(book.mentions[function])] == "elastomer chamber"
    assert int(book.mentions[book.phrases.index("traverse a kerb")]) < 0


def test_forms_keep_the_order_of_the_phrases(book: Phrasebook) -> None:
    """Number by number, a form inflects the phrase; numerals are replaced by their series."""
    number = book.phrases.index("joystick")
    assert book.form("plural", begins=True)[number] == "Joysticks"
    assert book.form("a", begins=False)[number] == "a joystick"
    first = int(book.lookup[book.kinds["numeral"], 0].min())
    assert book.form("n2", begins=False)[first : first + 2] == list(patent_english().numerals["n2"][:2])
