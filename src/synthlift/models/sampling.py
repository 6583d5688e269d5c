"""Drawing tokens so that a text depends on its own request: each row of a batch has random numbers of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from synthlift.errors import BadConfiguration, show
from synthlift.models.spending import DEFAULT_COMPLETION_TOKENS
from synthlift.randomness import stream
from synthlift.storage.canonical import JSON

if TYPE_CHECKING:
    import torch

__all__ = ["Draw", "End", "Sampling", "draw"]

MOST_TEMPERATURE = 5.0
MARGIN_TOKENS = 8


@dataclass(frozen=True, slots=True)
class Sampling:
    """What a request may say of sampling in process; the model's own generation config says nothing more.

    Attributes
    ----------
    temperature : float
        0 takes the likeliest token.
    top_p : float
        The likeliest tokens that together have this probability are drawn from.
    max_tokens : int
    stop : tuple of str
        The text ends before the first of them.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = DEFAULT_COMPLETION_TOKENS
    stop: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, JSON]) -> Sampling:
        """Check the sampling parameters of a request.

        Raises
        ------
        BadConfiguration
            For a value out of range, and for a parameter that only a server could honour.

        Examples
        --------
        >>> Sampling.of({"temperature": 0.7, "stop": "END"})
        Sampling(temperature=0.7, top_p=1.0, max_tokens=512, stop=('END',))
        """
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                raise BadConfiguration(
                    f"sampling: got {show(name)}, expected {', '.join(known)} for a model in process: leave it out, "
                    "or put the model behind a server that takes it"
                )
        stop = given.get("stop") or ()
        stops = (stop,) if isinstance(stop, str) else stop
        if not isinstance(stops, list | tuple) or not all(isinstance(each, str) and each for each in stops):
            raise _bad("stop", stop, "a text or a list of texts, none of them empty")
        return cls(
            temperature=_number(given, "temperature", 1.0, 0.0, MOST_TEMPERATURE),
            top_p=_number(given, "top_p", 1.0, 1e-6, 1.0),
            max_tokens=_max_tokens(given),
            stop=tuple(str(each) for each in stops),
        )


def _bad(name: str, got: object, expected: str) -> BadConfiguration:
    return BadConfiguration(f"sampling: got {name} = {show(got)}, expected {expected}: correct it")


def _number(given: Mapping[str, JSON], name: str, default: float, least: float, most: float) -> float:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _bad(name, value, f"a number from {least:g} to {most:g}")
    if not least <= value <= most:
        raise _bad(name, value, f"a number from {least:g} to {most:g}")
    return float(value)


def _max_tokens(given: Mapping[str, JSON]) -> int:
    value = given.get("max_tokens")
    if value is None:
        return DEFAULT_COMPLETION_TOKENS
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _bad("max_tokens", value, "a whole number from 1")
    return value


def draw(
    scores: torch.Tensor, uniforms: torch.Tensor, temperatures: torch.Tensor, top_ps: torch.Tensor
) -> torch.Tensor:
    """Return one token id per row: the inverse of the cumulated probabilities, likeliest token first.

    Parameters
    ----------
    scores : tensor (n_rows, n_tokens)
        Logits.
    uniforms, temperatures, top_ps : tensor (n_rows,)
        A random number from [0, 1), and the sampling parameters, of each row.
    """
    cold = temperatures == 0
    scaled = scores.to(uniforms.dtype) / temperatures.masked_fill(cold, 1.0)[:, None]
    shares, order = scaled.softmax(dim=1).sort(dim=1, descending=True, stable=True)
    cumulated = shares.cumsum(dim=1)
    n_kept = (cumulated - shares < top_ps[:, None]).sum(dim=1)
    kept = cumulated.gather(1, n_kept[:, None] - 1)
    place = (cumulated <= uniforms[:, None] * kept).sum(dim=1).minimum(n_kept - 1)
    return order.gather(1, place.masked_fill(cold, 0)[:, None])[:, 0]


class Draw:
    """A logits processor that leaves each row one token, drawn with the random numbers of its request.

    Parameters
    ----------
    samplings : sequence of Sampling
    seeds : sequence of int
        Of the requests, row by row.
    width : int
        Tokens of a row before the first drawn one.
    device : str
    """

    def __init__(self, samplings: Sequence[Sampling], seeds: Sequence[int], width: int, device: str) -> None:
        import torch

        numbers = np.zeros((len(seeds), max(each.max_tokens for each in samplings)))
        for row, (sampling, seed) in enumerate(zip(samplings, seeds, strict=True)):
            numbers[row, : sampling.max_tokens] = stream(seed, "tokens").random(sampling.max_tokens)
        self._width = width
        exact = torch.float32 if device == "mps" else torch.float64  # which has nothing wider
        self._uniforms = torch.tensor(numbers, dtype=exact, device=device)
        self._temperatures = torch.tensor([each.temperature for each in samplings], dtype=exact, device=device)
        self._top_ps = torch.tensor([each.top_p for each in samplings], dtype=exact, device=device)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return scores in which all but the drawn token are minus infinity."""
        uniforms = self._uniforms[:, input_ids.shape[1] - self._width]
        chosen = draw(scores, uniforms, self._temperatures, self._top_ps)
        return scores.new_full(scores.shape, -math.inf).scatter_(1, chosen[:, None], 0.0)


class End:
    """A stopping criterion row by row: a token that ends the turn, a stop text, or as many tokens as are allowed.

    Parameters
    ----------
    samplings : sequence of Sampling
    width : int
        Tokens of a row before the first drawn one.
    ends : set of int
        Ids of the tokens that end a turn.
    decode : callable
        From token ids to their text.

    Attributes
    ----------
    n_tokens : list of int
        Drawn tokens of each row; 0 while it goes on.
    """

    def __init__(
        self, samplings: Sequence[Sampling], width: int, ends: frozenset[int], decode: Callable[[Sequence[int]], str]
    ) -> None:
        self.n_tokens = [0] * len(samplings)
        self._samplings = samplings
        self._width = width
        self._ends = ends
        self._decode = decode

    def __call__(self, input_ids: torch.Tensor, _scores: object, **_: object) -> torch.Tensor:
        """Return which rows are done, bool ``(n_rows,)``."""
        n = input_ids.shape[1] - self._width
        last = input_ids[:, -1].tolist()
        for row, sampling in enumerate(self._samplings):
            if self.n_tokens[row] == 0 and self._is_over(sampling, n, last[row], input_ids[row, self._width :]):
                self.n_tokens[row] = n
        return input_ids.new_tensor(self.n_tokens) > 0

    def _is_over(self, sampling: Sampling, n: int, last: int, drawn: torch.Tensor) -> bool:
        if last in self._ends or n >= sampling.max_tokens:
            return True
        if not sampling.stop:
            return False
        # a token has a byte at least, so a stop text that ends here began no earlier than this
        reach = max(len(each.encode()) for each in sampling.stop) + MARGIN_TOKENS
        tail = self._decode(drawn[-reach:].tolist())
        return any(each in tail for each in sampling.stop)
