"""A study expands into every cell once, replicate by replicate, each under a key of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from synthlift.corpus import TrainingSet
from synthlift.randomness import stream
from synthlift.study.catalog import CONDITIONS, DEFAULT_CONDITIONS, resolve
from synthlift.study.config import Study
from synthlift.study.trials import WITHOUT_SYNTHETIC, Trial, expand, fingerprint
from synthlift.testing import example_sources

STUDY = Study(generators=("g1", "g2"), classifiers=("linear", "other"), regimes=("all", "165"), replicates=3)
N_REAL = {"all": 1000, "165": 165}
PINNED = "ef512d0321a953a29d78d16a18cba1fcecf18b3f806cb143b611a8dd2d4b240d"
TRIAL = Trial("real", None, "linear", "all", 1000, 0)


def test_every_cell_is_there_once() -> None:
    """Conditions x generators, those without synthetic documents once, x 2 classifiers x 2 regimes x 3 replicates."""
    trials = expand(STUDY, N_REAL)
    n_shared = len(WITHOUT_SYNTHETIC)
    assert len(trials) == len(set(trials)) == (2 * (len(STUDY.conditions) - n_shared) + n_shared) * 2 * 2 * 3
    assert {trial.condition for trial in trials} == set(STUDY.conditions) == set(DEFAULT_CONDITIONS)
    assert all((trial.generator is None) == (trial.condition in WITHOUT_SYNTHETIC) for trial in trials)
    assert all(trial.n_real == N_REAL[trial.regime] for trial in trials)


@pytest.mark.parametrize("condition", list(CONDITIONS))
def test_a_trial_shared_by_generators_has_the_same_training_set_for_all(condition: str) -> None:
    """The conditions said not to depend on synthetic documents do not, and all others do, be it by their number."""

    def composed(n_synthetic: int) -> TrainingSet:
        return resolve("conditions", condition)(example_sources(n_synthetic), stream(0)).training

    few, many = composed(10), composed(20)
    same_numbers = (few.n_steps, few.n_interpolated) == (many.n_steps, many.n_interpolated)
    alike = few.texts == many.texts and same_numbers and np.array_equal(few.labels, many.labels)
    assert alike == (condition in WITHOUT_SYNTHETIC)


def test_replicates_come_whole_one_after_the_other() -> None:
    """A run cut short has whole replicates, whose trials are in the same order."""
    trials = expand(STUDY, N_REAL)
    assert [trial.replicate for trial in trials] == sorted(trial.replicate for trial in trials)
    first = [trial for trial in trials if trial.replicate == 0]
    assert [replace(trial, replicate=1) for trial in first] == [trial for trial in trials if trial.replicate == 1]


def test_more_replicates_generators_or_regimes_only_add_trials() -> None:
    """What a run has stays valid when it is extended."""
    before = {trial.key("id") for trial in expand(STUDY, N_REAL)}
    for more in ({"replicates": 5}, {"generators": ("g1", "g2", "g3")}, {"regimes": ("165", "0.5", "all")}):
        larger = Study.model_validate({**STUDY.model_dump(), **more})
        after = {trial.key("id") for trial in expand(larger, {**N_REAL, "0.5": 500})}
        assert before < after


@pytest.mark.parametrize(
    "change",
    [
        {"condition": "synthetic"},
        {"generator": "g"},
        {"generator": "-"},
        {"classifier": "other"},
        {"regime": "1000"},
        {"n_real": 999},
        {"replicate": 1},
    ],
    ids=str,
)
def test_a_key_changes_with_every_field_and_with_the_run(change: dict[str, object]) -> None:
    """No two cells, and no two runs, share a result."""
    assert replace(TRIAL, **change).key("id") != TRIAL.key("id")  # type: ignore[arg-type]
    assert TRIAL.key("other") != TRIAL.key("id")


def test_keys_are_stable_across_versions_of_the_code() -> None:
    """Pinned: a changed spelling would orphan every finished trial of every run folder."""
    assert TRIAL.key("id") == "c4ba520ea2a555510ea4f93ff43f2d68f736c669817a2834b180986d1e0a194b"
    assert fingerprint({"b": 1, "a": [1, "é", None]}) == fingerprint({"a": [1, "é", None], "b": 1})
    assert fingerprint({"a": [1, "é", None], "b": 1}) == PINNED


def test_a_value_that_json_cannot_hold_has_no_fingerprint() -> None:
    """NaN would be equal to nothing."""
    with pytest.raises(ValueError, match="JSON"):
        fingerprint({"a": float("nan")})


def test_names_are_readable_and_unique() -> None:
    """One line for people."""
    trials = expand(STUDY, N_REAL)
    assert max(Counter(trial.name for trial in trials).values()) == 1
    assert TRIAL.name == "real | - | linear | all | replicate 0"
