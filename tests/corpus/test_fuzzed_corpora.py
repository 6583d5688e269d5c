"""Thousands of damaged corpora, in every format: each is read, with counts that add up, or rejected with a place.

`SYNTHLIFT_FUZZ` in the environment says how many, 10,000 if unset; a case is told by its number, which is its seed.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from synthlift.corpus.columns import Columns
from synthlift.corpus.reading import Reading, read_real, read_synthetic
from synthlift.errors import BadConfiguration, InputRejected

N_CASES = int(os.environ.get("SYNTHLIFT_FUZZ", "10000"))
MAX_SECONDS = 2.0
MAX_GROWTH_BYTES = 512 * 2**20
FORMATS = ("csv", "tsv", "jsonl", "csv.gz", "jsonl.gz", "parquet", "parquet")
KNOWN = ("NA", "x", "y", "z; w")
TRAIN = {"split": ("train",)}
COLUMNS = ("id", "text", "labels", "group", "origin_id", "split")

Rows = list[dict[str, object]]
Outcome = Reading | InputRejected | BadConfiguration


def valid_rows(rng: random.Random) -> Rows:
    """Return rows that every format can hold."""
    texts = (
        "plain text here",
        'a "quoted", text',
        "two\r\nlines",
        "tab\there",
        "=1+1",
        "Ünï 日本 \U0001f600",
        "नमस्ते",
        "مرحبا",
    )
    return [
        {
            "id": f"d{i:03}",
            "text": f"{rng.choice(texts)} {i}",
            "labels": sorted(rng.sample(KNOWN, rng.randrange(3))) if i else ["x"],
            "group": rng.choice((None, "g", "7")),
            "origin_id": rng.choice((None, "r1", "r2")),
            "split": rng.choice(("train", "test")),
        }
        for i in range(rng.randint(2, 7))
    ]


# values that one field of one row is given: most are wrong, some are only odd
ODD_VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 3.5, 10**40, 10**308, [], {}, [[]], [None], [1, "x"], ["x", "x"], {"a": 1},
    "", " ", "\u3000\u200b", "NA", "null", "[", '["x"', "['x']", "[1]", '["x"]', "x;y", " x", "unknown", '"', ",",
    "\x00", "a\x00b", "\ud800", "a\udfffb", "\ufeff", "\u2028", "\r", "\n", "e\u0301", "d000", "D000",
    "I cannot fulfil that request.", "x" * 200_001, "a" * 70_000, "[" * 5_000,
)  # fmt: skip


def change_rows(rows: Rows, rng: random.Random) -> None:
    """Change fields, rows or keys of what is a corpus otherwise."""
    kind = rng.randrange(8)
    row = rng.choice(rows)
    if kind <= 3:
        row[rng.choice(COLUMNS)] = rng.choice(ODD_VALUES)
    elif kind == 4:
        row.pop(rng.choice(COLUMNS), None)
    elif kind == 5:
        rows.insert(rng.randrange(len(rows) + 1), dict(row))
    elif kind == 6:
        row[rng.choice(("extra", "Text", "text ", "", "\u202e"))] = rng.choice(ODD_VALUES)
    else:
        rows.remove(row)


def jsonl_bytes(rows: Rows, rng: random.Random) -> bytes:
    """Write JSON lines, half of them with every character above ASCII escaped."""
    escaped = rng.random() < 0.5
    lines = [json.dumps(row, ensure_ascii=escaped) + rng.choice(("\n", "\n", "\n", "\r\n", "\n\n")) for row in rows]
    return "".join(lines).encode("utf-8", "surrogatepass")


def csv_bytes(rows: Rows, rng: random.Random, delimiter: str) -> bytes:
    """Write CSV or TSV, labels as JSON lists."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=rng.choice(("\n", "\r\n")))
    writer.writerow(COLUMNS)
    for row in rows:
        cells = [row.get(name, "") for name in (*COLUMNS, *(name for name in row if name not in COLUMNS))]
        writer.writerow([json.dumps(cell) if isinstance(cell, (list, dict)) else cell for cell in cells])
    return out.getvalue().encode("utf-8", "surrogatepass")


