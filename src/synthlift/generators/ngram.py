"""Texts of a label-conditioned n-gram model: what any generator should beat that is said to know more than the words.

The model of a label is interpolated Kneser-Ney over the training documents that carry it; where its own n-grams end,
it falls back on the bigrams and then the words of all training documents, so that a label of two documents does not
replay them. A text of several labels is drawn from the mean of their models, one of documents without labels from the
model of these documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus, Document, Origin
from synthlift.corpus.shingles import normalised
from synthlift.errors import BadConfiguration
from synthlift.generators.kneser_ney import END, KneserNey
from synthlift.generators.tokens import is_word, join, matched, tokenise

__all__ = ["NgramGenerator"]

IntArray = NDArray[np.int64]

PRIOR_ORDER = 2
MAX_TRIES = 8
MOSTLY = 0.9


@dataclass(frozen=True, slots=True)
class NgramGenerator:
    """Write texts with an n-gram model of the training subset.

    Label sets are those of the training documents, each document's as often as any other's, give or take one. A text
    ends where the model says so; an end before the length of the shortest training text is drawn again up to 8 times,
    and so is a text that is longer than the longest, or repeats a training text but for case and punctuation. Then it
    is kept, cut at the length of the longest: what still repeats is for the audit to find. Marks that stand side by
    side in no training text, and brackets without their other half where training texts close theirs, are left out.

    Parameters
    ----------
    order : int
        At least 1; 3 looks at two tokens to draw the next.

    Raises
    ------
    BadConfiguration
        For an order below 1.
    """

    order: int = 3

    def __post_init__(self) -> None:
        if self.order < 1:
            raise BadConfiguration(f"got n-gram order {self.order!r}, expected a whole number of at least 1")

    def generate(self, train: Corpus, n: int, *, rng: np.random.Generator) -> Corpus:
        """Return `n` texts in random order of their label sets; none where `train` has no text to learn from."""
        real = [(document, tokens) for document in train if (tokens := tokenise(document.text))]
        if n <= 0 or not real:
            return Corpus((), train.labels)
        rounds = [rng.permutation(len(real)) for _ in range(-(-n // len(real)))]
        labels = [real[row][0].labels for row in np.concatenate(rounds)[:n]]
        texts = _Writer([tokens for _, tokens in real], [d.labels for d, _ in real], self.order).write(labels, rng)
        origin = Origin("ngram")
        written = enumerate(zip(texts, labels, strict=True))
        return Corpus(
            tuple(Document(f"ngram-{i:06d}", text, own, None, origin) for i, (text, own) in written), train.labels
        )


class _Writer:
    """The models of all labels of a training subset."""

    def __init__(self, texts: Sequence[list[str]], labels: Sequence[tuple[str, ...]], order: int) -> None:
        number = {token: row for row, token in enumerate(dict.fromkeys(t for text in texts for t in text), start=1)}
        numbered = [np.array([number[token] for token in text], dtype=np.int64) for text in texts]
        self._token = ["", *number]
        self._words = {token for token in number if is_word(token)}
        self._model = {name: row for row, name in enumerate(sorted({name for own in labels for name in own}))}
        together = np.zeros(len(texts), dtype=np.int64)
        size = len(self._token)
        prior = KneserNey.fit(numbered, together, order=min(order, PRIOR_ORDER), n_tokens=size)
        pairs = [(text, model) for text, own in zip(numbered, labels, strict=True) for model in self._models(own)]
        models = np.array([model for _, model in pairs])
        self._ngrams = KneserNey.fit([text for text, _ in pairs], models, order=order, n_tokens=size, prior=prior)
        self._shortest, self._longest = min(map(len, texts)), max(map(len, texts))
        self._known = {normalised(join(text)) for text in texts}
        self._seen = {pair for text in texts for pair in pairwise(("", *text))}
        self._closes = sum(matched(text) == text for text in texts) >= MOSTLY * len(texts)

    def write(self, labels: Sequence[tuple[str, ...]], rng: np.random.Generator) -> list[str]:
        """Return a text for each label set; in place of those that do not fit, the first of some more that does."""
        texts = [""] * len(labels)
        unfit = dict.fromkeys(range(len(labels)))
        for tries in (1, MAX_TRIES):
            rows = [row for row in unfit for _ in range(tries)]
            if not rows:
                break
            for row, tokens in zip(rows, self._draw([self._models(labels[row]) for row in rows], rng), strict=True):
                if row in unfit:
                    texts[row] = self._spell(tokens[: self._longest])
                    if self._shortest <= len(tokens) <= self._longest and normalised(texts[row]) not in self._known:
                        del unfit[row]
        return texts

    def _models(self, labels: tuple[str, ...]) -> list[int]:
        return [self._model[name] for name in labels] or [len(self._model)]

    def _spell(self, tokens: IntArray) -> str:
        """Return the text of tokens without marks and brackets that training texts would not have there."""
        drawn = [self._token[number] for number in tokens]
        kept = [""]
        for token in drawn:
            if token in self._words or kept[-1] in self._words or (kept[-1], token) in self._seen:
                kept.append(token)
        return (join(matched(kept)) if self._closes else join(kept)) or join(drawn)

    def _draw(self, models: Sequence[list[int]], rng: np.random.Generator) -> list[IntArray]:
        """Draw all texts side by side, token by token, each token from one of its text's models at random."""
        size = np.array([len(own) for own in models], dtype=np.int64)
        first = np.cumsum(size) - size
        flat = np.array([model for own in models for model in own], dtype=np.int64)
        row, history = np.arange(len(models)), self._ngrams.begin(len(models))
        drawn = [(row[:0], row[:0])]
        for place in range(self._longest + 1):  # one more tells which are too long
            token = self._ngrams.draw(flat[first[row] + rng.integers(size[row])], history, rng)
            for _ in range(MAX_TRIES if place < self._shortest else 0):
                early = np.flatnonzero(token == END)
                again = row[early]
                token[early] = self._ngrams.draw(flat[first[again] + rng.integers(size[again])], history[early], rng)
            going = token != END
            row, token, history = row[going], token[going], history[going]
            if not len(row):
                break
            history = np.column_stack((token, history))[:, : history.shape[1]]
            drawn.append((row, token))
        rows, tokens = (np.concatenate(part) for part in zip(*drawn, strict=True))
        ends = np.cumsum(np.bincount(rows, minlength=len(models)))[:-1]
        return np.split(tokens[np.argsort(rows, kind="stable")], ends)
