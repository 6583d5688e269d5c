"""Documents in memory become the JSON lines that a file would be."""

from __future__ import annotations

import json

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import synthlift
from synthlift.corpus.columns import Columns
from synthlift.corpus.frames import as_jsonl
from synthlift.corpus.reading import read_real
from synthlift.errors import BadConfiguration, InputRejected

CIRCLE: list = []
CIRCLE.append(CIRCLE)


def rows(data):
    """Read the lines back."""
    return [json.loads(line) for line in as_jsonl(data).decode().splitlines()]


def test_rows_survive():
    """Texts, labels and ids are the same after the way, whatever they hold."""
    given = [{"id": "007", "text": "a\n\u2028b \u00e9", "labels": ["NA", "null"]}, {"id": 8, "text": "c", "labels": []}]
    assert rows(given) == given


def test_numpy_values_and_sets_become_plain():
    """Arrays become lists, sets are sorted, numpy scalars are numbers."""
    given = [{"labels": np.array(["x", "y"]), "n": np.int64(3), "tags": {"b", "a"}}]
    assert rows(given) == [{"labels": ["x", "y"], "n": 3, "tags": ["a", "b"]}]


def test_missing_values_become_null():
    """NaN, as data frames write what is missing, becomes null, which the reader judges."""
    assert rows([{"text": float("nan"), "labels": None}]) == [{"text": None, "labels": None}]


def fault_of(data) -> tuple[int, str]:
    """Return row and code of the one rejection."""
    with pytest.raises(InputRejected, match="in memory") as caught:
        as_jsonl(data)
    ((row, code),) = [(rejection.row, rejection.code) for rejection in caught.value.rejections]
    return row, code


@pytest.mark.parametrize("data", [5, "a path", b"bytes", {"text": "a"}, None])
def test_other_things_are_refused(data):
    """What holds no rows is refused, and what is taken is named."""
    with pytest.raises(BadConfiguration, match="DataFrame"):
        as_jsonl(data)


def test_a_row_that_is_no_mapping_is_refused():
    """A list of texts alone has no labels: each row must be a mapping."""
    with pytest.raises(BadConfiguration, match="mapping"):
        as_jsonl(["a text"])


def test_missing_values_of_pandas_become_null():
    """NaN, None, NA and NaT, in nullable, arrow-backed, categorical and object columns, are all null."""
    frame = pd.DataFrame(
        {
            "id": pd.array([7, None], dtype="Int64"),
            "text": pd.array(["a", None], dtype="string"),
            "labels": pd.Series([["x"], pd.NA], dtype=object),
            "class": pd.Categorical(["x", None]),
            "group": pd.array(["g", None], dtype="str"),
            "when": pd.to_datetime(["2020-01-02", None]),
            "odd": pd.Series([pd.NaT, float("nan")], dtype=object),
            "is": pd.array([True, None], dtype="boolean"),
            "list": pd.array([["x"], None], dtype=pd.ArrowDtype(pa.list_(pa.string()))),
        }
    )
    first, second = rows(frame)
    odd = {"class": "x", "group": "g", "when": "2020-01-02 00:00:00", "odd": None, "is": True, "list": ["x"]}
    assert first == {"id": 7, "text": "a", "labels": ["x"], **odd}
    assert second == dict.fromkeys(first)


def test_cells_of_pandas_that_hold_arrays():
    """Arrays in cells, as Parquet and list columns leave them, are lists; nested and empty ones too."""
    cells = [np.array(["x", "y"]), np.array([], dtype=object), ("x",)]
    frame = pd.DataFrame({"text": ["a", "b", "c"], "labels": cells}, index=[5, 5, 9])
    assert [row["labels"] for row in rows(frame)] == [["x", "y"], [], ["x"]]
    nested = pd.DataFrame({"labels": [np.array([np.array(["x"]), None], dtype=object)]})
    assert rows(nested) == [{"labels": [["x"], None]}]


def test_one_column_a_label_in_pandas():
    """Sparse, small-integer and nullable boolean columns are numbers or true and false, which the reader takes."""
    frame = pd.DataFrame(
        {
            "text": ["a", "b"],
            "x": pd.arrays.SparseArray([0, 1]),
            "y": np.array([1, 0], dtype=np.int8),
            "z": pd.array([True, None], dtype="boolean"),
        }
    )
    assert rows(frame) == [{"text": "a", "x": 0, "y": 1, "z": True}, {"text": "b", "x": 1, "y": 0, "z": None}]


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame([["a", "b", ["x"]]], columns=["text", "text", "labels"]),
        pd.DataFrame([["a", "b"]], columns=["1", 1]),
        [{"1": "a", 1: "b"}],
    ],
    ids=["twice", "as text", "keys"],
)
def test_two_columns_of_one_name_are_rejected(data):
    """None of them is left out in silence."""
    assert fault_of(data) == (1, "duplicate-column")


def test_polars_columns():
    """Categorical, enumerated, list, array and float columns of polars; null and NaN are null."""
    frame = pl.DataFrame(
        {
            "id": [7, None],
            "text": ["a", None],
            "labels": [["x"], None],
            "class": pl.Series(["x", None], dtype=pl.Categorical),
            "kind": pl.Series(["x", None], dtype=pl.Enum(["x"])),
            "pair": pl.Series([[1, 2], None], dtype=pl.Array(pl.Int64, 2)),
            "when": pl.Series([18_263, None]).cast(pl.Date),
            "share": [float("nan"), None],
        }
    )
    first, second = rows(frame)
    odd = {"class": "x", "kind": "x", "pair": [1, 2], "when": "2020-01-02", "share": None}
    assert first == {"id": 7, "text": "a", "labels": ["x"], **odd}
    assert second == dict.fromkeys(first)


