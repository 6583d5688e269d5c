"""A chat model whose faults are known: it reads the prompts of synthlift and answers as its knobs say.

A study of it goes the way of every study, prompts, ledger, answers and filters included, without weights or a server.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthlift.models.client import Store
from synthlift.models.outcomes import Kind
from synthlift.models.replies import completion_body, read_reply
from synthlift.models.request import ChatRequest, Reply, Unanswered
from synthlift.randomness import stream
from synthlift.simulation.grammar import patent_english
from synthlift.simulation.knobs import Knobs
from synthlift.simulation.simulator import draw_bits
from synthlift.simulation.variants import SENTENCE_END
from synthlift.simulation.vocabulary import assistive_technology
from synthlift.simulation.writer import TEXT_BITS, Writer
from synthlift.storage.exchanges import Closed, Opened

__all__ = ["SimulatedModel"]

SIMULATED = "simulated"
REFUSAL = "I am sorry, but I cannot help with that."
BATCH = 256
# What a model that has lost patents from sight sounds like: any other kind of text is asked for in its prompt.
OTHER_KIND = 0.9
_KIND = re.compile(r"kind of text that you write: ([^.]*)")
_CATEGORY = re.compile(r"^- (.+)$", re.MULTILINE)
_SOURCE = re.compile(r"<source-([^>]+)>\n(.*)\n</source-\1>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a prompt asks for: a text about labels, or another version of a source, and how shifted its style is."""

    labels: tuple[int, ...]
    source: str | None
    style_shift: float


class SimulatedModel:
    """Answers from the law of the simulated documents, as well or badly as its knobs say.

    A paraphrase is the sentences of its source in another order, but for those that are unfaithful and about something
    else: it says nothing that its source does not. `knobs.duplication` is the share of answers that are one of ten;
    `knobs.copying` has no effect, since no training document is known here but a source.

    Parameters
    ----------
    knobs : Knobs
    store : Store
    watch, interrupted : callable
        As of `TransformersModel`.
    """

    def __init__(
        self,
        knobs: Knobs,
        store: Store,
        *,
        watch: Callable[[int, int], None] = lambda _done, _total: None,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._knobs, self._store, self._watch, self._interrupted = knobs, store, watch, interrupted
        self._vocabulary = assistive_technology()
        self._place = {label.name: place for place, label in enumerate(self._vocabulary.labels)}
        self._writers: dict[float, Writer] = {}

    def ask(self, requests: Sequence[ChatRequest]) -> list[Reply | Unanswered]:
        """Return one answer per request, in their order; what the store has is not written again.

        Raises
        ------
        Stopped
            Where the disk is full.
        KeyboardInterrupt
            Where it was interrupted: what was answered is kept.
        """
        unique = {request.key: request for request in requests}
        bodies = self._store.answered(unique)
        todo = [request for key, request in unique.items() if key not in bodies]
        for first in range(0, len(todo), BATCH):
            if self._interrupted():
                raise KeyboardInterrupt
            bodies |= self._answered(todo[first : first + BATCH])
            self._watch(len(bodies), len(unique))
        return [self._read(request.key, bodies[request.key]) for request in requests]

    @staticmethod
    def _read(key: str, body: bytes) -> Reply | Unanswered:
        reply = read_reply(key, body)
        return Unanswered(key, reply) if isinstance(reply, str) else reply

    def _answered(self, requests: Sequence[ChatRequest]) -> dict[str, bytes]:
        """Open the attempts of a batch, write, and close them in one transaction."""
        n_before = self._store.n_attempts([request.key for request in requests])
        number = {request.key: n_before.get(request.key, 0) + 1 for request in requests}
        now = time.time()
        self._store.write(
            [Opened(r.key, number[r.key], SIMULATED, now, r.written if number[r.key] == 1 else None) for r in requests]
        )
        bodies = {request.key: _body(request, self.text(request)) for request in requests}
        closed = []
        for key, body in bodies.items():
            reply = self._read(key, body)
            counts = (reply.n_prompt_tokens, reply.n_completion_tokens) if isinstance(reply, Reply) else (None, None)
            closed.append(Closed(key, number[key], Kind.DONE, None, None, "no", 0.0, *counts, body))
        self._store.write(closed)
        return bodies

    def text(self, request: ChatRequest) -> str:
        """Return the answer to a request: a pure function of it and of the knobs."""
        rng = stream(request.seed, SIMULATED, request.ordinal)
        if rng.random() < self._knobs.refusal:
            return REFUSAL
        asked = self._asked("\n".join(content for _, content in request.messages))
        if rng.random() < self._knobs.duplication:
            rng = stream(0, SIMULATED, int(rng.integers(10)))
        if rng.random() < self._knobs.label_noise:
            asked = replace(asked, labels=(int(rng.integers(len(self._place))),))
        written = self._writer(asked.style_shift).write(draw_bits(rng, 1, TEXT_BITS), [asked.labels])[0]
        return written if asked.source is None else self._reworded(asked.source, written, rng)

    def _asked(self, prompt: str) -> _Asked:
        """Read a prompt; one that names no known label is answered with a text about any."""
        named = [line.partition(":")[0].strip() for line in _CATEGORY.findall(prompt)]
        labels = tuple(dict.fromkeys(self._place[name] for name in named if name in self._place)) or (0,)
        source, kind = _SOURCE.search(prompt), _KIND.search(prompt)
        is_patent = kind is None or "patent" in kind[1]
        style = self._knobs.style_shift if is_patent else max(self._knobs.style_shift, OTHER_KIND)
        return _Asked(labels, source[2] if source is not None else None, style)

    def _reworded(self, source: str, written: str, rng: np.random.Generator) -> str:
        """Shuffle the sentences of a source, some of them replaced by sentences about something else."""
        own, others = SENTENCE_END.split(source), SENTENCE_END.split(written)
        keeps = rng.random(len(own)) < self._knobs.faithfulness
        mixed = [one if keep else others[i % len(others)] for i, (one, keep) in enumerate(zip(own, keeps, strict=True))]
        return " ".join(mixed[place] for place in rng.permutation(len(mixed)))

    def _writer(self, style_shift: float) -> Writer:
        if style_shift not in self._writers:
            knobs = self._knobs
            self._writers[style_shift] = Writer(
                self._vocabulary,
                patent_english(),
                coverage=knobs.coverage,
                faithfulness=knobs.faithfulness,
                style_shift=style_shift,
            )
        return self._writers[style_shift]


def _body(request: ChatRequest, text: str) -> bytes:
    """Spell a text as the body of a chat completion; its words are its tokens."""
    n_prompt = sum(len(content.split()) for _, content in request.messages)
    return completion_body(request, text, "stop", n_prompt, len(text.split()))
