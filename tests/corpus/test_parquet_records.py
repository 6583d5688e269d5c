"""Parquet is read as JSON lines are, and neither damage nor a bomb does more than be told."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from synthlift.corpus.columns import Columns, Limits
from synthlift.corpus.document import Origin
from synthlift.corpus.faults import Faults
from synthlift.corpus.parquet_pages import pages, row_groups
from synthlift.corpus.reading import Reading, parse_where, read_real, read_synthetic
from synthlift.errors import InputRejected

ODD_NAMES = ["NA", "null", "None", "nan", "True", "1e5", "007", "a;b", 'say "x"', "=1+1", "日本"]


def written(path, columns: dict, **options) -> str:
    parquet.write_table(pa.table(columns), path, **options)
    return str(path)


def faults_of(path, *args, **options) -> list[tuple[int, str]]:
    with pytest.raises(InputRejected) as caught:
        read_real(path, *args, **options)
    return [(rejection.row, rejection.code) for rejection in caught.value.rejections]


def contents(reading: Reading) -> tuple:
    return reading.documents, reading.rows, reading.splits, reading.columns_used, reading.n_rows, reading.dropped


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zstd", "use_dictionary": False, "data_page_version": "2.0"},
        {"row_group_size": 3, "store_schema": False, "compression": "none"},
        {"use_dictionary": False, "column_encoding": {"text": "DELTA_BYTE_ARRAY", "id": "DELTA_LENGTH_BYTE_ARRAY"}},
    ],
    ids=["default", "plain", "groups", "delta"],
)
def test_a_corpus_is_the_same_in_parquet_and_in_json_lines(tmp_path, options):
    """Names that other readers take for nothing, numbers or truth survive; rows count from 1."""
    rows = [
        {"id": name, "text": f" {name}\r\n", "labels": [name, "x"], "group": None if i % 2 else i, "split": "train"}
        for i, name in enumerate(ODD_NAMES)
    ]
    lines = tmp_path / "a.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.Table.from_pylist(rows), path, **options)
    reading = read_real(path, Columns(split="split"))
    assert contents(reading) == contents(read_real(lines, Columns(split="split")))
    assert reading.rows == tuple(range(1, 12))
    assert reading.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (pa.array([["b", "a"], [], ["007"]], pa.list_(pa.string())), [("a", "b"), (), ("007",)]),
        (pa.array([["b", "a"], [], ["NA"]], pa.large_list(pa.large_string())), [("a", "b"), (), ("NA",)]),
        (pa.array([["b"], ["a"], ["b"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))), [("b",), ("a",), ("b",)]),
        (pa.array([["a", "b"]] * 3, pa.list_(pa.string(), 2)), [("a", "b")] * 3),
        (pa.array([[7, 10], [], [7]], pa.list_(pa.int16())), [("10", "7"), (), ("7",)]),
        (pa.array([7, 8, 7], pa.uint64()), [("7",), ("8",), ("7",)]),
        (pa.array(["null", "", '["a", "b"]']), [("null",), (), ("a", "b")]),
        (pa.array(["a", "b", "a"], pa.large_string()), [("a",), ("b",), ("a",)]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), [("a",), ("b",), ("a",)]),
        (pa.array(["a", "b", "a"], pa.string_view()), [("a",), ("b",), ("a",)]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_labels_of_every_type_are_read(tmp_path, labels, expected):
    """Lists, whole numbers, strings plain, large, in dictionaries and in views."""
    path = written(tmp_path / "a.parquet", {"text": ["t", "u", "v"], "labels": labels})
    assert [document.labels for document in read_real(path).documents] == expected


def test_a_null_means_what_it_means_in_json_lines(tmp_path):
    """No labels is not an empty list, no text is empty, no id is missing; a null inside a list is a fault."""
    labels = pa.array([["x"], None, [], ["x"]], pa.list_(pa.string()))
    path = written(tmp_path / "a.parquet", {"text": ["a", "b", "c", None], "labels": labels})
    assert faults_of(path) == [(2, "missing-labels"), (4, "empty-text")]
    path = written(tmp_path / "a.parquet", {"id": ["1", None], "text": ["a", "b"], "labels": [["x"], [None]]})
    assert sorted(faults_of(path)) == [(2, "bad-labels")]
    path = written(tmp_path / "a.parquet", {"id": ["1", None], "text": ["a", "b"], "labels": [["x"], ["y"]]})
    assert faults_of(path) == [(2, "missing-id")]


def test_label_columns_of_truth_values_and_numbers_are_read(tmp_path):
    """One column per label, true, 1 and 1 of a dictionary."""
    columns = {"text": ["a", "b"], "x": [True, None], "y": [0, 1], "z": pa.array(["yes", "no"]).dictionary_encode()}
    path = written(tmp_path / "a.parquet", columns)
    found = read_real(path, Columns(label_columns=("x", "y", "z"))).documents
    assert [document.labels for document in found] == [("x", "z"), ("y",)]


def test_a_synthetic_file_has_parents_generators_splits_and_rows_to_choose(tmp_path):
    """Everything that JSON lines offer is offered."""
    columns = {
        "id": [1, 2, 3],
        "text": ["a", "b", "c"],
        "labels": ["x", "x", "x"],
        "origin_id": [["p", "q"], None, []],
        "generator": pa.array(["m", "n", "m"]).dictionary_encode(),
        "temperature": [0.5, 0.5, 1.0],
        "split": ["train", None, "test"],
    }
    path = written(tmp_path / "a.parquet", columns)
    options = {"known_labels": ["x"], "where": parse_where(["temperature=0.5"])}
    reading = read_synthetic(path, Columns(split="split"), **options)
    assert [d.origin for d in reading.documents] == [Origin("m", ("p", "q")), Origin("n")]
    assert (reading.rows, reading.n_rows, reading.splits) == ((1, 2), 3, ("train", None))
    assert reading.columns_used == ("id", "parent", "split", "generator")
    by = read_synthetic(path, known_labels=["x"], by="temperature")
    assert [d.origin.generator for d in by.documents if d.origin] == ["0.5", "0.5", "1.0"]
    with pytest.raises(InputRejected, match=r":0 missing-column: no column 'mode'; found 'id', 'text'"):
        read_synthetic(path, known_labels=["x"], where=parse_where(["mode=a"]))


def test_columns_that_are_not_used_are_not_decoded(tmp_path):
    """Damage and types nobody can read there do not matter."""
    path = tmp_path / "a.parquet"
    unused = pa.array([b"\xff" * 5000] * 2, pa.binary())
    columns = {"text": ["a", "b"], "labels": ["x", "y"], "vector": unused, "text.more": [{"a": 1}] * 2}
    written(path, columns, compression="none", use_dictionary=False)
    content = path.read_bytes()
    assert content.count(b"\xff" * 5000) >= 1
    path.write_bytes(content.replace(b"\xff" * 5000, b"\x00" * 5000))
    assert [document.text for document in read_real(path).documents] == ["a", "b"]


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ({"text": ["a"]}, [(0, "missing-column")]),
        ({"text": [b"a"], "labels": ["x"]}, [(0, "bad-type")]),
        ({"text": ["a"], "labels": [{"x": 1}]}, [(0, "bad-type")]),
        ({"text": ["a"], "labels": [[["x"]]]}, [(0, "bad-type")]),
        ({"text": [1], "labels": ["x"]}, [(1, "bad-text")]),
        ({"text": ["a", "b"], "labels": [1.5, float("nan")]}, [(1, "bad-labels"), (2, "bad-value")]),
        ({"id": ["a", "b", "a"], "text": ["a"] * 3, "labels": ["x"] * 3}, [(3, "duplicate-id")]),
        ({"text": ["a", "b\0"], "labels": ["x"] * 2}, [(2, "nul")]),
        ({"text": pa.array([], pa.string()), "labels": pa.array([], pa.string())}, [(0, "no-rows")]),
    ],
    ids=range(9),
)
def test_each_fault_is_told_with_its_row(tmp_path, columns, faults):
    """Those of the whole file with row 0."""
    assert faults_of(written(tmp_path / "a.parquet", columns)) == faults


def test_a_column_that_stands_twice_is_rejected(tmp_path):
    """Nobody can tell which is meant."""
    table = pa.Table.from_arrays([pa.array(["a"])] * 3, names=["text", "labels", "text"])
    parquet.write_table(table, tmp_path / "a.parquet")
    assert faults_of(tmp_path / "a.parquet") == [(0, "duplicate-column")]


def test_bytes_that_are_not_utf8_are_told_with_their_row(tmp_path):
    """Nothing is replaced."""
    path = tmp_path / "a.parquet"
    latin1 = pa.array(["good", "better"] * 700 + ["caf!"]).cast(pa.binary())
    text = pa.array([value.replace(b"!", b"\xe9") for value in latin1.to_pylist()], pa.binary()).view(pa.string())
    written(path, {"text": text, "labels": ["x"] * len(text)})
    assert faults_of(path) == [(1401, "bad-encoding")]


def test_a_damaged_file_is_rejected_as_a_whole(tmp_path):
    """Text, a cut file, an empty one, a broken footer."""
    path = tmp_path / "a.parquet"
    written(path, {"text": ["a"] * 50, "labels": ["x"] * 50})
    whole = path.read_bytes()
    for content in (b"text,labels\na,x\n", whole[:-20], whole[: len(whole) // 2], whole[:4] + whole[-8:], b"PAR1"):
        path.write_bytes(content)
        assert faults_of(path) == [(0, "bad-parquet")]
    path.write_bytes(b"")
    assert faults_of(path) == [(0, "unreadable")]
    assert faults_of(tmp_path / "none.parquet") == [(0, "unreadable")]


def test_random_damage_is_rejected_or_harmless(tmp_path):
    """No byte that is changed, and no cut, ends in anything but a reading or a rejection."""
    rng = random.Random(0)
    path = tmp_path / "a.parquet"
    columns = {
        "id": [str(i) for i in range(30)],
        "text": [f"é{i % 7}" for i in range(30)],
        "labels": [["x"], ["y"]] * 15,
    }
    contents = []
    for options in ({}, {"compression": "none", "use_dictionary": False}, {"data_page_version": "2.0"}):
        written(path, columns, row_group_size=12, **options)
        contents.append(path.read_bytes())
    n_rejected = 0
    for _ in range(300):
        damaged = bytearray(rng.choice(contents))
        for _ in range(rng.choice([1, 2, 8])):
            damaged[rng.randrange(len(damaged))] = rng.choice([0, 127, 255, rng.randrange(256)])
        path.write_bytes(damaged[: rng.randrange(len(damaged))] if rng.random() < 0.1 else damaged)
        try:
            read_real(path)
        except InputRejected:
            n_rejected += 1
    assert n_rejected > 30


def test_page_checksums_are_verified_where_there_are_any(tmp_path):
    """One changed letter of a text is seen."""
    path = tmp_path / "a.parquet"
    columns = {"text": ["a letter of the text"], "labels": ["x"]}
    written(path, columns, compression="none", use_dictionary=False, write_page_checksum=True, write_statistics=False)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"a letter of", b"a better of"))
    assert faults_of(path) == [(0, "bad-parquet")]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_page_headers_say_what_is_in_the_pages(tmp_path, version, dictionary):
    """Their sizes and numbers of values come to what the footer of an honest file says."""
    texts = [f"{i}" * 50 for i in range(5000)]
    path = tmp_path / "a.parquet"
    written(path, {"text": texts}, data_page_version=version, use_dictionary=dictionary, data_page_size=5000)
    column = parquet.read_metadata(path).row_group(0).column(0)
    with path.open("rb") as file:
        (group,) = row_groups(file, path.stat().st_size)
        (chunk,) = group.chunks
        found = list(pages(file, chunk))
    assert group.n_rows == 5000
    assert chunk.n_bytes == column.total_compressed_size
    assert sum(page.n_values for page in found) == column.num_values == 5000
    assert len(found) > 2
    # the footer counts the headers too, of 20 to 400 bytes each
    headers = column.total_uncompressed_size - sum(page.n_bytes for page in found)
    assert 10 * len(found) < headers < 500 * len(found)


def repeated(value: str, n: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([value]))


def write_bombs(folder) -> list[str]:
    """Write files of kilobytes that are gigabytes of text when decoded, each by another trick."""
    n_items = 20_000_000
    many_items = pa.ListArray.from_arrays(pa.array([0, n_items], pa.int32()), repeated("x" * 1000, n_items))
    few_items = pa.ListArray.from_arrays(pa.array([0, 50_000], pa.int32()), repeated("x" * 100_000, 50_000))
    delta = {"use_dictionary": False, "column_encoding": {"text": "DELTA_BYTE_ARRAY", "labels": "PLAIN"}}
    bombs = {
        "dictionary": ({"text": repeated("a" * 100_000, 2_000_000), "labels": repeated("x", 2_000_000)}, {}),
        "page": ({"text": ["a" * 300_000_000], "labels": ["x"]}, {"use_dictionary": False}),
        "pages": ({"text": ["a" * 20_000_000] * 10, "labels": ["x"] * 10}, {"use_dictionary": False}),
        "prefixes": ({"text": ["a" * 1_000_000] * 300, "labels": ["x"] * 300}, delta),
        "rows": ({"text": repeated("a", 20_000_000), "labels": repeated("x", 20_000_000)}, {}),
        "items": ({"text": ["a"], "labels": many_items}, {}),
        "long-items": ({"text": ["a"], "labels": few_items}, {}),
    }
    for name, (columns, options) in bombs.items():
        written(folder / f"{name}.parquet", columns, compression="zstd", **options)
    return list(bombs)


READ_BOMBS = """
import resource, sys
from synthlift.corpus.reading import read_real
from synthlift.errors import InputRejected
for path in sys.argv[1:]:
    try:
        read_real(path)
    except InputRejected as error:
        print(error.rejections[0].code)
