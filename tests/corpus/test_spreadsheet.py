"""A spreadsheet opens the export without running what is in it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthlift.corpus.spreadsheet import spreadsheet_csv


def cells(payload: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(payload.decode(), newline="")))


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        "=cmd|' /C calc'!A0",
    ],
)
def test_what_a_spreadsheet_takes_for_a_formula_is_led_by_an_apostrophe(cell: str) -> None:
    """Full-width forms too; the rest of the cell stays."""
    assert cells(spreadsheet_csv(["h"], [[cell]])) == [["h"], [f"'{cell}"]]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=5))
def test_every_cell_reads_back_as_it_was_but_for_the_apostrophe(rows: list[list[str]]) -> None:
    """Quotes, commas, line ends and any script survive; no row and no cell is lost."""
    back = cells(spreadsheet_csv(["a", "b"], rows))
    assert back[0] == ["a", "b"]
    assert len(back) == len(rows) + 1
    for read, row in zip(back[1:], rows, strict=True):
        assert [a in (b, f"'{b}") for a, b in zip(read, row, strict=True)] == [True, True]
        assert not any(cell.startswith(tuple("=+-@\t\r")) for cell in read)


def test_a_harmless_cell_is_left_alone() -> None:
    """Signs inside, empty cells and an apostrophe of one's own."""
    assert cells(spreadsheet_csv(["h"], [["a=b"], ["1-2"], ["'x"], ["007"]]))[1:] == [["a=b"], ["1-2"], ["'x"], ["007"]]
