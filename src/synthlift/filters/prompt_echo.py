"""Drops texts that repeat their own instruction, or a tag in which foreign text was handed to the model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthlift.corpus import Document
from synthlift.corpus.shingles import normalised
from synthlift.filters.contract import Decision

__all__ = ["PromptEchoFilter"]

N_WORDS = 8
MOST = 0.2
# a tag carries a nonce of its request, so nobody but the prompt can have written it
_TAG = re.compile(r"</?(?:source|examples?)-[0-9a-f]{4,}\b", re.IGNORECASE)


@dataclass(frozen=True)
class PromptEchoFilter:
    """Drop ``prompt-echo``: over a fifth of the text stands in its instruction, or a prompt's tag stands in the text.

    Attributes
    ----------
    prompts : mapping of str to str
        By document id, what the model was told to do, without examples and without the source: those are judged as
        copies of documents. A document that is not in it is searched for tags only.
    """

    prompts: Mapping[str, str] = field(repr=False)

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document; the score is the share of its distinct word 8-grams in the instruction.

        None where there is no instruction, or under 8 words.
        """
        return [self._judge(document) for document in documents]

    def _judge(self, document: Document) -> Decision:
        prompt = self.prompts.get(document.id)
        score = None if prompt is None else _share_within(document.text, prompt)
        dropped = _TAG.search(document.text) is not None or (score is not None and score > MOST)
        return Decision(not dropped, "prompt-echo" if dropped else None, score)


def _share_within(text: str, prompt: str) -> float | None:
    words = normalised(text).split()
    grams = {" ".join(words[start : start + N_WORDS]) for start in range(len(words) - N_WORDS + 1)}
    if not grams:
        return None
    within = f" {normalised(prompt)} "
    return sum(f" {gram} " in within for gram in grams) / len(grams)
