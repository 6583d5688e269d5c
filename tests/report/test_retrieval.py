"""Searches in the summary and on the page: beside the verdict, which they never touch; and ledgers without them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from synthlift.api import carry_out, rebuild
from synthlift.corpus.columns import Columns
from synthlift.report.display import gain, interval
from synthlift.report.html import render
from synthlift.report.retrieval import NOT_MEASURED
from synthlift.report.retrieval_chart import (
    index_table,
    representation_table,
    retrieval_answer,
    retrieval_chart,
    retrieval_learnt,
    retrieval_reasons,
)
from synthlift.report.summary import Summary
from synthlift.run import measuring, own_search, tasks
from synthlift.run.own_search import Found
from synthlift.study.catalog import MEASUREMENTS, SEARCHED
from synthlift.study.input import Input
from synthlift.study.plan import Options, plan_prepared
from synthlift.study.preparation import prepare

Audit = Callable[..., dict[str, Any]]
CONDITIONS = ("real", "real+steps", "replicated", "replicated-matched", "real+synthetic", "placebo")


@pytest.fixture(scope="module", autouse=True)
def _only_searches_are_measured() -> Iterator[None]:
    """Leave out what else runs measure of texts, which takes longer than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "MEASUREMENTS", {"retrieval": MEASUREMENTS["retrieval"]})
        yield


@pytest.fixture(scope="module")
def audit(simulated_files: tuple[Path, Path]) -> Audit:
    """Give an audit of a writer and a parrot into a folder: its summary, as a program reads it."""

    def run(out: Path, **options: Any) -> dict[str, Any]:
        prepared = prepare(Input(*simulated_files, columns=Columns(split="split"), by="generator"), 0)
        carry_out(plan_prepared(prepared, Options(**{"replicates": 2, "conditions": CONDITIONS, **options})), out)
        read: dict[str, Any] = json.loads((out / "summary.json").read_text())
        return read

    return run


