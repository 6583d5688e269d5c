"""Heads on frozen features trained together, against one after another in the loop that everybody writes.

A hundred heads are what a study trains at a time: 20 replicates of 5 conditions of 165 to 825 documents. The loop is
``torch.nn.Linear``, ``BCEWithLogitsLoss``, AdamW, clipping and a schedule, with the features as tensors already; both
sides take the same batches and starts, and what they end with is compared. Sides take turns, and the median of the
turns' ratios of CPU time on one thread is told.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from checks import Check, at_least, at_most, noted
from numpy.typing import NDArray
from torch.utils.data import DataLoader, TensorDataset

from synthlift.classifiers.frozen_heads import HeadProblem, rate_share, train_heads

__all__ = ["run"]

N_FEATURES, N_LABELS, N_TEXTS = 384, 64, 4000
N_ROWS = (165, 330, 495, 660, 825)
BATCH_SIZE, LEARNING_RATE, WARMUP, WEIGHT_DECAY, MAX_NORM = 16, 1e-3, 0.1, 0.01, 1.0

FloatArray = NDArray[np.floating[Any]]
# what is left of a head: its weights, (n_features, n_labels)
Weights = list[FloatArray]
Side = Callable[[], Weights]


def run(peer: Path | None, *, quick: bool = False) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Measure; quick is 40 of the heads, 100 of the steps, and fewer turns."""
    n_replicates, n_steps, n_turns = (8, 100, 3) if quick else (20, 300, 4)
    features, problems = _problems(n_replicates, n_steps)
    shared = torch.as_tensor(features)
    sides: dict[str, Side] = {
        "together": lambda: _together(features, problems),
        "loop": lambda: [_plainly(shared, problem) for problem in problems],
        "fused": lambda: [_plainly(shared, problem, fused=True) for problem in problems],
        "loader": lambda: [_plainly(shared, problem, by_loader=True) for problem in problems],
        "alone": lambda: [_together(features, [problem])[0] for problem in problems],
    }
    size = f"{len(problems)} heads of {N_FEATURES} x {N_LABELS}, {n_steps} steps of {BATCH_SIZE}"
    _plainly(shared, problems[0])  # nobody's time: what torch loads when it is first asked
    torch.set_num_threads(1)
    seconds, ended = _turns(sides, n_turns)
    furthest = max(float(np.abs(a - b).max()) for a, b in zip(ended["together"], ended["loop"], strict=True))
    return [
        at_least(10.0, "CPU time one after another over together", *_ratio(seconds, "loop", size)),
        noted("`AdamW(fused=True)` there", *_ratio(seconds, "fused", "no default on a CPU")),
        noted("a DataLoader there", *_ratio(seconds, "loader", "of the same batches")),
        noted("our own program for one head at a time", *_ratio(seconds, "alone", "`train_heads([one])`")),
        at_most(1e-4, "largest difference of a weight", furthest, "between the two, after the last step"),
        _floor(problems, n_steps, statistics.median(seconds["together"])),
    ]


def _problems(n_replicates: int, n_steps: int) -> tuple[NDArray[np.float32], list[HeadProblem]]:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(N_TEXTS, N_FEATURES)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    true = rng.normal(size=(N_FEATURES, N_LABELS))
    labels = features @ true + rng.gumbel(size=(N_TEXTS, N_LABELS)) > 3.0
    problems = []
    for n in N_ROWS * n_replicates:
        rows = rng.choice(N_TEXTS, size=n, replace=False)
        batches: list[NDArray[np.int64]] = []
        while len(batches) < n_steps:
            order = rng.permutation(n)
            batches += [order[at : at + BATCH_SIZE] for at in range(0, n, BATCH_SIZE)]
        problems.append(HeadProblem(rows, labels[rows], batches[:n_steps]))
    return features, problems


def _together(features: NDArray[np.float32], problems: list[HeadProblem]) -> Weights:
    fits = train_heads(
        features,
        problems,
        learning_rate=LEARNING_RATE,
        warmup=WARMUP,
        weight_decay=WEIGHT_DECAY,
        max_norm=MAX_NORM,
    )
    return [fit.weight for fit in fits]


def _plainly(features: Any, problem: HeadProblem, *, fused: bool = False, by_loader: bool = False) -> FloatArray:
    """Train a head as everybody does."""
    x = features[torch.as_tensor(problem.rows)]
    y = torch.as_tensor(problem.labels, dtype=torch.float32)
    head, criterion = torch.nn.Linear(N_FEATURES, N_LABELS), torch.nn.BCEWithLogitsLoss()
    with torch.no_grad():
        head.weight.zero_()
        head.bias.zero_()
    groups = [{"params": [head.weight], "weight_decay": WEIGHT_DECAY}, {"params": [head.bias], "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, lr=LEARNING_RATE, fused=fused or None)
    n_steps = len(problem.batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(adamw, lambda step: rate_share(step, n_steps, WARMUP))
    order = problem.batches
    batches = (
        DataLoader(TensorDataset(x, y), batch_sampler=order) if by_loader else ((x[rows], y[rows]) for rows in order)
    )
    for vectors, target in batches:
        adamw.zero_grad()
        criterion(head(vectors), target).backward()
        torch.nn.utils.clip_grad_norm_(head.parameters(), MAX_NORM)
        adamw.step()
        schedule.step()
    weight: FloatArray = head.weight.detach().numpy().T
    return weight


def _turns(sides: dict[str, Side], n_turns: int) -> tuple[dict[str, list[float]], dict[str, Weights]]:
    """Return the CPU seconds of each side in each turn, and what each ended with."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    ended: dict[str, Weights] = {}
    for _ in range(n_turns):
        for name, side in sides.items():
            started = time.process_time()
            ended[name] = side()
            seconds[name].append(time.process_time() - started)
    return seconds, ended


def _ratio(seconds: dict[str, list[float]], side: str, how: str) -> tuple[float, str]:
    ratios = [theirs / ours for theirs, ours in zip(seconds[side], seconds["together"], strict=True)]
    theirs, ours = (statistics.median(seconds[name]) for name in (side, "together"))
    spread = f"{min(ratios):.1f} to {max(ratios):.1f} in {len(ratios)} turns"
    return statistics.median(ratios), f"{how}; {theirs:.2f} s against {ours:.2f} s; {spread}"


def _floor(problems: list[HeadProblem], n_steps: int, seconds: float) -> Check:
    """Tell how much of our time the two products of matrices and the update alone would take, each as it is called."""
    n_heads = len(problems)
    weight = torch.zeros(n_heads, N_FEATURES, N_LABELS)
    x, slope = torch.randn(n_heads, BATCH_SIZE, N_FEATURES), torch.randn(n_heads, BATCH_SIZE, N_LABELS)
    weight.grad = torch.zeros_like(weight)
    adamw = torch.optim.AdamW([weight], fused=True)
    spent = []
    for _ in range(2):
        started = time.process_time()
        for _ in range(n_steps // 10):
            torch.bmm(x, weight)
            torch.bmm(x.transpose(1, 2), slope, out=weight.grad)
            adamw.step()
        spent.append(10 * (time.process_time() - started))
    how = f"{spent[-1]:.2f} s if all heads were one stack, which its optimiser's state makes too large"
    return noted("two products and AdamW alone, over together", spent[-1] / seconds, how)
