"""Self-BLEU: how much of a document's wording the other documents of its sample have, by an index of their n-grams.

A document is the hypothesis and all others are its references. What that asks of an n-gram is the largest count in any
*other* document, and the two largest counts of each n-gram answer it for all: no pair of documents is looked at, and
the work grows with the number of words.

References
----------
Zhu, Lu, Zheng et al. (2018), Texygen: a benchmarking platform for text generation models, SIGIR.
Papineni, Roukos, Ward & Zhu (2002), BLEU: a method for automatic evaluation of machine translation, ACL.
Post (2018), A call for clarity in reporting BLEU scores, WMT (smoothing "exp", effective order).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthlift.metrics.copying import Words

__all__ = ["LONGEST", "self_bleu"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LONGEST = 4


def self_bleu(words: Words) -> FloatArray:
    """Return each document's BLEU against all others, 0 to 1, ``(n_docs,)``; NaN without a word, or without others.

    Sentence BLEU of up to four words: clipped counts, the brevity penalty of the nearest reference length, orders
    without a match smoothed by halving, orders that a document is too short for left out.

    Parameters
    ----------
    words : Words

    Examples
    --------
    >>> same = Words(np.array([1, 2, 3, 4, 1, 2, 3, 4]), np.array([0, 4, 8]))
    >>> self_bleu(same).tolist()
    [1.0, 1.0]
    """
    length = words.length
    n_docs, doc = len(length), np.repeat(np.arange(len(length)), length)
    if n_docs < 2:
        return np.full(n_docs, np.nan)
    single = np.unique(words.word, return_inverse=True)[1].astype(np.int64)
    run, n_words = single.copy(), int(single.max(initial=-1)) + 1
    log_sum, n_orders = np.zeros(n_docs), np.zeros(n_docs)
    halving, is_alone = np.ones(n_docs), np.ones(n_docs, dtype=bool)
    for order in range(1, LONGEST + 1):
        n_places = max(len(doc) - order + 1, 0)
        place = np.flatnonzero(doc[:n_places] == doc[order - 1 :])
        if order > 1:  # the run that is one shorter, and the word after it
            joined = run[place] * n_words + single[place + order - 1]
            run[place] = np.unique(joined, return_inverse=True)[1]
        matched = _matched(run[place], doc[place], n_docs)
        total = np.maximum(length - order + 1, 0)
        halving[(total > 0) & (matched == 0)] *= 2.0
        is_alone &= matched == 0
        share = np.where(matched > 0, matched, 1.0 / halving) / np.maximum(total, 1)
        log_sum += np.where(total > 0, np.log(share), 0.0)
        n_orders += total > 0
    bleu: FloatArray = np.exp(log_sum / np.maximum(n_orders, 1.0)) * _brevity(length)
    bleu[is_alone] = 0.0
    bleu[length == 0] = np.nan
    return bleu


def _matched(gram: IntArray, doc: IntArray, n_docs: int) -> FloatArray:
    """Return how many n-grams of each document some other one has as often, ``(n_docs,)``."""
    pair, count = np.unique(gram * n_docs + doc, return_counts=True)
    of_gram, of_doc = pair // n_docs, pair % n_docs
    # the documents of an n-gram, the one that has it most often first
    order = np.lexsort((-count, of_gram))
    of_gram, of_doc, count = of_gram[order], of_doc[order], count[order]
    is_first = np.concatenate([[True], of_gram[1:] != of_gram[:-1]])[: len(of_gram)]
    first = np.flatnonzero(is_first)
    has_second = np.append(~is_first[1:], False)[first] if len(first) else np.zeros(0, dtype=bool)
    second_count = np.where(has_second, count[np.minimum(first + 1, max(len(count) - 1, 0))], 0)
    at = np.cumsum(is_first) - 1
    elsewhere = np.where(is_first, second_count[at], count[first][at])
    return np.bincount(of_doc, weights=np.minimum(count, elsewhere), minlength=n_docs).astype(np.float64)


def _brevity(length: IntArray) -> FloatArray:
    """Return the penalty of documents that are shorter than the other one of nearest length, ``(n_docs,)``."""
    order = np.argsort(length, kind="stable")
    ascending = length[order].astype(float)
    below = np.concatenate([[-np.inf], ascending[:-1]])
    above = np.concatenate([ascending[1:], [np.inf]])
    # the nearer one; of two equally near ones the shorter, which costs nothing
    nearest = np.where(ascending - below <= above - ascending, below, above)
    penalty = np.empty(len(length))
    penalty[order] = np.exp(np.minimum(1.0 - nearest / np.maximum(ascending, 1.0), 0.0))
    return penalty
