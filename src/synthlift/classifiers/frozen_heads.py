"""Linear heads on frozen features, many trained side by side as one stack: each as if it were trained alone.

A step of one small head takes longer to start than to compute. Heads with equally many steps and the same loss
therefore share each product of matrices and each update: weights are one array ``(n_heads, n_features, n_labels)``, and
gradients have a closed form. On a CPU a stack is small enough for its optimiser's state to stay in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from synthlift.classifiers.lanes import filled, taken, trainable

__all__ = ["HeadFit", "HeadProblem", "first_bias", "rate_share", "train_heads"]

Tensor = Any
FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]

# Bytes of weights, gradients and two moments in a stack: what a cache holds, and what leaves room on a GPU.
CPU_STACK_BYTES = 8 * 2**20
GPU_STACK_BYTES = 2**30
NO_ROW = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class HeadProblem:
    """What one head is trained on, and in which order.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        The rows of the shared features that it sees; a row may stand several times.
    labels : ndarray of bool, shape (n, n_labels)
    batches : sequence of ndarray of int
        Positions in `rows` of each step.
    start : tuple of (ndarray, shape (n_features, n_labels), and ndarray, shape (n_labels,)), or None
        Weights and biases before the first step; 0 by default.
    weight : ndarray of float, shape (n, n_labels) or (n, 1), or None
        Of each label's loss at each row. The loss of a batch is the weighted sum over its rows and labels by their
        number, not by their weight.
    gamma, alpha : float, float or None
        Of the focal loss, ``-alpha_t (1 - p_t)^gamma log p_t``, with `alpha` for the labels that a row has and
        ``1 - alpha`` for the others; gamma 0 without alpha is binary cross-entropy.

    Raises
    ------
    ValueError
        For a batch without a row, or with one that is not there, and for shapes that do not fit.
    """

    rows: IntArray
    labels: NDArray[np.bool_]
    batches: Sequence[IntArray]
    start: tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]] | None = None
    weight: FloatArray | None = None
    gamma: float = 0.0
    alpha: float | None = None

    def __post_init__(self) -> None:
        n = len(self.rows)
        if self.labels.ndim != 2 or len(self.labels) != n or self.labels.shape[1] == 0:
            raise ValueError(f"got labels of shape {self.labels.shape}, expected one or more columns for {n} rows")
        if self.weight is not None and self.weight.shape not in {(n, 1), self.labels.shape}:
            raise ValueError(f"got weights of shape {self.weight.shape}, expected ({n}, 1) or {self.labels.shape}")
        for batch in self.batches:
            if len(batch) == 0 or batch.min() < 0 or batch.max() >= n:
                raise ValueError(f"got a batch of {batch!r}, expected at least one position, each from 0 to {n - 1}")


@dataclass(frozen=True, slots=True)
class HeadFit:
    """A trained head.

    Attributes
    ----------
    weight : ndarray of float32, shape (n_features, n_labels)
    bias : ndarray of float32, shape (n_labels,)
    losses : ndarray of float32, shape (n_steps,)
        Mean loss of each batch, before its step.
    """

    weight: Float32Array
    bias: Float32Array
    losses: Float32Array

    def proba(self, features: NDArray[np.floating[Any]]) -> FloatArray:
        """Return probabilities ``(n_texts, n_labels)`` for features ``(n_texts, n_features)``."""
        proba: FloatArray = expit((features @ self.weight + self.bias).astype(np.float64))
        return proba


def first_bias(prior: FloatArray) -> FloatArray:
    """Return the biases of a head that predicts the share of documents with each label, ``(n_labels,)``.

    So no step is spent on learning that labels are rare (Lin et al. 2017, section 4.1).
    """
    bounded = np.clip(prior, 1e-3, 1.0 - 1e-3)
    bias: FloatArray = np.log(bounded / (1.0 - bounded))
    return bias


def rate_share(step: int, n_steps: int, warmup: float) -> float:
    """Return the share of the peak rate at a step: it rises over `warmup` of the steps, then falls in a line.

    The first step and the last one still have an effect.

    >>> [round(rate_share(step, 6, 0.3), 2) for step in range(6)]
    [0.5, 1.0, 0.8, 0.6, 0.4, 0.2]
    """
    n_rising = max(1, math.ceil(warmup * n_steps))
    return min((step + 1) / n_rising, (n_steps - step) / max(1, n_steps - n_rising + 1))


def train_heads(
    features: NDArray[np.floating[Any]],
    problems: Sequence[HeadProblem],
    *,
    learning_rate: float = 1e-3,
    warmup: float = 0.1,
    weight_decay: float = 0.01,
    max_norm: float = 1.0,
    device: str = "cpu",
) -> list[HeadFit]:
    """Return a head for each problem, trained by AdamW in float32.

    What is trained beside a head changes nothing of it on one thread of a CPU and with features in fours, as those of
    networks come; elsewhere no more than its last bits.

    Parameters
    ----------
    features : ndarray of float, shape (n_texts, n_features)
        Shared by all heads.
    problems : sequence of HeadProblem
    learning_rate, warmup : float
        The peak rate, and the share of the steps over which it rises; see `rate_share`.
    weight_decay : float
        Of the weights; biases do not decay.
    max_norm : float
        Where the norm of a head's gradient is clipped.
    device : str
        Of torch.
    """
    import torch

    shared = torch.as_tensor(features, dtype=torch.float32, device=device)
    settings = _Settings(learning_rate, warmup, weight_decay, max_norm)
    fits: dict[int, HeadFit] = {}
    for members in _stacks(problems, shared.shape[1], CPU_STACK_BYTES if device == "cpu" else GPU_STACK_BYTES):
        stack = _stacked([problems[member] for member in members], shared)
        fits |= zip(members, _trained(stack, shared, settings), strict=True)
    return [fits[index] for index in range(len(problems))]


@dataclass(frozen=True, slots=True)
class _Settings:
    learning_rate: float
    warmup: float
    weight_decay: float
    max_norm: float


@dataclass(frozen=True, slots=True)
class _Stack:
    """Problems that are alike as tensors, with the labels of all heads' rows one below the other.

    Attributes
    ----------
    rows, positions : Tensor of int, shape (n_steps, n_heads * batch_size)
        Rows of the features, and of `labels` and `element_weight`.
    share : Tensor, shape (n_steps, n_heads, batch_size, 1)
        Of one element in the mean of its batch; 0 where a short batch is filled up.
    labels, element_weight : Tensor, shape (n_rows, n_labels)
        The second is None where everything weighs the same.
    weight, bias : Tensor, shapes (n_heads, n_features, n_labels) and (n_heads, 1, n_labels)
    """

    rows: Tensor
    positions: Tensor
    share: Tensor
    labels: Tensor
    element_weight: Tensor
    weight: Tensor
    bias: Tensor
    gamma: float
    alpha: float | None


def _stacks(problems: Sequence[HeadProblem], n_features: int, stack_bytes: int) -> Iterator[list[int]]:
    """Yield which problems are trained together: equal in steps, labels and loss, and few enough."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for index, problem in enumerate(problems):
        key = (len(problem.batches), problem.labels.shape[1], problem.gamma, problem.alpha)
        alike.setdefault(key, []).append(index)
    for members in alike.values():
        head_bytes = 4 * 4 * n_features * problems[members[0]].labels.shape[1]
        n_stacks = math.ceil(len(members) / max(1, stack_bytes // max(1, head_bytes)))
        yield from (members[start::n_stacks] for start in range(n_stacks))


def _stacked(problems: Sequence[HeadProblem], features: Tensor) -> _Stack:
    import torch

    def tensor(array: NDArray[Any]) -> Tensor:
        return torch.tensor(array, dtype=None if array.dtype.kind == "i" else torch.float32, device=features.device)

    first, n_features = problems[0], features.shape[1]
    n_steps, n_labels = len(first.batches), first.labels.shape[1]
    positions, in_batch = _positions(problems)
    share = in_batch / (np.maximum(1, in_batch.sum(axis=2, keepdims=True)) * n_labels)
    each = [np.broadcast_to(1.0 if one.weight is None else one.weight, one.labels.shape) for one in problems]
    zeros = (np.zeros((n_features, n_labels)), np.zeros(n_labels))
    starts = [one.start or zeros for one in problems]
    flat = positions.reshape(n_steps, math.prod(positions.shape[1:]))
    return _Stack(
        rows=tensor(np.concatenate([one.rows for one in problems])[flat]),
        positions=tensor(flat),
        share=tensor(share[..., np.newaxis]),
        labels=tensor(np.concatenate([one.labels for one in problems])),
        element_weight=None if all(one.weight is None for one in problems) else tensor(np.concatenate(each)),
        weight=tensor(np.stack([weight for weight, _ in starts])),
        bias=tensor(np.stack([bias for _, bias in starts])[:, np.newaxis]),
        gamma=first.gamma,
        alpha=first.alpha,
    )


def _positions(problems: Sequence[HeadProblem]) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return positions among all heads' rows, ``(n_steps, n_heads, batch_size)``, and which of them are in a batch.

    A short batch is filled up with its own first row: that of another head might not be finite.
    """
    sizes = np.array([[len(batch) for batch in problem.batches] for problem in problems], dtype=np.int64).T
    in_batch = np.arange(sizes.max(initial=0)) < sizes[:, :, np.newaxis]
    positions = np.zeros(in_batch.shape, dtype=np.int64)
    start = 0
    for head, problem in enumerate(problems):
        own, used = positions[:, head], in_batch[:, head]
        own[:] = start + np.array([batch[:1] for batch in problem.batches], dtype=np.int64).reshape(-1, 1)
        own[used] = start + np.concatenate([NO_ROW, *problem.batches])
        start += len(problem.rows)
    return positions, in_batch


def _trained(stack: _Stack, features: Tensor, settings: _Settings) -> list[HeadFit]:
    import torch

    from synthlift.classifiers.losses import loss_and_slope

    n_steps, n_heads, batch_size, _ = stack.share.shape
    shape = (n_heads, batch_size, stack.labels.shape[1])
    flat_weight, weight, weight_grad = trainable(stack.weight)
    flat_bias, bias, bias_grad = trainable(stack.bias)
    losses = torch.zeros(n_steps, n_heads, device=features.device)
    groups = [{"params": [flat_weight]}, {"params": [flat_bias], "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)
    for step, (rows, positions, share) in enumerate(zip(stack.rows, stack.positions, stack.share, strict=True)):
        x = features.index_select(0, rows).view(n_heads, batch_size, -1)
        y = filled(stack.labels.index_select(0, positions))
        each = share
        if stack.element_weight is not None:
            each = stack.element_weight.index_select(0, positions).view(shape).mul_(share)
        found = loss_and_slope(filled(torch.baddbmm(bias, x, weight)), y, stack.gamma, stack.alpha)
        loss, slope = (taken(flat, shape) for flat in found)
        torch.sum(loss.mul_(each), (1, 2), out=losses[step])
        torch.bmm(x.transpose(1, 2), slope.mul_(each), out=weight_grad)
        torch.sum(slope, 1, keepdim=True, out=bias_grad)
        _clip(weight_grad, bias_grad, settings.max_norm)
        for group in adamw.param_groups:
            group["lr"] = settings.learning_rate * rate_share(step, n_steps, settings.warmup)
        adamw.step()
    arrays = (weight.cpu().numpy(), bias[:, 0].cpu().numpy(), losses.T.cpu().numpy())
    return [HeadFit(*one) for one in zip(*arrays, strict=True)]


def _clip(weight: Tensor, bias: Tensor, max_norm: float) -> None:
    """Scale the gradients of each head down to `max_norm`, in place."""
    import torch

    norms = [torch.linalg.vector_norm(gradient, dim=(1, 2), keepdim=True) for gradient in (weight, bias)]
    factor = (max_norm / (torch.hypot(*norms) + 1e-6)).clamp_(max=1.0)
    weight.mul_(factor)
    bias.mul_(factor)
