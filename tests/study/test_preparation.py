"""From small files to a workload: what is taken out, what is kept, why, and that it all adds up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthlift.corpus.columns import Columns
from synthlift.errors import InputRejected
from synthlift.run.tasks import Evaluate
from synthlift.study.input import Input
from synthlift.study.preparation import Prepared, prepare
from synthlift.study.trials import Trial

Row = dict[str, Any]
SPLIT = Columns(split="split")


def words(seed: int, n: int = 24) -> str:
    """Return words that no other seed has: texts near to nothing."""
    return " ".join(f"w{seed}x{i}" for i in np.random.default_rng(seed).permutation(n))


def near_copy(text: str) -> str:
    """Return the text with its last word changed: 21 of 23 shingles of 24 words stay."""
    return text.rsplit(" ", 1)[0] + " changed"


def row(name: str, seed: int, labels: Sequence[str] = ("x",), **more: object) -> Row:
    return {"id": name, "text": words(seed), "labels": list(labels), **more}


def real_rows() -> list[Row]:
    """Return six train, one validation, two spare and three test documents."""
    roles = ["train"] * 6 + ["dev"] + ["pool"] * 2 + ["test"] * 3
    return [row(f"r{i}", i, ["x"] if i % 2 else ["y"], split=role) for i, role in enumerate(roles)]


def synthetic_rows(n: int = 4) -> list[Row]:
    return [row(f"s{i}", 100 + i, ["x"] if i % 2 else ["y"], generator="tool") for i in range(n)]


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., Input]:
    """Write files and say how to read them."""

    def build(real: Sequence[Row], synthetic: Sequence[Row], test: Sequence[Row] | None = None, **more: Any) -> Input:
        return Input(
            real=write(tmp_path / "real.jsonl", real),
            synthetic=write(tmp_path / "synthetic.jsonl", synthetic),
            test=write(tmp_path / "test.jsonl", test) if test is not None else None,
            **{"columns": SPLIT, **more},
        )

    return build


def reasons(prepared: Prepared) -> dict[str, str]:
    """Return the reason of each document that was not kept."""
    return {line.id: line.reason for line in prepared.documents if line.kept == "no"}


def test_roles_become_corpora_with_one_label_order(given: Callable[..., Input]) -> None:
    """Train, spare and test in file order; validation stands in none of them and is counted."""
    prepared = prepare(given(real_rows(), synthetic_rows()), 0)
    load = prepared.workload
    assert load.train.ids == [f"r{i}" for i in range(6)]
    assert load.spare.ids == ["r7", "r8"]
    assert load.test.ids == ["r9", "r10", "r11"]
    source = load.sources["tool"].corpus
    assert source.ids == ["s0", "s1", "s2", "s3"]
    assert load.train.labels == load.spare.labels == load.test.labels == source.labels == ("x", "y")
    facts = prepared.facts
    assert (facts.n_train, facts.n_validation, facts.n_spare, facts.n_test) == (6, 1, 2, 3)
    assert (facts.support_train, facts.support_test) == ([3, 3], [2, 1])
    assert facts.split == "column 'split': 6 train, 1 validation, 2 spare, 3 test"
    assert facts.real_dropped == {}
    assert facts.classifiable


def test_what_is_near_a_test_document_is_taken_out_of_train_validation_and_spare_and_counted(
    given: Callable[..., Input],
) -> None:
    """The test set stays as declared, also where two test documents are near each other."""
    real = real_rows()
    test_text = real[9]["text"]
    for at in (2, 6, 7):
        real[at]["text"] = near_copy(test_text)
    real[10]["text"] = test_text.upper()
    prepared = prepare(given(real, synthetic_rows()), 0)
    assert prepared.workload.train.ids == ["r0", "r1", "r3", "r4", "r5"]
    assert prepared.workload.spare.ids == ["r8"]
    assert prepared.workload.test.ids == ["r9", "r10", "r11"]
    assert prepared.workload.test_group.tolist() == [0, 0, 1]
    facts = prepared.facts
    assert facts.real_dropped == {"train-near-test": 1, "validation-near-test": 1, "spare-near-test": 1}
    assert (facts.n_train, facts.n_validation, facts.n_spare, facts.n_test, facts.n_test_groups) == (5, 0, 1, 3, 2)


def test_a_family_that_the_file_names_is_taken_out_with_its_test_document(given: Callable[..., Input]) -> None:
    """The group column counts as near-duplicates do, though texts differ."""
    real = [{**line, "group": "f" if line["id"] in ("r1", "r9") else None} for line in real_rows()]
    assert prepare(given(real, synthetic_rows()), 0).workload.train.ids == ["r0", "r2", "r3", "r4", "r5"]


def test_near_duplicates_within_train_stay_and_share_a_group(given: Callable[..., Input]) -> None:
    """They leave inner folds together."""
    real = real_rows()
    real[4]["text"] = near_copy(real[1]["text"])
    load = prepare(given(real, synthetic_rows()), 0).workload
    assert len(load.train) == 6
    assert load.train_group[4] == load.train_group[1]
    assert len(set(load.train_group.tolist())) == 5


def test_synthetic_documents_of_the_test_set_are_dropped_and_counted(given: Callable[..., Input]) -> None:
    """By nearness, by parent, by a parent that is itself near a test document, and by one that is not for training."""
    real = real_rows()
    real[2]["text"] = near_copy(real[9]["text"])
    synthetic = synthetic_rows(9)
    synthetic[0]["text"] = near_copy(real[10]["text"])
    synthetic[1]["origin_id"] = "r11"
    synthetic[2]["origin_id"] = "r2"
    synthetic[3]["origin_id"] = "r7"
    synthetic[4]["origin_id"] = "r6"
    synthetic[5]["origin_id"] = "r1"
    prepared = prepare(given(real, synthetic), 0)
    assert reasons(prepared) == {
        "s0": "near-test",
        "s1": "parent-in-test",
        "s2": "parent-in-test",
        "s3": "parent-not-in-train",
        "s4": "parent-not-in-train",
    }
    volume = prepared.facts.volume["tool"]
    assert volume.dropped == {"near-test": 1, "parent-in-test": 2, "parent-not-in-train": 2}
    assert (volume.requested, volume.kept, volume.n_parents_recorded) == (9, 4, 1)
    assert prepared.workload.sources["tool"].corpus.ids == ["s5", "s6", "s7", "s8"]


def test_exact_copies_of_train_documents_are_kept_with_their_source_for_parent(given: Callable[..., Input]) -> None:
    """They are what the audit must find; so is a near-copy, whose parent is inferred."""
    real, synthetic = real_rows(), synthetic_rows()
    synthetic[0]["text"] = real[3]["text"]
    synthetic[1]["text"] = near_copy(real[5]["text"])
    prepared = prepare(given(real, synthetic), 0)
    source = prepared.workload.sources["tool"]
    assert source.corpus.ids == ["s0", "s1", "s2", "s3"]
    assert source.parent == {"s0": "r3", "s1": "r5"}
    volume = prepared.facts.volume["tool"]
    assert (volume.n_parents_recorded, volume.n_parents_inferred) == (0, 2)


def test_a_recorded_parent_goes_before_an_inferred_one(given: Callable[..., Input]) -> None:
    """A near-copy of r5 said to be written from r1 is a child of r1."""
    real, synthetic = real_rows(), synthetic_rows()
    synthetic[0] |= {"text": near_copy(real[5]["text"]), "origin_id": "r1"}
    assert prepare(given(real, synthetic), 0).workload.sources["tool"].parent == {"s0": "r1"}


def test_a_document_of_several_parents_has_none_to_stand_in_for(given: Callable[..., Input]) -> None:
    """Few-shot examples are recorded, and nobody is copied or left out in its place."""
    synthetic = synthetic_rows()
    synthetic[0]["origin_id"] = ["r1", "r2"]
    source = prepare(given(real_rows(), synthetic), 0).workload.sources["tool"]
    assert source.parent == {}
    assert source.corpus.documents[0].origin is not None
    assert source.corpus.documents[0].origin.parents == ("r1", "r2")


def test_children_of_one_parent_and_near_duplicates_are_one_family(given: Callable[..., Input]) -> None:
    """They leave a fold of the `synthetic` condition together."""
    synthetic = synthetic_rows(6)
    synthetic[0]["origin_id"] = synthetic[1]["origin_id"] = "r1"
    synthetic[2]["text"] = near_copy(synthetic[0]["text"])
    synthetic[3]["origin_id"] = "r2"
    family = prepare(given(real_rows(), synthetic), 0).workload.sources["tool"].family
    assert family["s0"] == family["s1"] == family["s2"]
    assert len(set(family.values())) == 4


def test_parents_that_nobody_knows_keep_their_documents_and_these_are_used(given: Callable[..., Input]) -> None:
    """A parent outside REAL cannot be checked: the document counts as one without a recorded parent, to the trial too.

    Kept in the count and left out of every trial was the fault here.
    """
    synthetic = [{**line, "origin_id": f"elsewhere-{i}"} for i, line in enumerate(synthetic_rows(6))]
    prepared = prepare(given(real_rows(), synthetic), 0)
    volume = prepared.facts.volume["tool"]
    assert (volume.kept, volume.n_parents_recorded) == (6, 0)
    result = Evaluate(prepared.workload)(Trial("real+synthetic", "tool", "linear", "all", 6, 0))
    assert result.status == "done", result.reason
    assert result.facts["n_added"] == 6


def test_of_several_parents_the_known_ones_count(given: Callable[..., Input]) -> None:
    """A known test document among unknown parents drops, a known train one is the parent."""
    synthetic = synthetic_rows()
    synthetic[0]["origin_id"] = ["elsewhere", "r9"]
    synthetic[1]["origin_id"] = ["elsewhere", "r4"]
    prepared = prepare(given(real_rows(), synthetic), 0)
    assert reasons(prepared) == {"s0": "parent-in-test"}
    assert prepared.workload.sources["tool"].parent == {"s1": "r4"}


def test_parents_filtered_out_of_real_are_unknown(given: Callable[..., Input]) -> None:
    """`--real-where` decides what REAL is."""
    real = [{**line, "set": "b" if line["id"] == "r2" else "a"} for line in real_rows()]
    synthetic = synthetic_rows()
    synthetic[0]["origin_id"] = "r2"
    prepared = prepare(given(real, synthetic, real_where={"set": ["a"]}), 0)
    assert "r2" not in prepared.workload.train.ids
    assert prepared.facts.volume["tool"].kept == 4


def test_every_value_of_by_is_a_generator_in_order_of_appearance(given: Callable[..., Input]) -> None:
    """The primary one is the first; each has its own volume, also one of which nothing is left."""
    synthetic = [
        row("s0", 100, model="b"),
        row("s1", 101, model="a"),
        row("s2", 102, model="b"),
        row("s3", 103, model="gone", origin_id="r9"),
        row("s4", 104, ["unknown label"], model="a"),
    ]
    prepared = prepare(given(real_rows(), synthetic, by="model"), 0)
    assert list(prepared.workload.sources) == ["b", "a"]
    assert prepared.workload.sources["b"].corpus.ids == ["s0", "s2"]
    found = {name: (v.requested, v.kept, v.dropped) for name, v in prepared.facts.volume.items()}
    assert found == {
        "b": (2, 2, {}),
        "a": (2, 1, {"unknown-label": 1}),
        "gone": (1, 0, {"parent-in-test": 1}),
    }


def test_the_volume_adds_up_and_documents_are_listed_once_each(given: Callable[..., Input]) -> None:
    """Requested = kept + dropped, for content, refusals and overlap alike; `effective` counts near-duplicates once."""
    synthetic = synthetic_rows(12)
    synthetic[0]["text"] = "   "
    synthetic[1]["text"] = "I'm sorry, but I can't assist with that request."
    synthetic[2]["labels"] = ["nowhere"]
    synthetic[3]["origin_id"] = "r9"
    synthetic[5]["text"] = near_copy(synthetic[4]["text"])
    prepared = prepare(given(real_rows(), synthetic), 0)
    volume = prepared.facts.volume["tool"]
    assert volume.dropped == {"empty-text": 1, "refusal": 1, "unknown-label": 1, "parent-in-test": 1}
    assert volume.requested == volume.kept + sum(volume.dropped.values()) == 12
    assert (volume.kept, volume.effective) == (8, 7)
    assert sorted(line.id for line in prepared.documents) == sorted(f"s{i}" for i in range(12))
    assert {line.kept for line in prepared.documents if line.reason} == {"no"}
    assert {line.kept for line in prepared.documents if not line.reason} == {"yes"}
    assert {line.generator for line in prepared.documents} == {"tool"}
    assert sum(line.kept == "yes" for line in prepared.documents) == volume.kept


def test_documents_name_the_nearest_train_document_and_its_similarity(given: Callable[..., Input]) -> None:
    """Of those that were read; of rows without content there is nothing to compare."""
    real, synthetic = real_rows(), synthetic_rows()
    synthetic[1]["text"] = real[4]["text"]
    synthetic[3]["text"] = ""
    lines = {line.id: line for line in prepare(given(real, synthetic), 0).documents}
    assert (lines["s1"].nearest_real, lines["s1"].similarity) == ("r4", "1.000")
    assert (lines["s3"].nearest_real, lines["s3"].similarity) == ("", "")


def test_a_test_file_tests_and_all_of_real_trains(given: Callable[..., Input]) -> None:
    """Without a split column; overlap counts across the files."""
    real, test = real_rows(), [row("t0", 50), row("t1", 51, ["y"])]
    test[1]["text"] = near_copy(real[3]["text"])
    prepared = prepare(given(real, synthetic_rows(), test, columns=Columns()), 0)
    assert prepared.workload.test.ids == ["t0", "t1"]
    assert "r3" not in prepared.workload.train.ids
    assert len(prepared.workload.train) == 11
    assert prepared.facts.split == "test file: 12 train, 2 test"


def test_a_test_file_needs_no_split_column_where_real_has_one(given: Callable[..., Input]) -> None:
    """Both options at once: REAL by its column, every row of the test file tests, with --split-values too."""
    real = [line for line in real_rows() if line["split"] != "test"]
    test = [row("t0", 50), row("t1", 51, ["y"])]
    for mapping in (None, {"train": "train", "pool": "spare", "dev": "validation"}):
        prepared = prepare(given(real, synthetic_rows(), test, split_values=mapping), 0)
        assert prepared.workload.test.ids == ["t0", "t1"]
        assert prepared.workload.spare.ids == ["r7", "r8"]


def test_a_test_file_numbered_as_real_is_does_not_steal_the_parents(given: Callable[..., Input]) -> None:
    """Ids 0, 1, 2 in both files: a parent is looked up in REAL."""
    real = [row(str(i), i, ["x"] if i % 2 else ["y"]) for i in range(6)]
    test = [row(str(i), 50 + i) for i in range(6)]
    synthetic = [{**line, "origin_id": str(i)} for i, line in enumerate(synthetic_rows())]
    prepared = prepare(given(real, synthetic, test, columns=Columns()), 0)
    assert reasons(prepared) == {}
    assert prepared.workload.sources["tool"].parent == {f"s{i}": str(i) for i in range(4)}


def test_a_test_file_that_repeats_real_rows_still_drops_their_children(given: Callable[..., Input]) -> None:
    """The same id and the same text in both files: a child of it was written from a test document."""
    real = [row(str(i), i, ["x"] if i % 2 else ["y"]) for i in range(6)]
    synthetic = [{**line, "origin_id": str(i)} for i, line in enumerate(synthetic_rows())]
    prepared = prepare(given(real, synthetic, [real[0], real[3]], columns=Columns()), 0)
    assert reasons(prepared) == {"s0": "parent-in-test", "s3": "parent-in-test"}
    assert prepared.workload.train.ids == ["1", "2", "4", "5"]


def test_without_any_split_70_percent_are_drawn_by_groups(given: Callable[..., Input]) -> None:
    """The same for the same seed, another for another; near-duplicates are on one side, so nothing is taken out."""
    real = [row(f"r{i}", i // 2, ["x"] if i % 4 < 2 else ["y"]) for i in range(40)]
    for line in real[1::2]:
        line["text"] = near_copy(line["text"])
    first, again, other = (prepare(given(real, synthetic_rows(), columns=Columns()), seed) for seed in (0, 0, 1))
    assert first.facts.n_test == 12
    assert first.facts.real_dropped == {}
    assert first.workload.test.ids == again.workload.test.ids != other.workload.test.ids
    for name in first.workload.test.ids:
        assert f"r{int(name[1:]) ^ 1}" in first.workload.test.ids
    assert first.facts.split.startswith("none given, so drawn: 28 train, 12 test")


def test_nothing_left_of_the_synthetic_file_is_rejected_with_the_reasons(given: Callable[..., Input]) -> None:
    """Nothing to audit: exit 3 with the counts, before anything is trained."""
    synthetic = [{**line, "origin_id": ["r9", "r7"][i % 2]} for i, line in enumerate(synthetic_rows(5))]
    with pytest.raises(InputRejected, match=r"3 parent-in-test, 2 parent-not-in-train") as caught:
        prepare(given(real_rows(), synthetic), 0)
    assert caught.value.rejections[0].code == "no-synthetic"


def test_every_train_document_beside_test_is_rejected(given: Callable[..., Input]) -> None:
    """There is nothing to train on."""
    real = real_rows()
    for line in real[:6]:
        line["text"] = real[9]["text"]
    with pytest.raises(InputRejected) as caught:
        prepare(given(real, synthetic_rows()), 0)
    assert caught.value.rejections[0].code == "no-train"


def test_a_label_that_only_test_documents_carry_stays_a_column_without_support(given: Callable[..., Input]) -> None:
    """It is known, so synthetic documents may carry it; its support in train is 0."""
    real, synthetic = real_rows(), synthetic_rows()
    real[9]["labels"] = ["only here", "x"]
    synthetic[0]["labels"] = ["only here"]
    facts = prepare(given(real, synthetic), 0).facts
    assert facts.labels == ["only here", "x", "y"]
    assert (facts.support_train[0], facts.support_test[0]) == (0, 1)
    assert facts.volume["tool"].dropped == {}


@pytest.mark.parametrize(
    ("train", "test", "classifiable"),
    [
        (["x", "x"], ["x"], False),
        (["x", ""], ["x"], True),
        (["x", "y"], ["x"], True),
        (["x", "y"], [""], False),
        (["xy", "xy"], ["x"], False),
    ],
)
def test_there_is_something_to_classify_where_some_train_document_has_what_another_lacks(
    given: Callable[..., Input], train: list[str], test: list[str], classifiable: bool
) -> None:
    """And some test document carries a label at all."""
    real = [row(f"r{i}", i, list(own), split="train") for i, own in enumerate(train)]
    real += [row(f"t{i}", 50 + i, list(own), split="test") for i, own in enumerate(test)]
    assert prepare(given(real, [row("s0", 100)]), 0).facts.classifiable == classifiable


def test_empty_real_texts_are_dropped_and_counted_where_asked(given: Callable[..., Input]) -> None:
    """And reject the file where not."""
    real = real_rows()
    real[0]["text"] = " "
    with pytest.raises(InputRejected, match="empty-text"):
        prepare(given(real, synthetic_rows()), 0)
    facts = prepare(given(real, synthetic_rows(), drop_empty=True), 0).facts
    assert facts.real_dropped == {"empty-text": 1}
    assert facts.n_train == 5


def identity_of(prepared: Prepared) -> str:
    assert json.loads(json.dumps(prepared.identity)) == prepared.identity, "the identity is stored as JSON"
    return prepared.workload.identity


CHANGES: dict[str, Callable[[Input], Input]] = {
    "real where": lambda i: replace(i, real_where={"split": ["train", "test"]}),
    "where": lambda i: replace(i, where={"generator": ["tool"]}),
    "by": lambda i: replace(i, by="generator"),
    "drop empty": lambda i: replace(i, drop_empty=True),
    "split values": lambda i: replace(
        i, split_values={"train": "train", "dev": "train", "pool": "spare", "test": "test"}
    ),
    "columns": lambda i: replace(i, columns=replace(SPLIT, parent="other")),
    "no split": lambda i: replace(i, columns=Columns()),
    "test file": lambda i: replace(i, test=write(i.real.with_name("t.jsonl"), [row("t", 60)])),
    "real data": lambda i: replace(
        i, real=write(i.real.with_name("r.jsonl"), [*real_rows(), row("n", 70, split="dev")])
    ),
    "synthetic data": lambda i: replace(i, synthetic=write(i.real.with_name("s.jsonl"), synthetic_rows(5))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_identity_changes_with_every_input_that_matters(given: Callable[..., Input], change: str) -> None:
    """A run folder belongs to one of these."""
    before = given(real_rows(), synthetic_rows())
    assert identity_of(prepare(CHANGES[change](before), 0)) != identity_of(prepare(before, 0))


def test_the_identity_changes_with_the_seed_and_not_with_the_place_of_the_files(
    given: Callable[..., Input], tmp_path: Path
) -> None:
    """The same bytes elsewhere, under other names, and filters in another order are the same run."""
    before = given(real_rows(), synthetic_rows(), where={"generator": ["tool", "none"]})
    assert identity_of(prepare(before, 1)) != identity_of(prepare(before, 0))
    moved = replace(
        before,
        real=write(tmp_path / "moved.jsonl", real_rows()),
        synthetic=write(tmp_path / "too.jsonl", synthetic_rows()),
        where={"generator": ["none", "tool"]},
    )
    assert identity_of(prepare(moved, 0)) == identity_of(prepare(before, 0))


def test_preparing_twice_gives_the_same(given: Callable[..., Input]) -> None:
    """Workload, facts and documents."""
    one, two = (prepare(given(real_rows(), synthetic_rows()), 0) for _ in range(2))
    assert one.facts == two.facts
    assert one.documents == two.documents
    assert one.workload.sources == two.workload.sources


def test_a_synthetic_id_may_be_that_of_a_real_document(given: Callable[..., Input]) -> None:
    """Many tools number both from zero; nothing is mixed up."""
    synthetic = [{**line, "id": f"r{i}", "origin_id": f"r{i + 1}"} for i, line in enumerate(synthetic_rows())]
    prepared = prepare(given(real_rows(), synthetic), 0)
    assert prepared.workload.sources["tool"].parent == {f"r{i}": f"r{i + 1}" for i in range(4)}
    assert prepared.facts.volume["tool"].kept == 4
