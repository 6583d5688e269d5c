"""Single values are taken byte for byte, or rejected with a reason."""

from __future__ import annotations

import pytest

from synthlift.corpus.faults import FieldFault
from synthlift.corpus.fields import as_text, checked, is_blank, json_list, name_of, names_of, text_of


def code_of(function, *arguments) -> str:
    with pytest.raises(FieldFault) as caught:
        function(*arguments)
    return caught.value.code


@pytest.mark.parametrize("name", ["007", "NA", "null", "None", "nan", "True", "1e5", " x ", "é", "e\u0301", "\x1b[31m"])
def test_names_that_other_readers_change_survive(name):
    """An id is the text in the file."""
    assert name_of(name, "id", "bad-id") == name


def test_whole_numbers_are_names_and_other_kinds_are_not():
    """3 is "3"; true, 1.5 and lists are rejected; null and empty are absent."""
    assert name_of(3, "id", "bad-id") == "3"
    assert name_of(None, "id", "bad-id") is None
    assert name_of("", "id", "bad-id") is None
    for value in (True, 1.5, ["a"], {}, " ", "\u3000"):
        assert code_of(name_of, value, "id", "bad-id") == "bad-id"


def test_parents_are_none_one_or_several():
    """A list, a string that is a JSON list, and one id are all read; repeated ids count once."""
    assert names_of(None, "p", "bad-parent") == names_of("", "p", "bad-parent") == names_of([], "p", "bad-parent") == ()
    assert names_of("a", "p", "bad-parent") == ("a",)
    assert names_of(7, "p", "bad-parent") == ("7",)
    assert (
        names_of('["b", "a", "b", 3]', "p", "bad-parent")
        == names_of(["b", "a", 3], "p", "bad-parent")
        == ("b", "a", "3")
    )
    assert names_of("[a]", "p", "bad-parent") == ("[a]",)
    for value in ([None], [""], [["a"]], [True], 1.5, {}):
        assert code_of(names_of, value, "p", "bad-parent") == "bad-parent"


def test_blank_means_that_nothing_can_be_seen():
    """White space of any script and invisible characters are blank; marks, emoji and private characters are not."""
    assert all(map(is_blank, ["", " \t\r\n", "\u00a0\u2003\u3000", "\u200b\ufeff\u200d", "\u2028\x1b"]))
    assert not any(map(is_blank, ["a", " .", "\u0301", "\ue000", "\U0001f600", "\u200bx"]))


def test_text_is_a_string_of_bounded_length():
    """Numbers and lists are no texts; null is the empty text."""
    assert text_of(None, "text", 5) == ""
    assert text_of(" a\r\n ", "text", 5) == " a\r\n "
    assert code_of(text_of, 5, "text", 5) == "bad-text"
    assert code_of(text_of, ["a"], "text", 5) == "bad-text"
    assert code_of(text_of, "abcdef", "text", 5) == "too-long"


def test_nul_and_lone_surrogates_are_rejected_and_other_controls_kept():
    """What SQLite and UTF-8 writers cannot hold is rejected; escapes and direction marks are data."""
    assert checked("\x1b[31m\u202e\x80\U0001f468\u200d\U0001f469", "text")
    assert code_of(checked, "a\0b", "text") == "nul"
    assert code_of(checked, "a\ud83d", "text") == "lone-surrogate"


def test_values_compare_as_a_command_line_spells_them():
    """Null is empty, true is "true", numbers are their digits."""
    assert [as_text(value, "k") for value in (None, True, False, 0, 1.5, "x")] == ["", "true", "false", "0", "1.5", "x"]
    assert code_of(as_text, ["a"], "k") == "bad-value"


def test_only_whole_json_lists_are_lists():
    """A bracket in a name does not make it a list, and a deep one does not crash."""
    assert json_list('["a", 1]') == ["a", 1]
    assert json_list("[/x]") is None
    assert json_list("a") is None
    assert json_list("[" + "9" * 5000 + "]") is None
    assert code_of(json_list, "[" * 100_000) == "nested-too-deep"
