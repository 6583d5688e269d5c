"""The tiny audit of the tests, planned and carried out in this process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from synthlift import api
from synthlift.corpus.columns import Columns
from synthlift.study.input import Input
from synthlift.study.plan import Plan

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.append(str(TESTS))

from conftest import Corpora, Warm, tiny_rows  # type: ignore[import-not-found]  # noqa: E402 (the path comes first)

__all__ = ["SAME", "TESTS", "Corpora", "Warm", "contents", "planned", "tiny_corpora", "tiny_rows"]

SAME = ("summary.json", "report.html", "scores.parquet", "documents.csv")


def tiny_corpora(folder: Path) -> Any:
    """Write both files, and give them with the arguments of their audit."""
    return Corpora(folder, *tiny_rows())


def planned(files: Any, replicates: int = 1) -> Plan:
    """Return the plan of the same audit."""
    return api.plan(
        Input(files.real, files.synthetic, columns=Columns(split="split")), api.Options(replicates=replicates)
    )


def contents(run: Path, names: tuple[str, ...] = SAME) -> dict[str, bytes]:
    """Return what an audit is for, by name."""
    return {name: (run / name).read_bytes() for name in names if (run / name).exists()}
