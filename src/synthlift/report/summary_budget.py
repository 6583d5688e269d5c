"""Records of summary.json about money: what synthetic documents are worth in real ones, and how to spend a budget."""

from __future__ import annotations

from typing import Literal

from pydantic import FiniteFloat

from synthlift.report.summary_cells import Number, Record

__all__ = [
    "Advice",
    "BudgetLaw",
    "ExchangeRate",
    "FixedTotal",
    "FrontierPoint",
    "PlantedAdvice",
    "SurfacePoint",
    "VolumeCurve",
    "VolumeStep",
]


class SurfacePoint(Record):
    """The mean of the primary metric with `n_real` real and `n_synthetic` synthetic documents; `expected` by the law.

    Of real documents alone `generator` is null.
    """

    generator: str | None
    classifier: str
    n_real: int
    n_synthetic: int
    score: Number
    low: Number
    high: Number
    expected: Number
    n_replicates: int
    n_test_documents: int


class ExchangeRate(Record):
    """How many real documents each synthetic one stood in for: off the curve of real ones, and by the law.

    `bound` tells that the curve ends there, and the rate is at least, or at most, that. The law knows no harm.
    """

    generator: str
    classifier: str
    n_real: int
    n_synthetic: int
    rate: Number
    low: Number
    high: Number
    bound: Literal["=", ">=", "<="]
    law_rate: Number
    law_low: Number
    law_high: Number


class FixedTotal(Record):
    """The share of real documents that scored best of `n_shares` splits of the same total.

    `flat`: no two shares are told apart.
    """

    generator: str
    classifier: str
    total: int
    best_share: Number
    best_score: Number
    flat: bool | None
    n_shares: int


class VolumeStep(Record):
    """What more synthetic documents gain beside the same real ones."""

    volume: int
    next_volume: int
    gain: Number
    low: Number
    high: Number


class VolumeCurve(Record):
    """A generator's volume; `collapse` is the first whose next step is not told to gain."""

    generator: str
    classifier: str
    n_real: int
    steps: list[VolumeStep]
    collapse: int | None


class BudgetLaw(Record):
    """error = e + c (N + w M / (1 + M / k))^-g, fitted to `n_points` of the surface.

    `worth` is w, `saturation` k; `misfit` the root mean square of what the fit leaves, which no interval holds. Scores
    are foretold from `least_real` to `most_real` and up to `most_synthetic` documents.
    """

    generator: str
    classifier: str
    metric: str
    threshold: str
    worth: Number
    worth_low: Number
    worth_high: Number
    saturation: Number
    saturation_low: Number
    saturation_high: Number
    misfit: Number
    least_real: Number
    most_real: Number
    most_synthetic: Number
    owned_real: int
    owned_synthetic: int
    n_points: int
    n_replicates: int
    n_test_documents: int


class FrontierPoint(Record):
    """The best expected score for money spent beyond what is owned, and that of real documents for all of it."""

    price_real: FiniteFloat
    price_synthetic: FiniteFloat
    budget: FiniteFloat
    n_real: FiniteFloat
    n_synthetic: FiniteFloat
    score: FiniteFloat
    low: Number
    high: Number
    real_alone: FiniteFloat


class PlantedAdvice(Record):
    """What a law foretells of a way to spend `budget` from nothing, and the truth, known of a simulated corpus.

    `truth` is the mean score on `n_documents` fresh test documents over `n_runs` fresh runs, or the difference of two.
    """

    split: Literal["advised", "real alone", "advised - real alone"]
    generator: str
    classifier: str
    price_real: FiniteFloat
    price_synthetic: FiniteFloat
    budget: FiniteFloat
    n_real: int | None
    n_synthetic: int | None
    expected: Number
    low: Number
    high: Number
    truth: Number
    standard_error: Number
    covered: bool | None
    n_documents: int
    n_runs: int


class Advice(Record):
    """What to buy next for `budget` beyond what is owned, in whole documents, and what the law expects of it.

    `over_real` is how much better that is than `real_alone` further real documents. `rate` is what each of `rate_at`
    synthetic documents stood in for, off the curve of real ones; `collapse` the volume beside `collapse_beside` real
    documents whose doubling is not told to gain. Limits of bought documents are those of the best split.
    """

    generator: str
    classifier: str
    metric: str
    threshold: str
    price_real: FiniteFloat
    price_synthetic: FiniteFloat
    price_audit: FiniteFloat
    budget: FiniteFloat
    owned_real: int
    owned_synthetic: int
    buy_real: Number
    buy_real_low: Number
    buy_real_high: Number
    buy_synthetic: Number
    buy_synthetic_low: Number
    buy_synthetic_high: Number
    spent: Number
    now: Number
    now_low: Number
    now_high: Number
    expected: Number
    expected_low: Number
    expected_high: Number
    over_real: Number
    over_real_low: Number
    over_real_high: Number
    real_alone: int
    flat: bool | None
    misfit: Number
    rate_at: int | None
    rate: Number
    rate_low: Number
    rate_high: Number
    rate_bound: Literal["=", ">=", "<="] | None
    collapse: int | None
    collapse_beside: int | None
