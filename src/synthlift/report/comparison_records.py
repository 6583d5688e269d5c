"""Records of a comparison of two runs, as `--json` prints them; each has a reason for its nulls."""

from __future__ import annotations

from synthlift.report.summary_cells import Number, Outcome, Record

__all__ = ["Change", "ComparedCell", "Comparison", "Difference", "Gain"]


class Difference(Record):
    """A setting, an input or a count that the two runs do not share, spelled for a reader."""

    field: str
    now: str
    then: str


class Gain(Record):
    """The gain of the treatment in one run with its 95 % interval; `control` where it is over a volume control."""

    control: str | None
    value: Number
    low: Number
    high: Number
    n_replicates: int


class Change(Record):
    """A gain in both runs, and the difference now - then; its interval is there where the runs are paired."""

    over: str
    now: Gain
    then: Gain
    difference: Number
    low: Number
    high: Number


class ComparedCell(Record):
    """A generator, classifier and regime of both runs."""

    generator: str
    classifier: str
    regime: str
    n_real_now: int
    n_real_then: int
    outcome_now: Outcome
    outcome_then: Outcome
    changes: list[Change]


class Comparison(Record):
    """Two runs side by side; `same` where nothing differs, to the last score."""

    same: bool
    metric: str
    differences: list[Difference]
    cells: list[ComparedCell]
    only_now: list[str]
    only_then: list[str]
