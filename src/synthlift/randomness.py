"""The only place that makes a random generator: streams addressed by meaning, not by who asked first."""

from __future__ import annotations

import hashlib
import json

import numpy as np

__all__ = ["stream"]


def stream(seed: int, *key: str | int) -> np.random.Generator:
    """Return the random stream of one purpose.

    The key is hashed to four 32-bit words that become the spawn key of a `numpy.random.SeedSequence`: equal keys give
    equal streams whatever was drawn before, and different keys give independent ones.

    Parameters
    ----------
    seed : int
        The run's seed, >= 0.
    *key : str or int
        The purpose, e.g. ``"subset", replicate``.

    Examples
    --------
    >>> bool(stream(0, "subset", 1).random() == stream(0, "subset", 1).random())
    True
    >>> bool(stream(0, "subset", 1).random() == stream(0, "subset", "1").random())
    False
    """
    digest = hashlib.sha256(json.dumps(key, ensure_ascii=True).encode()).digest()
    words = tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=words))
