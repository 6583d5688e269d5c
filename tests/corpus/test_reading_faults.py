"""The fault matrix of input corpora, row by row, as a user meets it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from synthlift.corpus.columns import Columns, Limits
from synthlift.corpus.reading import Reading, parse_where, read_real, read_synthetic
from synthlift.errors import InputRejected

CSV = 'id,text,labels\r\n1,"first ""text""",x\r\n2,"second, ä",y\r\n'


def write(tmp_path: Path, content: str | bytes, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    return path


def jsonl(tmp_path: Path, *rows: dict[str, object]) -> Path:
    return write(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), "a.jsonl")


def real_faults(path: Path, columns: Columns | None = None, **options: object) -> list[tuple[int, str]]:
    """Return row and code of each rejection, in order."""
    with pytest.raises(InputRejected) as caught:
        read_real(path, columns or Columns(), **options)  # type: ignore[arg-type]
    assert caught.value.exit_code == 3
    assert {rejection.file for rejection in caught.value.rejections} == {str(path)}
    return [(rejection.row, rejection.code) for rejection in caught.value.rejections]


def both_faults(path: Path) -> list[tuple[int, str]]:
    """Return the rejections of a file of which each is met in both roles."""
    found = real_faults(path)
    with pytest.raises(InputRejected) as caught:
        read_synthetic(path, known_labels=["x", "y"])
    assert [(rejection.row, rejection.code) for rejection in caught.value.rejections] == found
    return found


def row(**fields: object) -> dict[str, object]:
    return {"text": "some text", "labels": ["x"], **fields}


@pytest.mark.parametrize(("encoding", "where"), [("latin-1", 3), ("utf-16", 0), ("utf-16-le", 0), ("utf-32", 0)])
def test_a1_other_encodings_are_rejected(tmp_path, encoding, where):
    """Never guessed: the row is told, and what to do."""
    path = write(tmp_path, CSV.encode(encoding))
    assert both_faults(path) == [(where, "bad-encoding")]
    with pytest.raises(InputRejected, match=r"offset .*save the file as UTF-8"):
        read_real(path)


def test_a1_mixed_encodings_are_rejected_at_their_line(tmp_path):
    """A line of Latin-1 among lines of UTF-8 is found."""
    lines = [json.dumps(row(text="ä"), ensure_ascii=False).encode(code) for code in ("utf-8", "latin-1")]
    assert both_faults(write(tmp_path, b"\n".join(lines), "a.jsonl")) == [(2, "bad-encoding")]


def contents(reading: Reading) -> tuple[object, ...]:
    return reading.documents, reading.rows


def test_a2_byte_order_mark_and_line_ends_make_no_difference(tmp_path):
    """Byte variants of one file are the same corpus, in CSV and JSON lines."""
    lines = "".join(json.dumps(row(id=str(i))) + "\n" for i in range(3))
    for name, content in (("a.csv", CSV.replace("\r\n", "\n")), ("a.jsonl", lines)):
        plain = contents(read_real(write(tmp_path, content, name)))
        for variant in (
            "\ufeff" + content,
            content.replace("\n", "\r\n"),
            content.replace("\n", "\r"),
            content.rstrip("\n"),
        ):
            assert contents(read_real(write(tmp_path, variant, name))) == plain


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a2_line_ends_inside_a_text_are_kept(tmp_path, end):
    """A quoted line end is text."""
    path = write(tmp_path, f'text,labels\n"a{end}b{end}",x\n')
    assert read_real(path).documents[0].text == f"a{end}b{end}"


@pytest.mark.parametrize("text", ["", " \t\n", "\u00a0\u3000", None])
def test_a3_empty_documents_are_rejected_or_counted(tmp_path, text):
    """Rejected in a real corpus unless asked, counted in a synthetic one."""
    path = jsonl(tmp_path, row(), row(text=text), row())
    assert real_faults(path) == [(2, "empty-text")]
    assert read_real(path, drop_empty=True).dropped == {"empty-text": 1}
    assert read_synthetic(path, known_labels=["x"]).dropped == {"empty-text": 1}


def test_a3_an_absent_text_is_an_empty_one(tmp_path):
    """A row without the key is told like one with null."""
    assert real_faults(jsonl(tmp_path, row(), {"labels": ["x"]})) == [(2, "empty-text")]


@pytest.mark.parametrize(
    ("other", "code"), [("caf\u00e9", "duplicate-id"), ("CAF\u00c9", "ambiguous-id"), ("cafe\u0301", "ambiguous-id")]
)
def test_a4_ids_that_cannot_be_told_apart_are_rejected_with_both_rows(tmp_path, other, code):
    """Equal ids, and ids that differ by case or Unicode form only."""
    path = jsonl(tmp_path, row(id="caf\u00e9"), row(id="b"), row(id=other))
    assert both_faults(path) == [(3, code)]
    with pytest.raises(InputRejected, match=r"row 1"):
        read_real(path)


