"""Truth of a run: predictions are scored once each, and each as if alone."""

from __future__ import annotations

import numpy as np

from synthlift.metrics.scores import thresholded_scores
from synthlift.randomness import stream
from synthlift.report.arms import Truth


def test_predictions_are_scored_once_and_each_by_its_own_bits() -> None:
    """Equal predictions share their scores; ones that differ in the last bit have their own."""
    rng = stream(21)
    labels = rng.random((30, 11)) < 0.3
    truth = Truth(labels, np.arange(30) // 2)
    predicted = rng.random((30, 11)) < 0.3
    other = predicted.copy()
    other[-1, -1] = ~other[-1, -1]
    packed, other_packed = np.packbits(predicted, axis=1), np.packbits(other, axis=1)
    assert np.array_equal(truth.unpacked(packed), predicted)
    assert truth.n_groups == 15
    assert truth.scores(packed) is truth.scores(packed.copy())
    for bits, plain in ((packed, predicted), (other_packed, other)):
        expected = thresholded_scores(plain, labels, truth.group)
        found = truth.scores(bits)
        assert found.keys() == expected.keys()
        for name, score in expected.items():
            own = found[name]
            assert score is not None
            assert own is not None
            assert own.value == score.value
            assert np.array_equal(own.influence, score.influence)
    assert truth.scores(packed) is not truth.scores(other_packed)
