"""Odd and bad corpora, each through the whole audit: an answer, or a rejection that names the place."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

SCHEMA = json.loads((Path(__file__).resolve().parents[1] / "docs" / "summary.schema.json").read_text())
OUTCOMES = {"helps", "only-volume", "no-effect", "harms", "cannot-tell"}
MAY_BE_NULL = {"reason", "n_synthetic_range", "generator", "label_set", "threshold", "family"}
WORDS = {
    "Latin": ["the", "quick", "dog", "runs", "over", "green", "hills", "today"],
    "Кириллица": ["быстрая", "собака", "бежит", "через", "зелёные", "холмы", "сегодня", "вечером"],
    "عربي": ["الكلب", "السريع", "يركض", "فوق", "التلال", "الخضراء", "اليوم", "مساء"],
    "देवनागरी": ["तेज़", "कुत्ता", "हरी", "पहाड़ियों", "पर", "आज", "दौड़ता", "है"],
    "汉字 ไทย": [*"快速的狗今天跑过绿色", *"สุนัขวิ่งเร็ว"],
}

Rows = list[dict]


def records(value: object):
    """Yield every object that has a reason, wherever it stands."""
    if isinstance(value, dict):
        if "reason" in value:
            yield value
        for inner in value.values():
            yield from records(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from records(inner)


def no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def checked_summary(run: Path) -> dict:
    """Return the summary of a run that ended well: valid, no NaN, no null without a reason, with a verdict."""
    summary = json.loads((run / "summary.json").read_text(), parse_constant=no_constant)
    jsonschema.validate(summary, SCHEMA)
    for record in records(summary):
        nulls = [name for name, value in record.items() if value is None and name not in MAY_BE_NULL]
        assert not nulls or record["reason"], (nulls, record)
    assert summary["verdict"]["outcome"] in OUTCOMES
    assert summary["verdict"]["sentence"]
    return summary


def one_label(real: Rows, synthetic: Rows) -> None:
    for row in [*real, *synthetic]:
        row["labels"] = ["only"]


def one_label_of_some(real: Rows, synthetic: Rows) -> None:
    for row in [*real, *synthetic]:
        row["labels"] = ["only"] if "red" in row["labels"] else []


def one_document_a_label(real: Rows, synthetic: Rows) -> None:
    for rows in (real, synthetic):
        for i, row in enumerate(rows):
            row["labels"] = [f"rare{i}"]


def two_documents_a_label(real: Rows, synthetic: Rows) -> None:
    for rows in (real, synthetic):
        for i, row in enumerate(rows):
            row["labels"] = [f"rare{i // 2}"]


def a_label_only_in_test(real: Rows, synthetic: Rows) -> None:
    for row in real:
        row["labels"] += ["tested"] * (row["split"] == "test")


def a_label_only_in_spare_and_synthetic(real: Rows, synthetic: Rows) -> None:
    for row in [*(row for row in real if row["split"] == "spare"), *synthetic[:9]]:
        row["labels"].append("spared")


def no_label_in_test(real: Rows, synthetic: Rows) -> None:
    for row in real:
        row["labels"] = [] if row["split"] == "test" else row["labels"]


def no_label_in_train(real: Rows, synthetic: Rows) -> None:
    for row in real:
        row["labels"] = row["labels"] if row["split"] == "test" else []


def no_label_in_synthetic(real: Rows, synthetic: Rows) -> None:
    for row in synthetic:
        row["labels"] = []


def one_test_document(real: Rows, synthetic: Rows) -> None:
    tested = [row for row in real if row["split"] == "test"]
    real[:] = [row for row in real if row["split"] != "test"] + tested[:1]


def two_train_documents(real: Rows, synthetic: Rows) -> None:
    trained = [row for row in real if row["split"] == "train"]
    real[:] = [row for row in real if row["split"] != "train"] + trained[:2]


def fewer_synthetic_than_real(real: Rows, synthetic: Rows) -> None:
    del synthetic[3:]


def one_synthetic_document(real: Rows, synthetic: Rows) -> None:
    del synthetic[1:]


def texts_as_long_as_they_may_be(real: Rows, synthetic: Rows) -> None:
    real[0]["text"] = "word " * 40_000
    synthetic[4]["text"] = "wort " * 40_000


def texts_without_a_word(real: Rows, synthetic: Rows) -> None:
    for i, row in enumerate(synthetic):
        row["text"] = "\N{GRINNING FACE} !? " * (i + 3)


def five_scripts(real: Rows, synthetic: Rows) -> None:
    rng = random.Random(0)
    for i, row in enumerate([*real, *synthetic]):
        label = list(WORDS)[i % 5]
        row["text"] = ("" if label.startswith("汉") else " ").join(rng.choices(WORDS[label], k=30))
        row["labels"] = [label, "z"] if rng.random() < 0.4 else [label]


ACCEPTED: list[tuple[Callable[[Rows, Rows], None], set[str]]] = [
    (one_label, {"one-label"}),
    (one_label_of_some, set()),
    (one_document_a_label, {"untested-labels", "untrained-labels"}),
    (two_documents_a_label, {"untested-labels", "untrained-labels"}),
    (a_label_only_in_test, {"untrained-labels"}),
    (a_label_only_in_spare_and_synthetic, {"untested-labels", "untrained-labels"}),
    (no_label_in_test, {"one-label"}),
    (no_label_in_train, {"one-label"}),
    (no_label_in_synthetic, set()),
    (one_test_document, {"untested-labels"}),
    (two_train_documents, set()),
    (fewer_synthetic_than_real, set()),
    (one_synthetic_document, set()),
    (texts_as_long_as_they_may_be, set()),
    (texts_without_a_word, set()),
]
DRAWN = {one_document_a_label, one_test_document}  # drawing the page takes seconds


@pytest.mark.parametrize(("change", "expected"), ACCEPTED, ids=lambda value: getattr(value, "__name__", ""))
def test_an_odd_corpus_gets_an_answer(change, expected, tmp_path, warm, tiny, write_corpora):
    """Exit 0, a verdict, a valid summary with a reason for every null, and the warnings that a reader needs."""
    real, synthetic = tiny()
    change(real, synthetic)
    out = tmp_path / "run"
    done = warm(*write_corpora(tmp_path / "in", real, synthetic).audit(out), plain=change not in DRAWN)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    summary = checked_summary(out)
    codes = {warning["code"] for warning in summary["warnings"]}
    assert codes >= expected
    assert not codes & {"failed-trials", "failed-primary"}
    if "one-label" in expected:
        assert summary["verdict"]["outcome"] == "cannot-tell"
    if change in DRAWN:
        assert summary["verdict"]["sentence"][:40] in (out / "report.html").read_text()


def test_two_thousand_labels_are_the_most_that_are_taken(tmp_path, warm, tiny, write_corpora):
    """2,000 labels end with a verdict; one more is refused with the row in which it stands, as the next tests show."""
    real, synthetic = tiny(n_real=24, n_synthetic=12)
    for i, row in enumerate(real):
        row["labels"] = [f"l{j}" for j in range(i, 2000, 24)]
    for i, row in enumerate(synthetic):
        row["labels"] = [f"l{i}", f"l{i + 24}"]
    done = warm(*write_corpora(tmp_path / "in", real, synthetic).audit(tmp_path / "run"), plain=True)
    assert done.returncode == 0, done.stderr
    summary = checked_summary(tmp_path / "run")
    assert summary["verdict"]["outcome"] != "helps"
    assert {"untested-labels", "untrained-labels"} <= {warning["code"] for warning in summary["warnings"]}


def test_labels_of_every_script_survive(tmp_path, warm, tiny, write_corpora):
    """Labels and ids are byte for byte what the file holds, by words and by characters."""
    real, synthetic = tiny()
    five_scripts(real, synthetic)
    for i, row in enumerate(synthetic):
        row["id"] = f"{list(WORDS)[i % 5]} {i}"
    files = write_corpora(tmp_path / "in", real, synthetic)
    for analyzer in ("word", "char"):
        out = tmp_path / analyzer
        done = warm(*files.audit(out, "--analyzer", analyzer), plain=True)
        assert done.returncode == 0, done.stderr
        assert {record["label"] for record in checked_summary(out)["labels"]} == {*WORDS, "z"}
        with (out / "documents.csv").open(newline="", encoding="utf-8") as stream:
            assert [row["id"] for row in csv.DictReader(stream)] == [row["id"] for row in synthetic]


def test_a_label_only_in_synthetic_is_dropped_and_counted(tmp_path, warm, tiny, write_corpora):
    """Documents whose label no real document has are left out, told on standard error, and counted by reason."""
    real, synthetic = tiny()
    for row in synthetic[:5]:
        row["labels"].append("invented")
    done = warm(*write_corpora(tmp_path / "in", real, synthetic).audit(tmp_path / "run"), plain=True)
    assert done.returncode == 0, done.stderr
    assert "35 of 40 kept (5 unknown-label dropped)" in done.stderr
    summary = checked_summary(tmp_path / "run")
    (volume,) = summary["volume"]
    assert (volume["requested"], volume["kept"], volume["dropped"]) == (40, 35, {"unknown-label": 5})
    assert "invented" not in {record["label"] for record in summary["labels"]}


def too_many_labels(real: Rows, synthetic: Rows) -> None:
    for i, row in enumerate(real):
        row["labels"] = [f"l{j}" for j in range(i, 2001, 60)]


def mostly_invented_labels(real: Rows, synthetic: Rows) -> None:
    for row in synthetic[:25]:
        row["labels"] = ["rde"]


def no_synthetic_text(real: Rows, synthetic: Rows) -> None:
    for row in synthetic:
        row["text"] = " "


def parents_in_test(real: Rows, synthetic: Rows) -> None:
    for row in synthetic:
        row["origin_id"] = "r2"


def copies_of_test(real: Rows, synthetic: Rows) -> None:
    texts = [row["text"] for row in real if row["split"] == "test"]
    for i, row in enumerate(synthetic):
        row.update(text=texts[i % len(texts)], origin_id=None)


def ten_megabytes_real(real: Rows, synthetic: Rows) -> None:
    real[4]["text"] = "word " * 2_000_000


def ten_megabytes_synthetic(real: Rows, synthetic: Rows) -> None:
    synthetic[6]["text"] = "word " * 2_000_000


def a_megabyte_real(real: Rows, synthetic: Rows) -> None:
    real[4]["text"] = "word " * 200_000


def no_real_label(real: Rows, synthetic: Rows) -> None:
    for row in real:
        row["labels"] = []


def one_text_everywhere(real: Rows, synthetic: Rows) -> None:
    for row in [*real, *synthetic]:
        row["text"] = "the very same words in each"


REJECTED: list[tuple[Callable[[Rows, Rows], None], str, int, str, str]] = [
    (too_many_labels, "real", 60, "too-many-labels", "over 2,000 distinct labels"),
    (mostly_invented_labels, "synthetic", 0, "mostly-unusable", "nearest known label: 'red'"),
    (no_synthetic_text, "synthetic", 0, "mostly-unusable", "40 of 40 rows cannot be used (empty-text 40)"),
    (parents_in_test, "synthetic", 0, "no-synthetic", "40 parent-in-test"),
    (copies_of_test, "synthetic", 0, "no-synthetic", "40 near-test"),
    (ten_megabytes_real, "real", 5, "too-long", "cut the text"),
    (ten_megabytes_synthetic, "synthetic", 7, "too-long", "cut the text"),
    (a_megabyte_real, "real", 5, "too-long", "a text of 1,000,000 characters, expected 200,000 at most"),
    (no_real_label, "real", 0, "no-labels", "nothing to classify"),
    (one_text_everywhere, "real", 0, "no-train", "near to a test document"),
]


@pytest.mark.parametrize(
    ("change", "file", "row", "code", "words"), REJECTED, ids=[change.__name__ for change, *_ in REJECTED]
)
def test_a_bad_corpus_is_rejected_with_its_place(change, file, row, code, words, tmp_path, warm, tiny, write_corpora):
    """Exit 3, one line `file:row code: message` that says what to do, nothing written."""
    real, synthetic = tiny()
    change(real, synthetic)
    files = write_corpora(tmp_path / "in", real, synthetic)
    done = warm(*files.audit(tmp_path / "run"))
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(f"{getattr(files, file)}:{row} {code}: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.jsonl", "", "unreadable"),
        ("empty.csv", "", "unreadable"),
        ("header.csv", "id,text,labels\r\n", "no-rows"),
        ("blank.jsonl", "\n\n", "no-rows"),
    ],
)
def test_no_synthetic_document_at_all(name, content, code, tmp_path, warm, corpora):
    """An empty file, or one of a header alone, is rejected: there is nothing to compare."""
    path = tmp_path / name
    path.write_text(content, newline="")
    done = warm("audit", str(corpora.real), str(path), "--split-column", "split", "--out", str(tmp_path / "run"))
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(f"{path}:0 {code}: ")
    assert "check that" in done.stderr
    assert not (tmp_path / "run").exists()


def one_column_a_label(path: Path, rows: Rows, names: list[str]) -> Path:
    """Write a CSV file with a column of 0 and 1 for each label."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "split", *names])
        for row in rows:
            cells = ["1" if name in row["labels"] else "0" for name in names]
            writer.writerow([row["id"], row["text"], row.get("split", ""), *cells])
    return path


