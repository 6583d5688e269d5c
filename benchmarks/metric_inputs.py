"""Draw ten thousand inputs that no study should have, and ask every metric about them: promise R12.

Documents without labels, labels without documents, one document, equal ones, all in one family, texts without a word,
vectors of zeros, of one direction, huge, tiny or not finite: what comes back is a finite number, or none with its
reason. Whole audits of such corpora show the same of summary and page.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from checks import Check, at_least, at_most, noted
from lanes import in_lanes
from metric_draws import DRAWS, drawn, judged
from tiny_audit import Corpora, planned, tiny_rows

from synthlift import api
from synthlift.errors import SynthliftError
from synthlift.randomness import stream

__all__ = ["run"]

N_CASES, QUICK_N_CASES = 10_000, 600
N_AUDITS, QUICK_N_AUDITS = 24, 4
_NO_NUMBER = re.compile(r"(?i)(?<![\w-])[-+\N{MINUS SIGN}]?(?:nan|inf|infinity)(?![\w-])")

Record = Mapping[str, Any]


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of the promise."""
    n_cases, n_audits = (QUICK_N_CASES, QUICK_N_AUDITS) if quick else (N_CASES, N_AUDITS)
    total = sum(in_lanes(_asked, n_cases), Counter[str]())
    audits = sum(in_lanes(_audited, n_audits), Counter[str]())
    told = f"{total['numbers']:,} numbers, {total['undefined']:,} undefined with their reason"
    shown = (
        f"{audits['refused']} of the corpora refused, {audits['numbers']:,} numbers, {audits['undefined']:,} undefined"
    )
    draws = ", ".join(f"{name} {total[f'draw {name}']:,}" for name, _ in DRAWS)
    return [
        at_least(n_cases, "R12: random inputs of metrics", total["cases"], draws),
        at_most(0, "R12: results that are NaN or infinite", total["infinite"], told),
        at_most(0, "R12: undefined results without a reason", total["silent"], _first(total)),
        at_most(0, "R12: other errors", total["error"], _first(total)),
        noted("R12: whole audits of such corpora", audits["cases"], shown),
        at_most(0, "R12: of these NaN or infinite in summary or page", audits["infinite"], _first(audits)),
        at_most(0, "R12: of these undefined without a reason", audits["silent"], _first(audits)),
        at_most(0, "R12: of these other errors", audits["error"], _first(audits)),
    ]


def _first(total: Counter[str]) -> str:
    found = sorted(name for name in total if name.startswith("first "))
    return found[0] if found else "none"


def _asked(numbers: Iterable[int]) -> Counter[str]:
    """Count what metrics say of inputs; the slow ones are asked more seldom."""
    total: Counter[str] = Counter()
    for number in numbers:
        total["cases"] += 1
        try:
            name, records = drawn(number)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is a broken promise)
            total.update(["error", f"first {number}: {type(error).__name__}: {str(error)[:80]}"])
            continue
        total[f"draw {name}"] += 1
        for record in records:
            _judge(record, f"{name} {number}", total)
    return total


def _judge(record: Record, place: str, total: Counter[str]) -> None:
    """Count what `judged` finds in a record, and keep where it found something wrong."""
    for name, kind in judged(record):
        total[kind] += 1
        if kind in ("silent", "infinite"):
            total[f"first {place}: {name}"] += 1


def _audited(numbers: Iterable[int]) -> Counter[str]:
    """Audit corpora that are hardly any, and count the same in what is written."""
    total: Counter[str] = Counter()
    for number in numbers:
        total["cases"] += 1
        rng = stream(12, "corpus", number)
        with tempfile.TemporaryDirectory() as name:
            real, synthetic = tiny_rows(number, int(rng.integers(30, 70)), int(rng.integers(1, 50)))
            _thinned(real, synthetic, rng)
            files = Corpora(Path(name), real, synthetic)
            try:
                summary, _ = api.carry_out(planned(files), Path(name) / "run")
            except SynthliftError:
                total["refused"] += 1
                continue
            except Exception as error:  # noqa: BLE001
                total.update(["error", f"first audit {number}: {type(error).__name__}: {str(error)[:80]}"])
                continue
            _walk(summary.model_dump(mode="json", by_alias=True), f"audit {number}", total)
            found = _NO_NUMBER.findall(_text((Path(name) / "run" / "report.html").read_text(encoding="utf-8")))
            total["infinite"] += len(found)
            total.update(f"first audit {number}: page says {each}" for each in found[:1])
    return total


def _thinned(real: list[dict[str, Any]], synthetic: list[dict[str, Any]], rng: np.random.Generator) -> None:
    """Take from a corpus what makes it one: other texts, words, labels, or families."""
    kinds = rng.permutation(["one text", "one word", "one label", "few labels", "one group", "copies", "whole"])[:2]
    for row in (*real, *synthetic):
        if "one text" in kinds:
            row["text"] = "a valve holds"
        if "one word" in kinds:
            row["text"] = row["text"].split()[0]
        if "one label" in kinds:
            row["labels"] = ["blue", "green"][: 1 + (row is real[0])]
        if "few labels" in kinds:
            row["labels"] = row["labels"][:1]
    if "one group" in kinds:
        for row in synthetic:
            row["group"] = "all"
    if "copies" in kinds:
        for place, row in enumerate(synthetic):
            row["text"] = real[place % len(real)]["text"]


def _walk(value: Any, place: str, total: Counter[str]) -> None:
    if isinstance(value, dict):
        if "reason" in value:
            _judge(value, place, total)
        for name, one in value.items():
            _walk(one, f"{place}.{name}" if isinstance(one, (dict, list)) else place, total)
    elif isinstance(value, list):
        for one in value:
            _walk(one, place, total)


class _Text(HTMLParser):
    """Collects what a page says."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        """Keep text that is neither style nor script."""
        if self.cdata_elem is None:
            self.said.append(data)


def _text(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    return " ".join(parser.said)
