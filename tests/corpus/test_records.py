"""The suffix tells the format, and a missing key is told before a row is judged."""

from __future__ import annotations

import gzip

import pytest

from synthlift.corpus.columns import Columns, Limits
from synthlift.corpus.faults import Faults
from synthlift.corpus.records import Layout, layout_of, records
from synthlift.corpus.stored_file import StoredFile
from synthlift.errors import BadConfiguration, InputRejected


def rows_of(path, *required: str) -> list[tuple[int, dict[str, object]]]:
    faults = Faults(str(path))
    with StoredFile(path, faults) as stored:
        return list(records(stored, layout_of(path, Columns()), required, (), Limits(), faults))


@pytest.mark.parametrize(
    ("name", "delimiter", "gzipped"),
    [
        ("a.csv", ",", False),
        ("a.tsv", "\t", False),
        ("a.jsonl", None, False),
        ("A.NDJSON.gz", None, True),
        ("a.csv.gz", ",", True),
    ],
)
def test_the_suffix_tells_the_layout(name, delimiter, gzipped):
    """Case does not matter."""
    assert layout_of(name, Columns()) == Layout(delimiter, gzipped)


@pytest.mark.parametrize("name", ["a.parquet", "a.json", "a", "a.gz", "a.csv.zip", "csv"])
def test_another_suffix_names_those_accepted(name):
    """The file is not opened to guess."""
    with pytest.raises(BadConfiguration, match=r"\.csv \.tsv \.jsonl \.ndjson \.csv\.gz"):
        layout_of(name, Columns())


def test_a_delimiter_of_ones_own_is_one_character():
    """Backslash-t is a tab; quotes, line ends and words are refused; JSON lines have none."""
    assert layout_of("a.csv", Columns(csv_delimiter=";")).delimiter == ";"
    assert layout_of("a.csv", Columns(csv_delimiter=r"\t")).delimiter == "\t"
    assert layout_of("a.jsonl", Columns(csv_delimiter=";")).delimiter is None
    for bad in ("", "ab", '"', "\n", "\0"):
        with pytest.raises(BadConfiguration, match=r"--csv-delimiter"):
            layout_of("a.csv", Columns(csv_delimiter=bad))


def test_all_formats_give_the_same_fields(tmp_path):
    """CSV, TSV and JSON lines, plain and compressed, are one corpus."""
    contents = {".csv": 'id,text\n1,"a, b"\n', ".tsv": "id\ttext\n1\ta, b\n", ".jsonl": '{"id": "1", "text": "a, b"}\n'}
    for suffix, content in contents.items():
        plain, packed = tmp_path / f"a{suffix}", tmp_path / f"a{suffix}.gz"
        plain.write_text(content)
        packed.write_bytes(gzip.compress(content.encode()))
        for path in (plain, packed):
            assert [fields for _, fields in rows_of(path, "text")] == [{"id": "1", "text": "a, b"}]


def test_a_key_that_no_row_has_is_a_missing_column(tmp_path):
    """The keys that there are get listed; a key that some rows have is no missing column."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"body": "a"}\n' * 200)
    with pytest.raises(InputRejected, match=r":1 missing-column: no key 'text'; found 'body'"):
        rows_of(path, "text")
    path.write_text('{"body": "a"}\n' * 50 + '{"text": "b"}\n')
    assert len(rows_of(path, "text")) == 51
