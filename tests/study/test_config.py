"""A study is validated once, at the border."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from synthlift.study.catalog import DEFAULT_CONDITIONS
from synthlift.study.config import Study


def test_defaults_are_those_of_the_interface() -> None:
    """Ten replicates, seed 0, delta 0.01, linear, all documents, every condition but the mixings."""
    study = Study(generators=("tool",))
    assert (study.replicates, study.seed, study.delta) == (10, 0, 0.01)
    assert (study.classifiers, study.regimes, study.conditions) == (("linear",), ("all",), DEFAULT_CONDITIONS)


@pytest.mark.parametrize(
    "values",
    [
        {"generators": ()},
        {"classifiers": ()},
        {"regimes": ()},
        {"replicates": 0},
        {"replicates": 10_001},
        {"replicates": 2.5},
        {"seed": -1},
        {"delta": 0.0},
        {"delta": 1.0},
        {"delta": float("nan")},
        {"delta": -0.01},
        {"unknown_key": 1},
    ],
    ids=str,
)
def test_impossible_values_and_unknown_keys_are_refused(values: dict[str, object]) -> None:
    """Before a file is read or a document bought."""
    with pytest.raises(ValidationError):
        Study.model_validate({"generators": ("tool",), **values})


def test_the_primary_cell_is_the_first_of_each_and_micro_f1_tuned() -> None:
    """Declared by order, before any score."""
    primary = Study(generators=("b", "a"), classifiers=("y", "x"), regimes=("165", "all")).primary
    assert (primary.generator, primary.classifier, primary.regime) == ("b", "y", "165")
    assert primary.metric == "micro-F1@tuned"


def test_a_study_cannot_be_changed_and_survives_json() -> None:
    """It is stored with the run and read back."""
    study = Study(generators=("tool",), delta=0.02)
    with pytest.raises(ValidationError):
        study.delta = 0.5  # type: ignore[misc]
    assert Study.model_validate_json(study.model_dump_json()) == study
