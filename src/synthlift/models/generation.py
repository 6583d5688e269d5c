"""From prompts to texts on weights in process: laid out in batches of like length, generated a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from synthlift.models.request import ChatRequest
from synthlift.models.sampling import Draw, End, Sampling
from synthlift.models.weights import Weights

__all__ = ["Prompt", "Text", "batches", "generate", "most_tokens", "prompt_of"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request, ready to be generated from."""

    request: ChatRequest
    ids: list[int]
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Text:
    """What the model wrote.

    Attributes
    ----------
    content : str
    finish_reason : {"stop", "length"}
    n_tokens : int
        Drawn tokens, the one that ended the turn among them.
    """

    content: str
    finish_reason: str
    n_tokens: int


def prompt_of(request: ChatRequest, weights: Weights) -> Prompt:
    """Return the prompt of a request.

    Raises
    ------
    BadConfiguration
        For messages that the chat template refuses, and sampling parameters that cannot be honoured.
    """
    return Prompt(request, weights.encode(request.messages), Sampling.of(request.sampling))


def most_tokens(prompts: Sequence[Prompt]) -> int:
    """Return how many tokens a batch has, padding included, when its answers are as long as they may be."""
    longest = max(len(prompt.ids) for prompt in prompts) + max(prompt.sampling.max_tokens for prompt in prompts)
    return len(prompts) * longest


def batches(prompts: Iterable[Prompt], limit: int) -> Iterator[list[Prompt]]:
    """Yield batches of at most `limit` tokens, the longest prompts first: where memory runs out, it does so early."""
    batch: list[Prompt] = []
    for prompt in sorted(prompts, key=lambda each: (-len(each.ids), each.request.key)):
        if batch and most_tokens([*batch, prompt]) > limit:
            yield batch
            batch = []
        batch.append(prompt)
    if batch:
        yield batch


def generate(prompts: Sequence[Prompt], weights: Weights) -> list[Text]:
    """Return the text of each prompt, from one pass over the batch.

    Raises
    ------
    RuntimeError
        Of torch, where memory runs out.
    """
    import torch

    width = max(len(prompt.ids) for prompt in prompts)
    pad = weights.network.generation_config.pad_token_id
    ids = torch.tensor([[pad] * (width - len(prompt.ids)) + prompt.ids for prompt in prompts])
    mask = torch.tensor([[0] * (width - len(prompt.ids)) + [1] * len(prompt.ids) for prompt in prompts])
    samplings = [prompt.sampling for prompt in prompts]
    end = End(samplings, width, weights.ends, weights.decode)
    output = weights.network.generate(
        ids.to(weights.device),
        attention_mask=mask.to(weights.device),
        do_sample=False,  # takes the one token that `Draw` leaves
        max_new_tokens=max(sampling.max_tokens for sampling in samplings),
        logits_processor=[Draw(samplings, [prompt.request.seed for prompt in prompts], width, weights.device)],
        stopping_criteria=[end],
    )
    rows = output[:, width:].tolist()
    return [_text(row[:n], sampling, weights) for row, n, sampling in zip(rows, end.n_tokens, samplings, strict=True)]


def _text(drawn: list[int], sampling: Sampling, weights: Weights) -> Text:
    content = weights.decode(drawn)
    cuts = [content.index(each) for each in sampling.stop if each in content]
    is_whole = bool(cuts) or drawn[-1] in weights.ends
    return Text(content[: min(cuts, default=len(content))], "stop" if is_whole else "length", len(drawn))
