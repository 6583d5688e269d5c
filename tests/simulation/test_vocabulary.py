"""The planted vocabulary is complete, and a broken file is refused."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from synthlift.errors import BadConfiguration
from synthlift.simulation.grammar import patent_english
from synthlift.simulation.vocabulary import CONTENT_KINDS, assistive_technology, read_vocabulary

DOMAIN = """
[[domains]]
name = "Moving"
description = "d"
{phrases}
[[domains.labels]]
name = "{first}"
description = "l"
{phrases}
[[domains.labels]]
name = "Canes"
description = "l"
{phrases}
[general]
{phrases}
"""


def phrases(bad: str = "crutch tip") -> str:
    kinds = ("users", "settings", "concepts", "parts", "functions", "problems")
    return "\n".join(f'{kind} = ["{bad}", "wheel rim", "seat post"]' for kind in kinds)


def a_file(*, first: str = "Chairs", pairs: str = "[]", phrase: str = "crutch tip") -> str:
    return f"pairs = {pairs}\n" + DOMAIN.format(phrases=phrases(phrase), first=first)


def test_there_are_64_labels_in_eight_equal_domains() -> None:
    """Every domain has eight labels and every label its description."""
    vocabulary = assistive_technology()
    assert Counter(label.domain for label in vocabulary.labels) == dict.fromkeys(range(8), 8)
    assert all(label.description for label in vocabulary.labels)


def test_the_first_labels_are_spread_evenly_over_the_domains() -> None:
    """Any first n labels hold no domain more than once more often than another."""
    domains = [label.domain for label in assistive_technology().labels]
    for n in range(1, 65):
        counts = Counter(domains[:n])
        assert max(counts.values()) - min(counts[d] for d in range(8)) <= 1


def test_every_label_has_enough_to_say() -> None:
    """At least eight concepts, parts and functions and five problems each."""
    vocabulary = assistive_technology()
    least = {kind: min(len(topic) for topic in vocabulary.phrases[kind][:64]) for kind in CONTENT_KINDS}
    assert least["concept"] >= 8
    assert least["part"] >= 8
    assert least["function"] >= 8
    assert least["problem"] >= 5


def test_labels_have_words_of_their_own() -> None:
    """No concept belongs to two labels, and few parts do."""
    vocabulary = assistive_technology()
    concepts = Counter(phrase for topic in vocabulary.phrases["concept"][:64] for phrase in topic)
    parts = Counter(phrase for topic in vocabulary.phrases["part"][:64] for phrase in topic)
    assert max(concepts.values()) == 1
    assert sum(count > 1 for count in parts.values()) < 0.1 * len(parts)


def test_named_pairs_join_labels_of_different_domains() -> None:
    """Pairs within a domain would say nothing beyond the domain."""
    vocabulary = assistive_technology()
    domains = [label.domain for label in vocabulary.labels]
    assert len(vocabulary.pairs) >= 20
    assert [pair for pair in vocabulary.pairs if domains[pair[0]] == domains[pair[1]]] == []


def test_no_modifier_doubles_the_first_word_of_a_phrase() -> None:
    """A supple arm, but never a flexible flexible arm: modifiers are kept apart from the phrases that they precede."""
    vocabulary = assistive_technology()
    first_words = {
        re.split(r"[ -]", phrase)[0]
        for kind in ("concept", "part")
        for topic in vocabulary.phrases[kind]
        for phrase in topic
    }
    assert [word for word in patent_english().words["modifier"] if re.split(r"[ -]", word)[-1] in first_words] == []


def test_a_small_file_is_read() -> None:
    """Topics are labels, then domains, then the general background; scenes come from the domain."""
    vocabulary = read_vocabulary(a_file())
    assert [label.name for label in vocabulary.labels] == ["Chairs", "Canes"]
    assert vocabulary.general == 3
    assert vocabulary.background(1) == 2
    assert {kind: len(topics) for kind, topics in vocabulary.phrases.items()} == dict.fromkeys(vocabulary.phrases, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (a_file(first="Canes"), "names a label twice"),
        (a_file(pairs='[["Chairs", "Boats"]]'), "'Boats', which is not there"),
        (a_file(phrase="a crutch"), "got 'a crutch', expected words without an article"),
        (a_file(phrase="two  spaces"), "expected words without an article, single-spaced"),
        (a_file(phrase="wheel rim"), "expected at least 3 different phrases"),
    ],
)
def test_a_broken_file_is_refused_with_its_fault(text: str, message: str) -> None:
    """The message says what stands there and what to do."""
    with pytest.raises(BadConfiguration, match=message):
        read_vocabulary(text)