@pytest.fixture(scope="module")
def folder(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a run."""
    out = tmp_path_factory.mktemp("run") / "run"
    audit(out)
    return out


@pytest.fixture(scope="module")
def summary(folder: Path) -> dict[str, Any]:
    """Give the summary of a run."""
    read: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return read


def test_each_generator_and_each_condition_that_is_compared_has_its_records(summary: dict[str, Any]) -> None:
    """Both readings a generator; `real` once, what was not run with its reason, the placebo never."""
    found = [(r["generator"], r["family"], r["reading"]) for r in summary["retrieval_index"]]
    assert found == [(g, None, reading) for g in ("writer", "parrot") for reading in ("strict", "lenient")]
    assert all(r["reason"] is None and r["low"] <= r["difference"] <= r["high"] for r in summary["retrieval_index"])
    records = {(r["generator"], r["condition"]): r for r in summary["retrieval_representation"]}
    assert list(records) == [(None, "real")] + [
        (g, c) for g in ("writer", "parrot") for c in SEARCHED if c in CONDITIONS and c != "real"
    ]
    assert "convex" in records["writer", "real+steps"]["reason"]
    treated, real = records["writer", "real+synthetic"], records[None, "real"]
    assert treated["difference"] == pytest.approx(treated["value"] - real["value"], abs=2e-6)
    assert treated["low"] < treated["difference"] < treated["high"]
    assert (treated["n_documents"], treated["n_replicates"]) == (300, 2)


def test_copies_of_real_documents_harm_a_search_by_the_places_they_take(summary: dict[str, Any]) -> None:
    """The parrot's copies tie with their originals: strictly they are no answers, by their labels good ones twice."""
    strict, lenient = (r for r in summary["retrieval_index"] if r["generator"] == "parrot")
    assert strict["high"] < 0.0
    assert lenient["low"] > 0.0


def test_searches_change_nothing_else(
    audit: Audit, summary: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With them or without, verdict, contrasts, corrections and scores are the same; only their warning is theirs."""
    monkeypatch.setattr(measuring, "MEASUREMENTS", {})
    monkeypatch.setattr(tasks.Evaluate, "_searched", lambda *_: Found())
    without = audit(tmp_path / "run")
    apart = {"retrieval_index", "retrieval_representation", "warnings"}
    assert {k: v for k, v in summary.items() if k not in apart} == {k: v for k, v in without.items() if k not in apart}
    others = [w for w in summary["warnings"] if w["code"] != "harms-retrieval"]
    assert others == without["warnings"]
    assert not any("nDCG" in r["metric"] for name in ("scores", "estimates") for r in summary[name])


def test_an_older_ledger_gives_a_report_with_reasons_and_the_index_when_run_again(
    audit: Audit, summary: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trials from before searches have no score of one and are not run again; what is measured of texts is made up."""
    with monkeypatch.context() as patch:
        patch.setattr(measuring, "MEASUREMENTS", {})
        patch.setattr(tasks.Evaluate, "_searched", lambda *_: Found())
        older = audit(tmp_path / "run")
    assert {r["reason"] for r in older["retrieval_index"]} == {NOT_MEASURED}
    treated = next(r for r in older["retrieval_representation"] if r["condition"] == "real+synthetic")
    assert treated["value"] is None
    assert "before searches were measured" in treated["reason"]
    page = render(Summary.model_validate(older)).decode()
    assert "There is no point to draw: the run did not measure searches" in page
    assert audit(tmp_path / "run")["retrieval_index"] == summary["retrieval_index"]


def test_a_run_goes_on_to_the_same_bytes(folder: Path, audit: Audit) -> None:
    """Run again, nothing is searched anew, and the summary is the same; so is one that is rebuilt."""
    before = (folder / "summary.json").read_bytes()

    def refuse(*_: Any) -> None:
        raise AssertionError("searched again")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_search.OwnSearch, "found", refuse)
        patch.setattr("synthlift.run.retrieval.index_records", refuse)
        audit(folder)
    assert (folder / "summary.json").read_bytes() == before
    rebuild(folder)
    assert (folder / "summary.json").read_bytes() == before


def test_a_verdict_of_help_with_harm_to_a_search_is_warned_of(summary: dict[str, Any]) -> None:
    """Of each generator that helps and whose strict change lies below zero, and of no other."""
    helping = {v["generator"] for v in summary["verdicts"] if v["outcome"] == "helps"}
    strict = [r for r in summary["retrieval_index"] if r["reading"] == "strict"]
    harmful = [r["generator"] for r in strict if r["high"] < 0.0 and r["generator"] in helping]
    assert harmful == ["writer"]
    [warned] = [w["message"] for w in summary["warnings"] if w["code"] == "harms-retrieval"]
    assert "writer (nDCG@10 " in warned
    assert "parrot" not in warned


def test_the_answer_counts_generators(clear: Summary, cannot_tell: Summary) -> None:
    """By the interval of the strict change of all texts; of one generator it says what happens."""
    assert retrieval_answer(clear) == (
        "In an index of real documents a search gets worse with the texts of 1 of 2 generators"
    )
    alone = [r for r in clear.retrieval_index if r.generator.startswith("qwen")]
    assert retrieval_answer(clear.model_copy(update={"retrieval_index": alone})).endswith("make a search worse")
    level = [r for r in clear.retrieval_index if r.generator.startswith("llama")]
    assert "neither better nor worse" in retrieval_answer(clear.model_copy(update={"retrieval_index": level}))
    assert retrieval_answer(cannot_tell).startswith("This run cannot tell")


def test_each_generator_has_a_point_and_every_record_a_row(clear: Summary, cannot_tell: Summary) -> None:
    """One without a gain over copies has a row and no point; nothing is drawn without any, and the reason is told."""
    whole = {
        r.generator: r.model_copy(update={"contrast": "real+synthetic - replicated"})
        for r in clear.estimates
        if r.contrast == "real+synthetic - replicated-matched"
    }
    both = clear.model_copy(update={"estimates": list(whole.values())})
    chart = retrieval_chart(both)
    assert chart is not None
    assert chart.svg.count("translate(") == 1 + 2
    assert [row[:2] for row in chart.rows] == [("qwen2.5-7b-instruct", "+0.129"), ("llama-3.1-8b", "+0.110")]
    one = retrieval_chart(clear)
    assert one is not None
    assert one.svg.count("translate(") == 1 + 1
    assert retrieval_reasons(clear) == ["no gain over replicated"]
    assert retrieval_chart(cannot_tell) is None
    assert retrieval_reasons(cannot_tell) == ["a worker died while this was measured"]
    assert len(index_table(clear).rows) == 6
    assert len(representation_table(clear).rows) == 3


def test_the_section_stands_where_searches_were_asked_of_a_run(clear: Summary, cannot_tell: Summary) -> None:
    """With its link and what the classifier has learnt; a summary from before has no section."""
    page = render(clear).decode()
    assert 'href="#retrieval"' in page
    assert f"changes nDCG@10 by {gain(-0.0143)} {interval(-0.0235, -0.0051, signed=True)}." in page
    assert "a worker died while this was measured" in render(cannot_tell).decode()
    [told] = retrieval_learnt(cannot_tell)
    assert told.startswith("What the classifier has learnt could not be searched with: all replicates")
    assert "#retrieval" not in render(clear.model_copy(update={"retrieval_index": []})).decode()
