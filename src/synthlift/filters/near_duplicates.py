"""Drops texts that are nearly the same as an earlier one, or as a document that the model was shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthlift.corpus import Document
from synthlift.corpus.shingles import Analyzer, near_pairs, normalised, shingle_matrix
from synthlift.filters.contract import Decision

__all__ = ["NearDuplicateFilter"]

Neighbours = Mapping[int, Sequence[tuple[int, float]]]


@dataclass(frozen=True)
class NearDuplicateFilter:
    """Drop ``near-copy-of-seed``, and ``near-duplicate`` of an earlier document that stayed.

    Attributes
    ----------
    seeds : sequence of str
        The real documents that the model may have seen.
    analyzer : {"word", "char"}
        How `near_pairs` cuts texts.
    """

    seeds: Sequence[str] = field(repr=False)
    analyzer: Analyzer = "word"

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document; the score is the highest similarity that it met, 0 if none is near."""
        texts = [*self.seeds, *(document.text for document in documents)]
        number, neighbours = _distinct(texts, self.analyzer)
        seeds, kept = set(number[: len(self.seeds)]), set[int]()
        decisions = []
        for own in number[len(self.seeds) :]:
            met = [(own, 1.0), *neighbours.get(own, ())]
            to_seed = max((similarity for other, similarity in met if other in seeds), default=0.0)
            to_kept = max((similarity for other, similarity in met if other in kept), default=0.0)
            reason = "near-copy-of-seed" if to_seed else "near-duplicate" if to_kept else None
            if reason is None:
                kept.add(own)
            decisions.append(Decision(reason is None, reason, max(to_seed, to_kept)))
        return decisions


def _distinct(texts: Sequence[str], analyzer: Analyzer) -> tuple[list[int], Neighbours]:
    """Return a number for each text, equal ones alike, and the near neighbours of each number.

    The same text ten thousand times over has fifty million near pairs, so equal ones are compared once.
    """
    numbers: dict[str, int] = {}
    number = [numbers.setdefault(normalised(text), len(numbers)) for text in texts]
    first = dict(zip(reversed(number), reversed(texts), strict=True))
    pairs = near_pairs(shingle_matrix([first[each] for each in range(len(numbers))], analyzer))
    neighbours = defaultdict(list)
    for left, right, similarity in zip(*(a.tolist() for a in (pairs.left, pairs.right, pairs.similarity)), strict=True):
        neighbours[left].append((right, similarity))
        neighbours[right].append((left, similarity))
    return number, neighbours
