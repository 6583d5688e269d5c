"""Schema 1 of summary.json: every number that is ever printed.

Each record has a `reason`, set whenever one of its values is null. No NaN or infinity can be written.
"""

from __future__ import annotations

from html import escape
from typing import Literal

from pydantic import Field

from synthlift.report.summary_budget import (
    BudgetLaw,
    ExchangeRate,
    FixedTotal,
    FrontierPoint,
    PlantedAdvice,
    SurfacePoint,
    VolumeCurve,
    VolumeStep,
)
from synthlift.report.summary_cells import (
    Cell,
    Control,
    Estimate,
    Headline,
    LabelCounts,
    LabelLift,
    Ladder,
    MinimumDetectableEffect,
    Mixing,
    Outcome,
    Record,
    Score,
    Verdict,
)
from synthlift.report.summary_checks import GeneratorChoice, Numerics, Planted, Randomisation, Sensitivity
from synthlift.report.summary_fidelity import FidelityGain, FidelityShift
from synthlift.report.summary_leakage import KeywordOverlap, LabelKeywords, Leakage
from synthlift.report.summary_retrieval import RetrievalIndex, RetrievalRepresentation
from synthlift.report.summary_run import Corpora, Declared, Fidelity, Floor, Method, Volume, Warned
from synthlift.report.summary_writing import PromptFamily, ServerHonours, WrittenBy

__all__ = [
    "BudgetLaw",
    "Cell",
    "Control",
    "Corpora",
    "Declared",
    "Estimate",
    "ExchangeRate",
    "Fidelity",
    "FidelityGain",
    "FidelityShift",
    "FixedTotal",
    "Floor",
    "FrontierPoint",
    "GeneratorChoice",
    "Headline",
    "KeywordOverlap",
    "LabelCounts",
    "LabelKeywords",
    "LabelLift",
    "Ladder",
    "Leakage",
    "Method",
    "MinimumDetectableEffect",
    "Mixing",
    "Numerics",
    "Outcome",
    "Planted",
    "PlantedAdvice",
    "PromptFamily",
    "Randomisation",
    "RetrievalIndex",
    "RetrievalRepresentation",
    "Score",
    "Sensitivity",
    "ServerHonours",
    "Summary",
    "SurfacePoint",
    "Verdict",
    "Volume",
    "VolumeCurve",
    "VolumeStep",
    "Warned",
    "WrittenBy",
]


class Summary(Record):
    """summary.json."""

    def _repr_html_(self) -> str:
        """Show the verdict and its contrasts in a notebook; names are foreign and escaped."""
        metric, _, threshold = self.verdict.primary_metric.partition("@")
        cell = (self.verdict.generator, self.verdict.classifier, self.verdict.regime, metric, threshold or None)
        rows = "".join(
            f"<tr><td>{escape(e.contrast)}</td><td>{e.value:+.3f}</td><td>[{e.low:+.3f}, {e.high:+.3f}]</td></tr>"
            for e in self.estimates
            if (e.generator, e.classifier, e.regime, e.metric, e.threshold) == cell
            and e.value is not None
            and e.low is not None
            and e.high is not None
        )
        head = "<tr><th>contrast</th><th>difference</th><th>95% interval</th></tr>"
        return f"<p><strong>{escape(self.verdict.sentence)}</strong></p><table>{head}{rows}</table>"

    schema_version: Literal[1] = Field(default=1, alias="schema")
    verdict: Headline
    verdicts: list[Verdict]
    corpora: Corpora
    estimates: list[Estimate]
    scores: list[Score]
    ladder: list[Ladder]
    mixing: list[Mixing] = Field(default_factory=list)
    minimum_detectable_effect: list[MinimumDetectableEffect]
    sensitivity: list[Sensitivity]
    randomisation: list[Randomisation]
    generator_choice: list[GeneratorChoice]
    planted: list[Planted]
    numerics: list[Numerics] = Field(default_factory=list)
    volume: list[Volume]
    writing: list[WrittenBy] = Field(default_factory=list)
    labels: list[LabelLift]
    label_counts: list[LabelCounts]
    fidelity: list[Fidelity]
    fidelity_gain: list[FidelityGain] = Field(default_factory=list)
    fidelity_shift: list[FidelityShift] = Field(default_factory=list)
    retrieval_index: list[RetrievalIndex] = Field(default_factory=list)
    retrieval_representation: list[RetrievalRepresentation] = Field(default_factory=list)
    leakage: list[Leakage] = Field(default_factory=list)
    keyword_overlap: list[KeywordOverlap] = Field(default_factory=list)
    label_keywords: list[LabelKeywords] = Field(default_factory=list)
    surface: list[SurfacePoint] = Field(default_factory=list)
    exchange: list[ExchangeRate] = Field(default_factory=list)
    fixed_totals: list[FixedTotal] = Field(default_factory=list)
    volume_curves: list[VolumeCurve] = Field(default_factory=list)
    budget_law: list[BudgetLaw] = Field(default_factory=list)
    frontier: list[FrontierPoint] = Field(default_factory=list)
    planted_advice: list[PlantedAdvice] = Field(default_factory=list)
    floors: list[Floor]
    warnings: list[Warned]
    method: Method
