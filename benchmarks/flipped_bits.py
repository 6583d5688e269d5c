"""Flip a bit of a finished run folder, or cut one of its files, and build the report again: promise R6.

A rebuilt report is the very same one, or it is refused with the name of what is damaged. So is that of the same audit
run again, which repairs what it can compute.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from checks import Check, at_least, at_most, noted
from lanes import in_lanes
from tiny_audit import SAME, contents, planned, tiny_corpora

from synthlift import api
from synthlift.errors import SynthliftError
from synthlift.report import publish
from synthlift.study.plan import Plan

__all__ = ["run"]

N_CASES, QUICK_N_CASES = 1000, 60
PAIRS = "artefacts/nearest_pairs.json"
# seven in ten in the ledger, of which all is made
FILES = ("ledger.db",) * 14 + (PAIRS, PAIRS, "summary.json", "scores.parquet", "report.html", "documents.csv")
AUDIT_AGAIN = 10  # of each so many damaged ledgers one is audited again, and all documents.csv, which a rebuild leaves


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of the promise."""
    n_cases = QUICK_N_CASES if quick else N_CASES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        api.carry_out(planned(tiny_corpora(folder / "files")), folder / "run")
        total = sum(in_lanes(partial(_examined, folder), n_cases), Counter[str]())
    where = "; ".join(f"{file} {total[f'case {file}']}" for file in dict.fromkeys(FILES))
    told = f"{total['refused']} refused by name, {total['same']} the very same bytes"
    again = f"{total['again refused']} refused, {total['again same']} the very same bytes"
    return [
        at_least(n_cases, "R6: flipped bits (4 of 5) and cuts (1 of 5)", total["cases"], where),
        at_most(0, "R6: reports silently wrong, but for the texts side by side", total["wrong"], told),
        at_most(0, f"R6: reports silently wrong after damage to {PAIRS}", total["wrong pairs"], _of_pairs(total)),
        at_most(0, "R6: other errors than a refusal that names the file", total["error"], _first(total)),
        at_most(0, "R6: audits run again with another outcome", total["again wrong"], again),
        noted(
            "R6: damaged ledgers refused", total["refused"] / total["case ledger.db"], "the rest fell into free room"
        ),
    ]


def _of_pairs(total: Counter[str]) -> str:
    return f"of {total[f'case {PAIRS}']}; what cannot be read is told in the report: {total['told']}"


def _first(total: Counter[str]) -> str:
    found = sorted(name for name in total if name.startswith("first "))
    return found[0] if found else "a refusal has the name of the file and what to do"


def _plain(summary: Any, *_: object) -> bytes:
    """Stand in for the page, which is a pure function of the summary and takes longest."""
    return publish.json_bytes(summary)


def _examined(folder: Path, seeds: Iterable[int]) -> Counter[str]:
    """Damage copies of one run folder; count what comes of each."""
    total: Counter[str] = Counter()
    files = tiny_corpora(Path(tempfile.mkdtemp(dir=folder)))
    expected, plan = contents(folder / "run"), planned(files)
    for seed in seeds:
        rng, copy = random.Random(seed), folder / f"copy-{seed}"
        file = rng.choice(FILES)
        shutil.copytree(folder / "run", copy)
        (copy / file).write_bytes(_damaged((copy / file).read_bytes(), rng))
        with patch.object(publish, "render", _plain) if file == "ledger.db" else nullcontext():
            total += Counter(["cases", f"case {file}", *_rebuilt(copy, file, expected, seed)])
            if file == "documents.csv" or (file == "ledger.db" and seed % AUDIT_AGAIN == 0):
                total[_again(copy, file, plan, expected)] += 1
        shutil.rmtree(copy)
    return total


def _damaged(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content))
    if rng.random() < 0.2:
        return content[:at]
    return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]


def _rebuilt(copy: Path, file: str, expected: dict[str, bytes], seed: int) -> list[str]:
    try:
        api.rebuild(copy)
    except SynthliftError as refused:
        return ["refused"] if _names(refused, file) else ["error", f"first {seed}: {refused}"]
    except Exception as error:  # noqa: BLE001 (whatever it is, it is a broken promise)
        return ["error", f"first {seed}: {type(error).__name__}"]
    found = contents(copy, tuple(name for name in _remade(file) if name != "documents.csv"))
    if all(content == expected[name] for name, content in found.items()):
        return ["same"]
    if file != PAIRS:
        return ["wrong"]
    return ["told"] if b"cannot be read: run the audit again" in found["report.html"] else ["wrong pairs"]


def _names(refused: SynthliftError, file: str) -> bool:
    """Whether a message, of one line, says which file is damaged."""
    return Path(file).stem in str(refused) and "\n" not in str(refused)


def _again(copy: Path, file: str, plan: Plan, expected: dict[str, bytes]) -> str:
    try:
        api.carry_out(plan, copy)
    except SynthliftError as refused:
        return "again refused" if _names(refused, file) else "again wrong"
    names = _remade(file)
    return "again same" if contents(copy, names) == {name: expected[name] for name in names} else "again wrong"


def _remade(file: str) -> tuple[str, ...]:
    """Return what is compared after damage to a file: of a ledger not the page, in whose place the summary stands."""
    return tuple(name for name in SAME if not (file == "ledger.db" and name == "report.html"))
