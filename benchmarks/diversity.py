"""Self-BLEU by an index of n-grams against a loop over pairs, and measures of texts against their reference programs.

The loop is what everybody writes: each text's counts of n-grams are made once, and each text is matched with every
other one. It is run for some texts, and takes as long for each of the others. sacrebleu counts all references anew for
each text. CPU time on one thread, in turns.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from checks import Check, at_least, at_most, noted
from numpy.typing import NDArray
from peers import PeerFailed, PeerProcess

from synthlift.metrics.copying import Words
from synthlift.metrics.retrieval import Labelled, representation
from synthlift.metrics.samples import sample
from synthlift.metrics.self_bleu import LONGEST, self_bleu
from synthlift.metrics.support import overlap
from synthlift.simulation import Simulator

__all__ = ["run"]

FloatArray = NDArray[np.float64]

# documents that the slow sides score
N_LOOPED, N_SCORED = 20, 40
SMALL = 200
Ask = Callable[..., tuple[list[float], float]]


def run(peer: Path | None, *, quick: bool = False) -> list[Check]:
    """Measure 10,000 simulated patents; quick is 1,000."""
    texts = [
        document.text.lower() for document in Simulator(0).documents(1000 if quick else 10_000, stream="diversity")
    ]
    split = [text.split() for text in texts]
    numbers = {word: i for i, word in enumerate(dict.fromkeys(word for one in split for word in one))}
    token = np.array([numbers[word] for one in split for word in one], dtype=np.int64)
    words = Words(token, np.cumsum([0, *map(len, split)]))
    ratios, seconds = [], []
    for _ in range(3):
        ours = _timed(lambda: self_bleu(words))
        loop = _loop(split)
        seconds.append((ours, loop))
        ratios.append(loop / ours)
    ours, loop = (statistics.median(side) for side in zip(*seconds, strict=True))
    told = f"{ours:.3g} s against {loop:.3g} s, {min(ratios):.3g} to {max(ratios):.3g} in 3 turns"
    size = f"{len(texts):,} simulated patents of {len(token) / len(texts):.0f} words; the loop {N_LOOPED} of them"
    unjudged = "; not judged: the target is for 10,000" if quick else ""
    checks = [
        at_least(
            20.0,
            "CPU time of a loop over pairs, over ours",
            statistics.median(ratios),
            f"{told}; {size}, extrapolated{unjudged}",
            judged=not quick,
        ),
    ]
    try:
        with PeerProcess(peer, Path(__file__).with_name("text_peer.py")) as process:
            checks += _against_peers(process, split, words, ours)
    except PeerFailed as failed:
        checks.append(noted("largest difference from sacrebleu, prdc, ir-measures", None, str(failed)))
    return checks


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _loop(split: list[list[str]]) -> float:
    """Return the CPU seconds of scoring every text by pairs, from what some take."""
    started = time.process_time()
    grams = [
        [Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1)) for n in range(1, LONGEST + 1)]
        for words in split
    ]
    counting = time.process_time() - started
    started = time.process_time()
    for i in range(N_LOOPED):
        for n in range(LONGEST):
            own, most = grams[i][n], dict.fromkeys(grams[i][n], 0)
            for j, other in enumerate(grams):
                if j != i:
                    for gram in own:
                        count = other[n].get(gram, 0)
                        if count > most[gram]:
                            most[gram] = count
            sum(min(count, most[gram]) for gram, count in own.items())
    return counting + (time.process_time() - started) / N_LOOPED * len(split)


def _against_peers(process: PeerProcess, split: list[list[str]], words: Words, ours: float) -> list[Check]:
    def ask(**request: object) -> tuple[list[float], float]:
        found = process.ask(**request)  # type: ignore[arg-type]
        return found["answer"], found["seconds"]  # type: ignore[return-value]

    return [*_self_bleu(ask, split, words, ours), _prdc(ask), _ndcg(ask)]


def _self_bleu(ask: Ask, split: list[list[str]], words: Words, ours: float) -> list[Check]:
    texts = [" ".join(one) for one in split]
    told, seconds = ask(what="self-bleu", texts=texts, n_scored=N_SCORED)
    all_of_them = seconds / N_SCORED * len(texts)
    few = Words(words.word[: words.start[SMALL]], words.start[: SMALL + 1])
    exact, _ = ask(what="self-bleu", texts=texts[:SMALL], n_scored=SMALL)
    furthest = max(float(np.abs(self_bleu(words)[:N_SCORED] - told).max()), float(np.abs(self_bleu(few) - exact).max()))
    return [
        noted(
            "CPU time of sacrebleu over ours", all_of_them / ours, f"{N_SCORED} of {len(texts):,} texts, extrapolated"
        ),
        at_most(
            1e-9, "largest difference from sacrebleu", furthest, f"{N_SCORED} of {len(texts):,}, and {SMALL} of {SMALL}"
        ),
    ]


def _prdc(ask: Ask) -> Check:
    rng = np.random.default_rng(0)
    real, synthetic = rng.normal(size=(400, 16)), 0.8 * rng.normal(size=(400, 16)) + 0.3
    told, _ = ask(what="prdc", real=real.tolist(), synthetic=synthetic.tolist())
    furthest = float(np.abs(overlap(sample(synthetic), sample(real)) - told).max())
    return at_most(1e-9, "largest difference from prdc", furthest, "400 against 400, 16 dimensions, five neighbours")


def _ndcg(ask: Ask) -> Check:
    """Rank documents of up to three labels for queries of up to two: sixty times a Jaccard index is a whole number."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(640, 24))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.zeros((640, 9), dtype=bool)
    for row, n_labels in enumerate([*rng.integers(1, 3, 40), *rng.integers(1, 4, 600)]):
        labels[row, rng.choice(9, n_labels, replace=False)] = True
    queries, documents = Labelled(vectors[:40], labels[:40]), Labelled(vectors[40:], labels[40:])
    shared = (labels[:40, np.newaxis] & labels[np.newaxis, 40:]).sum(axis=2)
    gain = 60 * shared // (labels[:40, np.newaxis] | labels[np.newaxis, 40:]).sum(axis=2)
    told, _ = ask(what="ndcg", gain=gain.tolist(), score=(vectors[:40] @ vectors[40:].T).tolist())
    furthest = float(np.abs(representation(queries, documents).ndcg - told).max())
    return at_most(1e-9, "largest difference from ir-measures, nDCG@10", furthest, "40 queries, 600 documents")
