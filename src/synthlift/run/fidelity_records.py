"""Records of `fidelity` in summary.json: numbers with floor and ceiling, and the reason of every null."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from synthlift.metrics.anchored import Measure, anchored
from synthlift.metrics.samples import Sample
from synthlift.metrics.shares import Share

__all__ = ["Record", "alone", "anchored_records", "beside", "record", "refused"]

Record = dict[str, Any]

FEWEST = 20
UNTESTED = "p: not tested, compare with the floor"


def anchored_records(
    measures: Sequence[Measure],
    representation: str,
    samples: Sequence[Sample],
    rng: np.random.Generator,
    label: str | None = None,
) -> Iterator[Record]:
    """Yield the records of measures of four samples: written, real, twice as many real ones, and foreign ones."""
    written, real, more_real, elsewhere = samples
    for one in anchored(measures, written, real, more_real, elsewhere, rng):
        found, floor = one.found, one.floor
        reasons = [found.reason and f"{'interval' if found.value is not None else 'value'}: {found.reason}"]
        reasons += [UNTESTED if found.p is None and found.value is not None else None]
        reasons += [floor.reason and f"floor: {floor.reason}"]
        reasons += ["ceiling: too few documents" if one.ceiling is None and found.value is not None else None]
        yield record(
            one.name,
            representation,
            label,
            value=found.value,
            low=found.low,
            high=found.high,
            p=found.p,
            floor=floor.median,
            floor_low=floor.low,
            floor_high=floor.high,
            ceiling=one.ceiling,
            n=found.n_synthetic,
            reason="; ".join(reason for reason in reasons if reason),
        )


def refused(measures: Sequence[Measure], representation: str, reason: str, label: str | None = None) -> list[Record]:
    """Return records without a number, all for one reason."""
    return [record(name, representation, label, reason=reason) for measure in measures for name in measure.names]


def record(measure: str, representation: str, label: str | None, **known: Any) -> Record:
    """Return a record of a measure; numbers that are not known are null."""
    numbers = ("value", "low", "high", "p", "floor", "floor_low", "floor_high", "ceiling", "n")
    absent = dict.fromkeys(numbers)
    return {"measure": measure, "representation": representation, "label_set": label, "reason": ""} | absent | known


def beside(measure: str, representation: str, shares: Sequence[Share | None], n: int) -> Record:
    """Return a mean over documents beside that of real ones."""
    if n < FEWEST:
        return _too_few(measure, representation, n)
    written, real = shares
    reason = UNTESTED if written is not None else "value: too few texts, or all of one family"
    return record(
        measure,
        representation,
        None,
        value=written and written.value,
        low=written and written.low,
        high=written and written.high,
        floor=real and real.value,
        floor_low=real and real.low,
        floor_high=real and real.high,
        ceiling=1.0,
        n=n,
        reason=reason,
    )


def alone(measure: str, representation: str, values: Sequence[float | None], n: int) -> Record:
    """Return a number of the sample as a whole beside that of real documents."""
    if n < FEWEST:
        return _too_few(measure, representation, n)
    value, floor = values
    reason = f"interval: a number of the sample as a whole; {UNTESTED}; ceiling: there is none"
    reason = reason if value is not None else "value: there is too little text"
    return record(measure, representation, None, value=value, floor=floor, n=n, reason=reason)


def _too_few(measure: str, representation: str, n: int) -> Record:
    return record(measure, representation, None, reason=f"value: got {n} texts, expected at least {FEWEST}")
