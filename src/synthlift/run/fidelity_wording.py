"""What can be said of texts by their words alone: vocabulary, length, how they begin, how much they repeat."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.shingles import Analyzer
from synthlift.corpus.terms import term_counter
from synthlift.metrics.anchored import LENGTH, VOCABULARY
from synthlift.metrics.opening import commonest_opening
from synthlift.metrics.self_bleu import self_bleu
from synthlift.metrics.shares import Share, clustered_mean
from synthlift.metrics.variety import compression_ratio, distinct_share
from synthlift.run.fidelity_records import Record, alone, anchored_records, beside, refused
from synthlift.run.fidelity_samples import Compared, Texts
from synthlift.study.copying import words_of

__all__ = ["wording_records"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def wording_records(compared: Compared, analyzer: Analyzer, rng: np.random.Generator) -> Iterator[Record]:
    """Yield the records of vocabulary, length, openings and variety."""
    yield from _vocabulary(compared, analyzer, rng)
    yield from _length(compared, analyzer, rng)
    yield _opening(compared, analyzer)
    yield from _variety(compared)


def _vocabulary(compared: Compared, analyzer: Analyzer, rng: np.random.Generator) -> Iterator[Record]:
    counter = term_counter(analyzer, longest=1)
    sides = compared.all
    try:
        counts = counter.fit_transform([text for side in sides for text in side.texts])
    except ValueError:  # no text has a single word
        yield from refused((VOCABULARY,), "words", "value: no text has a word")
    else:
        ends = np.cumsum([len(side.texts) for side in sides])
        rows = [side.sample(counts[end - len(side.texts) : end]) for side, end in zip(sides, ends, strict=True)]
        yield from anchored_records((VOCABULARY,), "words", rows, rng)


def _length(compared: Compared, analyzer: Analyzer, rng: np.random.Generator) -> Iterator[Record]:
    sides = compared.all
    is_word = analyzer == "word"
    lengths = [[[float(len(text.split() if is_word else text))] for text in side.texts] for side in sides]
    samples = [side.sample(np.array(own).reshape(-1, 1)) for side, own in zip(sides, lengths, strict=True)]
    yield from anchored_records((LENGTH,), "words" if is_word else "characters", samples, rng)


def _opening(compared: Compared, analyzer: Analyzer) -> Record:
    """Tell how many texts begin with the same two words, or four characters where there are no words."""
    sides = [_begin_alike(side, analyzer) for side in (compared.written, compared.real)]
    return beside("commonest-opening", "words", [clustered_mean(*side) for side in sides], len(sides[0][0]))


def _begin_alike(side: Texts, analyzer: Analyzer) -> tuple[FloatArray, IntArray]:
    is_word = analyzer == "word"
    openings = [" ".join(text.lower().split()[:2]) if is_word else text.lower()[:4] for text in side.texts]
    number = np.unique(openings, return_inverse=True)[1].astype(np.int64)
    return commonest_opening(number).astype(float), side.cluster


def _variety(compared: Compared) -> Iterator[Record]:
    """Tell how much texts repeat one another, in as many words, or bytes, of the generator as of real documents."""
    sides, n = [compared.written, compared.real], len(compared.written.texts)
    words = words_of(*(side.texts for side in sides))
    bleu = [_mean_of(self_bleu(one), side.cluster) for one, side in zip(words, sides, strict=True)]
    yield beside("self-BLEU", "words", bleu, n)
    n_words = min(len(one.word) for one in words)
    for size in (1, 2, 3):
        yield alone(f"distinct-{size}", "words", [distinct_share(one, size, n_words) for one in words], n)
    lines = [[text.lower().encode() for text in side.texts] for side in sides]
    n_bytes = min(sum(map(len, one)) for one in lines)
    yield alone("compression-ratio", "bytes", [compression_ratio(one, n_bytes) for one in lines], n)


def _mean_of(values: FloatArray, cluster: IntArray) -> Share | None:
    has = ~np.isnan(values)
    return clustered_mean(values[has], cluster[has])
