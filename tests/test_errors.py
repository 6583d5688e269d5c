"""Messages say file, row and reason, at a bearable length, and nothing in them moves a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthlift import errors
from synthlift.errors import (
    BadConfiguration,
    InputRejected,
    NotApplicable,
    Refused,
    Rejection,
    Stopped,
    SynthliftError,
    show,
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.text(st.characters(), max_size=120))
def test_foreign_text_is_shown_printable_quoted_and_cut(text: str) -> None:
    """Any text, lone surrogates and controls too; what is printable and short is shown as it is."""
    shown = show(text)
    assert shown.isprintable()
    assert shown[0] in "'\""
    assert len(shown) <= 10 * (errors.MAX_SHOWN + 3) + 2
    if text.isprintable() and len(text) <= errors.MAX_SHOWN and not set(text) & set("'\\"):
        assert shown == f"'{text}'"


@pytest.mark.parametrize(
    "text",
    ["\x1b[31mred", "a\nb", "a\rb", "a\x00b", "\u202eevil", "\u2028", "\x9b31m", "\ud83d", "a\u200bb", "\x7f", "tab\t"],
    ids=ascii,
)
def test_terminal_codes_line_ends_and_invisible_characters_are_escaped(text: str) -> None:
    """ANSI, C1, bidi overrides, separators, zero-width blanks."""
    assert show(text).isascii()
    assert "\\" in show(text)


def test_long_text_is_cut_with_a_mark_and_other_values_are_shown_as_text() -> None:
    """At eighty characters."""
    assert show("x" * 81) == repr("x" * 80 + "...")
    assert show("x" * 80) == repr("x" * 80)
    assert show(3) == "'3'"
    assert show(None) == "'None'"


def test_a_rejection_is_spelled_file_row_code_message() -> None:
    """A path may hold control characters as well."""
    assert str(Rejection("a.csv", 3, "duplicate-id", "got it twice")) == "a.csv:3 duplicate-id: got it twice"
    assert str(Rejection("a\x1b.csv", 0, "no-rows", "m")) == "'a\\x1b.csv':0 no-rows: m"


def test_many_rejections_are_listed_up_to_twenty_and_counted() -> None:
    """All of them stay at hand."""
    many = [Rejection("f", row, "code", "m") for row in range(25)]
    error = InputRejected(many)
    lines = str(error).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "... and 5 more"
    assert error.rejections == tuple(many)
    assert str(InputRejected(many[:20])).count("\n") == 19


def test_exit_codes_are_those_promised() -> None:
    """2 bad configuration, 3 input rejected, 5 refused, 6 stopped; each is told without a traceback."""
    found = {kind.__name__: kind.exit_code for kind in (BadConfiguration, InputRejected, Refused, Stopped)}
    assert found == {"BadConfiguration": 2, "InputRejected": 3, "Refused": 5, "Stopped": 6}
    assert all(issubclass(kind, SynthliftError) for kind in (BadConfiguration, InputRejected, Refused, Stopped))


def test_not_applicable_is_no_error_of_the_user() -> None:
    """It is an answer with a reason, never an exit code."""
    answer = NotApplicable("convex")
    assert answer.reason == str(answer) == "convex"
    assert not isinstance(answer, SynthliftError)
