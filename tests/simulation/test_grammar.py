"""Frames are taken apart on loading, and a broken frame is refused there."""

from __future__ import annotations

import pytest

from synthlift.errors import BadConfiguration
from synthlift.simulation.grammar import REFERENTS, Slot, patent_english, read_grammar

REST = """
[words]
joined = ["tied to", "near"]
dev = ["aid"]
[numerals]
n0 = ["1"]
[discourse]
plans = ["{plan}"]
registers = {{}}
[frames]
open = ["{frame}"]
"""


def grammar_of(frame: str, plan: str = "open") -> str:
    return REST.format(frame=frame, plan=plan)


def test_a_frame_becomes_a_pattern_and_slots() -> None:
    """The first slot begins the sentence; a per cent sign in a frame survives formatting."""
    frame = read_grammar(grammar_of("{main.a} is {joined} {part.plural} by 5 %.")).frames["open"][0][0]
    assert frame.pattern == "%s is %s %s by 5 %%."
    assert frame.slots == (
        Slot("concept", "a", list(REFERENTS).index("main"), begins=True),
        Slot("joined", "bare", -1, begins=False),
        Slot("part", "plural", -1, begins=False),
    )


def test_choices_in_brackets_become_wordings() -> None:
    """Two choices of two and three make six wordings of one sentence."""
    sentences = read_grammar(grammar_of("It [rolls|walks] [fast|far|home].")).frames["open"]
    assert [len(wordings) for wordings in sentences] == [6]
    assert sentences[0][0].pattern == "It rolls fast."


def test_numerals_are_one_referent_in_four_forms() -> None:
    """All numerals of a document come from one series."""
    (slot,) = read_grammar(grammar_of("The seat ({n2}).")).frames["open"][0][0].slots
    assert (slot.kind, slot.form, slot.referent) == ("numeral", "n2", list(REFERENTS).index("n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (grammar_of("{wheel.a} turns."), "asks for 'wheel'"),
        (grammar_of("{part.dual} turns."), "asks for the form 'dual'"),
        (grammar_of("It has a {part.bare}."), "writes an article before a slot"),
        (grammar_of("It turns.", plan="open close"), "no frame for 'close'"),
    ],
)
def test_a_broken_frame_is_refused_with_its_fault(text: str, message: str) -> None:
    """The fault is found on loading, not when a document happens to draw the frame."""
    with pytest.raises(BadConfiguration, match=message):
        read_grammar(text)


def test_the_package_has_many_frames_for_each_function() -> None:
    """At least eight sentences for each function of a plan but boilerplate, and another register for each."""
    grammar = patent_english()
    for function in {function for plan in grammar.plans for function in plan}:
        assert len(grammar.frames[function]) >= 8
        assert grammar.registers[function] in grammar.frames


def test_every_word_list_is_used() -> None:
    """A list that no frame asks for would be dead data."""
    grammar = patent_english()
    asked = {
        slot.kind
        for sentences in grammar.frames.values()
        for wordings in sentences
        for frame in wordings
        for slot in frame.slots
    }
    assert set(grammar.words) - asked == set()
