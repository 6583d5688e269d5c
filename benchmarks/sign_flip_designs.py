"""The regimes and the sets of generators of the sign-flip study: what the search for a change of sign tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synthlift.simulation import Knobs

__all__ = ["LEVELS", "QUICK_DESIGNS", "QUICK_REGIMES", "REGIMES", "RICH", "SCARCE", "Regime", "designs"]


@dataclass(frozen=True, slots=True)
class Regime:
    """How many real documents there are, how many synthetic ones are asked for, and how often it is drawn."""

    n_real: int
    n_synthetic: int
    n_replicates: int

    @property
    def name(self) -> str:
        """Spell both volumes."""
        return f"{self.n_real} + {self.n_synthetic:,}"


# real documents alone vary along 40, 120, 640; the ratio alone along the two of 120, and 1:10 stands at 40 and at 120
REGIMES = (Regime(40, 400, 3), Regime(120, 400, 3), Regime(640, 400, 3), Regime(120, 1200, 2))
SCARCE, RICH = REGIMES[0].name, REGIMES[2].name
QUICK_REGIMES = (Regime(40, 400, 1), Regime(640, 400, 1))
QUICK_DESIGNS = ("grid", "two modes")

SWEEP: Mapping[str, tuple[float, ...]] = {
    "copying": (0.5, 1.0),
    "style_shift": (0.3, 0.9),
    "faithfulness": (0.6, 0.2),
    "coverage": (0.5, 0.1),
    "label_noise": (0.2, 0.5),
    "duplication": (0.5, 0.9),
}
# good and bad level of each knob of the grid
LEVELS: Mapping[str, tuple[float, float]] = {
    "copying": (0.0, 0.6),
    "style_shift": (0.0, 0.8),
    "faithfulness": (1.0, 0.4),
    "coverage": (1.0, 0.25),
    "label_noise": (0.0, 0.3),
    "duplication": (0.0, 0.4),
}
LINES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "copies to style": {"copying": (1.0, 0.0), "style_shift": (0.0, 1.0)},
    "copies to style and noise": {"copying": (1.0, 0.0), "style_shift": (0.0, 1.0), "label_noise": (0.0, 0.4)},
    "narrow to style and noise": {
        "coverage": (0.0, 1.0),
        "faithfulness": (0.8, 1.0),
        "style_shift": (0.0, 1.0),
        "label_noise": (0.0, 0.3),
    },
    "noise to style": {"label_noise": (0.5, 0.0), "style_shift": (0.0, 1.0)},
}
N_ON_LINE = 8
# six models each; the columns are permuted against one another, so that no knob follows another within a mode
PARAPHRASE = {"copying": (1.0, 0.99, 0.98, 0.96, 0.94, 0.92), "style_shift": (0.1, 0.0, 0.2, 0.0, 0.2, 0.1)}
SYNTHESIS = {
    "style_shift": (0.85, 1.0, 0.9, 1.0, 0.8, 0.95),
    "faithfulness": (0.3, 0.2, 0.45, 0.35, 0.25, 0.4),
    "label_noise": (0.3, 0.35, 0.4, 0.25, 0.38, 0.33),
    "coverage": (0.6, 1.0, 0.4, 0.8, 0.5, 0.7),
}
# the same with hardly a word about the labels, so that it lies farther than any copies do
FAR = {
    "style_shift": (1.0, 0.95, 1.0, 0.9, 0.95, 1.0),
    "faithfulness": (0.1, 0.0, 0.2, 0.15, 0.05, 0.12),
    "label_noise": (0.2, 0.3, 0.25, 0.35, 0.28, 0.32),
}
# nearly all requests are left unanswered: 8 to 24 of 400 documents come back
FEW = {"refusal": (0.98, 0.975, 0.97, 0.96, 0.95, 0.94), "style_shift": (0.1, 0.0, 0.2, 0.0, 0.2, 0.1)}


def designs() -> dict[str, dict[str, Knobs]]:
    """Return the generators of each design, by name; those made to flip come last."""
    sweep = {f"{knob} {level:g}": Knobs(**{knob: level}) for knob, levels in SWEEP.items() for level in levels}
    lines = {
        name: {f"{name} {i + 1}": _on_line(ends, i / (N_ON_LINE - 1)) for i in range(N_ON_LINE)}
        for name, ends in LINES.items()
    }
    paraphrase, synthesis = _models("paraphrase", PARAPHRASE), _models("synthesis", SYNTHESIS)
    return {
        "grid": _grid(),
        "one knob at a time": {"faithful": Knobs(), **sweep},
        **lines,
        "two modes": paraphrase | synthesis,
        "two modes, farther": paraphrase | _models("far", FAR),
        "few or many": _models("few", FEW) | synthesis,
    }


def _grid() -> dict[str, Knobs]:
    """Return a quarter of all combinations, in which no main effect is mixed with another one or with a pair."""
    made = {}
    for number in range(16):
        a, b, c, d = (number >> bit & 1 for bit in range(4))
        signs = (a, b, c, d, a ^ b ^ c, b ^ c ^ d)
        knobs = {knob: LEVELS[knob][sign] for knob, sign in zip(LEVELS, signs, strict=True)}
        made[f"grid {number + 1}"] = Knobs(**knobs)
    return made


def _on_line(ends: Mapping[str, tuple[float, float]], at: float) -> Knobs:
    return Knobs(**{knob: round(start + (end - start) * at, 4) for knob, (start, end) in ends.items()})


def _models(mode: str, columns: Mapping[str, tuple[float, ...]]) -> dict[str, Knobs]:
    rows = zip(*columns.values(), strict=True)
    return {f"{mode} {i + 1}": Knobs(**dict(zip(columns, row, strict=True))) for i, row in enumerate(rows)}
