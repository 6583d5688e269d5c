"""A chat model in process: asked in batches, and answering with the body that a server would have sent.

A text depends on its request and, in the last bits of the logits, on the batch: a wider matrix is summed in another
order. In float32 (on a CPU) this hardly ever turns a draw; in bfloat16 (on a GPU) it does more often. But batches
follow from the requests, and each is kept whole or not at all: a run that was stopped goes on with the same batches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from synthlift.models.client import Store
from synthlift.models.generation import Prompt, Text, batches, generate, most_tokens, prompt_of
from synthlift.models.outcomes import Kind
from synthlift.models.replies import completion_body, read_reply
from synthlift.models.request import ChatRequest, Reply, Unanswered
from synthlift.models.weights import Weights, check_source, load_weights
from synthlift.storage.exchanges import Closed, Opened

__all__ = ["TransformersModel"]

IN_PROCESS = "in-process"


class TransformersModel:
    """A model whose weights are loaded here, at the first request that has no answer yet.

    Parameters
    ----------
    model : str
        Folder of weights, or a name on the Hub.
    revision : str or None
        Full commit hash, needed for a name on the Hub.
    store : Store
    device : str, optional
        As of `load_weights`.
    batch_tokens : int
        Most tokens of a batch, padding and answers included; half as many, from then on, where memory runs out.
    watch : callable
        Told after each batch how many requests are done, and of how many.
    interrupted : callable
        Whether to end before the next batch, with KeyboardInterrupt.

    Raises
    ------
    BadConfiguration
        As `check_source`.
    """

    def __init__(
        self,
        model: str,
        revision: str | None,
        store: Store,
        *,
        device: str | None = None,
        batch_tokens: int = 32_768,
        watch: Callable[[int, int], None] = lambda _done, _total: None,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        check_source(model, revision)
        self._source = (model, revision, device)
        self._store = store
        self._batch_tokens = batch_tokens
        self._fitting_tokens = batch_tokens
        self._watch = watch
        self._interrupted = interrupted
        self._weights: Weights | None = None

    def ask(self, requests: Sequence[ChatRequest]) -> list[Reply | Unanswered]:
        """Return one answer per request, in their order; what the store has is not written again.

        Raises
        ------
        BadConfiguration
            For weights that cannot be loaded, messages that the chat template refuses, and sampling parameters that
            cannot be honoured; nothing is asked then.
        Stopped
            Where the disk is full.
        KeyboardInterrupt
            Where it was interrupted: what was answered is kept.
        """
        unique = {request.key: request for request in requests}
        found = self._known(unique)
        todo = [request for key, request in unique.items() if key not in found]
        if todo:
            weights = self._weights = self._weights or load_weights(*self._source)
            prompts = [prompt_of(request, weights) for request in todo]
            for batch in batches(prompts, self._batch_tokens):
                if self._interrupted():
                    raise KeyboardInterrupt
                found |= self._answer(batch, weights)
                self._watch(len(found), len(unique))
        return [found[request.key] for request in requests]

    def _known(self, keys: Iterable[str]) -> dict[str, Reply | Unanswered]:
        """Return what was answered before, and what would fail again."""
        known: dict[str, Reply | Unanswered] = {}
        for key, (kind, reason) in self._store.last_outcomes(keys).items():
            if kind == Kind.ITEM:
                known[key] = Unanswered(key, reason or "unknown")
        for key, body in self._store.answered(keys).items():
            reply = read_reply(key, body)
            known[key] = Unanswered(key, reply) if isinstance(reply, str) else reply
        return known

    def _answer(self, prompts: Sequence[Prompt], weights: Weights) -> dict[str, Reply | Unanswered]:
        """Open the attempts of a batch, generate, and close them in one transaction."""
        keys = [prompt.request.key for prompt in prompts]
        n_before = self._store.n_attempts(keys)
        numbers = [n_before.get(key, 0) + 1 for key in keys]
        self._store.write([_opened(prompt.request, n) for prompt, n in zip(prompts, numbers, strict=True)])
        started = time.monotonic()
        texts = self._texts(prompts, weights)
        seconds = time.monotonic() - started
        ends = [_closed(*each, seconds) for each in zip(prompts, numbers, texts, strict=True)]
        self._store.write([event for event, _ in ends])
        return dict(zip(keys, (answer for _, answer in ends), strict=True))

    def _texts(self, prompts: Sequence[Prompt], weights: Weights) -> list[Text | str]:
        """Return the text of each prompt, or the reason why it has none."""
        most = weights.context or float("inf")
        fitting = [prompt for prompt in prompts if most_tokens([prompt]) <= most]
        texts = iter(self._generated(fitting, weights))
        return [next(texts) if most_tokens([prompt]) <= most else "context-length" for prompt in prompts]

    def _generated(self, prompts: Sequence[Prompt], weights: Weights) -> list[Text | str]:
        """Generate in halves where memory does not hold the whole."""
        if not prompts:
            return []
        if len(prompts) == 1 or most_tokens(prompts) <= self._fitting_tokens:
            try:
                return list(generate(prompts, weights))
            except RuntimeError as error:
                if not _is_out_of_memory(error):
                    raise
            _free_memory(weights.device)
            if len(prompts) == 1:
                return ["out-of-memory"]
            self._fitting_tokens = most_tokens(prompts) // 2
        half = (len(prompts) + 1) // 2
        return self._generated(prompts[:half], weights) + self._generated(prompts[half:], weights)


def _is_out_of_memory(error: RuntimeError) -> bool:
    told = str(error).lower()
    return "out of memory" in told or "can't allocate memory" in told


def _free_memory(device: str) -> None:
    """Give back what the failed batch had, so that a smaller one finds room in one piece."""
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()


def _opened(request: ChatRequest, n: int) -> Opened:
    return Opened(request.key, n, IN_PROCESS, time.time(), request.written if n == 1 else None)


def _closed(prompt: Prompt, n: int, text: Text | str, seconds: float) -> tuple[Closed, Reply | Unanswered]:
    """Return the end of an attempt: the ledger's event, and the caller's answer."""
    if isinstance(text, str):
        return _failed(prompt.request.key, n, text, seconds)
    body = completion_body(prompt.request, text.content, text.finish_reason, len(prompt.ids), text.n_tokens)
    reply = read_reply(prompt.request.key, body)
    if isinstance(reply, str):
        return _failed(prompt.request.key, n, reply, seconds)
    counts = (reply.n_prompt_tokens, reply.n_completion_tokens)
    return Closed(reply.key, n, Kind.DONE, None, None, "no", seconds, *counts, body), reply


def _failed(key: str, n: int, reason: str, seconds: float) -> tuple[Closed, Unanswered]:
    # memory may be had another time, so that one is asked again; the others would fail again
    kind = Kind.TRANSIENT if reason == "out-of-memory" else Kind.ITEM
    return Closed(key, n, kind, None, reason, "no", seconds, None, None, None), Unanswered(key, reason)
