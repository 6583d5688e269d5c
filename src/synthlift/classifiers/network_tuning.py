"""Fine-tune a network, or its upper layers, with a new head: one fit after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from synthlift.classifiers.encoder_settings import EncoderSettings
from synthlift.classifiers.fine_tuning import Tagger, Task, Trace, predict, read, train
from synthlift.classifiers.token_batches import TokenCache
from synthlift.classifiers.trunk import TextInputs, Trunk, token_inputs
from synthlift.models.encoders import Encoder

__all__ = ["NetworkTuning"]


class NetworkTuning:
    """An encoder that is fine-tuned, with what it has made of texts so far.

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
        n_upper = settings.trainable_layers
        self._trunk = None if n_upper is None else Trunk(encoder.network, n_upper, self.device, settings.precision)
        self._network = encoder.network if self._trunk is None else self._trunk.upper

    def inputs(self, texts: Sequence[str]) -> tuple[TextInputs, int]:
        """Return what the trained part of the network reads of texts, and how many texts were cut."""
        ids, n_truncated = self._tokens.ids(texts)
        if self._trunk is not None:
            return self._trunk.inputs(ids, self._pad), n_truncated
        return token_inputs(ids, self._pad, self.device), n_truncated

    def fits(self, tasks: Sequence[Task[TextInputs]]) -> Iterator[tuple[Tagger, Trace]]:
        """Train for each task; what torch draws elsewhere is not disturbed."""
        for task in tasks:
            with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
                torch.manual_seed(task.seed)
                tagger = Tagger(self._network, task.prior, self._settings.pooling)
                trace = train(tagger, task, self._settings, self.device)
            yield tagger, trace

    def proba(self, tagger: Tagger, inputs: TextInputs) -> NDArray[np.float64]:
        """Return probabilities, ``(n_texts, n_labels)``."""
        return predict(tagger, inputs, self._settings.precision, self.device)

    def vectors(self, tagger: Tagger, inputs: TextInputs) -> NDArray[np.float64]:
        """Return what the head reads, scaled to length 1, ``(n_texts, n_dimensions)``."""
        return read(tagger, inputs, self._settings.precision, self.device)
