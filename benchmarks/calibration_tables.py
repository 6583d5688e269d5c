"""From simulated studies to error rates: each share with its Wilson interval, judged by it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from checks import Check, heading, noted, table

from synthlift.metrics.shares import clustered_mean, wilson

__all__ = ["checks_of", "confusion", "written"]

Record = dict[str, Any]
OUTCOMES = ("helps", "only-volume", "no-effect", "harms", "cannot-tell")
HEADLINE = ("real", "replicated", "replicated-matched")


def checks_of(records: Sequence[Record]) -> list[Check]:
    """Return the error rates of all studies, with the targets of the method."""
    return [*_false_helps(records), *_coverage(records), *_power(records), *_labels(records), *_agreement(records)]


def _share(what: str, hits: Iterable[bool], target: str, holds: Callable[[float, float], bool] | None) -> Check:
    """Give a share with its Wilson interval; `holds` judges the interval."""
    found = list(hits)
    if not found:
        return Check(what, None, target, None, "no such study")
    share = wilson(sum(found) / len(found), len(found))
    judged = None if holds is None else holds(share.low, share.high)
    return Check(
        what, share.value, target, judged, f"{sum(found)} of {len(found)}: [{share.low:.3f}, {share.high:.3f}]"
    )


def _least(record: Record, field: str) -> float:
    """Return the least over `real` and the volume controls that were run."""
    return min(float(contrast[field]) for contrast in record["contrasts"].values() if contrast)


def _false_helps(records: Sequence[Record]) -> list[Check]:
    target = "lower limit <= 0.05"
    kinds: dict[str, Callable[[Record], bool]] = {
        "false *helps*: copies of the training documents": lambda r: r["generator"] == "copycat",
        "false *helps*: right texts, wrong labels": lambda r: r["generator"] == "placebo",
        "false *helps*: no true gain over some control": lambda r: _least(r, "truth") <= 0.0,
    }
    return [
        _share(what, (r["outcome"] == "helps" for r in records if has(r)), target, lambda low, _: low <= 0.05)
        for what, has in kinds.items()
    ]


def _coverage(records: Sequence[Record]) -> list[Check]:
    checks = []
    for drawn, how in ((False, "all real documents"), (True, "draws of half of them")):
        for name in HEADLINE:
            found = [(r["pool"], c) for r in records if r["drawn"] == drawn and (c := r["contrasts"][name]) is not None]
            held = np.array([_holds(contrast) for _, contrast in found], dtype=float)
            share = clustered_mean(held, np.array([pool for pool, _ in found]))
            what = f"coverage of 95 % intervals: treatment - {name}, {how}"
            if share is None:
                checks.append(noted(what, None, "fewer than two pools"))
                continue
            told = f"{held.sum():.0f} of {len(held)}, by pools: [{share.low:.3f}, {share.high:.3f}]"
            meets = share.high >= 0.93 and share.low <= 0.97
            checks.append(Check(what, share.value, "meets 0.93-0.97", meets, told))
    pairs = [c for r in records for c in r["contrasts"].values() if c and c["standard_error"] > 0.0]
    ratio = float(np.median([c["truth_error"] / c["standard_error"] for c in pairs]))
    return [
        *checks,
        noted("error of the truth, as a share of an interval's", ratio, "median, and allowed for in coverage"),
    ]


def _holds(contrast: Record) -> bool:
    """Whether estimate and truth are as near as the interval says, allowing for what is left of chance in the truth."""
    half = (contrast["high"] - contrast["low"]) / 2.0
    error, of_truth = contrast["standard_error"], contrast["truth_error"]
    allowed = half * np.hypot(error, of_truth) / error if error > 0.0 else 1.96 * of_truth
    return bool(abs(contrast["value"] - contrast["truth"]) <= allowed)


def _power(records: Sequence[Record]) -> list[Check]:
    kinds: dict[str, Callable[[Record], bool]] = {
        "true gain at least what was promised beforehand": lambda r: _least(r, "truth") >= _promised(r),
        "true gain 1 to 1.5 times what was promised": lambda r: 1.0 <= _least(r, "truth") / _promised(r) < 1.5,
        "true gain at least the run's own minimum detectable effect": lambda r: _least(r, "truth") >= _detectable(r),
    }
    target = "upper limit >= 0.8"
    checks = [
        _share(
            f"power: {what}", (r["outcome"] == "helps" for r in records if has(r)), target, lambda _, high: high >= 0.8
        )
        for what, has in kinds.items()
    ]
    median = float(np.median([r["promised"] for r in records if r["promised"] is not None]))
    return [*checks, noted("gain promised to be found, median", median, "from real documents alone")]


def _promised(record: Record) -> float:
    return float("inf") if record["promised"] is None else float(record["promised"])


def _detectable(record: Record) -> float:
    return max(float(contrast["detectable"]) for contrast in record["contrasts"].values() if contrast)


def _labels(records: Sequence[Record]) -> list[Check]:
    labels = [label for r in records for label in r["labels"]]
    if not labels:
        return []

    def error(name: str) -> float:
        return float(np.sqrt(np.mean([(label[name] - label["truth"]) ** 2 for label in labels])))

    n = f"{len(labels)} labels"
    held = (label["low"] <= label["truth"] <= label["high"] for label in labels)
    return [
        noted("per-label lift: root mean square error as measured", error("value"), n),
        noted("per-label lift: root mean square error when pooled", error("shrunk"), n),
        _share("per-label lift: coverage of pooled 95 % intervals", held, "-", None),
    ]


def _agreement(records: Sequence[Record]) -> list[Check]:
    said = [r for r in records if r["outcome"] != "cannot-tell"]
    wrong = [r for r in said if r["outcome"] != r["true_outcome"]]
    reversed_ = [r for r in records if {r["outcome"], r["true_outcome"]} == {"helps", "harms"}]
    return [
        _share("studies that say something", (r["outcome"] != "cannot-tell" for r in records), "-", None),
        _share("of these, another outcome than the truth's", (r in wrong for r in said), "-", None),
        noted("*helps* for harm, or the reverse", len(reversed_), f"of {len(records)}"),
    ]


def confusion(records: Sequence[Record]) -> str:
    """Return verdicts against truth as a Markdown table; a row is what is true."""
    counts = Counter((r["true_outcome"], r["outcome"]) for r in records)
    lines = [f"| truth | {' | '.join(OUTCOMES)} |", "|---" * (len(OUTCOMES) + 1) + "|"]
    lines += [f"| {true} | {' | '.join(str(counts[true, said]) for said in OUTCOMES)} |" for true in OUTCOMES[:-1]]
    return "\n".join(lines)


def written(path: Path, document: Path, records: Sequence[Record]) -> None:
    """Put the tables between the marks of the document; what stands around them is for people to write."""
    content = json.loads(path.read_text(encoding="utf-8"))
    checks = [Check(**check) for check in content["checks"]]
    made = "\n\n".join([heading("calibration", quick=content["quick"]), table(checks), confusion(records)])
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition("<!-- made -->\n")
    after = rest.partition("<!-- end -->\n")[2]
    document.write_text(f"{before}<!-- made -->\n{made}\n<!-- end -->\n{after}", encoding="utf-8")
