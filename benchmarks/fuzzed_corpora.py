"""Read ten thousand damaged corpora: promise R5. The cases and what is checked of each are those of the tests."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from checks import Check, at_least, at_most, noted
from lanes import in_lanes

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "corpus"))

import test_fuzzed_corpora as fuzzed  # type: ignore[import-not-found]

__all__ = ["run"]

N_CASES, QUICK_N_CASES = 10_000, 500
MOST_TOLD = 8


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of the promise."""
    n_cases = QUICK_N_CASES if quick else N_CASES
    total = sum(in_lanes(_examined, n_cases), Counter[str]())
    codes = {name.removeprefix("code "): n for name, n in total.items() if name.startswith("code ")}
    rejected = f"by {len(codes)} codes, some files by several: " + ", ".join(
        f"{code} {n:,}" for code, n in sorted(codes.items(), key=lambda each: -each[1])[:MOST_TOLD]
    )
    return [
        at_most(
            0, "R5: damaged corpora with a traceback, a hang, or no place and reason", total["broken"], _first(total)
        ),
        at_least(n_cases, "R5: damaged corpora", total["cases"], "each read as either corpus, twice"),
        noted("R5: readings rejected, with file, row and reason", total["rejected"], rejected),
        noted("R5: readings accepted, as a plain reader reads them", total["read"], "ids and texts letter by letter"),
        at_most(0, "R5: whole corpora that did not come back", total["torn"], f"of {n_cases:,}; ids, texts, labels"),
        at_most(fuzzed.MAX_SECONDS, "R5: longest case in seconds", _longest(total), "read four times, checked twice"),
    ]


def _examined(seeds: Iterable[int]) -> Counter[str]:
    """Count what came of cases; those that broke a promise by their number."""
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        for seed in seeds:
            began = time.monotonic()
            total["cases"] += 1
            try:
                outcomes = fuzzed.examined(seed, Path(name))
            except Exception as error:  # noqa: BLE001 (whatever it is, it is a broken promise)
                total["broken"] += 1
                total[f"first {seed}: {type(error).__name__}"] += 1
                continue
            total += Counter(_told(outcomes))
            total[f"ms {1000 * (time.monotonic() - began):.0f}"] += 1
            try:
                fuzzed.check_round_trip(seed, Path(name))
            except Exception:  # noqa: BLE001
                total["torn"] += 1
    return total


def _told(outcomes: Iterable[object]) -> Iterable[str]:
    for outcome in outcomes:
        if isinstance(outcome, fuzzed.InputRejected):
            yield "rejected"
            yield from {f"code {rejection.code}" for rejection in outcome.rejections}
        else:
            yield "read"


def _first(total: Counter[str]) -> str:
    broken = [name for name in total if name.startswith("first ")]
    return broken[0] if broken else "only InputRejected leaves the reader"


def _longest(total: Counter[str]) -> float:
    return max(int(name.split()[1]) for name in total if name.startswith("ms ")) / 1000
