"""Does the correlation of fidelity (MMD) and gain change its sign as real documents grow? A study with planted truth.

Generators of known faults write documents for four regimes. Of each the MMD against held-out real documents is measured
and what its documents add to micro-F1, on fresh test documents. A design is a set of generators; the correlation is
over the generators of a design. What was measured is kept in ``runs/sign-flip.jsonl``: an interrupted run goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from checks import Check, at_least, at_most, noted
from numpy.typing import NDArray
from scipy.stats import rankdata
from sign_flip_designs import LEVELS, QUICK_DESIGNS, QUICK_REGIMES, REGIMES, RICH, SCARCE, Regime, designs
from sign_flip_journal import measured
from sign_flip_picture import Panel, picture
from sign_flip_points import SEED, SETTINGS, Measured, tasks

from synthlift.randomness import stream
from synthlift.simulation import Knobs

__all__ = ["complete", "run"]

FloatArray = NDArray[np.float64]
Points = dict[str, dict[str, dict[str, float]]]  # regime, generator, number

HERE = Path(__file__).resolve().parent
PICTURE = HERE.parent / "docs" / "sign_flip.svg"
# the design whose sign changed on documents that it was not chosen on, too; and what the picture shows
FLIP = "few or many"
SHOWN = ("grid", "two modes", FLIP)
N_RESAMPLES = 2000
# of fewer generators a bootstrap tells little
MIN_GENERATORS = 8


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's r with its bootstrap interval over generators, and Spearman's."""

    pearson: float
    low: float
    high: float
    spearman: float
    n: int


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Measure all generators, unless the journal has them, and return the correlations of each design."""
    chosen, regimes = _extent(quick=quick)
    points = _points(measured(tasks(chosen, regimes)))
    checks = []
    for name, generators in chosen.items():
        found = {regime.name: _correlated(points[regime.name], generators, "mmd", "raw") for regime in regimes}
        checks += [
            noted(f"{name}, {regime}: r of MMD and raw gain", r.pearson, _told(r)) for regime, r in found.items()
        ]
        checks.append(_changed(name, points, generators))
        if name == FLIP:
            low, high = found[SCARCE].low, found[RICH].high
            checks += [
                at_least(0, f"{name}, {SCARCE}: lower limit of r", low, _told(found[SCARCE]), judged=not quick),
                at_most(0, f"{name}, {RICH}: upper limit of r", high, _told(found[RICH]), judged=not quick),
            ]
    return checks


def complete(path: Path) -> None:
    """Add to the written results what is no check: every generator's numbers, all correlations, the knobs' effects."""
    content = json.loads(path.read_text(encoding="utf-8"))
    chosen, regimes = _extent(quick=content["quick"])
    rows = measured(tasks(chosen, regimes))
    points = _points(rows)
    knobs = {name: own for generators in chosen.values() for name, own in generators.items()}
    content["settings"] = SETTINGS
    content["replicates agree"] = {regime.name: _agreement(rows, regime) for regime in regimes}
    content["regimes"] = [asdict(regime) for regime in regimes]
    content["designs"] = {name: list(generators) for name, generators in chosen.items()}
    content["correlations"] = _correlations(chosen, points)
    content["effects"] = {regime: _effects(chosen["grid"], points[regime]) for regime in points}
    content["generators"] = [
        {"name": name, "knobs": _departures(own), "regimes": {regime: points[regime][name] for regime in points}}
        for name, own in knobs.items()
    ]
    if not content["quick"]:
        PICTURE.write_text(_picture(chosen, points), encoding="utf-8")
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _picture(chosen: Mapping[str, Mapping[str, Knobs]], points: Points) -> str:
    rows: dict[str, dict[str, tuple[str, Panel]]] = {}
    for name in SHOWN:
        for regime in (SCARCE, RICH):
            r = _correlated(points[regime], chosen[name], "mmd", "raw").pearson
            panel = {own: (points[regime][own]["mmd"], points[regime][own]["raw"]) for own in chosen[name]}
            rows.setdefault(name, {})[regime] = (f"r = {r:+.2f}".replace("-", "\N{MINUS SIGN}"), panel)
    return picture(rows)


def _extent(*, quick: bool) -> tuple[dict[str, dict[str, Knobs]], Sequence[Regime]]:
    every = designs()
    return ({name: every[name] for name in QUICK_DESIGNS}, QUICK_REGIMES) if quick else (every, REGIMES)


def _points(rows: Sequence[Measured]) -> Points:
    """Average over replicates; a gain is taken within its replicate."""
    real = {(row["regime"], row["replicate"]): row["real"] for row in rows if "real" in row}
    drawn: dict[str, dict[str, list[dict[str, float]]]] = {}
    for row in rows:
        if "real" not in row:
            treatment, alone = float(row["treatment"]), float(real[row["regime"], row["replicate"]])
            numbers = {
                "mmd": float(row["mmd"]),
                "mmd_train": float(row["mmd_train"]),
                "real": alone,
                "raw": treatment - alone,
                "net": treatment - float(row["matched"]),
                "added": float(row["n"]),
            }
            drawn.setdefault(str(row["regime"]), {}).setdefault(str(row["generator"]), []).append(numbers)
    return {
        regime: {name: {number: _mean(own, number) for number in own[0]} for name, own in generators.items()}
        for regime, generators in drawn.items()
    }


def _agreement(rows: Sequence[Measured], regime: Regime) -> float | None:
    """Return r between two replicates' micro-F1 over all generators: what noise leaves of any correlation with it."""
    if regime.n_replicates < 2:
        return None
    score = {
        (row["generator"], row["replicate"]): float(row["treatment"])
        for row in rows
        if row["regime"] == regime.name and "treatment" in row
    }
    names = sorted({str(name) for name, _ in score})
    first, second = (np.array([score[name, replicate] for name in names]) for replicate in (0, 1))
    return round(float(_pearson(first, second)), 4)


