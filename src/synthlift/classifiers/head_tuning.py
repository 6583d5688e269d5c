"""Train the heads alone on what a network makes of each text, which is computed once; all fits side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthlift.classifiers.encoder_settings import EncoderSettings
from synthlift.classifiers.fine_tuning import Task, Trace
from synthlift.classifiers.frozen_heads import HeadFit, HeadProblem, first_bias, train_heads
from synthlift.classifiers.token_batches import TokenCache
from synthlift.classifiers.trunk import autocast, pooled, reading_batches, token_inputs
from synthlift.models.encoders import Encoder

__all__ = ["HeadTuning"]

Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where the vectors of texts lie, ``(n_texts,)``, and how many tokens each text had."""

    at: IntArray
    lengths: IntArray

    def take(self, rows: IntArray) -> _Rows:
        return _Rows(self.at[rows], self.lengths[rows])


class HeadTuning:
    """An encoder that stays as it is, with the vectors of the texts that it has read so far.

    Parameters
    ----------
    encoder : Encoder
    settings : EncoderSettings
    """

    def __init__(self, encoder: Encoder, settings: EncoderSettings) -> None:
        self.device = encoder.device
        self._settings = settings
        self._tokens = TokenCache(encoder.tokenizer, min(encoder.max_tokens, settings.max_tokens or encoder.max_tokens))
        self._pad = int(encoder.tokenizer.pad_token_id)
        self._network: Any = encoder.network.to(self.device).eval()
        self._place: dict[str, int] = {}
        self._vectors = np.zeros((0, self._network.config.hidden_size), dtype=np.float32)

    def inputs(self, texts: Sequence[str]) -> tuple[_Rows, int]:
        """Return where the vectors of texts are, and how many texts were cut."""
        ids, n_truncated = self._tokens.ids(texts)
        fresh = {text: one for text, one in zip(texts, ids, strict=True) if text not in self._place}
        if fresh:
            self._place.update(zip(fresh, range(len(self._vectors), len(self._vectors) + len(fresh)), strict=True))
            self._vectors = np.concatenate([self._vectors, self._computed(list(fresh.values()))])
        at = np.array([self._place[text] for text in texts], dtype=np.int64)
        return _Rows(at, np.array([len(one) for one in ids], dtype=np.int64)), n_truncated

    def fits(self, tasks: Sequence[Task[_Rows]]) -> Iterator[tuple[HeadFit, Trace]]:
        """Train a head for each task, all of them together."""
        given = self._settings
        heads = train_heads(
            self._vectors,
            [self._problem(task) for task in tasks],
            learning_rate=given.head_rate,
            warmup=given.warmup,
            weight_decay=given.weight_decay,
            max_norm=given.max_norm,
            device=self.device,
        )
        for head in heads:
            yield head, Trace(head.losses.tolist(), int(np.count_nonzero(~np.isfinite(head.losses))))

    def proba(self, head: HeadFit, inputs: _Rows) -> NDArray[np.float64]:
        """Return probabilities, ``(n_texts, n_labels)``."""
        return head.proba(self._vectors[inputs.at])

    def _problem(self, task: Task[_Rows]) -> HeadProblem:
        is_focal = task.loss == "focal"
        return HeadProblem(
            rows=task.inputs.at,
            labels=task.labels,
            batches=task.batches,
            start=(np.zeros((self._vectors.shape[1], len(task.prior))), first_bias(task.prior)),
            weight=task.weight,
            gamma=self._settings.gamma if is_focal else 0.0,
            alpha=self._settings.alpha if is_focal else None,
        )

    def _computed(self, ids: Sequence[IntArray]) -> Float32Array:
        inputs = token_inputs(ids, self._pad, self.device)
        vectors = np.zeros((len(ids), self._vectors.shape[1]), dtype=np.float32)
        for rows in reading_batches(inputs.lengths, self.device):
            given, mask = inputs.batch(rows)
            with torch.no_grad(), autocast(self.device, self._settings.precision):
                tokens = self._network(**given).last_hidden_state
            vectors[rows] = pooled(tokens.float(), mask, self._settings.pooling).cpu().numpy()
        return vectors
