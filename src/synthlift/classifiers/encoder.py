"""The `encoder` classifier family: a pre-trained network with a new head, fine-tuned for a given number of steps.

References
----------
Mosbach, Andriushchenko & Klakow (2021), On the stability of fine-tuning BERT, ICLR. Zhang, Wu, Katiyar, Weinberger &
Artzi (2021), Revisiting few-sample BERT fine-tuning, ICLR.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from synthlift.classifiers.encoder_settings import encoder_settings
from synthlift.classifiers.folds import Fold, inner_folds
from synthlift.classifiers.token_batches import training_batches
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import NotApplicable
from synthlift.models.encoders import Encoder, check_encoder, load_encoder, weights_identity

if TYPE_CHECKING:
    from synthlift.classifiers.fine_tuning import Task, Trace

__all__ = ["EncoderClassifier"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class _Plan:
    """Fits on one training set: a task for each inner fold, then one for everything."""

    training: TrainingSet
    folds: list[Fold]
    tasks: list[Task[Any]]
    inputs: Any
    n_truncated: int


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
        # a NetworkTuning or a HeadTuning, which share no type: each has its own inputs and fits
        self._kept: Any = None

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

    @property
    def trains_together(self) -> bool:
        """Whether `fit_together` is quicker than one `fit` after the other: it is for heads alone."""
        return self._settings.trainable_layers == 0

    def fit(self, training: TrainingSet, *, rng: np.random.Generator) -> Self:
        """Fine-tune on the training part of each inner fold, to tune thresholds on what it holds out, then on all.

        Raises
        ------
        NotApplicable
            Where all documents are one family; for more steps where all conditions get the same; for rows between
            vectors; for documents that all have weight 0.
        """
        plan = self._plan(training, rng)
        self._take(plan, self._loaded().fits(plan.tasks))
        return self

    def fit_together(
        self, trainings: Sequence[TrainingSet], rngs: Sequence[np.random.Generator]
    ) -> list[EncoderClassifier | NotApplicable]:
        """Return a classifier fitted on each training set, as `fit` would, or why there is none; self is not fitted."""
        plans: list[_Plan | NotApplicable] = []
        for training, rng in zip(trainings, rngs, strict=True):
            try:
                plans.append(self._plan(training, rng))
            except NotApplicable as answer:
                plans.append(answer)
        fits = self._loaded().fits([task for plan in plans if isinstance(plan, _Plan) for task in plan.tasks])
        fitted: list[EncoderClassifier | NotApplicable] = []
        for plan in plans:
            if isinstance(plan, _Plan):
                one = copy(self)
                one._take(plan, islice(fits, len(plan.tasks)))  # noqa: SLF001 (a copy of itself)
                fitted.append(one)
            else:
                fitted.append(plan)
        return fitted

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """Return probabilities, ``(n_texts, n_labels)``."""
        tuning = self._loaded()
        proba: FloatArray = tuning.proba(self._fitted, tuning.inputs(texts)[0])
        return proba

    def vectors(self, texts: Sequence[str]) -> FloatArray:
        """Return what the head reads of texts, scaled to length 1, ``(n_texts, n_dimensions)``.

        Raises
        ------
        NotApplicable
            Where the head alone is trained.
        """
        if self._settings.trainable_layers == 0:
            raise NotApplicable("its vectors are frozen, so they are the same whatever it is trained on")
        tuning = self._loaded()
        vectors: FloatArray = tuning.vectors(self._fitted, tuning.inputs(texts)[0])
        return vectors

    def _loaded(self) -> Any:
        if self._kept is None:
            from synthlift.classifiers.head_tuning import HeadTuning
            from synthlift.classifiers.network_tuning import NetworkTuning

            kind = HeadTuning if self._settings.trainable_layers == 0 else NetworkTuning
            self._kept = kind(self.load(), self._settings)
        return self._kept

    def _plan(self, training: TrainingSet, rng: np.random.Generator) -> _Plan:
        """Say what each fit learns, and in which order."""
        if training.n_interpolated:
            raise NotApplicable("a text between two texts is no text: an encoder reads tokens")
        folds = list(inner_folds(training, rng, self._settings.folds))
        if any(fold.train.size == 0 for fold in folds):
            raise NotApplicable("all training documents are one family: none can be held out to tune on")
        inputs, n_truncated = self._loaded().inputs(training.texts)
        parts = [*(fold.train for fold in folds), np.arange(len(training))]
        tasks = [self._task(training, inputs, part, rng.spawn(1)[0]) for part in parts]
        return _Plan(training, folds, tasks, inputs, n_truncated)

    def _take(self, plan: _Plan, fits: Iterable[tuple[Any, Trace]]) -> None:
        """Predict what each inner fit was not shown, and keep the last one."""
        training, tuning = plan.training, self._loaded()
        self.held_out_proba_: FloatArray = np.zeros((len(training.tuning_rows), training.labels.shape[1]))
        traces = []
        for fold, (fitted, trace) in zip_longest(plan.folds, fits):
            traces.append(trace)
            if fold is None:
                self._fitted = fitted
            else:
                held_out = plan.inputs.take(training.tuning_rows[fold.positions])
                self.held_out_proba_[fold.positions] = tuning.proba(fitted, held_out)
        self.facts_ = {**self._told(traces), "n_truncated": plan.n_truncated}

    def _task(self, training: TrainingSet, inputs: Any, rows: IntArray, rng: np.random.Generator) -> Task[Any]:
        """Say what is to be learned from some rows; those of weight 0 are not seen."""
        from synthlift.classifiers.fine_tuning import Task

        if training.sample_weight is not None:
            rows = rows[training.sample_weight[rows] > 0.0]
        if rows.size == 0:
            raise NotApplicable("no document has any weight: there is nothing to learn from")
        n_steps = self._settings.n_steps(training, len(training), len(rows))
        stage = None if training.stage is None else training.stage[rows]
        batches = training_batches(inputs.lengths[rows], n_steps, self._settings.batch_size, rng, stage)
        watched = None if self._settings.patience is None else training.validation
        return Task(
            inputs=inputs,
            labels=training.labels,
            weight=_weights(training, rows),
            batches=[rows[batch] for batch in batches],
            prior=training.labels[rows].mean(axis=0),
            seed=int(rng.integers(2**63)),
            loss=training.loss,
            validation=None if watched is None else (self._loaded().inputs(watched[0])[0], watched[1]),
        )

    def _told(self, traces: Sequence[Trace]) -> dict[str, float | int | str]:
        last = traces[-1]
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


def _weights(training: TrainingSet, rows: IntArray) -> FloatArray | None:
    """Return the weight of each element of the loss, over the rows used of mean 1; None where all weigh the same."""
    if training.sample_weight is None and training.label_weight is None:
        return None
    each = np.ones(len(training)) if training.sample_weight is None else training.sample_weight
    weight: FloatArray = each[:, np.newaxis] * (1.0 if training.label_weight is None else training.label_weight)
    weight /= weight[rows].mean()
    return weight
