"""Good files are read byte for byte, whatever their format."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthlift.corpus.columns import Columns
from synthlift.corpus.document import Document, Origin
from synthlift.corpus.fields import is_blank
from synthlift.corpus.reading import Reading, parse_where, read_real, read_synthetic
from synthlift.corpus.spellings import folded
from synthlift.errors import BadConfiguration, InputRejected

ODD_NAMES = ["NA", "null", "None", "nan", "True", "1e5", "007", "a,b", "a|b", 'say "x"', "a\nb", "[/x]", "=1+1", "日本"]


def write_jsonl(path, rows) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def write_csv(path, rows) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        writer.writerows(row.values() for row in rows)
    return str(path)


def test_a_real_file_becomes_documents_in_file_order(tmp_path):
    """Each field arrives where it belongs, and the columns used are told."""
    rows = [
        {
            "id": 7,
            "text": " a\r\nb ",
            "labels": ["y", "x", "y"],
            "group": "g",
            "fold": 1,
            "generator": "z",
            "origin_id": "7",
        },
        {"id": "8", "text": "c", "labels": [], "group": None, "fold": None},
    ]
    path = tmp_path / "real.jsonl"
    reading = read_real(write_jsonl(path, rows), Columns(split="fold"))
    assert reading == Reading(
        documents=(Document("7", " a\r\nb ", ("x", "y"), "g"), Document("8", "c", ())),
        rows=(1, 2),
        splits=("1", None),
        dropped={},
        dropped_documents=(),
        columns_used=("id", "group", "split"),
        n_rows=2,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    assert pickle.loads(pickle.dumps(reading)) == reading  # noqa: S301 (workers receive documents)


def test_a_synthetic_file_tells_generators_and_parents(tmp_path):
    """The generator is the column asked for, else `generator`, else a fixed name."""
    rows = [
        {"text": "a", "labels": ["x"], "generator": "llm", "t": 0.5, "origin_id": ["p", "q"]},
        {"text": "b", "labels": ["x"], "generator": "", "t": 1, "origin_id": None},
    ]
    path = write_jsonl(tmp_path / "s.jsonl", rows)
    reading = read_synthetic(path, known_labels=["x"])
    assert [d.origin for d in reading.documents] == [Origin("llm", ("p", "q")), Origin("synthetic")]
    assert [d.id for d in reading.documents] == ["row-1", "row-2"]
    assert reading.columns_used == ("parent", "generator")
    by = read_synthetic(path, known_labels=["x"], by="t")
    assert [d.origin.generator for d in by.documents if d.origin] == ["0.5", "1"]


def test_a_synthetic_file_needs_no_split_column(tmp_path):
    """The option that splits the real file does not reject the synthetic one."""
    path = write_jsonl(tmp_path / "s.jsonl", [{"text": "a", "labels": ["x"]}])
    assert read_synthetic(path, Columns(split="split"), known_labels=["x"]).splits == (None,)
    with pytest.raises(InputRejected, match=r"missing-column: no key 'split'"):
        read_real(path, Columns(split="split"))


def test_rows_of_a_csv_file_count_from_its_header(tmp_path):
    """Row 2 is the first record, whatever lines it covers."""
    path = write_csv(tmp_path / "a.csv", [{"text": "a\nb", "labels": "x"}, {"text": "c", "labels": "x"}])
    reading = read_real(path)
    assert reading.rows == (2, 3)
    assert [document.id for document in reading.documents] == ["row-2", "row-3"]


def test_where_chooses_rows_and_others_are_not_looked_at(tmp_path):
    """Faults and ids of other rows do not matter; all rows are counted."""
    rows = [
        {"id": "a", "text": "x", "labels": ["l"], "set": 0},
        {"id": "a", "text": 5, "labels": None, "set": 1},
        {"id": "b", "text": "z", "labels": ["l"], "set": 0},
    ]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    reading = read_real(path, where=parse_where(["set=0"]))
    assert (reading.rows, reading.n_rows) == ((1, 3), 3)


def test_dropped_rows_are_listed_with_their_reason(tmp_path):
    """Nothing disappears: each dropped row has its id, generator and reason."""
    rows = [
        {"id": "1", "text": " ", "labels": ["x"], "generator": "m"},
        {"id": "2", "text": "a", "labels": ["X"], "generator": "m"},
        {"id": "3", "text": "a", "generator": "n"},
        {"id": "4", "text": "As an AI language model, I cannot.", "labels": ["x"]},
        *({"id": str(5 + i), "text": "b", "labels": ["x"]} for i in range(4)),
    ]
    reading = read_synthetic(write_jsonl(tmp_path / "s.jsonl", rows), known_labels=["x"])
    assert reading.dropped == {"empty-text": 1, "missing-labels": 1, "refusal": 1, "unknown-label": 1}
    assert reading.dropped_documents == (
        ("1", "m", "empty-text"),
        ("2", "m", "unknown-label"),
        ("3", "n", "missing-labels"),
        ("4", "synthetic", "refusal"),
    )
    assert reading.rows == (5, 6, 7, 8)


def test_empty_texts_of_a_real_file_are_dropped_on_request_only(tmp_path):
    """With drop_empty they are counted."""
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": "\u2003", "labels": ["x"]}, {"text": "a", "labels": ["x"]}])
    reading = read_real(path, drop_empty=True)
    assert (reading.dropped, reading.dropped_documents, reading.rows) == (
        {"empty-text": 1},
        (("row-1", "", "empty-text"),),
        (2,),
    )
    with pytest.raises(InputRejected, match=r":1 empty-text"):
        read_real(path)


def test_label_columns_are_read_in_both_formats(tmp_path):
    """One column per label gives the labels that are true."""
    columns = Columns(label_columns=("b", "a"))
    jsonl = write_jsonl(tmp_path / "a.jsonl", [{"text": "t", "a": 1, "b": True}, {"text": "u", "a": 0, "b": None}])
    table = write_csv(tmp_path / "a.csv", [{"text": "t", "a": "1", "b": "yes"}, {"text": "u", "a": "0", "b": ""}])
    for path in (jsonl, table):
        assert [document.labels for document in read_real(path, columns).documents] == [("a", "b"), ()]


def test_impossible_options_are_bad_configuration(tmp_path):
    """They are told before the file is opened."""
    with pytest.raises(BadConfiguration, match=r"names a column twice"):
        read_real(tmp_path / "none.csv", Columns(label_columns=("a", "a")))
    with pytest.raises(BadConfiguration, match=r"--label-delimiter is empty"):
        read_real(tmp_path / "none.csv", Columns(label_delimiter=""))
    with pytest.raises(BadConfiguration, match=r"unknown suffix"):
        read_real(tmp_path / "none.xlsx")


visible = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20).filter(
    lambda text: not is_blank(text)
)
names = st.one_of(st.sampled_from(ODD_NAMES), visible)
labels = names.filter(lambda name: name == name.strip())
documents = st.lists(
    st.tuples(names, visible, st.lists(labels, max_size=3)),
    min_size=1,
    max_size=6,
    unique_by=lambda row: folded(row[0]),
)


@settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=documents, ascii_only=st.booleans(), packed=st.booleans())
def test_what_was_written_is_read_byte_for_byte(tmp_path, rows, ascii_only, packed):
    """Any text, label and id survives CSV, TSV and JSON lines, escaped or not, compressed or not."""
    distinct = {folded(label): label for _, _, found in rows for label in found}
    rows = [(name, text, sorted({distinct[folded(label)] for label in found})) for name, text, found in rows]
    rows.append(("one more", "text", ["label one"]))
    if folded("one more") in {folded(name) for name, _, _ in rows[:-1]} or folded("label one") in distinct:
        return
    keys = ("id", "text", "labels")
    contents = {
        ".jsonl": "".join(json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=ascii_only) + "\n" for row in rows)
    }
    for suffix, delimiter in ((".csv", ","), (".tsv", "\t")):
        path = tmp_path / "written"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerow(keys)
            writer.writerows((name, text, json.dumps(found)) for name, text, found in rows)
        contents[suffix] = path.read_bytes().decode()
    expected = [Document(name, text, tuple(found)) for name, text, found in rows]
    for suffix, content in contents.items():
        path = tmp_path / f"a{suffix}{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
        assert list(read_real(path).documents) == expected


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_labels_and_ids_survive_as_plain_cells(tmp_path, name):
    """Without lists, too, a cell is what it says."""
    path = write_csv(tmp_path / "a.csv", [{"id": name, "text": name, "labels": name}])
    assert read_real(path).documents == (Document(name, name, (name,)),)


@pytest.mark.data
def test_the_paired_patent_corpus_is_read_whole(data_folder):
    """Splits, modes and parents of the patent abstracts are those its note states."""
    real = read_real(data_folder / "uspto64" / "real.jsonl", Columns(split="split"))
    assert [real.splits.count(value) for value in ("seed", "pool", "test")] == [165, 1688, 900]
    known = sorted({label for document in real.documents for label in document.labels})
    assert len(known) == 64
    ids = {document.id for document in real.documents}
    path = data_folder / "uspto64" / "synthetic.jsonl"
    synthesis = read_synthetic(path, known_labels=known, where=parse_where(["mode=synthesis"]))
    paraphrase = read_synthetic(path, known_labels=known, where=parse_where(["mode=paraphrase"]))
    assert (len(synthesis.documents), len(paraphrase.documents), paraphrase.n_rows) == (660, 330, 990)
    assert all(d.origin and len(d.origin.parents) == 1 and d.origin.parents[0] in ids for d in paraphrase.documents)
    assert "parent" not in synthesis.columns_used


@pytest.mark.data
def test_real_corpora_are_read_with_the_commands_they_are_judged_by(data_folder):
    """Rows chosen by --where, treatments by generator, and unlabelled negatives are all kept."""
    values = data_folder / "valueeval_t5"
    real = read_real(
        values / "real.jsonl", Columns(split="split"), where=parse_where(["split=train", "split=validation"])
    )
    known = sorted({label for document in real.documents for label in document.labels})
    assert len(read_synthetic(values / "synthetic.jsonl", known_labels=known).documents) == 5085
    news = data_folder / "ag_news_llm"
    seeds = read_real(news / "real_seeds.jsonl", where=parse_where(["seed_set=0"]))
    known = sorted({label for document in seeds.documents for label in document.labels})
    written = read_synthetic(
        news / "synthetic.jsonl", known_labels=known, by="generator", where=parse_where(["seed_set=0"])
    )
    assert len({document.origin.generator for document in written.documents if document.origin}) == 3
    assert sum(not d.labels for d in read_real(data_folder / "hallmarks" / "data.jsonl").documents) == 272
    assert len(read_real(data_folder / "goemotions" / "data.jsonl").documents) == 54263
