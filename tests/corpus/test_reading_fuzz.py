"""Damaged files are read or rejected with file, row and code; nothing else ever comes out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthlift.corpus.columns import Columns, Limits
from synthlift.corpus.reading import Reading, parse_where, read_real, read_synthetic
from synthlift.errors import InputRejected

ROWS = [
    {"id": f"d{i}", "text": text, "labels": labels, "group": group, "origin_id": parent, "mode": "a"}
    for i, (text, labels, group, parent) in enumerate(
        [
            ('a "quoted", text', ["x", "y"], "g", "r1"),
            ("two\r\nlines", ["x"], None, ""),
            ("Ünïcödé 日本 \U0001f600", [], "h", "r2"),
            ("plain text here", ["z; w"], "7", '["r1", "r2"]'),
        ]
    )
]


def as_jsonl() -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode()


def as_csv() -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(ROWS[0])
    writer.writerows(
        [json.dumps(value) if isinstance(value, list) else value for value in row.values()] for row in ROWS
    )
    return out.getvalue().encode()


CORPORA = {"a.jsonl": as_jsonl(), "a.csv": as_csv()}
TOKENS = [
    b'"',
    b"\n",
    b"\r",
    b",",
    b"[",
    b"]",
    b"{",
    b"}",
    b"\\u0000",
    b"\\ud800",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"null",
    b"1e999",
    b"NaN",
]
changes = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "drop", "repeat"]),
        st.floats(0, 1, exclude_max=True),
        st.one_of(st.sampled_from(TOKENS), st.binary(min_size=1, max_size=4)),
    ),
    min_size=1,
    max_size=4,
)


def changed(content: bytes, kind: str, place: float, token: bytes) -> bytes:
    at = int(place * len(content))
    if kind == "flip":
        return content[:at] + bytes([content[at] ^ (token[0] or 1)]) + content[at + 1 :] if content else content
    if kind == "insert":
        return content[:at] + token + content[at:]
    if kind == "drop":
        return content[:at] + content[at + len(token) * 5 :]
    return content[:at] if kind == "cut" else content + content[at:]


def reading_or_rejection(reader: Callable[[], Reading]) -> Reading | InputRejected:
    try:
        return reader()
    except InputRejected as rejected:
        return rejected


@pytest.mark.parametrize("name", CORPORA)
@settings(
    max_examples=300, derandomize=True, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mutations=changes)
def test_a_damaged_file_is_read_or_rejected(tmp_path, name, mutations):
    """Whatever bytes change, the outcome is a Reading or rejections that say where and why."""
    content = CORPORA[name]
    for mutation in mutations:
        content = changed(content, *mutation)
    path = tmp_path / name
    path.write_bytes(content)
    readers = (
        lambda: read_real(
            path, Columns(split="mode"), drop_empty=True, limits=Limits(max_doc_chars=500, max_labels=50)
        ),
        lambda: read_synthetic(path, known_labels=["x", "y", "z; w"], where=parse_where(["mode=a"]), by="mode"),
    )
    for reader in readers:
        outcome = reading_or_rejection(reader)
        if isinstance(outcome, InputRejected):
            assert outcome.rejections
            assert all(r.file == str(path) and r.row >= 0 and r.code and r.message for r in outcome.rejections)
        else:
            assert len(outcome.documents) == len(outcome.rows) == len(outcome.splits)
            for document in outcome.documents:
                assert document.text.strip()
                json.dumps([document.id, document.text, document.labels], ensure_ascii=False).encode()


def test_the_undamaged_files_are_one_corpus(tmp_path):
    """The fuzz begins from files that are accepted, and equal."""
    readings = []
    for name, content in CORPORA.items():
        path = tmp_path / name
        path.write_bytes(content)
        readings.append(read_synthetic(path, known_labels=["x", "y", "z; w"]).documents)
    assert len(readings[0]) == len(ROWS)
    assert readings[0] == readings[1]
