"""Losses of multi-label training, element by element.

References
----------
Lin, Goyal, Girshick, He & Dollar (2017), Focal loss for dense object detection, ICCV, equations 4 and 5.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

__all__ = ["binary_cross_entropy", "focal", "loss_and_slope"]

Tensor = Any


def binary_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Return ``-log p`` of each label's truth, of the shape of `logits`."""
    return functional.binary_cross_entropy_with_logits(logits, target, reduction="none")


def focal(logits: Tensor, target: Tensor, *, gamma: float, alpha: float) -> Tensor:
    """Return ``-alpha_t (1 - p_t)^gamma log p_t``: what is predicted well already counts little.

    >>> one = focal(torch.zeros(1), torch.ones(1), gamma=2.0, alpha=0.25)
    >>> round(float(one), 4)  # 0.25 * 0.5^2 * ln 2
    0.0433
    """
    cross_entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    # as a logarithm: a power of what rounds to 0 has no finite slope where gamma is below 1
    log_p_false = functional.logsigmoid((1.0 - 2.0 * target) * logits)
    alpha_true = alpha * target + (1.0 - alpha) * (1.0 - target)
    return alpha_true * torch.exp(gamma * log_p_false) * cross_entropy


def loss_and_slope(logits: Tensor, labels: Tensor, gamma: float, alpha: float | None) -> tuple[Tensor, Tensor]:
    """Return the loss of each label, and its derivative with respect to the logit; gamma 0 without alpha: no focus."""
    if gamma == 0.0 and alpha is None:
        return functional.softplus(logits).addcmul_(labels, logits, value=-1.0), torch.sigmoid(logits).sub_(labels)
    sign = 2.0 * labels - 1.0
    towards = sign * logits
    p_true, p_false, surprise = torch.sigmoid(towards), torch.sigmoid(-towards), functional.softplus(-towards)
    factor = p_false**gamma
    if alpha is not None:
        factor *= 1.0 - alpha + (2.0 * alpha - 1.0) * labels
    return factor * surprise, -factor * sign * (gamma * p_true * surprise + p_false)
