"""Numbers filled up to whole lanes of a processor, so that each is computed the same wherever it stands."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["filled", "taken", "trainable"]

Tensor = Any

# numbers that torch takes at a time on a CPU, at most
LANES = 32


def filled(values: Tensor) -> Tensor:
    """Return values one after the other, filled up with 0 to whole lanes.

    What is left over after the last whole lanes, torch computes by other code, whose last bit differs: so it would
    matter to a head how many others stand beside it.
    """
    from torch.nn.functional import pad

    n_left = -values.numel() % LANES
    return pad(values.flatten(), (0, n_left)) if n_left else values.flatten()


def taken(flat: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return values that were filled up, as what they were: a view."""
    return flat[: math.prod(shape)].view(shape)


def trainable(values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return values, filled up, for an optimiser; and views of them and of their gradient, in the shape of `values`."""
    import torch

    flat = filled(values)
    flat.grad = torch.zeros_like(flat)
    return flat, taken(flat, values.shape), taken(flat.grad, values.shape)
