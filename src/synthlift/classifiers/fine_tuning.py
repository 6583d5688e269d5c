"""Train a network and its head for a given sequence of batches, and predict with them."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from synthlift.classifiers.encoder_settings import EncoderSettings
from synthlift.classifiers.frozen_heads import first_bias, rate_share
from synthlift.classifiers.losses import binary_cross_entropy, focal
from synthlift.classifiers.token_batches import ordered_batches
from synthlift.classifiers.trunk import TextInputs, autocast, pooled

__all__ = ["Tagger", "Task", "Trace", "predict", "read", "train"]

Tensor = Any
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

Inputs = TypeVar("Inputs")

LOOK_EVERY = 10
PREDICTED_AT_ONCE = 32


class Tagger(torch.nn.Module):  # type: ignore[misc]
    """A network, pooling over its tokens, and a linear head.

    Parameters
    ----------
    network : object
        It is copied.
    prior : ndarray, shape (n_labels,)
        What the head predicts at first; see `first_bias`.
    pooling : {"mean", "cls"}
    """

    def __init__(self, network: Any, prior: FloatArray, pooling: str) -> None:
        super().__init__()
        self.network = copy.deepcopy(network)
        self.head = torch.nn.Linear(network.config.hidden_size, len(prior))
        self._pooling = pooling
        with torch.no_grad():
            torch.nn.init.normal_(self.head.weight, std=0.02)
            self.head.bias.copy_(torch.as_tensor(first_bias(prior), dtype=torch.float32))

    def forward(self, given: Mapping[str, Tensor], mask: Tensor) -> Tensor:
        """Return logits, ``(n, n_labels)``."""
        return self.head(self.vectors(given, mask))

    def vectors(self, given: Mapping[str, Tensor], mask: Tensor) -> Tensor:
        """Return what the head reads, ``(n, n_dimensions)``."""
        return pooled(self.network(**given).last_hidden_state, mask, self._pooling)


@dataclass(frozen=True)
class Task(Generic[Inputs]):
    """What is to be learned.

    Attributes
    ----------
    inputs : TextInputs or other
        What the trained part reads of each text.
    labels : ndarray of bool, shape (n, n_labels)
    weight : ndarray, shape (n, 1) or (n, n_labels), or None
        Of each element of the loss.
    batches : sequence of ndarray of int
        Rows of each step.
    prior : ndarray, shape (n_labels,)
        Share of the rows used that carry each label; see `Tagger`.
    seed : int
        Of the head's first weights and of dropout.
    loss : {"bce", "focal"}
    validation : tuple of (inputs, ndarray of bool), or None
        What early stopping looks at.
    """

    inputs: Inputs
    labels: NDArray[np.bool_]
    weight: FloatArray | None
    batches: Sequence[IntArray]
    prior: FloatArray
    seed: int = 0
    loss: str = "bce"
    validation: tuple[Inputs, NDArray[np.bool_]] | None = None


@dataclass
class Trace:
    """How a training went.

    Attributes
    ----------
    losses : list of float
        Mean loss of each step; not finite where the step was skipped.
    n_nonfinite : int
        Steps without effect, because loss or gradient was not finite.
    batch_halvings : int
        How often a batch had to be cut in halves for want of memory; gradients were added up.
    """

    losses: list[float] = field(default_factory=list)
    n_nonfinite: int = 0
    batch_halvings: int = 0


def train(tagger: Tagger, task: Task[TextInputs], settings: EncoderSettings, device: str) -> Trace:
    """Train a tagger in place, one step a batch.

    AdamW with bias correction; the rate rises over the warm-up and falls to 0 in a line. What dropout draws comes from
    the global generator of torch, which the caller seeds.
    """
    tagger.to(device).train()
    optimiser = _optimiser(tagger, settings, device)
    n_steps = len(task.batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_share(step, n_steps, settings.warmup))
    labels = torch.tensor(task.labels, dtype=torch.float32, device=device)
    weight = None if task.weight is None else torch.tensor(task.weight, dtype=torch.float32, device=device)
    trace, watch = Trace(), _Watch(tagger, task, settings, device)
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    for step, rows in enumerate(task.batches):
        loss = _gradient(tagger, task, rows, labels, weight, settings, device, trace)
        norm = torch.nn.utils.clip_grad_norm_(parameters, settings.max_norm)
        trace.losses.append(loss)
        if math.isfinite(loss) and bool(torch.isfinite(norm)):
            optimiser.step()
        else:
            trace.n_nonfinite += 1
        schedule.step()
        optimiser.zero_grad(set_to_none=True)
        if watch.is_over(step):
            break
    watch.take_best()
    tagger.eval()
    return trace


def predict(tagger: Tagger, inputs: TextInputs, precision: str, device: str) -> FloatArray:
    """Return probabilities, ``(n_texts, n_labels)``."""
    proba = np.zeros((len(inputs.lengths), tagger.head.out_features))
    for rows, logits in _computed(tagger, tagger, inputs, precision, device):
        proba[rows] = torch.sigmoid(logits).cpu().numpy()
    return proba


def read(tagger: Tagger, inputs: TextInputs, precision: str, device: str) -> FloatArray:
    """Return what the head reads of texts, scaled to length 1, ``(n_texts, n_dimensions)``."""
    vectors = np.zeros((len(inputs.lengths), tagger.head.in_features))
    for rows, given in _computed(tagger, tagger.vectors, inputs, precision, device):
        vectors[rows] = torch.nn.functional.normalize(given, dim=1).cpu().numpy()
    return vectors


def _computed(
    tagger: Tagger, function: Callable[[Any, Tensor], Tensor], inputs: TextInputs, precision: str, device: str
) -> Iterator[tuple[IntArray, Tensor]]:
    """Yield rows of the texts and what a function of the tagger makes of them, in double precision."""
    tagger.eval()
    for rows in ordered_batches(inputs.lengths, PREDICTED_AT_ONCE):
        given, mask = inputs.batch(rows)
        with torch.no_grad(), autocast(device, precision):
            made = function(given, mask).float()
        yield rows, made.double()


def _optimiser(tagger: Tagger, settings: EncoderSettings, device: str) -> Any:
    """Return AdamW without decay of what is no matrix, and with a rate of its own for the head."""
    groups = []
    for module, rate in ((tagger.network, settings.learning_rate), (tagger.head, settings.head_rate)):
        own = [p for p in module.parameters() if p.requires_grad]
        for decay, chosen in (
            (settings.weight_decay, [p for p in own if p.ndim > 1]),
            (0.0, [p for p in own if p.ndim <= 1]),
        ):
            if chosen:
                groups.append({"params": chosen, "lr": rate, "weight_decay": decay})
    return torch.optim.AdamW(groups, fused=device != "mps")


def _gradient(
    tagger: Tagger,
    task: Task[TextInputs],
    rows: IntArray,
    labels: Tensor,
    weight: Tensor | None,
    settings: EncoderSettings,
    device: str,
    trace: Trace,
) -> float:
    """Leave the gradient of a batch's mean loss, and return the loss; what memory cannot hold is cut in halves."""
    while True:
        total = 0.0
        try:
            for part in _parts(rows, 2**trace.batch_halvings):
                given, mask = task.inputs.batch(part)
                with autocast(device, settings.precision):
                    logits = tagger(given, mask)
                each = _loss(task.loss, settings)(logits.float(), labels[part])
                each = each if weight is None else each * weight[part]
                loss = each.mean() * (len(part) / len(rows))
                loss.backward()
                total += float(loss.detach())
        except torch.OutOfMemoryError:
            if 2**trace.batch_halvings >= len(rows):
                raise
            trace.batch_halvings += 1
            tagger.zero_grad(set_to_none=True)
        else:
            return total