def test_a4_ids_missing_in_some_rows_are_rejected(tmp_path):
    """Whichever comes first; without any id, rows are numbered."""
    assert both_faults(jsonl(tmp_path, row(), row(id="a"), row(id=""))) == [(1, "missing-id"), (3, "missing-id")]
    assert both_faults(write(tmp_path, "id,text,labels\n1,a,x\n,b,y\n")) == [(3, "missing-id")]
    reading = read_real(write(tmp_path, "id,text,labels\n,a,x\n,b,y\n"))
    assert [document.id for document in reading.documents] == ["row-2", "row-3"]
    assert reading.columns_used == ()


@pytest.mark.parametrize("name", [True, 1.5, [], {}, " "])
def test_a4_an_id_is_text_or_a_whole_number(tmp_path, name):
    """Other kinds are rejected."""
    assert both_faults(jsonl(tmp_path, row(id=name))) == [(1, "bad-id")]


@pytest.mark.parametrize("other", ["SPORTS NEWS", "Sports  news", "Sports\u00a0news"])
def test_a6_labels_that_cannot_be_told_apart_are_rejected(tmp_path, other):
    """Case and inner blanks make two columns of one label."""
    path = jsonl(tmp_path, row(labels=["Sports news"]), row(labels=[other]), row(labels=[other]))
    assert real_faults(path) == [(2, "ambiguous-label")]
    with pytest.raises(InputRejected, match=r"'Sports news' in row 1"):
        read_real(path)


def test_a6_labels_in_another_unicode_form_are_rejected(tmp_path):
    """Also within one row."""
    assert real_faults(jsonl(tmp_path, row(labels=["caf\u00e9", "cafe\u0301"]))) == [(1, "ambiguous-label")]


@pytest.mark.parametrize("label", ["", " x", "x ", "x\n", None, 1.5, True, ["x"]])
def test_a6_what_is_no_label_is_rejected(tmp_path, label):
    """Blanks around a label are not taken off silently."""
    assert both_faults(jsonl(tmp_path, row(labels=[label]))) == [(1, "bad-labels")]


def test_a6_unknown_labels_of_a_synthetic_file_are_counted(tmp_path):
    """Until they are more than half: then the nearest known label is told."""
    path = jsonl(tmp_path, row(), row(labels=["Wrold"]))
    assert read_synthetic(path, known_labels=["x", "World"]).dropped == {"unknown-label": 1}
    with pytest.raises(InputRejected, match=r"mostly-unusable: 2 of 2 .*no '(x|Wrold)'.*"):
        read_synthetic(path, known_labels=["World"])
    with pytest.raises(InputRejected, match=r"nearest known label: 'World'"):
        read_synthetic(jsonl(tmp_path, row(labels=["Wrold"])), known_labels=["World", "Sports"])


def test_a7_a_corpus_without_labels_is_rejected(tmp_path):
    """Nothing to classify; one label, and rows that carry none, are fine here."""
    assert real_faults(jsonl(tmp_path, row(labels=[]), row(labels=[]))) == [(0, "no-labels")]
    assert [d.labels for d in read_real(jsonl(tmp_path, row(labels=[]), row())).documents] == [(), ("x",)]


def test_a7_missing_labels_are_not_the_empty_set(tmp_path):
    """Null and absent reject a real corpus and are counted in a synthetic one."""
    path = jsonl(tmp_path, row(), row(labels=None), {"text": "a"}, row())
    assert real_faults(path) == [(2, "missing-labels"), (3, "missing-labels")]
    assert read_synthetic(path, known_labels=["x"]).dropped == {"missing-labels": 2}
    assert real_faults(jsonl(tmp_path, {"text": "a"}, {"text": 5}, row())) == [(1, "missing-labels"), (2, "bad-text")]


@pytest.mark.parametrize("text", ["word " * 2_000_000, "x" * 1_000_000])
def test_a9_huge_documents_are_rejected_quickly(tmp_path, text):
    """Ten megabytes in one line, or one without a blank, never hang."""
    for path in (jsonl(tmp_path, row(text=text)), write(tmp_path, f'text,labels\n"{text}",x\n')):
        start = time.perf_counter()
        assert [code for _, code in both_faults(path)] == ["too-long"]
        assert time.perf_counter() - start < 2


def test_a9_the_limit_is_in_characters(tmp_path):
    """A text of exactly the limit is read, however it is escaped."""
    limits = Limits(max_doc_chars=5)
    assert read_real(jsonl(tmp_path, row(text="\U0001f600" * 5)), limits=limits).documents
    assert real_faults(jsonl(tmp_path, row(text="a" * 6)), limits=limits) == [(1, "too-long")]


