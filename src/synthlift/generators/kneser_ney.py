"""Interpolated Kneser-Ney n-gram models, several at once, and drawing from them.

Of order n, with c(.) the number of times and N(.w) the number of different tokens that an n-gram is preceded by::

    p_n(w | h) = max(c(h w) - D_n, 0) / c(h .) + D_n N(h .) / c(h .) p_{n-1}(w | h')

where h' is h without its oldest token, c becomes the number of different tokens before the n-gram in all orders but
the highest, and the lowest order falls back on another model, its `prior`, or else is not discounted. D_n is
n1 / (n1 + 2 n2) of the order's counts of 1 and 2, over all models together: a model of two texts has too few n-grams
for an estimate of its own.

To draw, nothing is summed over the vocabulary. A point is drawn on a line on which each n-gram of the context is as
long as its count; on the first D_n of an n-gram's stretch the order is forgotten and the next lower one asked, on the
rest the token is taken. The chances are those of the formula, exactly.

References
----------
Kneser & Ney (1995), Improved backing-off for m-gram language modeling, ICASSP.
Chen & Goodman (1999), An empirical study of smoothing techniques for language modeling, Computer Speech & Language 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["END", "KneserNey"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

END = 0
DISCOUNT = 0.75  # where no n-gram counts 1, or none 2: the estimate would forget nothing, or everything


@dataclass(frozen=True, slots=True)
class _Order:
    """The n-grams of one order, those of a context side by side.

    Attributes
    ----------
    context : ndarray of int, shape (n_contexts,)
        Ascending keys: number of the shorter context x (n_tokens + 1) + the token before it.
    start : ndarray of int, shape (n_contexts + 1,)
        Where the n-grams of each context begin, and the end.
    token : ndarray of int, shape (n_grams,)
        What follows the context.
    below : ndarray of float, shape (n_grams + 1,)
        Sum of all counts before each n-gram: whole numbers.
    discount : float
        In [0, 1].
    """

    context: IntArray
    start: IntArray
    token: IntArray
    below: FloatArray
    discount: float

    def find(self, key: IntArray) -> IntArray:
        """Return the number of each context, -1 where it was never seen."""
        place = np.minimum(np.searchsorted(self.context, key), len(self.context) - 1)
        return np.where(self.context[place] == key, place, -1)

    def draw(self, context: IntArray, uniform: FloatArray) -> IntArray:
        """Return a token after each context, -1 where this order is forgotten."""
        last = self.start[context + 1] - 1
        low, high = self.below[self.start[context]], self.below[last + 1]
        point = low + uniform * (high - low)
        gram = np.minimum(np.searchsorted(self.below, point, side="right") - 1, last)
        return np.where(point - self.below[gram] >= self.discount, self.token[gram], -1)


@dataclass(frozen=True, slots=True)
class KneserNey:
    """Models over one vocabulary, numbered from 0; tokens are 1 to ``n_tokens - 1``, and `END` is 0.

    Attributes
    ----------
    orders : tuple
        Counts, the lowest order first.
    n_tokens : int
        Size of the vocabulary, `END` included.
    prior : KneserNey or None
        Its model 0 is what the lowest order falls back on; of no higher order than this one.
    """

    orders: tuple[_Order, ...]
    n_tokens: int
    prior: KneserNey | None

    @classmethod
    def fit(
        cls,
        texts: Sequence[IntArray],
        model: IntArray,
        *,
        order: int,
        n_tokens: int,
        prior: KneserNey | None = None,
        discount: float | None = None,
    ) -> KneserNey:
        """Count the n-grams of texts.

        Parameters
        ----------
        texts : sequence of ndarray of int
            Tokens, without start and end; at least one text. A text that belongs to two models is given twice.
        model : ndarray of int, shape (n_texts,)
            The model that each text belongs to; each model but the last has at least one text, or there is a prior.
        order : int
            At least 1; 3 looks at two tokens.
        discount : float, optional
            For all orders, in place of the estimates.
        """
        stream, at = _padded(texts, order, start=n_tokens)
        context = np.repeat(model, [len(text) + 1 for text in texts])
        keys = np.arange(int(model.max()) + 1)
        levels = []
        for length in range(order):
            if length:
                keys, context = np.unique(context * (n_tokens + 1) + stream[at - length], return_inverse=True)
            levels.append(
                (keys, *np.unique(context * (n_tokens + 1) + stream[at], return_index=True, return_inverse=True))
            )
        orders = []
        for length, (keys, gram, _, member) in enumerate(levels):
            counted = member if length == order - 1 else member[levels[length + 1][2]]
            count = np.bincount(counted, minlength=len(gram))
            undiscounted = length == 0 and prior is None
            share = 0.0 if undiscounted else _discount(count) if discount is None else discount
            orders.append(_order(keys, gram, count, share, n_tokens + 1))
        return cls(tuple(orders), n_tokens, prior)

    def begin(self, n_texts: int) -> IntArray:
        """Return the history of texts that have no token yet: start symbols, ``(n_texts, order - 1)``."""
        return np.full((n_texts, len(self.orders) - 1), self.n_tokens, dtype=np.int64)

    def draw(self, model: IntArray, history: IntArray, rng: np.random.Generator) -> IntArray:
        """Draw the next token of each text.

        Parameters
        ----------
        model : ndarray of int, shape (n_texts,)
            The model to draw from.
        history : ndarray of int, shape (n_texts, order - 1)
            Tokens so far, the newest first.
        """
        token = np.full(len(model), -1, dtype=np.int64)
        for order, context in reversed(list(zip(self.orders, self._contexts(model, history), strict=True))):
            rows = np.flatnonzero((token < 0) & (context >= 0))
            token[rows] = order.draw(context[rows], rng.random(len(rows)))
        rows = np.flatnonzero(token < 0)
        if self.prior is not None and len(rows):
            shorter = history[rows, : len(self.prior.orders) - 1]
            token[rows] = self.prior.draw(np.zeros(len(rows), dtype=np.int64), shorter, rng)
        return token

    def probability(self, model: int, history: Sequence[int]) -> FloatArray:
        """Return the chance of each token after a history, newest first, of ``order - 1`` tokens, ``(n_tokens,)``."""
        known = np.array([history], dtype=np.int64).reshape(1, -1)
        proba = np.zeros(self.n_tokens)
        if self.prior is not None:
            proba = self.prior.probability(0, history[: len(self.prior.orders) - 1])
        for order, (context,) in zip(self.orders, self._contexts(np.array([model]), known), strict=True):
            if context >= 0:
                first, end = order.start[context], order.start[context + 1]
                count = np.diff(order.below[first : end + 1])
                proba = proba * (order.discount * len(count) / count.sum())
                proba[order.token[first:end]] += (count - order.discount) / count.sum()
        return proba

    def _contexts(self, model: IntArray, history: IntArray) -> list[IntArray]:
        """Return the number of each text's context in each order, -1 where it was never seen, each ``(n_texts,)``."""
        lowest = self.orders[0]
        inside = np.minimum(model, len(lowest.context) - 1)
        seen = (model == inside) & (lowest.start[inside] < lowest.start[inside + 1])
        found = [np.where(seen, inside, -1)]
        for length, order in enumerate(self.orders[1:]):
            key = found[-1] * (self.n_tokens + 1) + history[:, length]  # of an unseen one below 0, so never found
            found.append(order.find(key))
        return found


def _padded(texts: Sequence[IntArray], order: int, start: int) -> tuple[IntArray, IntArray]:
    """Return the texts in one row between start symbols and `END`, and where what is to be foretold stands in it."""
    before, after = np.full(order - 1, start, dtype=np.int64), np.array([END], dtype=np.int64)
    stream = np.concatenate([part for text in texts for part in (before, text, after)])
    return stream, np.flatnonzero(stream != start)


def _discount(count: IntArray) -> float:
    once, twice = int((count == 1).sum()), int((count == 2).sum())
    return once / (once + 2 * twice) if once and twice else DISCOUNT


def _order(keys: IntArray, gram: IntArray, count: IntArray, discount: float, radix: int) -> _Order:
    start = np.searchsorted(gram // radix, np.arange(len(keys) + 1))
    below = np.concatenate(([0], np.cumsum(count))).astype(np.float64)
    return _Order(keys, start.astype(np.int64), gram % radix, below, discount)