def _parts(rows: IntArray, n_parts: int) -> Iterator[IntArray]:
    size = math.ceil(len(rows) / n_parts)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _loss(name: str, settings: EncoderSettings) -> Callable[[Tensor, Tensor], Tensor]:
    if name == "focal":
        return lambda logits, target: focal(logits, target, gamma=settings.gamma, alpha=settings.alpha)
    return binary_cross_entropy


class _Watch:
    """Early stopping on validation documents, where there are any and patience was set."""

    def __init__(self, tagger: Tagger, task: Task[TextInputs], settings: EncoderSettings, device: str) -> None:
        self._tagger, self._settings, self._device = tagger, settings, device
        self._looks_at = task.validation if settings.patience is not None else None
        self._best, self._best_loss, self._since = None, math.inf, 0

    def is_over(self, step: int) -> bool:
        """Look at the validation documents from time to time; True where nothing has improved for long enough."""
        if self._looks_at is None or (step + 1) % LOOK_EVERY:
            return False
        inputs, labels = self._looks_at
        proba = np.clip(predict(self._tagger, inputs, self._settings.precision, self._device), 1e-12, 1.0 - 1e-12)
        self._tagger.train()
        loss = -float(np.where(labels, np.log(proba), np.log1p(-proba)).mean())
        self._since += 1
        if loss < self._best_loss:
            self._best, self._best_loss, self._since = copy.deepcopy(self._tagger.state_dict()), loss, 0
        return self._since >= (self._settings.patience or 0)

    def take_best(self) -> None:
        """Go back to the best state that was seen."""
        if self._best is not None:
            self._tagger.load_state_dict(self._best)
