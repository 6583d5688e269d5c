"""What can be chosen about the fine-tuning of an encoder, checked once."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from synthlift.classifiers.folds import N_FOLDS
from synthlift.corpus.training_set import TrainingSet
from synthlift.errors import BadConfiguration, NotApplicable, show

__all__ = ["DEFAULT_STEPS", "EncoderSettings", "encoder_settings"]

DEFAULT_STEPS = 300

_Count = Annotated[int, Field(ge=1)]
_Rate = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0.0, le=1.0)]


class EncoderSettings(BaseModel):
    """How an encoder is fine-tuned; the same in every condition.

    Few documents need enough steps, a small learning rate with bias correction and warm-up, more than anything else
    (Mosbach et al. 2021, Zhang et al. 2021), which these defaults give.

    Attributes
    ----------
    steps : int or None
        Optimiser steps, the same in every condition; 300 where neither this nor `epochs` is given.
    epochs : int or None
        Passes over the training set instead, as published: then more documents are more steps.
    batch_size : int
        Documents a step.
    learning_rate : float
        Peak rate of AdamW for the network.
    head_learning_rate : float or None
        That for the new head; by default 1e-3 above a network that is trained, and 1e-2 where the head is alone.
    warmup : float
        Share of the steps over which the rate rises; it then falls to 0 in a line.
    weight_decay, max_norm : float
        Of AdamW, and where gradients are clipped.
    max_tokens : int or None
        Longer texts are cut, and counted; by default where the model ends.
    trainable_layers : int or None
        The uppermost layers, which are trained; the others and the embeddings stay as they are, and what comes out of
        them is computed once a text. 0 trains the head alone, all inner folds side by side, at the head's rate. None
        trains everything.
    pooling : {"mean", "cls"}
        How vectors of tokens become one of the text.
    precision : {"fp32", "bf16"}
        Of the products; weights are float32.
    attention : {"sdpa", "eager", "flash_attention_2"}
    folds : int
        Inner folds that thresholds are tuned on.
    patience : int or None
        Stop after so many looks at the validation documents without a lower loss there, ten steps apart, and take the
        best state; without validation documents there is no stop.
    gamma, alpha : float
        Of the focal loss.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: _Count | None = None
    epochs: _Count | None = None
    batch_size: _Count = 16
    learning_rate: _Rate = 5e-5
    head_learning_rate: _Rate | None = None
    warmup: _Share = 0.1
    weight_decay: _Share = 0.01
    max_norm: _Rate = 1.0
    max_tokens: Annotated[int, Field(ge=8)] | None = None
    trainable_layers: Annotated[int, Field(ge=0)] | None = None
    pooling: Literal["mean", "cls"] = "mean"
    precision: Literal["fp32", "bf16"] = "fp32"
    attention: str = "sdpa"
    folds: Annotated[int, Field(ge=2)] = N_FOLDS
    patience: _Count | None = None
    gamma: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 2.0
    alpha: _Share = 0.25

    @model_validator(mode="after")
    def _fits_together(self) -> EncoderSettings:
        if self.steps is not None and self.epochs is not None:
            raise ValueError("got steps and epochs, expected one of them: leave the other out")
        if self.patience is not None and self.trainable_layers == 0:
            raise ValueError("got patience and trainable_layers 0, expected one of them: heads alone are not watched")
        return self

    @property
    def head_rate(self) -> float:
        """The peak rate for the head."""
        return self.head_learning_rate or (1e-2 if self.trainable_layers == 0 else 1e-3)

    def n_steps(self, training: TrainingSet, n_rows: int, n_used: int) -> int:
        """Return the optimiser steps for `n_used` of the `n_rows` rows of a training set.

        Raises
        ------
        NotApplicable
            For a set that asks for more steps where all sets get the same.
        """
        if self.epochs is not None:
            documents = n_used if training.n_steps is None else round(training.n_steps * n_used / n_rows)
            return max(1, math.ceil(documents / self.batch_size)) * self.epochs
        if training.n_steps is not None:
            raise NotApplicable("all conditions are trained for the same number of steps, so real has them already")
        return max(1, round((self.steps or DEFAULT_STEPS) * training.step_share))


def encoder_settings(given: dict[str, Any]) -> EncoderSettings:
    """Check settings.

    Raises
    ------
    BadConfiguration
        For one that is not known, or cannot be so.
    """
    try:
        return EncoderSettings.model_validate(given)
    except ValidationError as error:
        fault = error.errors()[0]
        message = fault["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
        if not fault["loc"]:
            raise BadConfiguration(f"encoder: {message}") from None
        name = str(fault["loc"][0])
        if fault["type"] == "extra_forbidden":
            known = ", ".join(EncoderSettings.model_fields)
            raise BadConfiguration(f"encoder: got the setting {show(name)}, expected one of {known}") from None
        raise BadConfiguration(f"encoder: {name}: got {show(str(fault['input']))}, {message}") from None