def test_columns_of_two_thousand_and_one_labels(tmp_path, warm, tiny):
    """So are labels in columns: the row in which the 2,001st distinct one is carried is named."""
    real, synthetic = tiny()
    too_many_labels(real, synthetic)
    names = [f"l{j}" for j in range(2001)]
    files = [one_column_a_label(tmp_path / f"{i}.csv", rows, names) for i, rows in enumerate((real, synthetic))]
    options = ("--split-column", "split", "--label-columns", ",".join(names), "--out", str(tmp_path / "run"))
    done = warm("audit", *map(str, files), *options)
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(f"{files[0]}:61 too-many-labels: over 2,000 distinct labels")


@pytest.mark.parametrize("n_alone", [0, 1, 2])
def test_groups_that_cannot_be_split(n_alone, tmp_path, warm, tiny, write_corpora):
    """Without a split, groups that leave one side empty are rejected, with the option to give; never a traceback."""
    real, synthetic = tiny()
    for i, row in enumerate(real):
        row["group"] = str(min(i, n_alone))
    files = write_corpora(tmp_path / "in", real, synthetic)
    codes = set()
    for seed in range(4):
        options = ("--out", str(tmp_path / "run"), "--seed", str(seed), "--dry-run")
        done = warm("audit", str(files.real), str(files.synthetic), *options)
        codes.add(done.returncode)
        assert "Traceback" not in done.stderr, done.stderr
        if done.returncode == 3:
            assert done.stderr.startswith((f"{files.real}:0 no-test: ", f"{files.real}:0 no-train: "))
            assert done.stderr.count("\n") == 1
    assert codes == {3} if n_alone == 0 else codes <= {0, 3}