try:
    status = open("/proc/self/status").read()  # the other measure counts the parent's memory too
    print(int(status.split("VmHWM:")[1].split()[0]) * 1024)
except FileNotFoundError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_e7_bombs_are_rejected_in_seconds_and_in_little_memory(tmp_path):
    """Not by what they say of themselves: by bytes counted before they become texts."""
    names = write_bombs(tmp_path)
    paths = [tmp_path / f"{name}.parquet" for name in names]
    assert all(path.stat().st_size < 300_000 for path in paths)
    began = time.monotonic()
    command = [sys.executable, "-c", READ_BOMBS, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    *codes, peak_bytes = done.stdout.split()
    assert dict(zip(names, codes, strict=True)) == dict.fromkeys(names, "too-large")
    assert int(peak_bytes) < 600 * 2**20
    assert time.monotonic() - began < 30


def test_the_size_limit_counts_what_is_decoded(tmp_path):
    """As with compressed text, the stored size says little; too long a text is told with its row."""
    path = written(tmp_path / "a.parquet", {"text": ["a" * 1000] * 100, "labels": ["x"] * 100})
    assert (tmp_path / "a.parquet").stat().st_size < 10_000
    assert faults_of(path, limits=Limits(max_file_bytes=50_000))[-1][1] == "too-large"
    assert faults_of(path, limits=Limits(max_doc_chars=999))[0] == (1, "too-long")
    assert len(read_real(path, limits=Limits(max_file_bytes=200_000, max_doc_chars=1000)).documents) == 100


def test_shards_of_a_folder_are_read_in_the_order_of_their_names(tmp_path):
    """Rows are numbered on; other files are passed over; the digest is that of the shards' digests."""
    for i in (1, 0):
        name = f"train-0000{i}-of-00002.parquet"
        written(tmp_path / name, {"text": [f"text {i}", f"more {i}"], "labels": ["x", "y"]})
    (tmp_path / "README.md").write_text("not data")
    (tmp_path / "._train.parquet").write_text("left over")
    reading = read_real(tmp_path)
    assert [document.text for document in reading.documents] == ["text 0", "more 0", "text 1", "more 1"]
    assert [document.id for document in reading.documents] == ["row-1", "row-2", "row-3", "row-4"]
    assert (reading.rows, reading.n_rows) == ((1, 2, 3, 4), 4)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(tmp_path.glob("train*"))]
    assert reading.sha256 == hashlib.sha256("".join(digests).encode()).hexdigest()


