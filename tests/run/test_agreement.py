"""Label agreement: right labels read as right ones, wrong ones do not, and no document is judged by its own parent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthlift.corpus import Corpus, Document
from synthlift.randomness import stream
from synthlift.run.agreement import agreement_records, label_agreement
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
    found = {r["generator"]: r for r in agreement_records(workload)[1]}
    assert found["right"]["value"] == pytest.approx(found["right"]["floor"], abs=0.12)
    assert found["right"]["floor"] > 0.8
    assert found["wrong"]["value"] < 0.2
    assert found["wrong"]["low"] <= found["wrong"]["value"] <= found["wrong"]["high"]
    assert {r["n"] for r in found.values()} == {60}


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
    agreement, _, _ = label_agreement(load)
    assert agreement["known"].mean() < 0.6 < agreement["unknown"].mean()


def test_the_same_workload_gives_the_same_numbers(workload):
    """Folds come from the seed."""
    one, other = label_agreement(workload), label_agreement(workload)
    assert all(np.array_equal(one[0][name], other[0][name]) for name in one[0])
    assert np.array_equal(one[1], other[1])


def test_a_large_pool_is_judged_by_part_of_it(workload, monkeypatch):
    """Of a pool above the limit whole groups are drawn, as many as fit."""
    monkeypatch.setattr("synthlift.run.agreement.MAX_TRAIN", 50)
    grouped = replace(workload, train_group=np.repeat(np.arange(40), 3))
    _, real, group = label_agreement(grouped)
    assert len(real) == len(group) == 48
    assert set(np.bincount(group)[np.unique(group)]) == {3}
