"""Descriptions and label sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlift.errors import BadConfiguration
from synthlift.study.label_texts import read_descriptions, read_label_sets


def test_descriptions_come_from_json_csv_or_the_study_itself(tmp_path: Path) -> None:
    """Labels that the corpus lacks, and blank texts, describe nothing."""
    (tmp_path / "a.json").write_text('{"A": " motors ", "B": " ", "Z": "zoo"}')
    (tmp_path / "a.csv").write_text('label,description\nA,"motors, and fans"\n')
    assert read_descriptions(tmp_path / "a.json", {"A", "B"}) == {"A": "motors"}
    assert read_descriptions(tmp_path / "a.csv", {"A", "B"}) == {"A": "motors, and fans"}
    assert read_descriptions({"B": "fans"}, {"A", "B"}) == {"B": "fans"}
    assert read_descriptions(None, {"A"}) == {}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", b"[1]", "a JSON object"),
        ("a.json", b'{"A": 1}', "a JSON object"),
        ("a.json", b"{", "is no JSON"),
        ("a.json", b"[" * 100_000, "is no JSON"),
        ("a.json", b"\xff", "is not UTF-8"),
        ("a.json", b'{"Z": "zoo"}', "expected the labels of the corpus, such as 'A'"),
        ("a.csv", b"code,title\nA,motors\n", "the columns label and description"),
    ],
)
def test_a_file_that_describes_nothing_is_refused(name: str, content: bytes, told: str, tmp_path: Path) -> None:
    """With what was expected."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadConfiguration) as caught:
        read_descriptions(tmp_path / name, {"A"})
    assert told in str(caught.value)
    with pytest.raises(BadConfiguration, match="No such file"):
        read_descriptions(tmp_path / "none.json", {"A"})


def test_label_sets_are_read_line_by_line(tmp_path: Path) -> None:
    """Sorted and distinct, blank lines ignored."""
    path = tmp_path / "sets.jsonl"
    path.write_text('["B", "A", "A"]\n\n["A"]\n')
    assert read_label_sets(path, {"A", "B"}) == (("A", "B"), ("A",))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('["A"]\n"A"', "sets.jsonl':2: expected a JSON list"),
        ("[]", ":1: expected"),
        ('["Z"]', "got 'Z'"),
        ("", "is empty"),
    ],
)
def test_a_line_that_is_no_label_set_is_refused(line: str, told: str, tmp_path: Path) -> None:
    """With its number."""
    path = tmp_path / "sets.jsonl"
    path.write_text(line)
    with pytest.raises(BadConfiguration) as caught:
        read_label_sets(path, {"A"})
    assert told in str(caught.value)
