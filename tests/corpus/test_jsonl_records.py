"""JSON lines are read one by one, and each fault is told with its line."""

from __future__ import annotations

import pytest

from synthlift.corpus.faults import Faults
from synthlift.corpus.jsonl_records import jsonl_records
from synthlift.errors import InputRejected

GOOD = '{"a": 1}\n'


def codes_of(*lines: str) -> list[tuple[int, str]]:
    faults = Faults("f")
    list(jsonl_records(lines, faults))
    return [(rejection.row, rejection.code) for rejection in faults.found]


def test_rows_are_lines_and_empty_lines_are_passed_over():
    """An empty line is no row, but it counts in the numbers."""
    assert list(jsonl_records([GOOD, "\r\n", " \t\n", '{"a": null}'], Faults("f"))) == [(1, {"a": 1}), (4, {"a": None})]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"a": 1', "bad-json"),
        ("id,text", "bad-json"),
        ('{"a": NaN}', "bad-json"),
        ('{"a": -Infinity}', "bad-json"),
        ('{"a": ' + "7" * 5000 + "}", "bad-json"),
        ('{"a": "tab\there"}', "bad-json"),
        ('{"a": 1} {"a": 2}', "bad-json"),
        ('\ufeff{"a": 1}', "bad-json"),
        ('{"a": "x\0y"}', "nul"),
        ('{"a": 1, "a": 1}', "duplicate-key"),
        ('{"b": {"a": 1, "a": 2}}', "duplicate-key"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested-too-deep"),
        ('{"a": ' * 100_000, "nested-too-deep"),
        ('["a"]', "not-an-object"),
        ("null", "not-an-object"),
        ("3", "not-an-object"),
    ],
    ids=lambda value: value[:20],
)
def test_a_bad_line_is_told_and_the_next_is_read(line, code):
    """The fault has its line number and code, and does not hide those after it."""
    assert codes_of(GOOD, line + "\n", GOOD, line) == [(2, code), (4, code)]


def test_json_over_several_lines_is_recognised():
    """A pretty-printed file is told what is wrong with it."""
    faults = Faults("f")
    list(jsonl_records(["[\n", '{"a": 1},\n', "]\n"], faults))
    assert "write one object a line" in faults.found[0].message


def test_empty_lines_without_end_are_given_up():
    """A file of line ends is not read to its end; empty lines between rows are no such file."""
    assert len(list(jsonl_records([GOOD, "\n"] * 20_000, Faults("f")))) == 20_000
    with pytest.raises(InputRejected, match=r"bad-json: over 10,000 empty lines"):
        list(jsonl_records(("\n" for _ in iter(int, 1)), Faults("f")))
