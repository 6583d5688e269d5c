"""Other ways of mixing: the treatment's rows, with an order, weights, or fewer texts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthlift.conditions.added import real_and_synthetic
from synthlift.conditions.mixing import filtered, real_last, synthetic_last
from synthlift.randomness import stream
from synthlift.study.catalog import CONDITIONS, DEFAULT_CONDITIONS, MIXINGS, resolve
from synthlift.testing import check_condition, example_sources


@pytest.mark.parametrize("name", MIXINGS)
def test_every_mixing_is_a_condition_of_the_treatments_rows_and_runs_only_where_it_is_named(name: str) -> None:
    """Texts, labels, descent and what is tuned on are the treatment's, row by row; no default study has it."""
    assert name in CONDITIONS
    assert name not in DEFAULT_CONDITIONS
    recipe = resolve("conditions", name)
    check_condition(recipe)
    mixed, treatment = (one(example_sources(), stream(0)).training for one in (recipe, real_and_synthetic))
    assert mixed.texts == treatment.texts
    for field in ("labels", "original", "is_real"):
        assert np.array_equal(getattr(mixed, field), getattr(treatment, field))
    assert mixed.n_steps is None


def test_a_curriculum_ends_with_what_its_name_says() -> None:
    """The stage is higher for the documents that come last."""
    for recipe, last_is_real in ((real_last, True), (synthetic_last, False)):
        training = recipe(example_sources(), stream(0)).training
        assert training.stage is not None
        assert set(training.stage[training.is_real == last_is_real]) == {1}
        assert set(training.stage[training.is_real != last_is_real]) == {0}


@pytest.mark.parametrize("name", [name for name in MIXINGS if name.startswith("weighted-")])
def test_a_weight_is_that_of_its_name_and_of_synthetic_documents_alone(name: str) -> None:
    """Real documents weigh 1."""
    training = resolve("conditions", name)(example_sources(), stream(0)).training
    assert set(training.sample_weight[training.is_real]) == {1.0}
    assert set(training.sample_weight[~training.is_real]) == {float(name.removeprefix("weighted-"))}


def test_kept_texts_are_counted_once_however_often_they_are_copied() -> None:
    """Three texts in six rows are three."""
    sources = example_sources(6)
    rows = np.array([0, 0, 0, 2, 2, 5])
    copied = replace(
        sources, synthetic=sources.synthetic.take(rows), parent=sources.parent[rows], family=sources.family[rows]
    )
    composition = filtered(copied, stream(0))
    assert composition.facts == {"n_kept": 3}
    assert len(composition.training) == len(sources.real) + 6
