"""Likeness of each generator's texts to held-out real ones, as records of the summary."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from synthlift.corpus import Corpus
from synthlift.randomness import stream
from synthlift.run.fidelity import fidelity_records
from synthlift.simulation import PRESETS, SimulatedGenerator, Simulator
from synthlift.study.halves import second_half
from synthlift.study.workload import Source, Workload

NUMBERS = ("value", "low", "high", "p", "floor", "ceiling", "n")


def source(corpus):
    """Take texts that have nothing in common."""
    return Source(corpus, {}, {identity: row for row, identity in enumerate(corpus.ids)})


def simulated(names=("off-style",), n=80, n_spare=200):
    """Simulate a study of eight labels, with enough spare documents or none."""
    simulator = Simulator(3, n_labels=8)
    train = simulator.corpus(60, stream="train")
    test = simulator.corpus(120, stream="test")
    spare = simulator.corpus(n_spare, stream="spare") if n_spare else Corpus((), train.labels)
    written = {
        name: source(SimulatedGenerator(simulator, PRESETS[name], name).generate(train, n, rng=stream(3, name)))
        for name in names
    }
    written["more"] = source(simulator.corpus(n, stream="more"))
    return Workload(
        train=train, train_group=np.arange(60), validation=Corpus((), train.labels), spare=spare,
        spare_group=60 + np.arange(n_spare), test=test, test_group=np.arange(120), sources=written, seed=0,
        identity="x",
    )  # fmt: skip


@pytest.fixture(scope="module")
def workload():
    """Give a study with spare documents."""
    return simulated()


@pytest.fixture(scope="module")
def records(workload):
    """Measure both generators."""
    return {name: fidelity_records(workload, name) for name in workload.sources}


def find(records, measure, representation=None):
    """Return the record of a measure over all documents."""
    return next(
        record
        for record in records
        if record["measure"] == measure
        and record["label_set"] is None
        and representation in (None, record["representation"])
    )


def test_text_of_the_same_law_is_within_the_floor_and_advertisements_are_not(records):
    """More documents of the real law are as near as real ones; text of another tone is told apart in every space."""
    for representation in ("LSA of words", "LSA of characters", "TF-IDF"):
        near, far = (find(records[name], "MMD^2", representation) for name in ("more", "off-style"))
        assert near["floor_low"] < near["value"] < near["floor_high"]
        assert far["low"] > far["floor_high"]
        assert far["p"] == 0.001
        assert near["p"] > 0.05
    assert find(records["more"], "two-sample-AUC")["low"] < 0.5
    assert find(records["off-style"], "two-sample-AUC")["low"] > 0.8


def test_recipes_are_farther_than_any_generator(records):
    """The ceiling, documents of another domain, lies beyond what was written for this one."""
    for found in records.values():
        for measure in ("MMD^2", "energy", "vocabulary-JS"):
            record = find(found, measure)
            assert record["value"] < record["ceiling"]


def test_every_null_has_its_reason_and_nothing_is_not_a_number(records):
    """Records hold finite numbers or null, and a null is told why."""
    for found in records.values():
        for record in found:
            known = [record[name] for name in NUMBERS if record[name] is not None]
            assert all(math.isfinite(number) for number in known)
            assert record["reason"] if None in (record[name] for name in NUMBERS) else True


def test_samples_are_equally_large_and_a_tiny_generator_makes_no_other_small(workload):
    """Eight documents are refused by every measure, in words, and leave the others' samples as they were."""
    few = workload.sources["off-style"].corpus
    tiny = replace(workload, sources={**workload.sources, "tiny": source(few.take(range(8)))})
    assert find(fidelity_records(tiny, "more"), "MMD^2")["n"] == 80
    found = fidelity_records(tiny, "tiny")
    assert all(r["value"] is None and "value:" in r["reason"] for r in found)
    assert "got 8 synthetic and 8 real" in find(found, "MMD^2")["reason"]


def test_labels_are_measured_by_themselves_and_rare_ones_refused(records, workload):
    """Each label has a record of its own documents; too few of them are counted in the reason."""
    of_labels = [record for record in records["more"] if record["label_set"] is not None]
    assert {record["label_set"] for record in of_labels} == set(workload.train.labels)
    known = [record for record in of_labels if record["value"] is not None]
    assert known
    assert all(record["n"] >= 20 for record in known)
    assert all("documents of the label" in r["reason"] for r in of_labels if r["value"] is None)


def test_test_documents_are_used_for_want_of_others_by_halves_too():
    """Without spare documents the test ones are held out: it is said, and each half has a distance of its own."""
    load = simulated((), n_spare=0)
    found = fidelity_records(load, "more")
    halves = [record for record in found if "half" in record]
    assert [r["half"] for r in halves if r["representation"] == "LSA of words"] == [0, 1]
    assert all("test documents" in record["reason"] for record in found)
    assert second_half(0, 120).sum() == 60


def test_texts_that_are_all_one_have_reasons_in_place_of_numbers(workload):
    """A generator that always writes the same text, in a corpus of one text: no crash, no NaN."""

    def same(corpus):
        return Corpus(tuple(replace(document, text="a device") for document in corpus), corpus.labels)

    constant = replace(
        workload, train=same(workload.train), spare=same(workload.spare), test=same(workload.test),
        sources={"same": source(same(workload.sources["more"].corpus))},
    )  # fmt: skip
    found = fidelity_records(constant, "same")
    assert "no bandwidth follows" in find(found, "MMD^2")["reason"]
    assert find(found, "commonest-opening")["value"] == 1.0
    assert find(found, "vocabulary-JS")["value"] == 0.0
    for record in found:
        assert all(record[name] is None or math.isfinite(record[name]) for name in NUMBERS)


def test_the_same_seed_gives_the_same_numbers(workload, records):
    """Measured again, every number is the same."""
    assert fidelity_records(workload, "more") == records["more"]
