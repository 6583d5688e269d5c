"""Each knob of a simulated generator does what it says, as often as it says."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from synthlift.corpus import Corpus, Document
from synthlift.errors import BadConfiguration
from synthlift.randomness import stream
from synthlift.simulation import PRESETS, Knobs, SimulatedGenerator, Simulator

SIMULATOR = Simulator(2, n_labels=24)
TRAIN = SIMULATOR.corpus(150)
BY_ID = {document.id: document for document in TRAIN}


def generated(knobs: Knobs, n: int = 1000, seed: int = 0, name: str = "g") -> Corpus:
    return SimulatedGenerator(SIMULATOR, knobs, name).generate(TRAIN, n, rng=stream(seed, "generator"))


def near(share: float, expected: float, n: int = 1000) -> bool:
    """Whether a share is within four standard errors."""
    return abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / n)


def three_grams(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


@pytest.fixture(scope="module")
def faithful() -> Corpus:
    return generated(Knobs())


def test_the_same_stream_gives_the_same_documents(faithful: Corpus) -> None:
    """Another stream gives others."""
    assert generated(Knobs()).fingerprint == faithful.fingerprint
    assert generated(Knobs(), seed=1).fingerprint != faithful.fingerprint


def test_documents_say_who_wrote_them(faithful: Corpus) -> None:
    """The generator's name, no parents, ids in order, and the training corpus's labels."""
    assert faithful.ids[:2] == ["g-000000", "g-000001"]
    assert {(d.origin.generator, d.origin.parents) for d in faithful if d.origin} == {("g", ())}
    assert all(d.origin is not None for d in faithful)
    assert faithful.labels == TRAIN.labels
    assert len(faithful) == 1000


def test_label_sets_are_those_of_the_training_documents(faithful: Corpus) -> None:
    """No set is invented, and a set's share is its share among the training documents."""
    counts, planted = Counter(d.labels for d in faithful), Counter(d.labels for d in TRAIN)
    assert set(counts) <= set(planted)
    assert all(near(counts[labels] / 1000, count / 150) for labels, count in planted.items())


def test_a_faithful_generator_repeats_no_training_text(faithful: Corpus) -> None:
    """Its texts are fresh draws from the planted law."""
    assert not set(faithful.texts) & set(TRAIN.texts)
    assert len(set(faithful.texts)) == 1000


def test_a_copycat_adds_exactly_nothing() -> None:
    """Each text has the words of its parent, word for word, and the parent's labels."""
    for document in generated(PRESETS["copycat"], n=300):
        assert document.origin is not None
        (parent,) = document.origin.parents
        assert sorted(document.text.split()) == sorted(BY_ID[parent].text.split())
        assert document.labels == BY_ID[parent].labels


def test_copying_copies_the_planted_share_and_leaves_the_others() -> None:
    """The documents that are not copies are, byte for byte, those of the same draw without copying."""
    made, plain = generated(Knobs(copying=0.3)), generated(Knobs())
    copies = [bool(d.origin and d.origin.parents) for d in made]
    assert near(np.mean(copies), 0.3)
    assert all(m.text == p.text for m, p, copy in zip(made, plain, copies, strict=True) if not copy)
    assert [d.labels for d in made] == [d.labels for d in plain]


@pytest.mark.parametrize("noise", [0.0, 0.25, 1.0])
def test_label_noise_replaces_the_planted_share_and_leaves_the_texts(faithful: Corpus, noise: float) -> None:
    """Each replaced set differs from the one that the text was written for, and is another document's."""
    made = generated(Knobs(label_noise=noise))
    assert made.texts == faithful.texts
    assert near(np.mean([m.labels != f.labels for m, f in zip(made, faithful, strict=True)]), noise)
    assert {d.labels for d in made} <= {d.labels for d in TRAIN}


def test_label_noise_keeps_the_only_label_set_there_is() -> None:
    """Where all training documents carry one set there is no other to take."""
    label = SIMULATOR.labels[0]
    train = Corpus.of([Document("1", "One.", (label,)), Document("2", "Two.", (label,))], SIMULATOR.labels)
    generator = SimulatedGenerator(SIMULATOR, Knobs(label_noise=1.0), "g")
    assert {d.labels for d in generator.generate(train, 5, rng=stream(0, "x"))} == {(label,)}


def test_duplication_repeats_earlier_documents_at_the_planted_share(faithful: Corpus) -> None:
    """Near-duplicates carry the labels of what they repeat and share most of its 3-grams; the others are untouched."""
    made = generated(Knobs(duplication=0.4))
    changed = [row for row in range(1000) if made.documents[row].text != faithful.documents[row].text]
    assert near(len(changed) / 1000, 0.4)
    grams = [three_grams(text) for text in made.texts]
    best = []
    for row in changed[:60]:
        shares = [len(grams[row] & earlier) / len(grams[row]) for earlier in grams[:row]]
        place = int(np.argmax(shares))
        best.append(shares[place])
        assert made.documents[place].labels == made.documents[row].labels
    assert np.mean(best) > 0.6


def test_what_repeats_a_copy_is_a_copy_of_the_same_parent() -> None:
    """Where all repeat the first document they have its labels and its parent, or none has one."""
    for seed in range(4):
        made = generated(Knobs(copying=0.5, duplication=1.0), n=20, seed=seed)
        assert len({(d.labels, d.origin) for d in made}) == 1


def test_refusal_returns_fewer_and_leaves_the_rest(faithful: Corpus) -> None:
    """What is returned is what the same draw holds at those places."""
    made = generated(Knobs(refusal=0.2))
    assert near(1 - len(made) / 1000, 0.2)
    by_id = {d.id: d for d in faithful}
    assert all(by_id[d.id] == d for d in made)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_writes_clean_texts(preset: str) -> None:
    """No doubled space, no open place, no empty text, sentences that end."""
    for document in generated(PRESETS[preset], n=100, name=preset):
        assert "  " not in document.text
        assert "%s" not in document.text
        assert "{" not in document.text
        assert document.text[-1] in ".!?"
        assert document.text[0].isupper()


def test_claims_are_generated_on_request() -> None:
    """The generator writes the part that it is made for."""
    made = SimulatedGenerator(SIMULATOR, Knobs(), "g", part="claims").generate(TRAIN, 5, rng=stream(0, "x"))
    assert all(text.startswith("1. ") for text in made.texts)


def test_nothing_is_asked_and_nothing_comes() -> None:
    """A request for no documents is answered by an empty corpus."""
    assert len(generated(Knobs(), n=0)) == 0


def test_an_empty_or_foreign_training_corpus_is_refused() -> None:
    """The message says what is missing, or which label is unknown."""
    generator = SimulatedGenerator(SIMULATOR, Knobs(), "g")
    with pytest.raises(BadConfiguration, match="got no training documents"):
        generator.generate(Corpus((), SIMULATOR.labels), 1, rng=stream(0, "x"))
    foreign = Corpus.of([Document("1", "A boat.", ("Boats",))])
    with pytest.raises(BadConfiguration, match="labelled 'Boats'"):
        generator.generate(foreign, 1, rng=stream(0, "x"))


def test_a_part_that_does_not_exist_is_refused() -> None:
    """The message lists the parts."""
    with pytest.raises(BadConfiguration, match="got the part 'title'"):
        SimulatedGenerator(SIMULATOR, Knobs(), "g", part="title")
