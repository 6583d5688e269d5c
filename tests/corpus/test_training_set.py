"""A training set knows which rows hyper-parameters are tuned on."""

from __future__ import annotations

import numpy as np

from synthlift.corpus import TrainingSet


def training_set(is_real: list[bool]) -> TrainingSet:
    n = len(is_real)
    return TrainingSet(tuple("abcdef"[:n]), np.zeros((n, 2), bool), np.arange(n), np.array(is_real, dtype=bool))


def test_the_real_rows_are_tuned_on_wherever_they_stand() -> None:
    """In order of the set."""
    assert training_set([False, True, False, True]).tuning_rows.tolist() == [1, 3]


def test_without_a_real_row_all_rows_are_tuned_on() -> None:
    """As in the condition of synthetic documents alone."""
    assert training_set([False, False, False]).tuning_rows.tolist() == [0, 1, 2]


def test_its_length_is_that_of_its_texts_and_it_asks_for_nothing_special() -> None:
    """No weights, log loss, its own number of steps, unless a condition says so."""
    training = training_set([True, False])
    assert len(training) == 2
    assert (training.sample_weight, training.label_weight, training.loss, training.n_steps) == (None, None, "bce", None)
