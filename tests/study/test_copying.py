"""Planted copies are found, independent text is not accused, and every record is one of the summary's."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthlift.corpus import Corpus, Document
from synthlift.corpus.columns import Columns
from synthlift.corpus.document import Origin
from synthlift.report.summary import Fidelity
from synthlift.study.closest import TEST_IS_HELD_OUT
from synthlift.study.copying import contained_shares, copying_records
from synthlift.study.input import Input
from synthlift.study.preparation import prepare
from synthlift.study.side_by_side import nearest_pairs
from synthlift.study.workload import Source, Workload

MEASURES = (
    "closest-train-share",
    "closest-train-median",
    "closest-held-out-median",
    "containment-5",
    "exact-copies",
    "near-copies",
    "test-contamination",
)
FIELDS = set(Fidelity.model_fields) - {"floor_low", "floor_high"}  # the floor of copying is one number


def fresh(rng: random.Random, n: int = 30) -> str:
    return " ".join(f"w{int(1000 * rng.random() ** 3)}" for _ in range(n))


def real(rng: random.Random, name: str, n: int) -> Corpus:
    return Corpus(tuple(Document(f"{name}{i}", fresh(rng), ("a",)) for i in range(n)), ("a",))


def source(generator: str, texts: list[str]) -> Source:
    documents = tuple(Document(f"{generator}{i}", t, ("a",), origin=Origin(generator)) for i, t in enumerate(texts))
    return Source(Corpus(documents, ("a",)), {}, {d.id: i for i, d in enumerate(documents)})


@pytest.fixture(scope="module")
def workload() -> Workload:
    """Make 80 documents of each kind; a copier, a paraphraser of every other word run, an honest and a leaking one."""
    rng = random.Random(0)
    train, spare, test = real(rng, "t", 80), real(rng, "s", 80), real(rng, "x", 80)
    halves = [" ".join([*text.split()[:15], *fresh(rng, 15).split()]) for text in train.texts[:60]]
    sources = {
        "copies": source("copies", [f"{text.upper()}!" for text in train.texts[:60]]),
        "halves": source("halves", halves),
        "honest": source("honest", [fresh(rng) for _ in range(60)]),
        "leaks": source("leaks", [" ".join([*fresh(rng, 20).split(), *t.split()[:8]]) for t in test.texts[:60]]),
        "few": source("few", [fresh(rng) for _ in range(5)]),
        "": source("", [fresh(rng, 3) for _ in range(30)]),
    }
    group = np.arange(80)
    return Workload(train, group, spare.take([]), spare, group + 80, test, group, sources, 0, "none")


@pytest.fixture(scope="module")
def records(workload):
    """Return the records by generator and measure."""
    return {(r["generator"], r["measure"]): r for r in copying_records(workload)}


def test_every_generator_has_every_measure_as_the_summary_wants_it(workload, records):
    """Fields and types are Fidelity's, each null has its reason, and no value leaves [0, 1]."""
    assert list(records) == [(generator, measure) for generator in workload.sources for measure in MEASURES]
    for record in records.values():
        Fidelity.model_validate(record)
        assert set(record) == FIELDS
        numbers = [record[name] for name in ("value", "low", "high", "p", "floor", "ceiling")]
        assert record["reason"] or None not in numbers
        assert all(0.0 <= number <= 1.0 for number in numbers if number is not None)
        if record["value"] is not None:
            assert record["low"] <= record["value"] <= record["high"]


def test_planted_copies_are_found(records):
    """Documents in capitals with a mark at the end are exact copies, contained and nearest to train, all of them."""
    for measure in ("closest-train-share", "containment-5", "exact-copies", "near-copies"):
        record = records["copies", measure]
        assert (record["value"], record["n"]) == (1.0, 60)
        assert record["low"] > 0.9
    assert records["copies", "closest-train-share"]["p"] < 0.001
    assert records["copies", "closest-train-median"]["value"] == pytest.approx(1.0)


def test_half_a_document_is_contained_but_no_copy(records):
    """The first 15 of 30 words are 11 of 26 5-grams; no whole document is near."""
    assert records["halves", "containment-5"]["value"] == pytest.approx(11 / 26, abs=0.01)
    assert records["halves", "exact-copies"]["value"] == records["halves", "near-copies"]["value"] == 0.0
    assert records["halves", "closest-train-share"]["low"] > 0.5


def test_text_of_its_own_is_not_accused(records):
    """From the same distribution: about half nearer to train, nothing contained, and the floor is the same."""
    record = records["honest", "closest-train-share"]
    assert record["low"] < 0.5 < record["high"]
    assert record["p"] > 0.05
    assert record["floor"] == pytest.approx(0.5, abs=0.2)
    assert records["honest", "containment-5"]["value"] < 0.01
    assert records["honest", "exact-copies"]["value"] == 0.0
    assert records["honest", "test-contamination"]["value"] == 0.0


