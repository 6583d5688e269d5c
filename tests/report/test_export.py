"""A run as files for other tools: the same numbers, inert in a spreadsheet, nobody's files overwritten."""

from __future__ import annotations

import csv
import json
import math
import shutil
import unicodedata
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from synthlift.errors import BadConfiguration
from synthlift.report.export import TABLES, export, read_summary
from synthlift.run.dataset import write_dataset

RENAMED = {"blue": "=1+1", "green": "@SUM(A1)", "grey": "\uff1dcmd", "red": "-2"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, warm, tiny, write_corpora) -> Path:
    """Give an audit whose labels and generator a spreadsheet would take for formulas."""
    folder = tmp_path_factory.mktemp("hostile")
    real, synthetic = tiny()
    for row in [*real, *synthetic]:
        row["labels"] = [RENAMED[label] for label in row["labels"]]
    for row in synthetic:
        row["generator"] = "=HYPERLINK(1)"
    done = warm(*write_corpora(folder, real, synthetic).audit(folder / "run", "--by", "generator"), plain=True)
    assert done.returncode == 0, done.stderr
    return folder / "run"


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_tables_are_those_of_the_summary(finished, tmp_path):
    """Each table has a row per record of summary.json and the very numbers; a null is a null, never NaN."""
    export(finished, tmp_path / "out")
    summary = json.loads((finished / "summary.json").read_text())
    for name in TABLES:
        table = pq.read_table(tmp_path / "out" / f"{name}.parquet")
        records = summary[name]
        assert table.num_rows == len(records) > 0
        for row, record in zip(table.to_pylist(), records, strict=True):
            assert row.keys() == record.keys()
            for field, value in record.items():
                told = json.loads(row[field]) if isinstance(value, (list, dict)) else row[field]
                assert told == value, (name, field)
            assert not any(isinstance(value, float) and math.isnan(value) for value in row.values())
        assert table.column_names[-1] == "reason"


def test_numbers_are_numbers(finished, tmp_path):
    """Others read the same numbers from CSV and Parquet, negative ones among them; columns of numbers are numeric."""
    export(finished, tmp_path / "out")
    for name in ("scores", *TABLES):
        whole = pd.read_parquet(tmp_path / "out" / f"{name}.parquet")
        read = pd.read_csv(tmp_path / "out" / f"{name}.csv")
        for column in whole.select_dtypes("number"):
            told = whole[column].astype(float)
            assert read[column].astype(float).equals(told), (name, column)
    estimates = pd.read_parquet(tmp_path / "out" / "estimates.parquet")
    assert (estimates["value"] < 0).any()
    assert estimates["n_replicates"].dtype == "int64"


def test_scores_are_tidy_and_those_of_the_run(finished, tmp_path):
    """A row per trial and metric, byte for byte as the run has them."""
    export(finished, tmp_path / "out", ["scores"])
    assert (tmp_path / "out" / "scores.parquet").read_bytes() == (finished / "scores.parquet").read_bytes()
    scores = pd.read_parquet(tmp_path / "out" / "scores.parquet")
    place = ["condition", "generator", "classifier", "regime", "n_real", "replicate", "metric", "threshold"]
    assert not scores.duplicated(place).any()
    assert (scores["value"].notna() | scores["reason"].notna()).all()


def test_cells_that_a_spreadsheet_would_run_are_inert(hostile, tmp_path):
    """Whatever begins as a formula does, also in full-width letters, is a number or led by an apostrophe."""
    export(hostile, tmp_path / "out")
    n_inert = 0
    for path in (tmp_path / "out").glob("*.csv"):
        for row in _rows(path):
            for cell in row:
                lead = unicodedata.normalize("NFKC", cell[:1])
                if lead and lead in "=+-@\t\r":
                    float(cell)
                n_inert += cell.startswith("'")
    assert n_inert > 100
    labels = {row[6] for row in _rows(tmp_path / "out" / "labels.csv")[1:]}
    assert labels == {f"'{name}" for name in RENAMED.values()}
    whole = pd.read_parquet(tmp_path / "out" / "labels.parquet")  # which no spreadsheet opens: as they are
    assert set(whole["label"]) == set(RENAMED.values())
    assert "nan" not in {cell.lower() for row in _rows(tmp_path / "out" / "estimates.csv") for cell in row}


@pytest.mark.parametrize(
    ("kinds", "names"),
    [
        (["csv"], {f"{name}.csv" for name in ("scores", *TABLES)}),
        (["scores"], {f"{name}.parquet" for name in ("scores", *TABLES)}),
        (["synthetic"], {"documents.csv"}),
    ],
)
def test_only_what_is_named(finished, tmp_path, kinds, names):
    """Each kind is a set of files of its own; an audit's documents are ids and reasons."""
    assert set(export(finished, tmp_path / "out", kinds)) == names
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*names, "export.json"}


