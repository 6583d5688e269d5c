"""Fine-tuning an encoder: how fast, and to what loss, beside ``transformers.Trainer``.

Both sides train the same module (all-MiniLM-L6-v2, mean pooling, a linear head) on the same texts, whose token ids are
made before the clock starts, in the same process and on one thread, with the same batch size, precision, rates and
AdamW. Trainer has its own shuffled batches, ``DataCollatorWithPadding`` and its default optimiser; it logs, evaluates
and saves nothing. What is told is documents trained per second of CPU time: sides take turns, and the median of the
turns' ratios counts. The texts with skewed lengths are patent abstracts among nine times as many short comments.
"""

from __future__ import annotations

import json
import math
import random
import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from checks import Check, at_least, at_most, noted
from corpora import required_corpus
from encoder_sides import BATCH_SIZE, Side, Trained, tokenised

__all__ = ["run"]

FILES = {"uspto64": "real.jsonl", "goemotions": "data.jsonl"}
SHARES = {
    "skewed lengths": {"uspto64": 0.1, "goemotions": 0.9},
    "abstracts alone": {"uspto64": 1.0},
    "comments alone": {"goemotions": 1.0},
}
# steps of one epoch, and turns
FULL = {"skewed lengths": (20, 3), "abstracts alone": (6, 2), "comments alone": (20, 2)}
QUICK = {"skewed lengths": (6, 1)}
LOSS_STEPS, LOSS_EPOCHS, LOSS_SEEDS = 40, 2, 5


def run(peer: Path | None, *, quick: bool = False) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Measure; quick is one turn of six steps, and a loss of too few steps and seeds to be judged."""
    few = tokenised(_rows(SHARES["comments alone"], BATCH_SIZE))
    for side in Side:  # nobody's time: what is loaded when it is first asked for
        side.train(few, 1, seed=0)
    checks: list[Check] = []
    for name, (n_steps, n_turns) in (QUICK if quick else FULL).items():
        checks += _throughput(name, n_steps, n_turns)
    return [*checks, _losses(n_steps=6, n_epochs=1, n_seeds=2) if quick else _losses()]


def _throughput(name: str, n_steps: int, n_turns: int) -> list[Check]:
    documents = tokenised(_rows(SHARES[name], n_steps * BATCH_SIZE))
    skewed = len(SHARES[name]) > 1
    sides = [Side.OURS, Side.TRAINER, *([Side.GROUPED] if skewed else [])]
    turns = [{side: side.train(documents, n_steps, seed=turn) for side in sides} for turn in range(n_turns)]
    what = f"{name}: documents a second of CPU time, ours over Trainer"
    checks = [
        at_least(1.5, what, *_ratio(turns, Side.TRAINER)) if skewed else noted(what, *_ratio(turns, Side.TRAINER))
    ]
    if skewed:
        checks.append(noted(f"{what} with group_by_length", *_ratio(turns, Side.GROUPED)))
    return checks


def _ratio(turns: Sequence[dict[Side, Trained]], side: Side) -> tuple[float | None, str]:
    if turns[0][side].failed:
        return None, turns[0][side].failed
    ratios = [turn[Side.OURS].documents_per_s / turn[side].documents_per_s for turn in turns]
    rates = [statistics.median(turn[one].documents_per_s for turn in turns) for one in (Side.OURS, side)]
    padding = [statistics.mean(turn[one].padding for turn in turns) for one in (Side.OURS, side)]
    how = (
        f"{rates[0]:.1f} against {rates[1]:.1f}; {min(ratios):.2f} to {max(ratios):.2f} in {len(turns)} turns of "
        f"{turns[0][side].n_documents}; {padding[0]:.0%} against {padding[1]:.0%} of the tokens are padding"
    )
    return statistics.median(ratios), how


def _losses(n_steps: int = LOSS_STEPS, n_epochs: int = LOSS_EPOCHS, n_seeds: int = LOSS_SEEDS) -> Check:
    """Compare the mean loss of the last tenth of the steps; the noise is that between the seeds of both sides."""
    documents = tokenised(_rows(SHARES["comments alone"], n_steps * BATCH_SIZE))
    last: dict[Side, list[float]] = {Side.OURS: [], Side.TRAINER: []}
    first: list[float] = []
    for seed in range(n_seeds):
        for side, ended in last.items():
            trained = side.train(documents, n_steps * n_epochs, seed=100 + seed)
            if trained.failed:
                return noted("comments alone: difference of the last losses", None, trained.failed)
            tenth = max(1, len(trained.losses) // 10)
            ended.append(float(np.mean(trained.losses[-tenth:])))
            first.append(float(np.mean(trained.losses[:tenth])))
    ours, theirs = (statistics.mean(ended) for ended in last.values())
    spread = [statistics.stdev(ended) for ended in last.values()]
    noise = math.sqrt(sum(sd**2 for sd in spread) / n_seeds)
    how = (
        f"{ours:.4f} (sd {spread[0]:.4f}) against {theirs:.4f} (sd {spread[1]:.4f}) over {n_seeds} seeds each, from "
        f"{statistics.mean(first):.4f} in the first tenth; {n_steps * n_epochs} steps"
    )
    what = "comments alone: difference of mean loss in the last tenth, in standard errors over seeds"
    return at_most(2.0, what, abs(ours - theirs) / noise, how, judged=n_seeds >= LOSS_SEEDS)


def _rows(shares: dict[str, float], n: int) -> list[tuple[str, list[str]]]:
    """Return texts with their labels, drawn from the corpora in these shares."""
    rng = random.Random(0)
    rows: list[tuple[str, list[str]]] = []
    for name, share in shares.items():
        (path,) = required_corpus(name, FILES[name])
        own = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        rows += [(row["text"], row["labels"]) for row in rng.sample(own, round(n * share))]
    rng.shuffle(rows)
    return rows
