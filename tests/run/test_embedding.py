"""All known texts are encoded before the trials, and in a whole study no text twice."""

from __future__ import annotations

import dataclasses

import pytest

from synthlift.api import Options, audit, plan
from synthlift.corpus.columns import Columns
from synthlift.models import embeddings
from synthlift.models.embeddings import Embedder
from synthlift.run.embedding import embedded
from synthlift.run.executors.process import ProcessExecutor
from synthlift.run.executors.serial import SerialExecutor
from synthlift.run.runner import run_trials
from synthlift.storage.ledger import Ledger
from synthlift.study.input import Input

pytest.importorskip("sentence_transformers", reason="needs synthlift[neural]")

CONDITIONS = ("real", "replicated", "mlsmote", "real+ngram", "real+eda", "real+synthetic")


@pytest.fixture(scope="module")
def planned(corpora, tiny_bert_dir):
    """Give a plan of the tiny corpus for the embedding classifier with a tiny model, and for the linear one."""
    given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
    settings = {"embedding": {"model": str(tiny_bert_dir)}}
    options = {"classifiers": ("embedding", "linear"), "classifier_settings": settings, "replicates": 2}
    return plan(given, Options(conditions=CONDITIONS, **options))


def known_texts(load) -> set[str]:
    corpora = [load.train, load.validation, load.spare, load.test, *(s.corpus for s in load.sources.values())]
    return {text for corpus in corpora for text in corpus.texts}


def test_every_known_text_has_a_vector(planned, tiny_bert_dir, tmp_path):
    """Train, validation, spare, test and kept synthetic texts are found afterwards; progress is told."""
    told = []
    load = embedded(planned.prepared.workload, tmp_path, told.append)
    texts = known_texts(load)
    assert load.embeddings == str(tmp_path)
    assert dataclasses.replace(load, embeddings=None) == planned.prepared.workload
    embed = Embedder(str(tiny_bert_dir), folder=tmp_path)
    embed(sorted(texts))
    assert embed.n_encoded == 0
    assert [(step.done, step.total, step.line()) for step in told] == [
        (len(texts), len(texts), f"{len(texts)}/{len(texts)} texts encoded")
    ]


def test_without_a_model_nothing_is_encoded(corpora, tmp_path):
    """A study on LSA and TF-IDF has no vectors to compute."""
    given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
    load = plan(given, Options(classifiers=("embedding", "linear"), replicates=1)).prepared.workload
    assert embedded(load, tmp_path / "none") is load
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_in_a_study_no_text_is_encoded_twice(planned, tiny_bert_dir, tmp_path, workers, monkeypatch):
    """Texts that trials write are added by the workers: rows of the folder and distinct texts are the same number."""
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")
    embeddings.embedder_of.cache_clear()
    load = embedded(planned.prepared.workload, tmp_path / "vectors")
    executor = SerialExecutor() if workers == 1 else ProcessExecutor(workers)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        tally = run_trials(ledger, load, planned.trials, executor, lambda _: None)
        trials = list(ledger.results())
    assert (tally.done, tally.failed) == (len(planned.trials), 0)
    assert {trial.spec["condition"] for trial in trials if trial.status != "done"} == {"mlsmote"}  # of the linear one
    embed = Embedder(str(tiny_bert_dir), folder=tmp_path / "vectors")
    assert embed._store.n_rows > len(known_texts(load))  # written texts are there too
    assert embed.n_repeated == 0


def test_a_cache_is_shared_by_runs(corpora, tiny_bert_dir, tmp_path):
    """A second run on one cache adds no vector, keeps none of its own, and comes to the same summary."""
    options = {
        "columns": Columns(split="split"),
        "classifiers": ("embedding",),
        "classifier_settings": {"embedding": {"model": str(tiny_bert_dir)}},
        "conditions": ("real", "replicated", "real+synthetic"),
        "replicates": 2,
        "cache": tmp_path / "cache",
    }
    summaries, shards = [], []
    for name in ("one", "other"):
        embeddings.embedder_of.cache_clear()
        summaries.append(audit(corpora.real, corpora.synthetic, tmp_path / name, **options))
        shards.append(sorted(path.name for path in (tmp_path / "cache").rglob("*.npy")))
        assert not (tmp_path / name / "artefacts" / "embeddings").exists()
    assert len(shards[0]) == 1
    assert shards[1] == shards[0]
    assert summaries[0] == summaries[1]
