"""The treatment, its reference, the placebo and the ceiling: what they hold and whom it descends from."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from synthlift.conditions.added import placebo, real, real_and_real, real_and_synthetic, synthetic
from synthlift.conditions.sources import Sources
from synthlift.corpus import Corpus, Document, Origin
from synthlift.errors import NotApplicable
from synthlift.randomness import stream

LABELS = ("x", "y")


def build(name: str, labels: list[str], origin: Origin | None = None) -> Corpus:
    documents = [Document(f"{name}{i}", f"text {name}{i}", tuple(own), None, origin) for i, own in enumerate(labels)]
    return Corpus.of(documents, LABELS)


@pytest.fixture
def sources() -> Sources:
    """Four real documents, the first two near-duplicates; five synthetic ones, six spare ones."""
    return Sources(
        real=build("r", ["x", "x", "y", ""]),
        real_group=np.array([10, 10, 12, 13]),
        synthetic=build("s", ["x", "y", "xy", "", "x"], Origin("tool")),
        parent=np.array([1, -1, 2, -1, 0]),
        family=np.array([4, 5, 6, 5, 4]),
        spare=build("p", ["x", "y", "x", "y", "x", ""]),
        spare_group=np.array([20, 20, 12, 23, 24, 25]),
    )


def test_real_is_the_real_documents_and_nothing_else(sources: Sources) -> None:
    """N rows, all tuned on; near-duplicates are one family."""
    training = real(sources, stream(0)).training
    assert training.texts == tuple(sources.real.texts)
    assert np.array_equal(training.labels, sources.real.label_matrix())
    assert training.is_real.all()
    assert training.original.tolist() == [0, 0, 2, 3]


def test_the_treatment_adds_every_synthetic_document_once(sources: Sources) -> None:
    """N + M rows in order, the added ones not tuned on, with their own labels."""
    training = real_and_synthetic(sources, stream(0)).training
    assert training.texts == (*sources.real.texts, *sources.synthetic.texts)
    assert np.array_equal(training.labels[4:], sources.synthetic.label_matrix())
    assert training.is_real.tolist() == [True] * 4 + [False] * 5


def test_a_child_descends_from_the_near_duplicate_group_of_its_parent(sources: Sources) -> None:
    """Children of r0 and of its near-duplicate r1 leave with both; those without a parent with nobody."""
    training = real_and_synthetic(sources, stream(0)).training
    assert training.original.tolist() == [0, 0, 2, 3, 0, -1, 2, -1, 0]


def test_the_placebo_is_the_treatment_with_its_label_sets_permuted(sources: Sources) -> None:
    """Every text once, the multiset of label sets as it was, real labels and descent untouched."""
    treatment = real_and_synthetic(sources, stream(0)).training
    for seed in range(5):
        training = placebo(sources, stream(seed)).training
        assert training.texts == treatment.texts
        assert np.array_equal(training.labels[:4], treatment.labels[:4])
        assert np.array_equal(training.original, treatment.original)
        assert np.array_equal(training.is_real, treatment.is_real)
        sets = [Counter(tuple(row) for row in t.labels[4:].tolist()) for t in (training, treatment)]
        assert sets[0] == sets[1]


def test_permuting_does_permute_and_differs_by_stream(sources: Sources) -> None:
    """Over seeds label sets do change places; the source corpus keeps its own."""
    before = sources.synthetic.label_matrix().copy()
    drawn = {placebo(sources, stream(seed)).training.labels[4:].tobytes() for seed in range(20)}
    assert len(drawn) > 5
    assert np.array_equal(sources.synthetic.label_matrix(), before)


def test_synthetic_is_tuned_on_itself_by_families(sources: Sources) -> None:
    """M rows, none real, so that all are tuning rows; families are numbered by their first row."""
    training = synthetic(sources, stream(0)).training
    assert training.texts == tuple(sources.synthetic.texts)
    assert training.tuning_rows.tolist() == [0, 1, 2, 3, 4]
    assert training.original.tolist() == [0, 1, 2, 1, 0]


def test_the_ceiling_draws_m_spare_documents_all_tuned_on(sources: Sources) -> None:
    """N + M distinct real documents; a spare one near a real one is of its family."""
    seen = set()
    for seed in range(20):
        training = real_and_real(sources, stream(seed)).training
        assert len(set(training.texts)) == len(training) == 9
        assert training.texts[:4] == tuple(sources.real.texts)
        assert set(training.texts[4:]) <= set(sources.spare.texts)
        assert training.is_real.all()
        row_of = {text: row for row, text in enumerate(training.texts)}
        for row, text in enumerate(training.texts[4:], start=4):
            assert training.labels[row].tolist() == sources.spare.label_matrix()[int(text[-1])].tolist()
        if "text p2" in row_of:
            assert training.original[row_of["text p2"]] == 2
        if {"text p0", "text p1"} <= row_of.keys():
            assert training.original[row_of["text p1"]] == row_of["text p0"]
        seen.add(frozenset(training.texts[4:]))
    assert len(seen) == 6


def test_too_few_spare_documents_are_no_ceiling(sources: Sources) -> None:
    """Exactly M are enough; one fewer is not applicable, with both numbers."""
    exact = Sources(**{f: getattr(sources, f) for f in Sources.__dataclass_fields__} | _spare(sources, 5))
    assert len(real_and_real(exact, stream(0)).training) == 9
    short = Sources(**{f: getattr(sources, f) for f in Sources.__dataclass_fields__} | _spare(sources, 4))
    with pytest.raises(NotApplicable, match="needs 5 more real documents, the pool has 4"):
        real_and_real(short, stream(0))


def _spare(sources: Sources, n: int) -> dict[str, object]:
    return {"spare": sources.spare.take(range(n)), "spare_group": sources.spare_group[:n]}
