"""The lower layers of an encoder, left as they are: what comes out of them is computed once a text."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthlift.classifiers.token_batches import ordered_batches
from synthlift.errors import BadConfiguration

__all__ = ["TextInputs", "Trunk", "autocast", "pooled", "reading_batches", "token_inputs"]

Tensor = Any
IntArray = NDArray[np.int64]

# Texts that are read together. On a CPU one: as quick, and what comes of a text is the same to the last bit whatever
# was read before, so that trials are the same in any order and in any process.
READ_TOGETHER = {"cpu": 1}
# What a process keeps of texts that it has seen; beyond it they are computed again.
MAX_CACHED_BYTES = 2 * 1024**3


class TextInputs:
    """What a network reads of each text, padded batch by batch.

    Parameters
    ----------
    rows : sequence of tensor
        Token ids ``(n_tokens,)``, or what the trunk made of them ``(n_tokens, width)``.
    pad : float
        What fills up shorter texts.
    device : str
    """

    def __init__(self, rows: Sequence[Tensor], pad: float, device: str) -> None:
        self._rows, self._pad, self._device = rows, pad, device
        self.lengths: IntArray = np.array([len(row) for row in rows], dtype=np.int64)

    def take(self, rows: IntArray) -> TextInputs:
        """Return the inputs of some rows."""
        return TextInputs([self._rows[row] for row in rows], self._pad, self._device)

    def batch(self, rows: IntArray) -> tuple[dict[str, Tensor], Tensor]:
        """Return keyword arguments of a network for some rows, and the mask of their tokens, ``(n, n_tokens)``."""
        taken = [self._rows[row] for row in rows]
        padded = torch.nn.utils.rnn.pad_sequence(taken, batch_first=True, padding_value=self._pad).to(self._device)
        length = torch.as_tensor(self.lengths[rows], device=self._device)
        mask = torch.arange(padded.shape[1], device=self._device) < length[:, None]
        name = "input_ids" if padded.ndim == 2 else "inputs_embeds"
        return {name: padded, "attention_mask": mask.long()}, mask


def token_inputs(ids: Sequence[IntArray], pad: int, device: str) -> TextInputs:
    """Return inputs of token ids."""
    return TextInputs([torch.from_numpy(one) for one in ids], pad, device)


class Trunk:
    """The embeddings and all but the uppermost layers of a network.

    Parameters
    ----------
    network : object
        Of transformers.
    n_upper : int
        How many layers are left to whoever trains.
    device, precision : str

    Attributes
    ----------
    upper : object
        The network without what is below: it takes ``inputs_embeds`` and makes a copy when trained.

    Raises
    ------
    BadConfiguration
        For an architecture whose layers are not found, or with fewer of them.
    """

    def __init__(self, network: Any, n_upper: int, device: str, precision: str) -> None:
        self._device, self._precision = device, precision
        self._network = copy.deepcopy(network).to(device)
        name, layers = _layers(self._network)
        if n_upper > len(layers):
            raise BadConfiguration(
                f"encoder: trainable_layers: got {n_upper}, expected at most {len(layers)}, which the model has"
            )
        n_lower = len(layers) - n_upper
        self.upper = copy.deepcopy(self._network)
        owner, _, attribute = name.rpartition(".")
        setattr(self.upper.get_submodule(owner), attribute, layers[n_lower:])
        self.upper.embeddings = _Passed()
        setattr(self._network.get_submodule(owner), attribute, layers[:n_lower])
        last = layers[n_lower - 1] if n_lower else self._network.embeddings
        last.register_forward_hook(self._keep)
        self._out: Tensor = None
        self._known: dict[bytes, Tensor] = {}
        self._n_bytes = 0

    def _keep(self, _module: Any, _given: Any, out: Any) -> None:
        self._out = out[0] if isinstance(out, tuple) else out

    def inputs(self, ids: Sequence[IntArray], pad: int) -> TextInputs:
        """Return what the upper layers read of texts given by their token ids."""
        keys = [one.tobytes() for one in ids]
        fresh = {key: one for key, one in zip(keys, ids, strict=True) if key not in self._known}
        made = dict(zip(fresh, self._computed(list(fresh.values()), pad), strict=True))
        for key, hidden in made.items():
            size = hidden.numel() * hidden.element_size()
            if self._n_bytes + size <= MAX_CACHED_BYTES:
                self._known[key] = hidden
                self._n_bytes += size
        return TextInputs([made.get(key, self._known.get(key)) for key in keys], 0.0, self._device)

    def _computed(self, ids: Sequence[IntArray], pad: int) -> list[Tensor]:
        inputs = token_inputs(ids, pad, self._device)
        found: list[Tensor] = [None] * len(ids)
        for rows in reading_batches(inputs.lengths, self._device):
            given, _ = inputs.batch(rows)
            with torch.no_grad(), autocast(self._device, self._precision):
                self._network(**given)
            hidden = self._out.float().cpu()
            for place, row in enumerate(rows):
                found[row] = hidden[place, : inputs.lengths[row]].clone()
        return found


def reading_batches(lengths: IntArray, device: str) -> list[IntArray]:
    """Return the rows that a network which nobody trains reads together."""
    return ordered_batches(lengths, READ_TOGETHER.get(device, 32))


class _Passed(torch.nn.Module):  # type: ignore[misc]
    """Stands where the embeddings were: what it is given has been through them already."""

    def forward(self, *, inputs_embeds: Tensor, **_: Any) -> Tensor:
        return inputs_embeds


def _layers(network: Any) -> tuple[str, Any]:
    """Return the name and the list of a network's layers."""
    n_layers = network.config.num_hidden_layers
    for name, module in network.named_modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == n_layers and hasattr(network, "embeddings"):
            return name, module
    raise BadConfiguration(
        f"encoder: trainable_layers: the layers of a {network.config.model_type} model are not found; expected an "
        "architecture such as BERT or ModernBERT: leave the setting out"
    )


def autocast(device: str, precision: str) -> Any:
    """Return the context in which products are taken in `precision`."""
    return torch.autocast(device, dtype=torch.bfloat16, enabled=precision == "bf16")


def pooled(tokens: Tensor, mask: Tensor, how: str) -> Tensor:
    """Return a vector of each text, ``(n, width)``, of those of its tokens: their mean, or the first one (`cls`)."""
    if how == "cls":
        return tokens[:, 0]
    weight = mask.to(tokens.dtype)[:, :, None]
    return (tokens * weight).sum(dim=1) / weight.sum(dim=1)
