"""Label agreement: right labels read as right ones, wrong ones do not, and no document is judged by its own parent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthlift.corpus import Corpus, Document
from synthlift.randomness import stream
from synthlift.run.agreement import CrossFitted, agreement_records
from synthlift.study.workload import Source, Workload

LABELS = ("a", "b", "c")


def document(identity: str, rng: np.random.Generator, said: tuple[str, ...] | None = None) -> Document:
    """Write a text whose words tell its label, or the labels of another one."""
    true = (LABELS[rng.integers(3)],)
    words = [f"{true[0]}{rng.integers(5)}" for _ in range(4)] + [f"w{rng.integers(50)}" for _ in range(6)]
    return Document(identity, " ".join(words), said or true, None, None)


@pytest.fixture(scope="module")
def workload() -> Workload:
    rng = stream(3)
    train = Corpus(tuple(document(f"r{i}", rng) for i in range(120)), LABELS)
    none = Corpus((), LABELS)
    right = Corpus(tuple(document(f"s{i}", rng) for i in range(60)), LABELS)
    wrong = Corpus(tuple(replace(d, labels=(LABELS[(LABELS.index(d.labels[0]) + 1) % 3],)) for d in right), LABELS)
    sources = {
        "right": Source(right, {}, {d.id: i for i, d in enumerate(right)}),
        "wrong": Source(wrong, {}, {d.id: i for i, d in enumerate(wrong)}),
    }
    empty = np.zeros(0, np.int64)
    return Workload(train, np.arange(120), none, none, empty, train, np.arange(120), sources, 0, "none")


def test_right_labels_agree_as_real_ones_do_and_wrong_ones_do_not(workload):
    """The agreement of right labels is that of real documents; of shifted ones it is far below."""
    found = {r["generator"]: r for r in agreement_records(workload)[1] if r["label_set"] is None}
    assert found["right"]["value"] == pytest.approx(found["right"]["floor"], abs=0.12)
    assert found["right"]["floor"] > 0.8
    assert found["wrong"]["value"] < 0.2
    assert found["wrong"]["low"] <= found["wrong"]["value"] <= found["wrong"]["high"]
    assert {r["n"] for r in found.values()} == {60}


def test_each_label_is_read_in_the_texts_that_carry_it_or_not(workload):
    """Counted by hand from what the cross-fitted classifiers read; a label that nobody carries has a reason."""
    fitted = CrossFitted(workload.train, workload.train_group, workload.analyzer, workload.seed)
    records = agreement_records(workload)[1]
    found = {(r["generator"], r["label_set"]): r for r in records if r["label_set"] is not None}
    assert set(found) == {(name, label) for name in ("right", "wrong") for label in LABELS}
    texts = workload.sources["right"].corpus
    read = fitted.read(texts, [None] * len(texts))
    for column, label in enumerate(LABELS):
        carries = np.array([label in d.labels for d in texts])
        record = found["right", label]
        assert record["n"] == carries.sum()
        assert record["value"] == pytest.approx(read[carries, column].mean())
        real = workload.train.label_matrix()[:, column]
        assert record["floor"] == pytest.approx(fitted.predicted[real, column].mean())
        assert record["floor_low"] <= record["floor"] <= record["floor_high"]
        assert found["wrong", label]["value"] < 0.3 < record["value"]
    only_a = Corpus(tuple(d for d in texts if d.labels == ("a",)), LABELS)
    alone = replace(workload, sources={"a": Source(only_a, {}, {d.id: i for i, d in enumerate(only_a)})})
    absent = {r["label_set"]: r for r in agreement_records(alone)[1]}["b"]
    assert absent["value"] is None
    assert "there are none" in absent["reason"]


def test_a_copy_is_not_judged_by_the_document_it_copies(workload):
    """Copies of mislabelled training documents do not agree with their labels, though the classifier saw these."""
    odd = tuple(
        Document(f"odd{i}", f"only{i} once{i} here{i} seen{i}", (LABELS[i % 3],), None, None) for i in range(30)
    )
    train = Corpus((*workload.train.documents, *odd), LABELS)
    copies = Corpus(tuple(replace(d, id=f"copy-{d.id}") for d in odd), LABELS)
    families = {d.id: i for i, d in enumerate(copies)}
    known = Source(copies, {f"copy-{d.id}": d.id for d in odd}, families)
    load = replace(
        workload,
        train=train,
        train_group=np.arange(150),
        sources={"known": known, "unknown": replace(known, parent={})},
    )
    agreement, _ = agreement_records(load)
    assert agreement["known"].mean() < 0.6 < agreement["unknown"].mean()


def test_the_same_workload_gives_the_same_numbers(workload):
    """Folds come from the seed."""
    one, other = agreement_records(workload), agreement_records(workload)
    assert all(np.array_equal(one[0][name], other[0][name]) for name in one[0])
    assert one[1] == other[1]


def test_a_large_pool_is_judged_by_part_of_it(workload, monkeypatch):
    """Of a pool above the limit whole groups are drawn, as many as fit."""
    monkeypatch.setattr("synthlift.run.agreement.MAX_TRAIN", 50)
    grouped = replace(workload, train_group=np.repeat(np.arange(40), 3))
    fitted = CrossFitted(grouped.train, grouped.train_group, grouped.analyzer, grouped.seed)
    real, group = fitted.real, fitted.group
    assert len(real) == len(group) == 48
    assert set(np.bincount(group)[np.unique(group)]) == {3}
