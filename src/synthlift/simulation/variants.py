"""Near-duplicates: which document repeats which, and edits that leave a document recognisable."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from synthlift.simulation.tables import threshold

__all__ = ["light_edit", "roots", "varied"]

EDITED = 0.06
"""Share of the choices behind a text that a variant makes anew: two variants in three keep a Jaccard similarity of 0.7
in word 3-shingles, and one in seven is a reprint."""

SENTENCE_END = re.compile(r"(?<=[a-z)][.!?]) (?=[A-Z])")


def roots(bits: NDArray[np.uint32], rate: float) -> NDArray[np.int64]:
    """Say which document each one repeats, from bits ``(n_docs, 2)``: an earlier one at `rate`, else itself.

    A repeated document is itself no repetition: families are stars.
    """
    root = np.arange(len(bits))
    for row in np.flatnonzero(bits[:, 0].astype(np.int64) < threshold(rate)).tolist():
        if row:
            root[row] = root[int(bits[row, 1]) % row]
    return root


def varied(
    bits: NDArray[np.uint32], root: NDArray[np.int64], n_kept: int, rng: np.random.Generator
) -> NDArray[np.uint32]:
    """Give each repeating row the bits of its root, a few of them redrawn; the first `n_kept` columns stay.

    Parameters
    ----------
    bits : uint32 ``(n_docs, n_bits)``
        As drawn; what a repeating row drew is what its edits take.
    root : int ``(n_docs,)``
        From `roots`.
    n_kept : int
        Columns that are copied whole: what a family has in common.
    rng : numpy.random.Generator
        Chooses what is edited.
    """
    repeating = np.flatnonzero(root != np.arange(len(root)))
    made = bits.copy()
    if len(repeating):
        coins = np.frombuffer(rng.bytes(4 * len(repeating) * bits.shape[1]), dtype="<u4").reshape(len(repeating), -1)
        is_edited = coins < threshold(EDITED)
        is_edited[:, :n_kept] = False
        made[repeating] = np.where(is_edited, bits[repeating], bits[root[repeating]])
    return made


def light_edit(text: str, bits: int) -> str:
    """Swap two neighbouring sentences after the first, or nothing: not a word is added or lost.

    >>> light_edit("It rolls. It stops. It beeps.", 1)
    'It rolls. It beeps. It stops.'
    """
    sentences = SENTENCE_END.split(text)
    place = bits % max(len(sentences) - 1, 1)
    if place:
        sentences[place], sentences[place + 1] = sentences[place + 1], sentences[place]
    return " ".join(sentences)