def _mean(rows: Sequence[Mapping[str, float]], number: str) -> float:
    return round(float(np.mean([row[number] for row in rows])), 6)


def _correlated(
    points: Mapping[str, Mapping[str, float]], generators: Iterable[str], distance: str, gain: str
) -> Correlation:
    x, y = _columns(points, generators, distance, gain)
    low, high = _limits(_resampled(x, y))
    spearman = _pearson(np.asarray(rankdata(x)), np.asarray(rankdata(y)))
    return Correlation(float(_pearson(x, y)), low, high, float(spearman), len(x))


def _columns(
    points: Mapping[str, Mapping[str, float]], generators: Iterable[str], *numbers: str
) -> tuple[FloatArray, ...]:
    names = list(generators)
    return tuple(np.array([points[name][number] for name in names]) for number in numbers)


def _resampled(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return r of resampled generators; equally many are resampled alike, so that regimes stay paired."""
    rows = stream(SEED, "bootstrap", len(x)).integers(0, len(x), (N_RESAMPLES, len(x)))
    return _pearson(x[rows], y[rows])


def _pearson(x: FloatArray, y: FloatArray) -> FloatArray:
    x = x - x.mean(axis=-1, keepdims=True)
    y = y - y.mean(axis=-1, keepdims=True)
    r: FloatArray = (x * y).sum(axis=-1) / np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1))
    return r


def _limits(resampled: FloatArray) -> tuple[float, float]:
    low, high = np.quantile(resampled, (0.025, 0.975))
    return float(low), float(high)


def _changed(name: str, points: Points, generators: Iterable[str]) -> Check:
    """Tell how much r falls from the scarce to the rich regime, the same generators resampled in both."""
    both = [_columns(points[regime], generators, "mmd", "raw") for regime in (SCARCE, RICH)]
    low, high = _limits(_resampled(*both[0]) - _resampled(*both[1]))
    fall = float(_pearson(*both[0]) - _pearson(*both[1]))
    return noted(f"{name}: r at {SCARCE} less r at {RICH}", fall, f"95 % [{low:+.2f}, {high:+.2f}], paired bootstrap")


def _told(r: Correlation) -> str:
    return f"95 % [{r.low:+.2f}, {r.high:+.2f}], Spearman {r.spearman:+.2f}, {r.n} generators"


def _correlations(chosen: Mapping[str, Mapping[str, Knobs]], points: Points) -> list[dict[str, object]]:
    """Return every correlation: raw and net gain, held-out and training documents; also within each mode."""
    every = {name for generators in chosen.values() for name in generators}
    modes = {
        f"{mode} alone": sorted(name for name in every if name.startswith(mode))
        for mode in ("paraphrase", "synthesis", "far ", "few")
    }
    sets: dict[str, Iterable[str]] = {**chosen, **{name: own for name, own in modes.items() if own}}
    return [
        {
            "design": name,
            "regime": regime,
            "distance": distance,
            "gain": gain,
            **_without_interval(asdict(_correlated(points[regime], generators, distance, gain))),
        }
        for name, generators in sets.items()
        for regime in points
        for distance in ("mmd", "mmd_train")
        for gain in ("raw", "net")
    ]


def _without_interval(r: dict[str, float]) -> dict[str, float | None]:
    told: dict[str, float | None] = {name: round(value, 4) for name, value in r.items()}
    return told | {"low": None, "high": None} if r["n"] < MIN_GENERATORS else told


def _effects(grid: Mapping[str, Knobs], points: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return what turning each knob of the grid from good to bad does to each number, the others averaged over."""
    effects = {}
    for knob, (_, bad) in LEVELS.items():
        is_bad = np.array([getattr(own, knob) == bad for own in grid.values()])
        columns = dict(
            zip(
                ("mmd", "mmd_train", "raw", "net"),
                _columns(points, grid, "mmd", "mmd_train", "raw", "net"),
                strict=True,
            )
        )
        effects[knob] = {name: round(float(c[is_bad].mean() - c[~is_bad].mean()), 5) for name, c in columns.items()}
    return effects


def _departures(knobs: Knobs) -> dict[str, float]:
    """Return the knobs that differ from how real documents are written."""
    perfect = asdict(Knobs())
    return {name: value for name, value in asdict(knobs).items() if value != perfect[name]}
