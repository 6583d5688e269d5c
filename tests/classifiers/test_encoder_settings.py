"""Settings of an encoder are checked once, and say how many steps a training set gets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthlift.classifiers.encoder_settings import DEFAULT_STEPS, encoder_settings
from synthlift.corpus import TrainingSet
from synthlift.errors import BadConfiguration, NotApplicable


def _rows(n: int) -> TrainingSet:
    return TrainingSet(("text",) * n, np.ones((n, 1), bool), np.arange(n), np.ones(n, bool))


def test_strings_of_a_command_line_are_read():
    """Numbers may come as text."""
    found = encoder_settings({"epochs": "3", "learning_rate": "2e-5", "trainable_layers": "0", "precision": "bf16"})
    assert (found.epochs, found.learning_rate, found.trainable_layers, found.precision) == (3, 2e-5, 0, "bf16")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("steps", 1.5),
        ("epochs", -1),
        ("batch_size", "many"),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("warmup", 1.1),
        ("max_norm", 0),
        ("max_tokens", 7),
        ("trainable_layers", -1),
        ("pooling", "max"),
        ("precision", "fp8"),
        ("folds", 1),
        ("patience", 0),
        ("gamma", -0.1),
        ("alpha", 2),
    ],
)
def test_a_value_that_cannot_be_is_refused(name, value):
    """The message names the setting, what was got and what is expected."""
    with pytest.raises(BadConfiguration) as caught:
        encoder_settings({name: value})
    message = str(caught.value)
    assert message.startswith(f"encoder: {name}: got '{value}', ")
    assert "expected" in message


def test_an_unknown_setting_is_refused_with_the_known_ones():
    """A misspelt name is never ignored."""
    with pytest.raises(BadConfiguration, match=r"got the setting 'epoch', expected one of steps, epochs, batch_size"):
        encoder_settings({"epoch": 3})


@pytest.mark.parametrize("given", [{"steps": 3, "epochs": 3}, {"patience": 2, "trainable_layers": 0}])
def test_what_excludes_each_other_is_refused(given):
    """Steps and epochs, and patience of what is not watched, are two answers to one question."""
    with pytest.raises(BadConfiguration, match=r"encoder: got .*, expected one of them"):
        encoder_settings(given)


def test_the_published_protocol():
    """165 documents at batch 16 and 3 epochs make 33 steps; half of them left out for a fold, 18."""
    settings = encoder_settings({"epochs": 3})
    assert settings.n_steps(_rows(165), 165, 165) == 33
    assert settings.n_steps(_rows(165), 165, 83) == 18


def test_more_steps_are_those_of_the_treatment():
    """`real+steps` of 165 documents takes as many as 1650 documents would, in a fold in proportion."""
    settings, real = encoder_settings({"epochs": 3}), replace(_rows(165), n_steps=1650)
    assert settings.n_steps(real, 165, 165) == settings.n_steps(_rows(1650), 1650, 1650) == 312
    assert settings.n_steps(real, 165, 132) == settings.n_steps(_rows(1650), 1650, 1320) == 249


def test_equal_steps_are_equal():
    """By steps the number of documents does not matter, and more steps are not applicable, with the reason."""
    settings = encoder_settings({"steps": 40})
    assert {settings.n_steps(_rows(n), n, used) for n, used in ((10, 10), (500, 500), (500, 400))} == {40}
    assert encoder_settings({}).n_steps(_rows(10), 10, 10) == DEFAULT_STEPS
    with pytest.raises(NotApplicable, match="trained for the same number of steps"):
        settings.n_steps(replace(_rows(10), n_steps=100), 10, 10)


def test_members_of_an_ensemble_split_one_budget():
    """A share of the steps is taken of what is fixed; no member has none."""
    settings = encoder_settings({"steps": 40})
    shares = [settings.n_steps(replace(_rows(9), step_share=share), 9, 9) for share in (0.25, 0.75, 0.001)]
    assert shares == [10, 30, 1]
