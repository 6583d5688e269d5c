"""A chat model whose faults are known, asked as a study asks any model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthlift.corpus import Corpus
from synthlift.generators.families import load_family
from synthlift.generators.paraphrase import ParaphraseGenerator
from synthlift.generators.synthesis import SynthesisGenerator
from synthlift.models.request import ModelPool
from synthlift.simulation import Knobs, Simulator
from synthlift.simulation.chat import REFUSAL, SimulatedModel
from synthlift.storage.exchanges import Exchanges
from synthlift.storage.ledger import Ledger

TRAIN = Simulator(0).corpus(40)
POOL = ModelPool("m", "simulated", None, {})


@pytest.fixture
def store(tmp_path: Path):
    Ledger.open(tmp_path / "ledger.db").close()
    with Exchanges.open(tmp_path / "ledger.db") as exchanges:
        yield exchanges


def synthesis(model: SimulatedModel, *families: str) -> SynthesisGenerator:
    return SynthesisGenerator(model, POOL, tuple(map(load_family, families)), name="s")


def written(generator, n: int = 40, train: Corpus = TRAIN) -> Corpus:
    return generator.generate(train, n, rng=np.random.default_rng(0))


def words(corpus) -> set[str]:
    return {word for text in corpus.texts for word in text.lower().split()}


def test_a_text_is_about_the_labels_that_its_prompt_names(store) -> None:
    """Texts of one label share more words with real documents of that label than with those of another."""
    labels = TRAIN.labels[:2]
    asked = synthesis(SimulatedModel(Knobs(), store), "standard-patent")
    shared = []
    for label in labels:
        seeds = Corpus(tuple(d for d in Simulator(1).corpus(400) if d.labels == (label,))[:8], TRAIN.labels)
        texts = words(written(asked, 24, seeds))
        held_out = [
            Corpus(tuple(d for d in Simulator(2).corpus(600) if d.labels == (one,)), TRAIN.labels) for one in labels
        ]
        shared.append([len(texts & words(one)) / len(words(one)) for one in held_out])
    assert shared[0][0] > shared[0][1]
    assert shared[1][1] > shared[1][0]


def test_an_answer_is_a_function_of_its_request(store, tmp_path) -> None:
    """Asked again the same texts come, from the store or written anew elsewhere, and nothing is asked twice."""
    first = written(synthesis(SimulatedModel(Knobs(duplication=0.3), store), "standard-patent"))
    n_attempts = store.account().n_attempts
    assert written(synthesis(SimulatedModel(Knobs(duplication=0.3), store), "standard-patent")).texts == first.texts
    assert store.account().n_attempts == n_attempts == 40
    Ledger.open(tmp_path / "other.db").close()
    with Exchanges.open(tmp_path / "other.db") as other:
        model = SimulatedModel(Knobs(duplication=0.3), other)
        assert written(synthesis(model, "standard-patent")).texts == first.texts


@pytest.mark.parametrize(("refusal", "n"), [(0.0, 0), (1.0, 40)])
def test_refusals_come_at_their_rate(store, refusal, n) -> None:
    """A model that always refuses writes nothing else, and one that never does writes texts."""
    texts = written(synthesis(SimulatedModel(Knobs(refusal=refusal), store), "standard-patent")).texts
    assert texts.count(REFUSAL) == n
    assert len(texts) == 40


def test_paraphrases_keep_so_much_of_their_source(store) -> None:
    """A faithful paraphrase has the sentences of its source in another order, one without any faith none of them."""
    shares = {}
    for faithfulness in (0.0, 1.0):
        pool = ModelPool(f"m{faithfulness}", "simulated", None, {})
        model = SimulatedModel(Knobs(faithfulness=faithfulness), store)
        texts = written(ParaphraseGenerator(model, pool, (load_family("standard-patent"),), name="p"))
        source = {document.id: document.text for document in TRAIN}
        pairs = [(text.text, source[text.origin.parents[0]]) for text in texts]
        shares[faithfulness] = np.mean([sorted(text.split()) == sorted(own.split()) for text, own in pairs])
    assert shares == {0.0: 0.0, 1.0: 1.0}


def test_other_kinds_of_text_are_written_in_another_style(store) -> None:
    """A prompt for anything but patents gets sentences that no patent has."""
    model = SimulatedModel(Knobs(), store)
    patents, adverts = (written(synthesis(model, name)) for name in ("standard-patent", "product-description"))
    real = words(Simulator(3).corpus(600))
    new = [len(words(corpus) - real) for corpus in (patents, adverts)]
    assert new[1] > 2 * new[0]
