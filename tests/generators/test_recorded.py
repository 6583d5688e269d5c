"""A recorded generator gives out what the subset could have been the source of."""

from __future__ import annotations

import pytest

from synthlift.corpus import Corpus, Document, Origin
from synthlift.generators.recorded import RecordedGenerator
from synthlift.randomness import stream

TRAIN = Corpus.of([Document(f"r{i}", f"real {i}", ("x",)) for i in range(3)])


def recorded(*parents: tuple[str, ...]) -> RecordedGenerator:
    documents = [Document(f"s{i}", f"text {i}", ("x",), None, Origin("tool", own)) for i, own in enumerate(parents)]
    return RecordedGenerator(Corpus.of(documents, ("x",)))


@pytest.mark.parametrize(
    ("parents", "kept"),
    [
        (("r0",), True),
        (("r0", "r2"), True),
        ((), True),
        (("r9",), False),
        (("r0", "r9"), False),
    ],
)
def test_a_document_is_given_out_where_all_its_recorded_parents_are_in_the_subset(
    parents: tuple[str, ...], kept: bool
) -> None:
    """One few-shot example outside the subset is enough to leave it out; an unrecorded parent is not known to be."""
    assert len(recorded(parents).generate(TRAIN, 9, rng=stream(0))) == int(kept)


def test_all_are_given_out_in_file_order_where_they_are_asked_for() -> None:
    """Nothing is drawn, nothing shuffled, labels keep their order."""
    given = recorded(*[()] * 5).generate(TRAIN, 5, rng=stream(0))
    assert given.ids == ["s0", "s1", "s2", "s3", "s4"]
    assert given.labels == ("x",)


def test_fewer_than_there_are_is_a_draw_without_repeats_in_file_order() -> None:
    """Each document has its chance; the same stream draws the same."""
    generator = recorded(*[()] * 6)
    drawn = [generator.generate(TRAIN, 2, rng=stream(seed)).ids for seed in range(60)]
    assert all(len(set(ids)) == 2 and ids == sorted(ids) for ids in drawn)
    assert {name for ids in drawn for name in ids} == {f"s{i}" for i in range(6)}
    assert generator.generate(TRAIN, 2, rng=stream(1)).ids == drawn[1]


def test_the_draw_is_among_what_the_subset_allows() -> None:
    """Documents of other parents are left out before drawing, not after."""
    generator = recorded(("r9",), ("r0",), ("r9",), ("r1",), ("r9",))
    assert generator.generate(TRAIN, 2, rng=stream(0)).ids == ["s1", "s3"]


def test_nothing_asked_for_or_nothing_allowed_is_an_empty_corpus() -> None:
    """Not an error: the trial says that nothing was written from this subset."""
    assert len(recorded(()).generate(TRAIN, 0, rng=stream(0))) == 0
    assert len(recorded(("r9",)).generate(TRAIN, 5, rng=stream(0))) == 0
