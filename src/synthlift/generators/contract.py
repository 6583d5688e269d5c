"""What a source of synthetic documents must offer."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from synthlift.corpus import Corpus

__all__ = ["TextGenerator"]


class TextGenerator(Protocol):
    """Write, or look up, documents for a training subset."""

    def generate(self, train: Corpus, n: int, *, rng: np.random.Generator) -> Corpus:
        """Return at most `n` synthetic documents, written from `train` and nothing else."""
        ...
