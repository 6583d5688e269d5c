"""The `encoder` classifier family: a pre-trained network with a new head, fine-tuned for a given number of steps.

References
----------
Mosbach, Andriushchenko & Klakow (2021), On the stability of fine-tuning BERT, ICLR. Zhang, Wu, Katiyar, Weinberger &
Artzi (2021), Revisiting few-sample BERT fine-tuning, ICLR.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from synthlift.classifiers.encoder_settings import EncoderSettings, encoder_settings
from synthlift.classifiers.folds import inner_folds
from synthlift.classifiers.token_batches import TokenCache, training_batches
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import NotApplicable
from synthlift.models.encoders import Encoder, check_encoder, load_encoder, weights_identity

if TYPE_CHECKING:
    from synthlift.classifiers.fine_tuning import Tagger, Trace
    from synthlift.classifiers.trunk import TextInputs

__all__ = ["EncoderClassifier"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class EncoderClassifier:
    """Fine-tune an encoder, once for each inner fold and once on everything.

    Parameters
    ----------
    model : str
        A folder, or a name on the Hub.
    revision : str, optional
        Commit of the Hub, all 40 digits.
    device : str, optional
        By default the best that is there.
    **settings
        Of `EncoderSettings`.

    Attributes
    ----------
    held_out_proba_ : ndarray, shape (n_tuning, n_labels)
    facts_ : dict
        ``n_steps``, ``loss_first`` and ``loss_last`` (means over the first and last tenth), ``n_nonfinite``,
        ``n_truncated`` (texts of the training set), ``batch_halvings``, ``precision``, ``attention``, ``device``.
    """

    def __init__(self, model: str, *, revision: str | None = None, device: str | None = None, **settings: Any) -> None:
        check_encoder(model, revision)
        self._source = (model, revision)
        self._device = device
        self._settings = encoder_settings(settings)
        self._kept: _Loaded | None = None

    @property
    def weights_identity(self) -> str:
        """SHA-256 of weights and tokenizer."""
        return weights_identity(*self._source)

    def load(self) -> Encoder:
        """Load the weights.

        Raises
        ------
        BadConfiguration
            As `load_encoder`.
        """
        return load_encoder(*self._source, self._settings.attention, self._device)

    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Fine-tune on the training part of each inner fold, to tune thresholds on what it holds out, then on all.

        Raises
        ------
        NotApplicable
            Where all documents are one family; for more steps where all conditions get the same; for rows between
            vectors.
        """
        if training.n_interpolated:
            raise NotApplicable("a text between two texts is no text: an encoder reads tokens")
        folds = list(inner_folds(training, rng, self._settings.folds))
        if any(fold.train.size == 0 for fold in folds):
            raise NotApplicable("all training documents are one family: none can be held out to tune on")
        loaded = self._loaded()
        inputs, n_truncated = loaded.inputs(training.texts)
        self.held_out_proba_: FloatArray = np.zeros((len(training.tuning_rows), training.labels.shape[1]))
        traces = []
        for fold in folds:
            tagger, trace = self._trained(training, inputs, fold.train, rng)
            held_out = inputs.take(training.tuning_rows[fold.positions])
            self.held_out_proba_[fold.positions] = loaded.proba(tagger, held_out)
            traces.append(trace)
        self._tagger, trace = self._trained(training, inputs, np.arange(len(training)), rng)
        self.facts_ = {**self._told(trace, [*traces, trace]), "n_truncated": n_truncated}
        return self

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """Return probabilities, ``(n_texts, n_labels)``."""
        loaded = self._loaded()
        return loaded.proba(self._tagger, loaded.inputs(texts)[0])

    def _loaded(self) -> _Loaded:
        if self._kept is None:
            self._kept = _Loaded(self.load(), self._settings)
        return self._kept

    def _trained(
        self, training: TrainingSet, inputs: TextInputs, rows: IntArray, rng: np.random.Generator
    ) -> tuple[Tagger, Trace]:
        """Train on some rows; those of weight 0 are not seen."""
        import torch

        from synthlift.classifiers.fine_tuning import Tagger, Task, train

        loaded, settings = self._loaded(), self._settings
        own = rng.spawn(1)[0]
        if training.sample_weight is not None:
            rows = rows[training.sample_weight[rows] > 0.0]
        n_steps = settings.n_steps(training, len(training), len(rows))
        stage = None if training.stage is None else training.stage[rows]
        batches = training_batches(inputs.lengths[rows], n_steps, settings.batch_size, own, stage)
        validation = training.validation
        task = Task(
            inputs=inputs,
            labels=training.labels,
            weight=_weights(training, rows),
            batches=[rows[batch] for batch in batches],
            loss=training.loss,
            validation=None if validation is None else (loaded.inputs(validation[0])[0], validation[1]),
        )
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            torch.manual_seed(int(own.integers(2**63)))
            tagger = Tagger(loaded.network, training.labels[rows].mean(axis=0), settings.pooling)
            return tagger, train(tagger, task, settings, loaded.device)

    def _told(self, last: Trace, traces: Sequence[Trace]) -> dict[str, float | int | str]:
        tenth = max(1, len(last.losses) // 10)
        first, final = (float(np.mean(part)) for part in (last.losses[:tenth], last.losses[-tenth:]))
        finite = {"loss_first": first, "loss_last": final} if np.isfinite([first, final]).all() else {}
        return {
            "n_steps": len(last.losses),
            **finite,
            "n_nonfinite": sum(trace.n_nonfinite for trace in traces),
            "batch_halvings": max(trace.batch_halvings for trace in traces),
            "precision": self._settings.precision,
            "attention": self._settings.attention,
            "device": self._loaded().device,
        }


class _Loaded:
    """An encoder, with what it has made of texts so far."""

    def __init__(self, encoder: Encoder, settings: EncoderSettings) -> None:
        from synthlift.classifiers.trunk import Trunk

        self.device = encoder.device
        self._pad, self._precision = int(encoder.tokenizer.pad_token_id), settings.precision
        self._tokens = TokenCache(encoder.tokenizer, min(encoder.max_tokens, settings.max_tokens or encoder.max_tokens))
        n_upper = settings.trainable_layers
        self._trunk = None if n_upper is None else Trunk(encoder.network, n_upper, self.device, self._precision)
        self.network = encoder.network if self._trunk is None else self._trunk.upper

    def inputs(self, texts: Sequence[str]) -> tuple[TextInputs, int]:
        """Return what the trained part of the network reads of texts, and how many texts were cut."""
        from synthlift.classifiers.trunk import token_inputs

        ids, n_truncated = self._tokens.ids(texts)
        if self._trunk is not None:
            return self._trunk.inputs(ids, self._pad), n_truncated
        return token_inputs(ids, self._pad, self.device), n_truncated

    def proba(self, tagger: Tagger, inputs: TextInputs) -> FloatArray:
        """Return probabilities, ``(n_texts, n_labels)``."""
        from synthlift.classifiers.fine_tuning import predict

        return predict(tagger, inputs, self._precision, self.device)


def _weights(training: TrainingSet, rows: IntArray) -> FloatArray | None:
    """Return the weight of each element of the loss, over the rows used of mean 1; None where all weigh the same."""
    if training.sample_weight is None and training.label_weight is None:
        return None
    each = np.ones(len(training)) if training.sample_weight is None else training.sample_weight
    weight: FloatArray = each[:, np.newaxis] * (1.0 if training.label_weight is None else training.label_weight)
    weight /= weight[rows].mean()
    return weight
