"""Integer classes get the names that `datasets` stored beside them, or are not taken for labels."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from synthlift.corpus.class_names import class_names, named
from synthlift.corpus.columns import Columns
from synthlift.corpus.faults import FieldFault
from synthlift.corpus.reading import parse_where, read_real, read_synthetic
from synthlift.errors import InputRejected

NAMES = ["World", "Sports", "NA", "007"]
CLASS = {"names": NAMES, "_type": "ClassLabel"}
TEXT = {"dtype": "string", "_type": "Value"}


def written(path, columns: dict, features: object) -> str:
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    parquet.write_table(pa.table(columns).replace_schema_metadata(metadata), path)
    return str(path)


def faults_of(path, *args) -> list[tuple[int, str]]:
    with pytest.raises(InputRejected) as caught:
        read_real(path, *args)
    return [(rejection.row, rejection.code) for rejection in caught.value.rejections]


@pytest.mark.parametrize(
    "feature",
    [
        {"feature": CLASS, "_type": "Sequence"},
        {"feature": CLASS, "length": -1, "_type": "List"},
        {"feature": CLASS, "_type": "LargeList"},
        [CLASS],
    ],
    ids=["Sequence", "List", "LargeList", "list"],
)
def test_lists_of_classes_are_read_by_name(tmp_path, feature):
    """In every spelling that `datasets` has had for a list."""
    labels = pa.array([[0, 3], [], [2]], pa.list_(pa.int64()))
    columns = {"text": ["a", "b", "c"], "labels": labels}
    path = written(tmp_path / "a.parquet", columns, {"text": TEXT, "labels": feature})
    assert [document.labels for document in read_real(path).documents] == [("007", "World"), (), ("NA",)]


def test_one_class_a_row_is_read_by_name(tmp_path):
    """The column may have any name, and other columns may hold classes too."""
    columns = {"text": ["a", "b"], "label": [1, 0], "split": [0, 1], "id": [5, 6]}
    splits = {"names": ["train", "test"], "_type": "ClassLabel"}
    features = {"text": TEXT, "label": CLASS, "split": splits, "id": {"dtype": "int64", "_type": "Value"}}
    path = written(tmp_path / "a.parquet", columns, features)
    reading = read_real(path, Columns(labels="label", split="split"), where=parse_where(["split=train", "split=test"]))
    assert [(d.id, d.labels) for d in reading.documents] == [("5", ("Sports",)), ("6", ("World",))]
    assert reading.splits == ("train", "test")
    chosen = read_synthetic(path, Columns(labels="label"), known_labels=NAMES, where=parse_where(["label=World"]))
    assert chosen.rows == (2,)


@pytest.mark.parametrize(
    "feature",
    [
        {"dtype": "int64", "_type": "Value"},
        {"num_classes": 2, "_type": "ClassLabel"},
        {"names": ["a", "a"], "_type": "ClassLabel"},
        {"names": ["a", 1], "_type": "ClassLabel"},
        {"names": [], "_type": "ClassLabel"},
        None,
    ],
    ids=["value", "no names", "twice", "number", "none", "null"],
)
def test_integers_without_names_are_rejected(tmp_path, feature):
    """They would make a report about labels called 0 and 1."""
    path = written(tmp_path / "a.parquet", {"text": ["a", "b"], "labels": [0, 1]}, {"labels": feature})
    assert faults_of(path) == [(0, "unnamed-classes")]
    with pytest.raises(InputRejected, match=r"store the names, or the labels as strings"):
        read_real(path)


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"info": 1}', '{"info": {"features": []}}', "[" * 100_000])
def test_metadata_that_cannot_be_read_names_nothing(content):
    """Whatever stands there, it is told as absent names and never as a crash."""
    assert class_names({b"huggingface": content.encode()}) == {}


def test_a_file_of_another_tool_has_integers_as_labels(tmp_path):
    """Without the metadata a number is what its writer meant, as in JSON lines."""
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"text": ["a", "b"], "labels": [10, 9]}), path)
    assert [document.labels for document in read_real(path).documents] == [("10",), ("9",)]
    assert class_names({b"pandas": b"{}"}) is None


def test_strings_and_label_columns_need_no_names(tmp_path):
    """Names are asked for where integers would become labels, nowhere else."""
    value = {"dtype": "int64", "_type": "Value"}
    columns = {"text": ["a", "b"], "labels": ["x", "y"], "n": [1, 0]}
    path = written(tmp_path / "a.parquet", columns, {"text": TEXT, "labels": TEXT, "n": value})
    assert [document.labels for document in read_real(path).documents] == [("x",), ("y",)]
    assert [document.labels for document in read_real(path, Columns(label_columns=("n",))).documents] == [("n",), ()]


def test_a_class_without_a_name_is_told_with_its_row(tmp_path):
    """-1 is a missing value where there is one class a row, and a fault inside a list."""
    path = written(tmp_path / "a.parquet", {"text": ["a", "b", "c"], "labels": [0, 4, -1]}, {"labels": CLASS})
    assert faults_of(path) == [(2, "unknown-class"), (3, "missing-labels")]
    feature = {"feature": CLASS, "_type": "List"}
    path = written(tmp_path / "a.parquet", {"text": ["a", "b"], "labels": [[0], [-1]]}, {"labels": feature})
    assert faults_of(path) == [(2, "unknown-class")]
    with pytest.raises(FieldFault, match=r"class 4, expected 0 to 3"):
        named([4], NAMES, "labels")


def test_a_null_stays_a_null(tmp_path):
    """Missing labels are no class."""
    path = written(tmp_path / "a.parquet", {"text": ["a", "b"], "labels": [0, None]}, {"labels": CLASS})
    assert faults_of(path) == [(2, "missing-labels")]
