"""The documents of a replicate: nested over N and over M, and beyond the pool with spare ones."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.api import plan
from synthlift.corpus.columns import Columns
from synthlift.errors import NotApplicable
from synthlift.randomness import stream
from synthlift.run.subset import first_written, subset_of
from synthlift.study.input import Input
from synthlift.study.usable import usable_in


@pytest.fixture(scope="module")
def load(corpora):
    return plan(Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))).prepared.workload


def test_subsets_of_a_replicate_are_nested_and_the_rest_is_left(load):
    """Fewer real documents are among more; together with what is left they are the pool and the spare ones."""
    few, more = (subset_of(load, n, 1) for n in (8, 15))
    assert set(few.real.ids) < set(more.real.ids)
    assert len(few.real) == len(few.group) == 8
    everything = {*load.train.ids, *load.spare.ids}
    assert {*few.real.ids, *few.left.ids} == everything
    assert len(few.real) + len(few.left) == len(everything)
    assert few.real.ids != subset_of(load, 8, 2).real.ids


def test_the_whole_pool_is_in_the_order_of_its_file(load):
    """As trials of the regime `all` have always had it."""
    assert subset_of(load, len(load.train), 3).real.ids == load.train.ids


def test_more_than_the_pool_are_all_of_it_and_spare_ones(load):
    """Spare documents are drawn anew in each replicate, and none is used and left at once."""
    n = len(load.train) + len(load.spare) // 2
    subset = subset_of(load, n, 0)
    assert len(subset.real) == n
    assert set(subset.real.ids) > set(load.train.ids)
    assert not set(subset.real.ids) & set(subset.left.ids)
    others = {tuple(subset_of(load, n, replicate).real.ids) for replicate in range(4)}
    assert len(others) > 1


def test_fewer_texts_are_among_more_whatever_the_subset_leaves(load):
    """The first M in one order of all of a generator's texts, so that volumes are nested in a replicate."""
    corpus = next(iter(load.sources.values())).corpus
    some = corpus.take(np.arange(0, len(corpus), 2))
    few, more = (first_written(some, corpus, n, stream(0, "volume", 0)) for n in (5, 12))
    assert set(few.ids) < set(more.ids) <= set(some.ids)
    whole = first_written(corpus, corpus, 12, stream(0, "volume", 0))
    assert set(whole.ids) & set(some.ids) <= set(more.ids)


def test_texts_that_were_not_written_are_not_made_up(load):
    """More than there are is a refusal, with both numbers."""
    corpus = next(iter(load.sources.values())).corpus
    with pytest.raises(NotApplicable, match=f"needs {len(corpus) + 1} synthetic documents, {len(corpus)}"):
        first_written(corpus, corpus, len(corpus) + 1, stream(0))


def test_usable_texts_are_those_whose_parents_every_replicate_has(load):
    """Counted by hand: the fewest over replicates; beside no real document, all with parents in the pool."""
    name, source = next(iter(load.sources.items()))
    usable = usable_in(load, 3)
    for n in (6, 12, len(load.train)):
        counts = []
        for replicate in range(3):
            inside = set(subset_of(load, n, replicate).real.ids)
            counts.append(sum(set(d.origin.parents) <= inside for d in source.corpus))
        assert usable(name, n) == min(counts)
    assert (
        usable(name, 0)
        == usable(name, len(load.train))
        == sum(set(d.origin.parents) <= set(load.train.ids) for d in source.corpus)
    )