@pytest.mark.parametrize("field", ["text", "labels", "id", "group", "origin_id", "generator", "split"])
@pytest.mark.parametrize(("bad", "code"), [("a\0b", "nul"), ("a\ud83d", "lone-surrogate")])
def test_a10_a11_nul_and_lone_surrogates_are_rejected_in_every_field_used(tmp_path, field, bad, code):
    """What would break the ledger or a UTF-8 writer stops at the border."""
    columns = Columns(split="split")
    path = jsonl(tmp_path, row(id="1", split="s"), row(**{"id": "2", "split": "s", field: bad}))
    with pytest.raises(InputRejected, match=f":2 {code}"):
        read_synthetic(path, columns, known_labels=["x"])
    if field not in ("origin_id", "generator"):
        assert real_faults(path, columns) == [(2, code)]


def test_a10_nul_and_lone_surrogates_in_a_where_column_are_rejected(tmp_path):
    """A column that chooses rows is used."""
    path = jsonl(tmp_path, row(mode="a"), row(mode="a\0"))
    assert real_faults(path, where=parse_where(["mode=a"])) == [(2, "nul")]
    assert real_faults(jsonl(tmp_path, row(mode=["a"])), where=parse_where(["mode=a"])) == [(1, "bad-value")]


def test_a10_nul_bytes_in_the_file_are_rejected(tmp_path):
    """Raw zero bytes in CSV cells and JSON strings."""
    assert both_faults(write(tmp_path, "text,labels\na\0b,x\n")) == [(2, "nul")]
    assert both_faults(write(tmp_path, '{"text": "a\0b", "labels": ["x"]}\n', "a.jsonl")) == [(1, "nul")]


def test_a10_other_control_characters_are_data(tmp_path):
    """Escapes, C1 and direction marks are kept, and escaped where a message shows them."""
    text = "\x1b[31m \x9b \u202e \x07"
    assert read_real(jsonl(tmp_path, row(text=text))).documents[0].text == text
    with pytest.raises(InputRejected) as caught:
        read_real(jsonl(tmp_path, row(id=text), row(id=text)))
    assert "\x1b" not in str(caught.value)
    assert r"\x1b" in str(caught.value)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a12_a_wrong_delimiter_is_told_with_its_option(tmp_path, delimiter):
    """And the option works."""
    path = write(tmp_path, CSV.replace(",", delimiter))
    assert both_faults(path) == [(1, "wrong-delimiter")]
    assert len(read_real(path, Columns(csv_delimiter=delimiter)).documents) == 2


def test_a12_a_missing_column_is_told(tmp_path):
    """Header or keys are listed; so are columns for labels, --where and --by."""
    assert both_faults(write(tmp_path, "body,labels\na,x\n")) == [(1, "missing-column")]
    assert both_faults(jsonl(tmp_path, {"body": "a", "labels": ["x"]})) == [(1, "missing-column")]
    path = write(tmp_path, "text,labels,b\na,x,1\n")
    assert real_faults(path, Columns(label_columns=("b", "c"))) == [(1, "missing-column")]
    assert real_faults(path, where=parse_where(["mode=a"])) == [(1, "missing-column")]
    with pytest.raises(InputRejected, match=r"missing-column: no column 'model'"):
        read_synthetic(path, known_labels=["x"], by="model")


def test_a13_ragged_rows_are_rejected(tmp_path):
    """Also an extra cell in the first row, which other readers take for an index."""
    path = write(tmp_path, "text,labels\na,x,more\nb,y\nc\n")
    assert both_faults(path) == [(2, "ragged-row"), (4, "ragged-row")]


@pytest.mark.parametrize(
    ("content", "name", "faults"),
    [
        ('text,labels\na,x\n"b,y\nc,z\n', "a.csv", [(3, "bad-quote")]),
        ('text,labels\n"a" b,x\n', "a.csv", [(2, "bad-quote")]),
        ('{"text": "a", "labels": ["x"]}\n{"text": "b", "lab', "a.jsonl", [(2, "bad-json")]),
        ('{"text": "a", "text": "b", "labels": ["x"]}', "a.jsonl", [(1, "duplicate-key")]),
        ('{"text": "a", "labels": ' + "[" * 100_000 + "]" * 100_000 + "}", "a.jsonl", [(1, "nested-too-deep")]),
        ("text,labels\na," + "[" * 100_000 + "\n", "a.csv", [(2, "nested-too-deep")]),
        ('{"id": ' + "1" * 5000 + ', "text": "a", "labels": ["x"]}', "a.jsonl", [(1, "bad-json")]),
        ('{"text": "a", "labels": ["x"], "p": NaN}', "a.jsonl", [(1, "bad-json")]),
        ('{"text": ["a"], "labels": ["x"]}', "a.jsonl", [(1, "bad-text")]),
        ('{"text": "a", "labels": {"x": 1}}', "a.jsonl", [(1, "bad-labels")]),
        ('["a"]\n"b"\n', "a.jsonl", [(1, "not-an-object"), (2, "not-an-object")]),
    ],
    ids=range(11),
)
def test_a14_broken_structure_is_rejected_with_its_row(tmp_path, content, name, faults):
    """Open quotes, cut lines, repeated keys, deep nesting, endless numbers and wrong kinds."""
    assert both_faults(write(tmp_path, content, name)) == faults


