"""A metric is a value whose spelling parses back: configuration key, table column and axis label are one string."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["METRICS", "THRESHOLDS", "Metric"]

METRICS = ("micro-F1", "macro-F1")
THRESHOLDS = ("tuned", "fixed")


@dataclass(frozen=True, slots=True)
class Metric:
    """A score and the threshold rule it is taken at.

    Examples
    --------
    >>> Metric("micro-F1", "tuned")
    Metric.parse('micro-F1@tuned')
    >>> Metric.parse("micro-F1@tuned") == Metric("micro-F1", "tuned")
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
            For an unknown metric or threshold; the known ones are listed.
        """
        name, at, threshold = spelling.partition("@")
        if name not in METRICS or (at and threshold not in THRESHOLDS):
            raise ValueError(f"got {spelling!r}, expected one of {METRICS}, with @ and one of {THRESHOLDS}")
        return cls(name, threshold or None)
