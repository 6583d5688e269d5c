"""What the records of a summary share: rounding, which cell they are about, their interval."""

from __future__ import annotations

from synthlift.report.arms import Contrast, Unavailable
from synthlift.report.evidence import CellKey, Evidence
from synthlift.stats.surface import Quantity

__all__ = ["ALPHA", "DIGITS", "counts", "interval", "joined", "place", "rounded", "spelled"]

DIGITS = 6
ALPHA = 0.05


def rounded(value: float | None) -> float | None:
    """Round to six significant digits, so that the last bits of a sum are never printed.

    >>> rounded(0.123456789), rounded(-1234567.0), rounded(None)
    (0.123457, -1234570.0, None)
    """
    if value is None:
        return None
    return float(f"{value:.{DIGITS}g}")


def place(evidence: Evidence, cell: CellKey, *, of_generator: bool = True) -> dict[str, object]:
    """Return the fields that say which cell a record is about."""
    added = evidence.n_added(cell) if of_generator else []
    spread = (min(added), max(added)) if added and min(added) != max(added) else None
    return {
        "generator": cell.generator if of_generator else None,
        "classifier": cell.classifier,
        "regime": cell.regime,
        "n_real": evidence.n_real[cell.regime],
        "n_synthetic": round(sum(added) / len(added)) if added else None,
        "n_synthetic_range": spread,
    }


def counts(evidence: Evidence, n_replicates: int) -> dict[str, int]:
    """Return how much a number rests on."""
    return {"n_replicates": n_replicates, "n_test_documents": evidence.facts.n_test}


def interval(found: Contrast | Unavailable, alpha: float = ALPHA) -> dict[str, object]:
    """Return the interval at ``1 - alpha``, or why there is none."""
    if isinstance(found, Unavailable):
        return {"low": None, "high": None, "reason": found.reason}
    low, high = found.estimate.interval(alpha)
    return {"low": rounded(low), "high": rounded(high)}


def spelled(found: Quantity, name: str, prefix: str = "") -> dict[str, float | None]:
    """Return value and limits as fields of a record, with `prefix` before ``low`` and ``high``."""
    return {name: rounded(found.value), f"{prefix}low": rounded(found.low), f"{prefix}high": rounded(found.high)}


def joined(*reasons: str | None) -> str | None:
    """Return reasons as one, each once; None where there is none."""
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason)) or None
