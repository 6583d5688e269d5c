"""Trial results to store, and what makes two of them the same."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.storage.ledger import ScoreRow, TrialResult


def _result(number: int, status: str = "done", **changes) -> TrialResult:
    """Return a small result whose values all follow from its number."""
    rng = np.random.default_rng(number)
    values = {
        "key": f"{number:064x}",
        "name": f"real+synthetic · linear · r{number}",
        "spec": {"condition": "real+synthetic", "generator": None, "replicate": number, "share": 0.1},
        "status": status,
        "reason": None if status == "done" else "too few documents",
        "scores": (
            ScoreRow("micro-F1@tuned", None, rng.random(), None),
            ScoreRow("macro-F1@tuned", None, 1.0, None),
            ScoreRow("F1@tuned", "Ünï|\x1b[31m\u202e", None, "no positive in test"),
        ),
        "arrays": {"influence": rng.random((3, 20)), "predicted@tuned": rng.integers(0, 255, 30).astype(np.uint8)},
        "facts": {"C": 0.25, "grid": [1, 2], "nested": {"b": None, "a": True}},
        "seconds": 1.5,
        "n_tries": 1,
    }
    return TrialResult(**{**values, **changes})


def _content(result: TrialResult) -> tuple:
    """Return all that a result says, in a form that == compares."""
    arrays = {name: (a.dtype.str, a.shape, a.tobytes()) for name, a in result.arrays.items()}
    return (
        *(getattr(result, name) for name in ("key", "name", "status", "reason", "scores", "seconds", "n_tries")),
        dict(result.spec),
        dict(result.facts),
        arrays,
    )


@pytest.fixture
def make_result():
    return _result


@pytest.fixture
def content():
    return _content
