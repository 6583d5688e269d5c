"""On how many documents a budget is measured: as far as they go, each point once, in a fixed order."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.study.config import Study
from synthlift.study.grid import NO_GRID, Grid, GridPoint, grid_of
from synthlift.study.trials import expand, grid_trial

STUDY = Study(generators=("g1", "g2"), replicates=2)
N_REAL = {"all": 160}


def four_each(generator: str, n_real: int) -> int:
    """Say that four texts were written from each real document, of the second generator one."""
    return (4 if generator == "g1" else 1) * (n_real or 160)


GRID = grid_of(("g1", "g2"), (160, 0), 160, four_each)


def sizes(grid: Grid, n_synthetic: int) -> list[int]:
    return sorted({p.n_real for p in grid.points if p.n_synthetic == n_synthetic and p.n_real >= grid.least_real})


def test_a_grid_has_four_numbers_of_either_kind_and_none_of_synthetic_ones() -> None:
    """From a quarter of the pool on in equal ratios, by volumes that double up to what the smallest N keeps."""
    assert sizes(GRID, 20) == sizes(GRID, 160) == [40, 63, 101, 160]
    for volume in (20, 40, 80, 160):
        assert set(sizes(GRID, volume)) >= {40, 63, 101, 160}
    assert {40, 63, 101, 160} <= set(sizes(GRID, 0))
    assert GridPoint("g1", 160, 640) in GRID.points


def test_totals_are_split_in_all_shares() -> None:
    """As many documents as the pool has, and half of them, from none real to all real, as far as texts were written."""
    for total in (160, 80):
        shares = {p.n_real for p in GRID.points if p.n_real + p.n_synthetic == total}
        possible = {n for n in (round(i / 10 * total) for i in range(11)) if total - n <= four_each("g1", n)}
        assert shares >= possible
        assert len(possible) == 10  # with a tenth of the documents real, too few texts are of these


def test_the_volume_of_every_generator_doubles_beside_the_primary_regime() -> None:
    """One text a real document, two, four, as far as the generator wrote them."""
    assert [p.n_synthetic for p in GRID.points if p.generator == "g2"] == [160]
    volumes = {p.n_synthetic for p in GRID.points if (p.generator, p.n_real) == ("g1", 160)}
    assert {160, 320, 640} <= volumes


def test_no_point_is_there_twice_and_the_order_is_fixed() -> None:
    """Generator by generator, by N, then by M."""
    assert len(set(GRID.points)) == len(GRID.points)
    assert list(GRID.points) == sorted(GRID.points)
    assert grid_of(("g1", "g2"), (160, 0), 160, four_each) == GRID


def test_spare_documents_carry_the_curve_of_real_ones_beyond_the_pool() -> None:
    """Twice and four times as many, where there are so many."""
    assert max(p.n_real for p in GRID.points) == 160
    more = grid_of(("g1",), (160, 500), 160, four_each)
    assert {p.n_real for p in more.points if p.n_real > 160} == {320, 640}
    some = grid_of(("g1",), (160, 100), 160, four_each)
    assert {p.n_real for p in some.points if p.n_real > 160} == {260}


@pytest.mark.parametrize(
    ("n_pool", "kept", "told"), [((12, 0), 48, "at least 20"), ((160, 0), 7, "at least 8 make a grid")]
)
def test_too_few_documents_make_no_grid_and_say_why(n_pool: tuple[int, int], kept: int, told: str) -> None:
    """No point is trained on where the first ones could not be."""
    grid = grid_of(("g1",), n_pool, n_pool[0], lambda *_: kept)
    assert grid.points == ()
    assert grid.reason is not None
    assert told in grid.reason


def test_a_grid_is_kept_as_it_is() -> None:
    """As JSON and back; so is none."""
    assert Grid.from_json(GRID.as_json()) == GRID
    assert Grid.from_json(NO_GRID.as_json()) == NO_GRID


def test_its_trials_stand_beside_the_others_in_every_replicate() -> None:
    """What a run has without a grid keeps its keys; the grid's are of the primary classifier, each under a key."""
    before, after = expand(STUDY, N_REAL), expand(STUDY, N_REAL, GRID.points)
    assert {t.key("id") for t in before} < {t.key("id") for t in after}
    added = [t for t in after if t.n_synthetic is not None]
    assert len({t.key("id") for t in after}) == len(after) == len(before) + 2 * len(GRID.points)
    assert {t.classifier for t in added} == {"linear"}
    assert [t.replicate for t in after] == sorted(t.replicate for t in after)


def test_a_point_without_synthetic_documents_is_of_no_generator() -> None:
    """And one without real ones is of synthetic documents alone."""
    trials = [grid_trial(GridPoint("g", n, m), "linear", 0) for n, m in ((40, 0), (40, 80), (0, 80))]
    assert [(t.condition, t.generator, t.regime) for t in trials] == [
        ("real", None, "40+0"), ("real+synthetic", "g", "40+80"), ("synthetic", "g", "0+80"),
    ]  # fmt: skip
    assert [t.spec["n_synthetic"] for t in trials] == [0, 80, 80]


def test_the_example_sizes_are_in_equal_ratios() -> None:
    """A learning curve bends least over log N."""
    ratios = np.diff(np.log(sizes(GRID, 160)))
    assert np.ptp(ratios) < 0.05