def test_a16_glued_labels_ask_for_their_delimiter(tmp_path):
    """Labels that are seen alone and glued are several labels; the option settles it, and so do lists."""
    cells = ["x", "y", "x;y", "x;y", "y;x"]
    path = write(tmp_path, "text,labels\n" + "".join(f"t,{cell}\n" for cell in cells))
    assert both_faults(path) == [(0, "ambiguous-delimiter")]
    assert read_real(path, Columns(label_delimiter=";")).documents[2].labels == ("x", "y")
    lists = jsonl(tmp_path, *(row(labels=[cell]) for cell in cells))
    assert read_real(lists).documents[2].labels == ("x;y",)


def test_a17_too_many_labels_stop_at_once(tmp_path):
    """A column of a hundred thousand values is no label set."""
    path = jsonl(tmp_path, *(row(labels=[f"label {i}"]) for i in range(20)))
    assert real_faults(path, limits=Limits(max_labels=10)) == [(11, "too-many-labels")]


def test_a17_a_hundred_thousand_rows_are_read(tmp_path):
    """Many rows are no fault."""
    path = tmp_path / "a.jsonl"
    with path.open("w") as file:
        for i in range(100_000):
            file.write(f'{{"id": {i}, "text": "text {i}", "labels": ["x"]}}\n')
    reading = read_real(path)
    assert (reading.n_rows, len(reading.documents), reading.documents[-1].id) == (100_000, 100_000, "99999")


@pytest.mark.parametrize("text", ["שלום עולם", "مرحبا", "これは文書です", "Привет, мир", "👩‍👩‍👧 🇫🇷"])
def test_a18_every_script_is_read(tmp_path, text):
    """Texts, labels and ids without Latin letters or blanks."""
    document = read_real(jsonl(tmp_path, row(id=text, text=text, labels=[text]))).documents[0]
    assert (document.id, document.text, document.labels) == (text, text, (text,))


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "{{ 7*7 }}", "[/x]", "{0.__class__}", "%s", "=cmd|' /C'!A0"]
)
def test_a19_markup_is_only_text(tmp_path, text):
    """It is stored as it stands, in every field."""
    document = read_real(jsonl(tmp_path, row(id=text, text=text, labels=[text], group=text))).documents[0]
    assert (document.id, document.text, document.labels, document.group) == (text, text, (text,), text)


def test_a20_what_cannot_be_read_is_rejected(tmp_path):
    """Missing, a folder, empty, a pipe: as a whole, and at once."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    write(tmp_path, b"", "empty.jsonl")
    for name in ("pipe.csv", "folder.csv", "empty.jsonl", "missing.csv"):
        assert both_faults(tmp_path / name) == [(0, "unreadable")]


def test_files_without_rows_are_rejected(tmp_path):
    """A header alone, empty lines alone, and a selection that holds nothing."""
    assert both_faults(write(tmp_path, "text,labels\n")) == [(0, "no-rows")]
    assert both_faults(write(tmp_path, "\n\n", "a.jsonl")) == [(0, "no-rows")]
    path = jsonl(tmp_path, row(mode="a"), row(mode="b"))
    with pytest.raises(InputRejected, match=r":0 no-rows: none of 2 rows .*asked for 'c', found 'a', 'b'"):
        read_synthetic(path, known_labels=["x"], where=parse_where(["mode=c"]))
    assert real_faults(jsonl(tmp_path, row(text="")), drop_empty=True) == [(0, "no-rows")]


def test_many_faults_are_told_together(tmp_path):
    """A user mends a file once, not fault by fault."""
    path = jsonl(
        tmp_path, row(id="a"), row(id="a"), row(id="b", text=""), row(id="c", labels=[1.5]), row(id="d", text=1)
    )
    assert real_faults(path) == [(2, "duplicate-id"), (3, "empty-text"), (4, "bad-labels"), (5, "bad-text")]
