"""For which label sets texts are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from synthlift.corpus import Corpus
from synthlift.errors import BadConfiguration, show

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
        Where no training document has a label, or none is given; for a given label that `train` does not know.
    """
    if not isinstance(how, str):
        return _evenly(_known(how, train.labels), n, rng)
    observed = [document.labels for document in train if document.labels]
    if not observed:
        raise BadConfiguration(
            "label_sets: got training documents without labels, expected some with: give label sets in a file"
        )
    return _balanced(observed, n, rng) if how == "balanced" else _evenly(observed, n, rng)


def _known(given: Sequence[LabelSet], labels: Sequence[str]) -> list[LabelSet]:
    """Return given label sets, each sorted and without repeats."""
    unknown = sorted({label for each in given for label in each} - set(labels))
    if unknown:
        raise BadConfiguration(f"label_sets: got {show(unknown[0])}, expected labels of the corpus: correct it")
    if not given or not all(given):
        raise BadConfiguration("label_sets: got none, or an empty one, expected labels to write for: leave it out")
    return [tuple(sorted(set(each))) for each in given]


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
