"""For which label sets texts are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from synthlift.corpus import Corpus
from synthlift.errors import BadConfiguration

__all__ = ["LabelSets", "draw_label_sets"]

LabelSet = tuple[str, ...]
LabelSets = Literal["empirical", "balanced"] | Sequence[LabelSet]


def draw_label_sets(train: Corpus, n: int, how: LabelSets, rng: np.random.Generator) -> list[LabelSet]:
    """Return `n` label sets.

    Parameters
    ----------
    train : Corpus
    n : int
    how : {"empirical", "balanced"} or sequence of label sets
        Those of the training documents, each used equally often up to one; those among them that make labels as even
        as can be, so that no co-occurrence is invented; or the given ones, each equally often up to one.
    rng : numpy Generator

    Raises
    ------
    BadConfiguration
        Where no training document has a label.
    """
    observed = [document.labels for document in train if document.labels]
    if not observed:
        raise BadConfiguration("got training documents without labels, expected label sets to write for")
    if how == "balanced":
        return _balanced(observed, n, rng)
    return _evenly(observed if how == "empirical" else [tuple(each) for each in how], n, rng)


def _evenly(sets: Sequence[LabelSet], n: int, rng: np.random.Generator) -> list[LabelSet]:
    """Return whole rounds of all sets and a part of one, each round in an order of its own."""
    rounds = [rng.permutation(len(sets)) for _ in range(-(-n // len(sets)))]
    return [sets[int(row)] for one in rounds for row in one][:n]


def _balanced(observed: Sequence[LabelSet], n: int, rng: np.random.Generator) -> list[LabelSet]:
    """Return, one after the other, the set whose labels have been asked for least; ties at random."""
    distinct = sorted(set(observed))
    column = {label: place for place, label in enumerate(sorted({label for each in distinct for label in each}))}
    member = np.zeros((len(distinct), len(column)))
    for row, labels in enumerate(distinct):
        member[row, [column[label] for label in labels]] = 1.0
    count, chosen = np.zeros(len(column)), []
    for _ in range(n):
        mean = (member @ count) / member.sum(axis=1)
        ties = np.flatnonzero(mean <= mean.min() + 1e-9)
        row = int(rng.choice(ties))
        count += member[row]
        chosen.append(distinct[row])
    return chosen