def test_faults_of_a_folder_name_the_row_or_the_shard(tmp_path):
    """A row is counted over the whole folder; a fault of a whole shard names the shard."""
    written(tmp_path / "a.parquet", {"id": ["1", "2"], "text": ["a", "b"], "labels": ["x", "x"]})
    written(tmp_path / "b.parquet", {"id": ["2"], "text": ["c"], "labels": ["x"]})
    assert faults_of(tmp_path) == [(3, "duplicate-id")]
    (tmp_path / "c.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputRejected) as caught:
        read_real(tmp_path)
    assert [(r.file, r.row, r.code) for r in caught.value.rejections] == [
        (str(tmp_path), 3, "duplicate-id"),
        (str(tmp_path / "c.parquet"), 0, "bad-parquet"),
    ]


def test_an_incomplete_or_empty_folder_is_rejected(tmp_path):
    """A download that stopped half way is no corpus, nor is a folder without shards; a folder may end in .parquet."""
    assert faults_of(tmp_path) == [(0, "unreadable")]
    folder = tmp_path / "data.parquet"
    folder.mkdir()
    written(folder / "train-00000-of-00002-0a1b.parquet", {"text": ["a"], "labels": ["x"]})
    assert faults_of(folder) == [(0, "missing-shard")]
    written(folder / "train-00001-of-00002-2c3d.parquet", {"text": ["b"], "labels": ["x"]})
    assert len(read_real(folder).documents) == 2


def test_faults_name_the_file_unless_a_shard_is_read():
    """Row 0 of a shard is the shard, every other row is the folder's."""
    faults = Faults("folder")
    faults.shard = "folder/a.parquet"
    for row, file in ((0, "folder/a.parquet"), (5, "folder")):
        with pytest.raises(InputRejected) as caught:
            faults.stop("code", "message", row=row)
        assert caught.value.rejections[-1].file == file
