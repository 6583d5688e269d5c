"""Token ids of texts, made once each, and batches of texts of like length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["TokenCache", "ordered_batches", "training_batches"]

IntArray = NDArray[np.int64]

# Texts are sorted by length within so many batches: enough for like lengths, little enough for chance.
POOL = 8


class TokenCache:
    """Token ids of texts, as long as the network reads them.

    Parameters
    ----------
    tokenizer : object
        Of transformers.
    max_tokens : int
    """

    def __init__(self, tokenizer: Any, max_tokens: int) -> None:
        self._tokenizer, self._max_tokens = tokenizer, max_tokens
        self._known: dict[str, tuple[IntArray, bool]] = {}

    def ids(self, texts: Sequence[str]) -> tuple[list[IntArray], int]:
        """Return the ids of each text, special tokens included, and how many texts were cut."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            limit = {"truncation": True, "max_length": self._max_tokens, "return_overflowing_tokens": True}
            encoded = self._tokenizer(fresh, **limit)
            first: dict[int, int] = {}
            pieces: dict[int, int] = {}
            for row, text in enumerate(encoded["overflow_to_sample_mapping"]):
                first.setdefault(text, row)
                pieces[text] = pieces.get(text, 0) + 1
            for text, content in enumerate(fresh):
                ids = np.asarray(encoded["input_ids"][first[text]], dtype=np.int64)
                self._known[content] = (ids, pieces[text] > 1)
        found = [self._known[text] for text in texts]
        return [ids for ids, _ in found], sum(cut for _, cut in found)


def training_batches(
    lengths: IntArray, n_steps: int, batch_size: int, rng: np.random.Generator, stage: IntArray | None = None
) -> list[IntArray]:
    """Return the rows of each step's batch: shuffled anew for each epoch, then texts of like length together.

    With stages, each has steps in proportion to its rows, and those of a lower one come first.

    Parameters
    ----------
    lengths : ndarray of int, shape (n_rows,)
        Tokens of each row.
    n_steps, batch_size : int
    rng : numpy.random.Generator
    stage : ndarray of int, shape (n_rows,), optional

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> [len(batch) for batch in training_batches(np.array([3, 9, 4, 8, 5]), 4, 2, rng)]
    [1, 2, 2, 2]
    """
    stage = np.zeros(len(lengths), dtype=np.int64) if stage is None else stage
    batches: list[IntArray] = []
    for one in np.unique(stage):
        rows = np.flatnonzero(stage == one)
        until = round(n_steps * np.count_nonzero(stage <= one) / len(stage))
        while len(batches) < until:
            batches.extend(_epoch(rows, lengths, batch_size, rng)[: until - len(batches)])
    return batches


def ordered_batches(lengths: IntArray, batch_size: int) -> list[IntArray]:
    """Return batches of rows from the longest to the shortest: if memory is too small, the first batch says so."""
    order = np.argsort(-lengths, kind="stable")
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def _epoch(rows: IntArray, lengths: IntArray, batch_size: int, rng: np.random.Generator) -> list[IntArray]:
    shuffled = rng.permutation(rows)
    batches: list[IntArray] = []
    for start in range(0, len(shuffled), POOL * batch_size):
        pool = shuffled[start : start + POOL * batch_size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches.extend(pool[at : at + batch_size] for at in range(0, len(pool), batch_size))
    return [batches[at] for at in rng.permutation(len(batches))]
