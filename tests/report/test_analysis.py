"""The summary of a real run on simulated corpora."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from synthlift.api import Options, carry_out, plan, rebuild
from synthlift.corpus.columns import Columns
from synthlift.report.publish import json_bytes
from synthlift.report.summary import Summary
from synthlift.study.input import Input

ROOT = Path(__file__).resolve().parents[2]
# null where there is no such thing, or where all are meant
NULL_BY_RIGHT = ("reason", "n_synthetic_range", "generator", "label_set", "threshold", "family")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, simulated_files: tuple[Path, Path]) -> Path:
    """Audit a writer and a parrot with three replicates."""
    out = tmp_path_factory.mktemp("run") / "run"
    given = Input(*simulated_files, columns=Columns(split="split"), by="generator")
    carry_out(plan(given, Options(replicates=3, delta=0.02)), out)
    return out


@pytest.fixture(scope="module")
def summary(run: Path) -> dict[str, Any]:
    """Read summary.json."""
    return json.loads((run / "summary.json").read_text())


def records(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in the summary."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from records(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from records(inner)


def find(summary: dict[str, Any], section: str, **wanted: object) -> dict[str, Any]:
    """Return the one record of a section with these fields."""
    found = [r for r in summary[section] if all(r[name] == value for name, value in wanted.items())]
    assert len(found) == 1, (section, wanted, len(found))
    return found[0]


def test_planted_content_helps_and_planted_copies_do_not(summary: dict[str, Any]) -> None:
    """The writer's new terms help; the parrot's copies never do."""
    outcomes = {verdict["generator"]: verdict["outcome"] for verdict in summary["verdicts"]}
    assert outcomes["writer"] == "helps"
    assert outcomes["parrot"] != "helps"


def test_exact_copies_are_their_own_matched_control(summary: dict[str, Any]) -> None:
    """Copies of training documents equal the control that copies their parents, to the last bit."""
    record = find(
        summary,
        "estimates",
        generator="parrot",
        contrast="real+synthetic - replicated-matched",
        metric="micro-F1",
        threshold="tuned",
    )
    assert (record["value"], record["low"], record["high"], record["p"]) == (0.0, 0.0, 0.0, 1.0)


def test_the_ladder_sums_exactly(summary: dict[str, Any]) -> None:
    """Total = steps + resampling + content and content = label mix + text, in the decimals that are printed."""
    for rung in summary["ladder"]:
        parts = rung["steps"] + rung["resampling"] + rung["content"]
        assert rung["total"] == pytest.approx(parts, abs=1e-12)
        assert rung["content"] == pytest.approx(rung["label_mix"] + rung["text"], abs=1e-12)
        assert rung["steps"] == 0.0
        assert "convex" in rung["reason"]


def test_the_ladder_agrees_with_the_estimates(summary: dict[str, Any]) -> None:
    """A rung is the contrast of the same name, up to the rounding of the means."""
    for rung in summary["ladder"]:
        at = {"generator": rung["generator"], "metric": "micro-F1", "threshold": "tuned"}
        content = find(summary, "estimates", contrast="real+synthetic - replicated", **at)
        assert content["value"] == pytest.approx(rung["content"], abs=2e-6)


def test_every_null_has_a_reason(summary: dict[str, Any]) -> None:
    """Wherever a value is null, its record says why; the one exception is the reason itself."""
    for record in records(summary):
        nulls = [name for name, value in record.items() if value is None and name not in NULL_BY_RIGHT]
        assert not nulls or record["reason"], (nulls, record)


def test_summary_is_valid_by_the_published_schema(summary: dict[str, Any]) -> None:
    """docs/summary.schema.json is the model's own schema, and summary.json keeps it."""
    published = json.loads((ROOT / "docs" / "summary.schema.json").read_text())
    assert published == Summary.model_json_schema(by_alias=True, mode="serialization")
    jsonschema.validate(summary, published)


def test_the_report_is_rebuilt_from_the_folder_alone(run: Path, summary: dict[str, Any]) -> None:
    """Rebuilding gives the same bytes."""
    before = {name: (run / name).read_bytes() for name in ("summary.json", "report.html", "scores.parquet")}
    rebuilt = rebuild(run)
    assert json_bytes(rebuilt) == before["summary.json"]
    assert all((run / name).read_bytes() == content for name, content in before.items())


def test_headline_counts_the_other_cells(summary: dict[str, Any]) -> None:
    """The primary cell is the first generator; the other is counted once."""
    verdict = summary["verdict"]
    assert verdict["generator"] == "writer"
    assert verdict["n_cells"] == 1
    assert verdict["n_agreeing"] == 0
    assert verdict["not_applicable"][0]["control"] == "real+steps"
    assert verdict["controls"] == ["replicated", "replicated-matched"]