def test_the_data_set_of_a_study_is_copied(finished_copy, tmp_path):
    """Its Parquet, JSON lines and card come along byte for byte; a link that leads out of it does not."""
    source = finished_copy / "artefacts" / "synthetic"
    names = ("id", "text", "labels", "parents", "notes", "seed", "family_version", "n_completion_tokens")
    write_dataset(source, [dict(zip(names, ("s1", "=a text", ["red"], [], [], 1, 1, 9), strict=True))], [])
    (source / "secret").symlink_to(finished_copy / "ledger.db")
    files = export(finished_copy, tmp_path / "out", ["synthetic"])
    copied = [name for name in files if name.startswith("synthetic/")]
    assert sorted(copied) == [
        "synthetic/README.md", "synthetic/data/train-00000-of-00001.parquet", "synthetic/synthetic.jsonl",
    ]  # fmt: skip
    for name in copied:
        assert (tmp_path / "out" / name).read_bytes() == (source / name.removeprefix("synthetic/")).read_bytes()
    assert pq.read_table(tmp_path / "out" / copied[1]).to_pylist()[0]["text"] == "=a text"


def test_exported_again_its_files_are_replaced_and_others_left(finished, tmp_path):
    """A second export gives the same bytes, and a file that somebody put beside them stays."""
    out = tmp_path / "out"
    export(finished, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "estimates.csv").write_text("changed")
    (out / "notes.txt").write_text("mine")
    export(finished, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {**before, "notes.txt": b"mine"}


def test_a_folder_of_other_files_is_refused(finished, tmp_path):
    """Nothing is written into a folder that was not exported, a run folder among them, nor over a file in its way."""
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(BadConfiguration, match="holds other files"):
        export(finished, tmp_path)
    with pytest.raises(BadConfiguration, match="holds other files"):
        export(finished, finished)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(BadConfiguration, match="cannot use"):
        export(finished, tmp_path / "thesis.tex")


@pytest.mark.parametrize("is_link", [False, True])
def test_a_foreign_file_of_the_same_name_is_never_overwritten(finished, tmp_path, is_link):
    """A file that was not exported stays, also in a folder that was, and be it a link that leads nowhere."""
    out = tmp_path / "out"
    export(finished, out, ["scores"])
    if is_link:
        (out / "scores.csv").symlink_to(tmp_path / "nowhere")
    else:
        (out / "scores.csv").write_text("mine")
    with pytest.raises(BadConfiguration, match="was not exported"):
        export(finished, out, ["csv"])
    assert not (out / "estimates.csv").exists()
    assert not (tmp_path / "nowhere").exists()


def test_another_run_is_not_mixed_in(finished, hostile, tmp_path):
    """The export of one run is not completed by another's."""
    export(finished, tmp_path / "out", ["scores"])
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(BadConfiguration, match="another run"):
        export(hostile, tmp_path / "out", ["csv"])
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_killed_export_is_made_good(finished, tmp_path, warm):
    """After kill -9 at any of its writes the same command ends with the same files."""
    export(finished, tmp_path / "whole")
    whole = {path.name: path.read_bytes() for path in (tmp_path / "whole").iterdir()}
    for k in (1, 4, 9, 20):
        out = tmp_path / str(k)
        command = ("export", str(finished), "--to", str(out))
        assert warm(*command, env={"SYNTHLIFT_CRASH_AT": str(k)}).returncode == -9
        assert warm(*command).returncode == 0
        assert {path.name: path.read_bytes() for path in out.iterdir()} == whole


def test_a_run_without_a_report(finished_copy, tmp_path):
    """Without a summary, or with one of another version, the message says how to get it; nothing is written."""
    path = finished_copy / "summary.json"
    for content in (b'{"schema": 2}', b"{", None):
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(BadConfiguration, match="synthlift report"):
            export(finished_copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_reading_leaves_the_run_folder_as_it_is(finished, tmp_path):
    """An export only reads."""
    before = {path: path.stat().st_mtime_ns for path in (finished, *finished.rglob("*"))}
    export(finished, tmp_path / "out")
    assert {path: path.stat().st_mtime_ns for path in (finished, *finished.rglob("*"))} == before
    assert read_summary(finished).verdict.sentence in (tmp_path / "out" / "verdicts.csv").read_text()
    shutil.rmtree(tmp_path / "out")
