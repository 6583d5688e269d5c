"""Texts side by side: what is read from the run folder, what is marked, and that no file can break the page."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from synthlift.report.html import render
from synthlift.report.pairs import MOST_BYTES, Pair, Pairs, in_order, read_pairs, side_by_side
from synthlift.report.summary import Summary

GOOD: dict[str, Any] = {
    "synthetic_id": "s", "real_id": "r", "synthetic": "one two", "real": "two three", "similarity": 0.5,
    "synthetic_labels": ["a"], "real_labels": [],
}  # fmt: skip


def kept(folder: Path, content: bytes) -> Path:
    """Write what an audit keeps."""
    (folder / "artefacts").mkdir()
    (folder / "artefacts" / "nearest_pairs.json").write_bytes(content)
    return folder


def texts(pair: Pair) -> tuple[list[str], list[str]]:
    """Return the marked parts of both texts."""
    synthetic, real = ([part for line in side for part, is_common in line if is_common] for side in side_by_side(pair))
    return synthetic, real


def made(synthetic: str, real: str) -> Pair:
    return Pair.model_validate({**GOOD, "synthetic": synthetic, "real": real})


def test_what_an_audit_wrote_is_read(tmp_path: Path) -> None:
    """Generators, texts, labels and similarity come back; a field of a later version is no fault."""
    found = read_pairs(kept(tmp_path, json.dumps({"g": [{**GOOD, "later": 1}]}).encode()))
    assert found.reason is None
    assert found.by_generator == {"g": [Pair.model_validate(GOOD)]}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"g": 1}', b'{"g": [1]}', b'{"g": [{}]}', b"[" * 100_000,
        json.dumps({"g": [{**GOOD, "similarity": float("nan")}]}).encode(),
        json.dumps({"g": [{**GOOD, "similarity": 7}]}).encode(),
        json.dumps({"g": [{**GOOD, "real": 3}]}).encode(),
        json.dumps({"g": [{**GOOD, "real_labels": "red"}]}).encode(),
        b'{"g": [' + json.dumps({**GOOD, "real": "x"}).encode().replace(b'"x"', b'"\\ud800"') + b"]}",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_reason(content: bytes, tmp_path: Path) -> None:
    """Damaged, foreign or nonsensical content is told, and no error."""
    found = read_pairs(kept(tmp_path, content))
    assert found.by_generator == {}
    assert found.reason == "artefacts/nearest_pairs.json cannot be read: run the audit again"


def test_absence_is_said_on_the_page(tmp_path: Path, clear: Summary) -> None:
    """A folder without the file, with a folder or a pipe in its place, or a giant, gives a reason."""
    absent = read_pairs(tmp_path)
    assert "has no artefacts/nearest_pairs.json" in (absent.reason or "")
    place = tmp_path / "artefacts" / "nearest_pairs.json"
    place.mkdir(parents=True)
    assert read_pairs(tmp_path) == absent
    place.rmdir()
    os.mkfifo(place)
    assert read_pairs(tmp_path) == absent
    place.unlink()
    with place.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert "larger" in (read_pairs(tmp_path).reason or "")
    assert b"There are no texts to show: the run folder has no artefacts/nearest_pairs.json" in render(clear, absent)
    assert b"There are no texts to show: they are kept in a run folder" in render(clear)


def test_runs_of_five_words_are_marked_in_both() -> None:
    """Case and punctuation do not matter; four words in common are not marked; overlapping runs are one."""
    synthetic, real = texts(made("Here a b c, D e f and g h i j.", "x A B c d E f y g h i j"))
    assert synthetic == ["a b c, D e f"]
    assert real == ["A B c d E f"]
    assert texts(made("a b c d", "a b c d")) == ([], [])
    assert texts(made("", "?!")) == ([], [])


def test_lines_are_kept_and_nothing_else_is_lost() -> None:
    """Lines that are not blank stand for themselves, a run goes on over them, and every character is there."""
    synthetic, real = side_by_side(made("a b c\r\n\r\nd e\tf", "a b c d e f"))
    assert synthetic == [(("a b c", True),), (("d e f", True),)]
    assert real == [(("a b c d e f", True),)]
    odd = "x\x85y\u2028z\rw\x1c"
    assert side_by_side(made(odd, odd))[0] == [((odd, False),)]


def test_long_texts_and_long_lists_are_cut(clear: Summary) -> None:
    """A text has 600 characters and a generator 8 pairs, the nearest ones, whatever the file holds."""
    lines, _ = side_by_side(made("word " * 100_000, "a"))
    assert len("".join(part for line in lines for part, _ in line)) == 600
    many = [Pair.model_validate({**GOOD, "similarity": i / 100}) for i in range(50)]
    ((_, shown),) = in_order(Pairs({"g": many}), clear)
    assert [one.similarity for one in shown] == [i / 100 for i in range(49, 41, -1)]


def test_page_has_the_pairs_in_the_order_of_the_generators(clear: Summary, pairs: Pairs) -> None:
    """The Summary's generators come first, the nearest pair of each first, both sides with labels and marks."""
    page = re.sub(r"\s+", " ", render(clear, pairs).decode())
    part = page[page.index("side by side</h3>") : page.index('<section id="threshold"')]
    assert part.index("qwen2.5-7b-instruct (2)") < part.index("llama-3.1-8b (1)")
    assert part.index("0.931") < part.index("0.613")
    assert "<mark>a handle that folds down on one side</mark>" in part
    assert "<mark>a handle that folds DOWN on one side</mark>, and a strap." in part
    assert ".<br>It is light." in part
    assert "Labels: walking aids, handles" in part
