"""CSV is read strictly: every row as wide as the header, every quote closed."""

from __future__ import annotations

import csv

import pytest

from synthlift.corpus.csv_records import csv_records
from synthlift.corpus.faults import Faults
from synthlift.errors import InputRejected

HEADER = "id,text\n"


def records_of(
    *lines: str, delimiter: str = ",", required: tuple[str, ...] = ("text",), max_row_chars: int = 10_000
) -> tuple[list[tuple[int, dict[str, object]]], list[tuple[int, str]]]:
    faults = Faults("f")
    rows = list(csv_records(lines, delimiter, required, ("id",), max_row_chars, faults))
    return rows, [(rejection.row, rejection.code) for rejection in faults.found]


def rejected(*lines: str, **options: object) -> str:
    with pytest.raises(InputRejected) as caught:
        records_of(*lines, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_rows_are_records_and_the_header_is_row_one():
    """Line ends in a quoted cell are kept, and do not count as rows."""
    rows, faults = records_of(HEADER, '1,"a\r\n', 'b ""c"""\n', "\n", "2,d")
    assert rows == [(2, {"id": "1", "text": 'a\r\nb "c"'}), (4, {"id": "2", "text": "d"})]
    assert faults == []


def test_ragged_rows_are_told_and_never_shifted():
    """A row with a cell too many or too few is no row, and the next ones are read; in the first row too."""
    rows, faults = records_of(HEADER, "1,a,x\n", "2\n", "3,c\n")
    assert rows == [(4, {"id": "3", "text": "c"})]
    assert faults == [(2, "ragged-row"), (3, "ragged-row")]


@pytest.mark.parametrize("other", [";", "\t", "|"])
def test_another_delimiter_is_recognised(other):
    """One column that holds a delimiter is told which option to give."""
    message = rejected(f"id{other}text\n", f"1{other}a, b\n")
    assert "f:1 wrong-delimiter: 1 column found" in message
    assert f"--csv-delimiter {other!r}" in message


def test_a_missing_column_lists_those_found():
    """The user sees which names there are."""
    assert "f:1 missing-column: no column 'text'; found 'id', 'body'" in rejected("id,body\n", "1,a\n")


def test_a_column_that_stands_twice_is_refused_only_if_it_is_used():
    """Which of the two were meant cannot be known."""
    assert "f:1 duplicate-column" in rejected("id,text,text\n", "1,a,b\n")
    assert records_of("text,x,x\n", "a,1,2\n")[1] == []


@pytest.mark.parametrize("bad", ['1,"a\n', '1,"a"b\n', '1,"a" \n'])
def test_a_bad_quote_names_the_row_where_it_begins(bad):
    """What follows an open quote cannot be told apart, so reading ends."""
    assert "f:3 bad-quote" in rejected(HEADER, "0,x\n", bad, "2,c\n")


def test_a_quote_that_runs_on_is_given_up_at_the_limit():
    """The rest of a large file is not gathered into one cell."""
    endless = ("some words\n" for _ in iter(int, 1))

    def lines():
        yield HEADER
        yield '1,"open\n'
        yield from endless

    with pytest.raises(InputRejected, match=r"f:2 too-long: .*close the quote"):
        list(csv_records(lines(), ",", ("text",), (), 5000, Faults("f")))


def test_cells_beyond_the_csv_modules_own_limit_are_read(monkeypatch):
    """A text of 200,000 characters is a text, whatever limit was set before."""
    before = csv.field_size_limit(1000)
    try:
        rows, _ = records_of(HEADER, "1," + "x" * 200_000 + "\n", max_row_chars=300_000)
    finally:
        csv.field_size_limit(before)
    assert len(str(rows[0][1]["text"])) == 200_000


def test_a_file_of_empty_lines_has_no_header():
    """Nothing but line ends is rejected as a whole, and not read without end; between rows they are passed over."""
    assert len(records_of(HEADER, *["1,a\n", "\n"] * 20_000)[0]) == 20_000
    assert "f:0 missing-column" in rejected("\n", "\n")
    with pytest.raises(InputRejected, match=r"over 10,000 empty lines"):
        list(csv_records(("\n" for _ in iter(int, 1)), ",", (), (), 99, Faults("f")))