def parquet_bytes(rows: Rows, rng: random.Random, *, named: bool = True) -> bytes:
    """Write a Parquet file of one of several layouts; rows that no column can hold as they are become text."""
    arrays = {name: parquet_column([row.get(name) for row in rows], name, rng) for name in COLUMNS}
    table = pa.table(arrays)
    if named and rng.random() < 0.3:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": hugging(rng)}})})
    out = io.BytesIO()
    options = {
        "compression": rng.choice(("none", "snappy", "gzip", "zstd")),
        "use_dictionary": rng.random() < 0.5,
        "data_page_version": rng.choice(("1.0", "2.0")),
        "row_group_size": rng.choice((1, 3, 100)),
        "write_page_checksum": rng.random() < 0.5,
    }
    parquet.write_table(table, out, **options)
    return out.getvalue()


def parquet_column(values: list[object], name: str, rng: random.Random) -> pa.Array:
    """Return a column of the first type that holds its values."""
    kinds = [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.string_view()]
    if name == "labels":
        kinds = [pa.list_(pa.string()), pa.large_list(pa.string()), pa.list_(pa.dictionary(pa.int8(), pa.string()))]
    for kind in (rng.choice(kinds), None):
        try:
            array = pa.array(values, kind)
        except (pa.ArrowException, TypeError, UnicodeEncodeError, OverflowError, ValueError):
            continue
        if array.type != pa.struct([]):  # which Parquet cannot hold
            return array
    return pa.array([str(value).encode("utf-8", "replace").decode() for value in values])


def hugging(rng: random.Random) -> object:
    """Return the features that `datasets` leaves in a file, sometimes not quite."""
    classes = {"names": rng.choice((list(KNOWN), ["x"], None, "x", [1])), "_type": "ClassLabel"}
    labels = rng.choice(
        ({"feature": classes, "_type": "Sequence"}, [classes], classes, None, {"feature": {"feature": 5}})
    )
    return rng.choice(({"labels": labels}, {"labels": labels, "id": classes}, [], None, labels))


TOKENS = (
    b'"', b"'", b"\n", b"\r", b"\r\n", b",", b"\t", b"[", b"]", b"{", b"}", b":", b"\\", b" ", b"\x1a", b"\0", b"\xff",
    b"\xc3", b"\\u0000", b"\\ud800", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe2\x80\xa8", b"null", b"NaN",
    b"1e999", b"-1e999", b"Infinity", b"1" * 5_000, b"[" * 100_000, b'{"a":' * 50_000, b"\n" * 10_100, b"PAR1",
    b"\x1f\x8b", b'"id": "d000", ',
)  # fmt: skip


def change_bytes(content: bytes, rng: random.Random) -> bytes:
    """Flip, cut, delete, repeat, move or insert some bytes."""
    if not content:
        return content
    at, to = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    kind = rng.randrange(8)
    if kind == 0:
        at = min(at, len(content) - 1)
        return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]
    if kind == 1:
        return content[:at]
    if kind == 2:
        return content[:at] + content[min(to, at + 40) :]
    if kind == 3:
        return content[:to] + content[at:]
    if kind == 4:
        return content[to:] + content[:to]
    if kind == 5:
        return content[:at] + rng.randbytes(rng.randint(1, 8)) + content[at + 8 :]
    return content[:at] + rng.choice(TOKENS) + content[at:]