def test_eight_words_of_a_test_document_contaminate_a_short_text(records):
    """Texts of 28 words that end in 8 words of a test document, all of them; no training document does."""
    record = records["leaks", "test-contamination"]
    assert (record["value"], record["n"], record["floor"]) == (1.0, 60, 0.0)


def test_what_is_too_few_or_too_short_is_refused_and_counted(records):
    """Five documents have no nearest share; texts of three words have no 5-gram, and how many is said."""
    few = records["few", "closest-train-share"]
    assert (few["value"], few["n"]) == (None, 5)
    assert "got 5 synthetic" in few["reason"]
    short = records["", "containment-5"]
    assert (short["value"], short["n"]) == (None, 0)
    assert "30 documents" in short["reason"]


def test_test_documents_stand_in_for_missing_spare_ones_and_it_is_said(workload):
    """Without spare documents the warning is on each measure that used test ones; and copies of test count if given."""
    without = replace(workload, spare=workload.spare.take(()), spare_group=workload.spare_group[:0])
    records = {(r["generator"], r["measure"]): r for r in copying_records(without)}
    assert TEST_IS_HELD_OUT in records["honest", "closest-train-share"]["reason"]
    assert TEST_IS_HELD_OUT in records["honest", "containment-5"]["reason"]
    assert "taken out" in records["honest", "exact-copies"]["reason"]
    copies = tuple(Document(f"n{i}", t, (), origin=Origin("honest")) for i, t in enumerate(workload.test.texts))
    again = {(r["generator"], r["measure"]): r for r in copying_records(without, Corpus(copies, ()))}
    before, after = (found["honest", "closest-train-share"] for found in (records, again))
    assert (before["n"], after["n"]) == (60, 140)
    assert after["value"] == pytest.approx(before["value"] * 60 / 140)
    assert again["copies", "closest-train-share"] == records["copies", "closest-train-share"]


def test_a_part_of_train_is_said_to_be_one(workload):
    """With 40 held-out groups only 40 of 80 training documents are compared: copies of the others look new."""
    half = replace(workload, test=workload.test.take(range(40)), test_group=np.arange(40))
    half = replace(half, spare=workload.spare.take(range(40)), spare_group=workload.spare_group[:40])
    record = copying_records(half)[0]
    assert "40 of 80 training documents" in record["reason"]
    assert 0.5 < record["value"] < 1.0


def test_unlike_splits_are_told(workload):
    """Held-out documents from another vocabulary are nearest to each other: their share is far from a half."""
    moved = tuple(replace(d, text=d.text.replace("w", "v")) for d in workload.spare)
    records = copying_records(replace(workload, spare=Corpus(moved, workload.spare.labels)))
    assert records[0]["floor"] < 0.05
    assert "not alike" in records[0]["reason"]


def test_spare_relatives_of_training_documents_are_no_strangers(workload):
    """A spare document of a training group is not held out, but is in the floor of copies: real ones have some too."""
    twin = replace(workload.spare.documents[0], text=workload.train.documents[0].text)
    spare = Corpus((twin, *workload.spare.documents[1:]), workload.spare.labels)
    group = np.concatenate([workload.train_group[:1], workload.spare_group[1:]])
    records = copying_records(replace(workload, spare=spare, spare_group=group, test=workload.test))
    by_measure = {r["measure"]: r for r in records if r["generator"] == "honest"}
    assert by_measure["exact-copies"]["floor"] == by_measure["near-copies"]["floor"] == pytest.approx(1 / 80)
    assert by_measure["containment-5"]["floor"] < 0.01


def test_text_without_a_word_is_no_failure(workload):
    """Where no document has a word character nothing is near to anything: half, and no warning."""
    blank = [replace(workload, train=Corpus(tuple(replace(d, text="?!") for d in workload.train), ("a",)))]
    blank = replace(
        blank[0],
        spare=Corpus(tuple(replace(d, text="...") for d in workload.spare), ("a",)),
        sources={"g": source("g", ["!!"] * 30)},
    )
    assert copying_records(blank)[0]["value"] == 0.5


def test_copies_of_each_other_are_no_copies_of_train(workload):
    """One text sixty times is near to itself and to no training document."""
    same = source("same", [workload.sources["honest"].corpus.texts[0]] * 60)
    found = {r["measure"]: r for r in copying_records(replace(workload, sources={"same": same}))}
    assert found["exact-copies"]["value"] == found["near-copies"]["value"] == 0.0


