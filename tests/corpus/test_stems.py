"""Stems: forms of a word are one, other words are not."""

from __future__ import annotations

import pytest

from synthlift.corpus.stems import stem

ONE_WORD = (
    "measure measures measured measuring measurement measurements",
    "communication communications communicate communicates communicating communicated",
    "electric electrical electrically",
    "optic optics optical",
    "printer printers print prints printed printing",
    "process processes processing processor processors",
    "control controls controlled controlling controller",
    "vehicle vehicles",
    "battery batteries",
    "body bodies",
    "box boxes",
    "class classes",
    "signal signals signalling",
    "computer computers computing computation",
    "apply applies applied applying",
)


@pytest.mark.parametrize("forms", ONE_WORD)
def test_the_forms_of_a_word_share_their_stem(forms: str) -> None:
    """Singular and plural, verb and noun, noun and adjective."""
    assert len({stem(form) for form in forms.split()}) == 1


def test_different_words_keep_different_stems() -> None:
    """Short words lose no letters that only look like an ending."""
    words = "string spring bring thing king bus gas speed need seed station state number paper water power red ring"
    assert len({stem(word) for word in words.split()}) == len(words.split())


def test_words_of_other_alphabets_and_codes_are_left_alone() -> None:
    """English endings are taken from English letters only."""
    for word in ("a61b", "größes", "обработка", "données", "数据处理", ""):
        assert stem(word) == word