ENCODINGS = ("latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "shift-jis")


def change_encoding(content: bytes, rng: random.Random) -> bytes:
    """Write the text in another encoding, as a spreadsheet may."""
    return content.decode("utf-8", "replace").encode(rng.choice(ENCODINGS), "replace")


def corpus(seed: int) -> tuple[str, bytes]:
    """Return the suffix and the bytes of one damaged file."""
    rng = random.Random(seed)
    suffix = rng.choice(FORMATS)
    rows = valid_rows(rng)
    where = rng.choice(("rows", "bytes", "stored", "encoding", "both", "none"))
    for _ in range(rng.randint(1, 3) if where in ("rows", "both") else 0):
        if rows:
            change_rows(rows, rng)
    if suffix == "parquet":
        content = parquet_bytes(rows, rng)
    elif suffix.startswith("jsonl"):
        content = jsonl_bytes(rows, rng)
    else:
        content = csv_bytes(rows, rng, "\t" if suffix == "tsv" else ",")
    if where == "encoding" and suffix != "parquet":
        content = change_encoding(content, rng)
    for _ in range(rng.randint(1, 4) if where in ("bytes", "both") else 0):
        content = change_bytes(content, rng)
    if suffix.endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    for _ in range(rng.randint(1, 3) if where == "stored" else 0):
        content = change_bytes(content, rng)
    return suffix, content


def real(path: Path) -> Reading:
    return read_real(path, Columns(split="split"), drop_empty=True)


def synthetic(path: Path) -> Reading:
    return read_synthetic(path, known_labels=KNOWN)


def real_of_train(path: Path) -> Reading:
    return read_real(path, Columns(label_delimiter=";"), where=TRAIN)


def synthetic_of_train(path: Path) -> Reading:
    return read_synthetic(path, Columns(parent="group"), known_labels=KNOWN, where=TRAIN, by="split")


READERS = ((real, synthetic), (real_of_train, synthetic_of_train))


def outcome_of(reader: Callable[[Path], Reading], path: Path) -> Outcome:
    try:
        return reader(path)
    except (InputRejected, BadConfiguration) as refused:
        return refused


def check_rejection(outcome: InputRejected, path: Path) -> None:
    """Check that every fault is told with file, row, code and words that a terminal can show."""
    assert outcome.rejections
    for rejection in outcome.rejections:
        assert rejection.file == str(path)
        assert rejection.row >= 0
        assert rejection.code.replace("-", "").isalpha()
        assert 10 < len(rejection.message) < 2_000
        assert rejection.message.isprintable()


def check_reading(reading: Reading, suffix: str, content: bytes, *, filtered: bool) -> None:
    """Check that every row is kept or dropped, and that what is kept is what a plain reader finds in that row."""
    plain = plainly_read(suffix, content, ("id", "text", "split") if filtered else ("id", "text"))
    assert reading.n_rows == len(plain)
    n_kept = len(reading.documents)
    n_chosen = sum(not filtered or row.get("split") == "train" for row in plain.values())
    assert n_chosen == n_kept + len(reading.dropped_documents)
    assert len(reading.dropped_documents) == sum(reading.dropped.values())
    assert n_kept == len(reading.rows) == len(reading.splits) == len({d.id for d in reading.documents})
    assert list(reading.rows) == sorted(set(reading.rows))
    for row, document in zip(reading.rows, reading.documents, strict=True):
        fields = plain[row]
        assert document.text == fields["text"]
        assert document.id == (f"row-{row}" if fields.get("id") in (None, "") else str(fields["id"]))
        document.text.encode()


def plainly_read(suffix: str, content: bytes, columns: Sequence[str]) -> dict[int, dict[str, object]]:
    """Return the fields of every row by its number, by the shortest program that can; other columns may be damaged."""
    if suffix == "parquet":
        names = [name for name in columns if name in parquet.read_schema(io.BytesIO(content)).names]
        return dict(enumerate(parquet.read_table(io.BytesIO(content), columns=names).to_pylist(), start=1))
    text = (gzip.decompress(content) if suffix.endswith(".gz") else content).decode("utf-8-sig")
    lines = io.StringIO(text, newline="")
    if suffix.startswith("jsonl"):
        lines = io.StringIO(text, newline=None)
        return {number: json.loads(line) for number, line in enumerate(lines, start=1) if line.strip()}
    records = list(csv.reader(lines, delimiter="\t" if suffix == "tsv" else ","))
    numbered = [(number, cells) for number, cells in enumerate(records, start=1) if cells]
    header = numbered[0][1]
    return {number: dict(zip(header, cells, strict=True)) for number, cells in numbered[1:]}


def peak_bytes() -> int:
    """Return the most memory that this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def examined(seed: int, folder: Path) -> list[Outcome]:
    """Read one damaged file as either corpus and check what comes of it; the benchmark of R5 does so too."""
    csv.field_size_limit(2**24)  # of the plain reader
    suffix, content = corpus(seed)
    path = folder / f"a.{suffix}"
    path.write_bytes(content)
    found = []
    for reader in READERS[seed % 2]:
        began = time.process_time()
        first = outcome_of(reader, path)
        seconds = time.process_time() - began
        assert seconds < MAX_SECONDS, (seed, suffix, seconds)
        again = outcome_of(reader, path)
        try:
            if isinstance(first, InputRejected):
                check_rejection(first, path)
                assert isinstance(again, InputRejected)
                assert first.rejections == again.rejections
            else:
                assert isinstance(first, Reading)
                assert first == again
                check_reading(first, suffix, content, filtered=seed % 2 == 1)
        except Exception as error:
            error.add_note(f"case {seed}, {suffix}, {reader.__name__}")
            raise
        found.append(first)
    path.unlink()
    return found


def check_round_trip(seed: int, folder: Path) -> None:
    """Write a file that nothing damages, and check that ids, texts and labels come back letter by letter."""
    rng = random.Random(seed)
    suffix, rows = rng.choice(FORMATS), valid_rows(rng)
    if suffix == "parquet":
        content = parquet_bytes(rows, rng, named=False)
    elif suffix.startswith("jsonl"):
        content = jsonl_bytes(rows, rng)
    else:
        content = csv_bytes(rows, rng, "\t" if suffix == "tsv" else ",")
    path = folder / f"whole.{suffix}"
    path.write_bytes(gzip.compress(content, mtime=0) if suffix.endswith(".gz") else content)
    found = [(d.id, d.text, sorted(d.labels)) for d in synthetic(path).documents]
    assert found == [(row["id"], row["text"], row["labels"]) for row in rows], (seed, suffix)
    path.unlink()


def test_damaged_corpora_are_read_or_rejected(tmp_path):
    """R5: no other exception, no hang, no blow-up; two readings of the same bytes are the same."""
    before = peak_bytes()
    n_read = n_rejected = 0
    for seed in range(N_CASES):
        outcomes = examined(seed, tmp_path)
        n_rejected += sum(isinstance(outcome, InputRejected) for outcome in outcomes)
        n_read += sum(isinstance(outcome, Reading) for outcome in outcomes)
    assert peak_bytes() - before < MAX_GROWTH_BYTES
    assert min(n_read, n_rejected) > 0.15 * 2 * N_CASES  # neither is what happens to all of them


def test_whole_corpora_come_back(tmp_path):
    """R5: ids, texts and labels of a file in any format are what was written, letter by letter."""
    for seed in range(200):
        check_round_trip(seed, tmp_path)


# what is wrong with one field, and the code it is told by
FAULTS: tuple[tuple[str, object, str], ...] = (
    ("text", "a\x00b", "nul"),
    ("text", "x" * 200_001, "too-long"),
    ("id", " ", "bad-id"),
    ("group", "\u200b", "bad-group"),
    ("labels", [" x"], "bad-labels"),
    ("labels", [""], "bad-labels"),
)


def test_the_row_at_fault_is_the_one_named(tmp_path):
    """One bad field in one row, in any format: that row alone is named, with the code of that fault."""
    for seed in range(120):
        rng = random.Random(seed)
        suffix, (field, value, code) = rng.choice(FORMATS), FAULTS[seed % len(FAULTS)]
        rows = [{**row, "labels": row["labels"] or ["x"]} for row in valid_rows(rng)]
        place = rng.randrange(len(rows))
        rows[place][field] = value
        if suffix == "parquet":
            content, first = parquet_bytes(rows, rng, named=False), 1
        elif suffix.startswith("jsonl"):
            content, first = "".join(json.dumps(row) + "\n" for row in rows).encode(), 1
        else:
            content, first = csv_bytes(rows, rng, "\t" if suffix == "tsv" else ","), 2
        path = tmp_path / f"a.{suffix}"
        path.write_bytes(gzip.compress(content) if suffix.endswith(".gz") else content)
        for reader in READERS[0]:
            outcome = outcome_of(reader, path)
            assert isinstance(outcome, InputRejected), (seed, suffix, code)
            assert [(r.row, r.code) for r in outcome.rejections] == [(place + first, code)], (seed, suffix)
