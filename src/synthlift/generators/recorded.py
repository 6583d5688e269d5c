"""Synthetic documents that somebody else's tool wrote: an audit is a study whose generator is recorded."""

from __future__ import annotations

import numpy as np

from synthlift.corpus import Corpus

__all__ = ["RecordedGenerator"]


class RecordedGenerator:
    """Give out what a file holds, without what was written from documents that are not in the subset.

    Parameters
    ----------
    corpus : Corpus
        The kept synthetic documents.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def generate(self, train: Corpus, n: int, *, rng: np.random.Generator) -> Corpus:
        """Return the documents whose recorded parents all are in `train`; if these are more than `n`, a draw of them.

        Documents without a recorded parent are given out: whether they were written from others cannot be known, and
        the audit says so.
        """
        known = set(train.ids)
        rows = [
            row
            for row, document in enumerate(self._corpus)
            if document.origin is None or known.issuperset(document.origin.parents)
        ]
        if len(rows) > n:
            rows = sorted(rng.permutation(rows)[:n].tolist())
        return self._corpus.take(rows)