def data_set(labels: list, feature: object) -> datasets.Dataset:
    texts = [f"text {i}" for i in range(len(labels))]
    features = {"text": datasets.Value("string"), "labels": feature}
    return datasets.Dataset.from_dict({"text": texts, "labels": labels}, features=datasets.Features(features))


CLASS = datasets.ClassLabel(names=["no", "yes", "NA"])


@pytest.mark.parametrize(
    "feature",
    [datasets.Sequence(CLASS), datasets.List(CLASS), datasets.LargeList(CLASS), [CLASS]],
    ids=["Sequence", "List", "LargeList", "list"],
)
def test_lists_of_classes_of_a_data_set_become_names(feature):
    """In every spelling of a list; an empty list stays empty, a missing one is null."""
    found = [row["labels"] for row in rows(data_set([[0, 2], [], None], feature))]
    assert found == [["no", "NA"], [], None]


@pytest.mark.parametrize("form", [None, "numpy", "pandas", "arrow", "polars"])
def test_classes_of_a_data_set_become_names_in_any_format(form):
    """One class a row, whatever the data set wraps its rows in; -1, by which `datasets` means none, is null."""
    given = data_set([0, 2, -1, None], CLASS).with_format(form)
    assert [row["labels"] for row in rows(given)] == ["no", "NA", None, None]


def test_the_rows_of_a_data_set_are_its_parquet_files(tmp_path):
    """What is read from a data set in memory is what is read from the Parquet file that it writes."""
    given = data_set([[0, 2], [1], []], datasets.Sequence(CLASS))
    given.to_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_bytes(as_jsonl(given))
    readings = [read_real(tmp_path / name).documents for name in ("a.parquet", "a.jsonl")]
    assert readings[0] == readings[1]
    assert [document.labels for document in readings[0]] == [("NA", "no"), ("yes",), ()]


def test_streams_and_transforms_of_a_data_set():
    """A stream may not know its features; a transform of the user's own is kept."""
    given = data_set([[0], [1]], datasets.Sequence(CLASS))
    assert rows(given.to_iterable_dataset()) == rows(given)
    unknown = datasets.IterableDataset.from_generator(lambda: iter([{"text": "a", "labels": ["x"]}]))
    assert rows(unknown) == [{"text": "a", "labels": ["x"]}]
    shouted = given.with_transform(lambda batch: {"text": [text.upper() for text in batch["text"]]})
    assert rows(shouted) == [{"text": "TEXT 0"}, {"text": "TEXT 1"}]


def test_a_class_without_a_name_is_rejected_with_its_row():
    """As in a Parquet file: -1 in a list says nothing that could be read."""
    given = data_set([[0], [1], [-1]], datasets.Sequence(CLASS))
    assert fault_of(given) == (3, "unknown-class")


def test_a_data_set_of_several_splits_is_refused():
    """Which of them is meant nobody knows."""
    with pytest.raises(BadConfiguration, match="DatasetDict"):
        as_jsonl(datasets.DatasetDict(train=data_set([[0]], datasets.Sequence(CLASS))))
    with pytest.raises(BadConfiguration, match="LazyFrame"):
        as_jsonl(pl.DataFrame({"text": ["a"]}).lazy())


def test_sets_of_mixed_kinds_have_one_order():
    """Whatever the hash seed: by kind, then by text."""
    assert rows([{"labels": {"b", 2, "a", 1}}]) == [{"labels": [1, 2, "a", "b"]}]


def test_bytes_and_mappings_are_not_taken_for_text(tmp_path):
    """A text of bytes is rejected where it is read, not spelled as Python would; other columns may hold anything."""
    given = [
        {"text": "a", "labels": ["x"], "image": b"\xff", "meta": {"k": [1, None]}},
        {"text": b"a", "labels": ["x"]},
    ]
    path = tmp_path / "a.jsonl"
    path.write_bytes(as_jsonl(given))
    with pytest.raises(InputRejected) as caught:
        read_real(path)
    assert [(r.row, r.code) for r in caught.value.rejections] == [(2, "bad-text")]


@pytest.mark.parametrize(
    ("value", "code"), [(10**5_000, "bad-value"), (CIRCLE, "nested-too-deep")], ids=["digits", "circle"]
)
def test_values_that_json_cannot_hold_are_rejected_with_their_row(value, code):
    """A number of thousands of digits, a list within itself: the row and the reason, no traceback."""
    assert fault_of([{"text": "a"}, {"text": "b", "extra": value}]) == (2, code)


@pytest.mark.parametrize(
    "frame", [pd.DataFrame, pl.DataFrame, datasets.Dataset.from_list], ids=["pandas", "polars", "datasets"]
)
def test_frames_are_written_as_the_rows_that_they_hold(frame, tiny):
    """The same bytes, so that an audit is the same one."""
    for given in tiny():
        assert as_jsonl(frame(given)) == as_jsonl(given)


def test_an_audit_of_a_frame_and_a_data_set(tiny):
    """`synthlift.audit` takes both, with classes by name and labels in arrays, and gives a verdict."""
    real, synthetic = tiny()
    names = sorted({label for row in real for label in row["labels"]})
    frame = pd.DataFrame(real)
    frame["labels"] = frame["labels"].map(np.array)
    classes = [{"text": row["text"], "labels": [names.index(label) for label in row["labels"]]} for row in synthetic]
    features = {"text": datasets.Value("string"), "labels": datasets.Sequence(datasets.ClassLabel(names=names))}
    texts = datasets.Dataset.from_list(classes, features=datasets.Features(features))
    summary = synthlift.audit(frame, texts, columns=Columns(split="split"), replicates=1)
    assert [volume.kept for volume in summary.volume] == [len(synthetic)]
    assert {record.label for record in summary.labels} == set(names)