def test_seed_alone_decides(workload, records):
    """Run again the records are equal, and another generator beside it changes none of a generator's own shares."""
    assert {(r["generator"], r["measure"]): r for r in copying_records(workload)} == records
    alone = copying_records(replace(workload, sources={"copies": workload.sources["copies"]}))
    assert alone[3] == records["copies", "containment-5"]


def test_contained_share_of_each_text():
    """Case and punctuation do not count; three words have no 5-gram."""
    shares = contained_shares(["One two, three four five six!", "a b c"], ["zero one two three FOUR five"])
    assert shares[0] == 0.5
    assert np.isnan(shares[1])


@pytest.fixture
def prepared(tiny, write_corpora, tmp_path: Path):
    """Prepare the tiny corpus with copies of three training documents, one of them four times and long."""
    real_rows, synthetic = tiny()
    copied = [row for row in real_rows if row["split"] == "train"][:3]
    copied[0]["text"] += " " + "tail" * 200
    for i, row in enumerate([copied[0], *copied, copied[0], copied[0]]):
        synthetic.append({"id": f"c{i}", "text": row["text"], "labels": row["labels"]})
    files = write_corpora(tmp_path, real_rows, synthetic)
    return prepare(Input(files.real, files.synthetic, columns=Columns(split="split")), 0), copied


def test_documents_table_has_each_text_s_containment(prepared):
    """Copies have 1.000, between similarity and label agreement; what was dropped before reading on has none."""
    rows = {row.id: row for row in prepared[0].documents}
    assert rows["c1"]._fields[-3:] == ("similarity", "containment", "label_agreement")
    assert rows["c1"].containment == "1.000"
    others = [row for row in rows.values() if row.id.startswith("s")]
    assert all(0.0 <= float(row.containment) < 0.5 for row in others)


def test_nearest_pairs_show_each_copied_document_once(prepared):
    """The three planted copies come first, each once, both texts and their labels, cut at 600 characters."""
    ready, copied = prepared
    pairs = nearest_pairs(ready.workload, ready.documents)
    (shown,) = pairs.values()
    assert len(shown) == 8
    assert {pair["real_id"] for pair in shown[:3]} == {row["id"] for row in copied}
    assert [pair["similarity"] for pair in shown] == sorted((pair["similarity"] for pair in shown), reverse=True)
    for pair in shown[:3]:
        assert pair["synthetic"] == pair["real"]
        assert pair["synthetic_labels"] == pair["real_labels"]
    assert max(len(pair["real"]) for pair in shown) == 600
    assert len({pair["real_id"] for pair in shown}) == len({pair["synthetic"] for pair in shown}) == 8


@pytest.mark.data
def test_a_small_t5_copies_and_a_label_prompted_model_does_not(data_folder):
    """On valueeval_t5 a third are exact copies; on uspto64 synthesis copies less than real patents share by chance."""
    folder = data_folder / "valueeval_t5"
    where = {"split": ["train", "validation"]}
    splits = {"train": "train", "validation": "test"}
    files = (folder / "real.jsonl", folder / "synthetic.jsonl")
    given = Input(*files, columns=Columns(split="split"), real_where=where, split_values=splits)
    t5 = {r["measure"]: r for r in copying_records(prepare(given, 0).workload)}
    assert t5["exact-copies"]["low"] > 0.25
    assert t5["containment-5"]["low"] > 0.5 > t5["containment-5"]["floor"]
    assert t5["closest-train-share"]["low"] > 0.7
    folder = data_folder / "uspto64"
    given = Input(folder / "real.jsonl", folder / "synthetic.jsonl", columns=Columns(split="split"))
    for mode, low, high in (("synthesis", 0.4, 0.7), ("paraphrase", 0.95, 1.0)):
        ready = prepare(replace(given, where={"mode": [mode]}), 0)
        found = {r["measure"]: r for r in copying_records(ready.workload)}
        assert low <= found["closest-train-share"]["value"] <= high
        assert found["exact-copies"]["value"] == 0.0
        assert (found["containment-5"]["high"] < found["containment-5"]["floor"]) == (mode == "synthesis")


@pytest.mark.data
def test_gpt2_is_the_least_copier_of_claims(data_folder):
    """On a61b_llm Llama-2, written from the first claim, holds more 5-grams of train than GPT-2, and than real ones."""
    folder = data_folder / "a61b_llm"
    ready = prepare(Input(folder / "real.jsonl", folder / "synthetic.jsonl", by="generator"), 0)
    found = {r["generator"]: r for r in copying_records(ready.workload) if r["measure"] == "containment-5"}
    assert found["Llama-2"]["low"] > found["GPT-2"]["high"]
    assert found["Llama-2"]["low"] > found["Llama-2"]["floor"]
