"""A metric is a value whose spelling parses back: configuration key, table column and axis label are one string."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ALL", "HEADLINES", "RANKED", "SEARCH", "THRESHOLDED", "THRESHOLDS", "Metric"]

THRESHOLDED = ("micro-F1", "macro-F1", "sample-F1", "empty-share")
RANKED = ("mAP", "LRAP", "Brier")
THRESHOLDS = ("tuned", "per-label", "fixed")


@dataclass(frozen=True, slots=True)
class Metric:
    """A score and the threshold rule it is taken at; None where it needs none.

    Examples
    --------
    >>> Metric("micro-F1", "tuned")
    Metric.parse('micro-F1@tuned')
    >>> Metric.parse("mAP") == Metric("mAP", None)
    True
    """

    name: str
    threshold: str | None

    def __str__(self) -> str:
        return self.name if self.threshold is None else f"{self.name}@{self.threshold}"

    def __repr__(self) -> str:
        return f"Metric.parse({str(self)!r})"

    @classmethod
    def parse(cls, spelling: str) -> Metric:
        """Read a spelling back.

        Raises
        ------
        ValueError
            For an unknown metric, or a threshold that it does not take; the known ones are listed.
        """
        for metric in (*ALL, SEARCH):
            if str(metric) == spelling:
                return metric
        raise ValueError(f"got {spelling!r}, expected one of {', '.join(map(str, (*ALL, SEARCH)))}")


ALL = (
    *(Metric(name, threshold) for name in THRESHOLDED for threshold in THRESHOLDS),
    *(Metric(name, None) for name in RANKED),
)
# Of these, what a headline can be about: higher is better.
HEADLINES = tuple(str(metric) for metric in ALL if metric.name not in {"empty-share", "Brier"})
# How well the vectors of a condition rank documents: a score of the trials that leave one, and of no verdict.
SEARCH = Metric("nDCG@10", None)
