"""A budget from a run's own grid: the summary and the page have it, the verdict never touches it, advice follows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from synthlift import api
from synthlift.api import carry_out
from synthlift.corpus.columns import Columns
from synthlift.corpus.frames import as_jsonl
from synthlift.errors import BadConfiguration
from synthlift.randomness import stream
from synthlift.report.advice import prices_of
from synthlift.report.budget_charts import frontier_chart, surface_chart, totals_chart, volumes_chart
from synthlift.report.budget_tables import exchange_table, law_sentence
from synthlift.report.html import render
from synthlift.report.summary import Summary
from synthlift.run import measuring
from synthlift.run.simulated import rows_of
from synthlift.simulation import PRESETS, SimulatedGenerator, Simulator
from synthlift.stats.budget import Prices
from synthlift.study.input import Input
from synthlift.study.plan import Options, Plan, plan_prepared
from synthlift.study.preparation import prepare
from synthlift.terminal import advice_lines

Planned = Callable[..., Plan]
Extended = tuple[Path, dict[str, Any], dict[str, Any]]
CONDITIONS = ("real", "real+steps", "replicated", "replicated-matched", "real+synthetic")
CHEAP = Prices(real=2.5, synthetic=0.003)


@pytest.fixture(scope="module", autouse=True)
def _nothing_else_is_measured() -> Iterator[None]:
    """Leave out what runs measure of texts, which takes longer than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "MEASUREMENTS", {})
        yield


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Write simulated documents, spare ones too, texts of a writer who knows the labels, and each document twice."""
    simulator = Simulator(1, n_labels=12)
    train = simulator.corpus(60, stream="train")
    parts = {
        "train": train,
        "test": simulator.documents(300, stream="test"),
        "spare": simulator.documents(180, stream="spare"),
    }
    real = [{**row, "split": part} for part, documents in parts.items() for row in rows_of(documents)]
    writer = SimulatedGenerator(simulator, PRESETS["faithful"], "a writer").generate(
        train, 240, rng=stream(0, "writer")
    )
    texts = [*rows_of(writer)]
    texts += [
        {**row, "id": f"{row['id']}-{n}", "generator": "parrot", "origin_id": row["id"]}
        for n in range(2)
        for row in rows_of(train)
    ]
    folder = tmp_path_factory.mktemp("simulated")
    made = folder / "real.jsonl", folder / "synthetic.jsonl"
    for file, rows in zip(made, (real, texts), strict=True):
        file.write_bytes(as_jsonl(rows))
    return made


@pytest.fixture(scope="module")
def planned(files: tuple[Path, Path]) -> Planned:
    """Give plans of a writer, who knows the labels, and a parrot, who copies."""
    prepared = prepare(Input(*files, columns=Columns(split="split"), by="generator"), 0)
    return lambda **options: plan_prepared(prepared, Options(**{"replicates": 3, "conditions": CONDITIONS, **options}))


def summary_of(out: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return read


@pytest.fixture(scope="module")
def extended(planned: Planned, tmp_path_factory: pytest.TempPathFactory) -> Extended:
    """Give the folder of a run that was extended by a grid, and its summaries before and after."""
    out = tmp_path_factory.mktemp("budget") / "run"
    carry_out(planned(), out)
    before = summary_of(out)
    planned_grid = planned(grid=True)
    _, tally = carry_out(planned_grid, out)
    assert tally.resumed == len(planned().trials)
    return out, before, summary_of(out)


def test_a_grid_extends_a_run_and_changes_nothing_else(
    extended: Extended,
) -> None:
    """What was run is not run again, and every other part of the summary stays as it was."""
    _, before, after = extended
    own = {"surface", "exchange", "fixed_totals", "volume_curves", "budget_law", "frontier"}
    assert {name for name in after if after[name] != before[name]} - {"method"} == own
    assert not any(before[name] for name in own)
    assert after["method"]["declared"] == {
        **before["method"]["declared"], "config_sha256": after["method"]["declared"]["config_sha256"]
    }  # fmt: skip


def test_the_surface_has_each_point_with_its_interval_and_what_the_law_expects(
    extended: Extended,
) -> None:
    """Scores rise with either kind of documents; points are of the writer, of nobody, or a volume of the parrot."""
    _, _, after = extended
    points = {(p["generator"], p["n_real"], p["n_synthetic"]): p for p in after["surface"]}
    assert all(p["low"] <= p["score"] <= p["high"] for p in points.values())
    whole = 60
    most = max(m for g, n, m in points if g == "a writer" and n == whole)
    assert points["a writer", whole, most]["score"] > points[None, whole, 0]["score"]
    assert points[None, whole, 0]["score"] > points[None, 15, 0]["score"]
    assert points["a writer", whole, most]["expected"] == pytest.approx(
        points["a writer", whole, most]["score"], abs=0.05
    )
    assert {m for g, _, m in points if g == "parrot"} == {60, 120}
    assert all(p["expected"] is None and p["reason"] for (g, _, _), p in points.items() if g == "parrot")


def test_what_a_writers_text_is_worth_is_found_and_copies_gain_nothing(
    extended: Extended,
) -> None:
    """The law's worth lies above zero; a parrot's volume collapses at once; all totals and rates have numbers."""
    _, _, after = extended
    [law] = after["budget_law"]
    assert law["worth"] > 0.05
    assert law["worth_low"] < law["worth"] < law["worth_high"]
    assert 0 <= law["misfit"] < 0.05
    assert (law["owned_real"], law["owned_synthetic"]) == (60, 240)
    curves = {c["generator"]: c for c in after["volume_curves"]}
    assert curves["parrot"]["collapse"] == 60
    assert abs(curves["parrot"]["steps"][0]["gain"]) < 0.02
    assert [t["total"] for t in after["fixed_totals"]] == [60, 30]
    assert all(t["flat"] in (True, False) for t in after["fixed_totals"])
    assert {r["bound"] for r in after["exchange"]} <= {"=", ">=", "<="}
    spent = [p["budget"] for p in after["frontier"]]
    assert spent == sorted(spent)
    assert all(p["score"] >= p["real_alone"] - 1e-6 for p in after["frontier"])


def test_the_page_answers_how_to_spend_the_next_money(
    extended: Extended,
) -> None:
    """Each chart's title answers its question with the summary's own numbers."""
    _, before, after = extended
    summary = Summary.model_validate(after)
    [law] = summary.budget_law
    charts = [chart(summary) for chart in (surface_chart, frontier_chart, totals_chart, volumes_chart)]
    assert None not in charts
    surface, frontier, totals, volumes = (chart for chart in charts if chart is not None)
    assert f"worth {law.worth:.2f} real ones" in surface.title
    assert len(surface.rows) == 20
    assert "At 2.50 a real and 0.003 a synthetic document" in frontier.title
    assert totals.title.startswith("Of 60 documents")
    assert "parrot: twice 60 is not seen to gain" in volumes.title
    assert len(exchange_table(summary).rows) == len(summary.exchange)
    assert f"{law.misfit:.3f} of micro-F1 unexplained" in law_sentence(law)
    page = render(summary)
    assert b'id="budget"' in page
    assert b"synthlift advise RUN" in page
    assert b'id="budget"' not in render(Summary.model_validate(before))


def test_advice_is_the_best_split_of_the_money_and_is_only_read(
    extended: Extended,
) -> None:
    """Nothing is written; whole documents, which the money pays; more than real documents alone, by the law."""
    out, _, after = extended
    files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    advice = api.advise(out, "real=2.50,synthetic=0.003", 100.0)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == files
    assert advice == api.advise(out, CHEAP, 100.0)
    assert advice.buy_real is not None
    assert advice.buy_synthetic is not None
    assert advice.spent == pytest.approx(2.5 * advice.buy_real + 0.003 * advice.buy_synthetic, rel=1e-5)
    assert 90.0 < advice.spent <= 100.0
    assert advice.buy_real == int(advice.buy_real)
    assert advice.now is not None
    assert advice.expected is not None
    assert advice.expected > advice.now
    assert advice.over_real is not None
    assert advice.over_real >= 0.0
    assert advice.real_alone == 40
    assert advice.misfit == after["budget_law"][0]["misfit"]
    own = next(curve for curve in after["volume_curves"] if curve["generator"] == advice.generator)
    assert advice.collapse == own["collapse"]
    assert advice.collapse_beside == (None if advice.collapse is None else 60)
    most = next(r for r in after["exchange"] if (r["n_real"], r["n_synthetic"]) == (60, advice.rate_at))
    assert (advice.rate, advice.rate_bound) == (most["rate"], most["bound"])


def test_dear_texts_are_not_bought_and_free_money_is_not_spent(
    extended: Extended,
) -> None:
    """A text that costs more than it can be worth is left; an audit adds to its price; no money buys nothing."""
    out, _, _ = extended
    assert api.advise(out, "real=1,synthetic=11", 50.0).buy_synthetic == 0
    assert api.advise(out, "real=1,synthetic=0.001,audit=11", 50.0).buy_synthetic == 0
    nothing = api.advise(out, CHEAP, 0.0)
    assert (nothing.buy_real, nothing.buy_synthetic, nothing.spent) == (0, 0, 0)
    assert nothing.expected == nothing.now
    rich = api.advise(out, CHEAP, 1e6)
    assert rich.reason is not None
    assert "buys more real documents than the law foretells" in rich.reason
    assert rich.over_real is None


@pytest.mark.parametrize("columns", [32, 80])
def test_advice_is_said_in_any_width(extended: Extended, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """What is owned, what to buy, what to expect, and how far it can be trusted."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = list(advice_lines(api.advise(extended[0], CHEAP, 100.0)))
    assert all(len(line) <= columns for line in lines)
    told = " ".join(" ".join(lines).split())
    for words in ("owned 60 real and 240 synthetic", "buy ", "for 9", "of 100.00", "expect micro-F1", "the law off"):
        assert words in told


def test_a_run_without_a_grid_gives_no_advice(planned: Planned, tmp_path: Path) -> None:
    """It says what to do: the same command with --grid goes on from what is there."""
    carry_out(planned(conditions=("real", "real+synthetic"), replicates=1), tmp_path / "run")
    with pytest.raises(BadConfiguration, match="again with --grid, on the same folder"):
        api.advise(tmp_path / "run", CHEAP, 100.0)


def test_a_pool_too_small_for_a_grid_is_told_and_everything_else_stands(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    """No point is trained on; summary, page and advice have the reason."""
    real = [json.loads(line) for line in files[0].read_text().splitlines()]
    few = [*[row for row in real if row["split"] == "train"][:12], *(row for row in real if row["split"] == "test")]
    (tmp_path / "few.jsonl").write_text("".join(json.dumps(row) + "\n" for row in few))
    given = Input(tmp_path / "few.jsonl", files[1], columns=Columns(split="split"))
    planned = plan_prepared(prepare(given, 0), Options(replicates=1, conditions=CONDITIONS, grid=True))
    assert planned.grid.reason is not None
    summary, _ = carry_out(planned, tmp_path / "run")
    assert summary.surface == []
    [law] = summary.budget_law
    assert law.reason is not None
    assert "at least 20" in law.reason
    assert b"No grid was measured" in render(summary)
    advice = api.advise(tmp_path / "run", CHEAP, 100.0)
    assert advice.buy_real is None
    assert any(line.startswith("no advice") for line in advice_lines(advice))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("real=1", "no price of a synthetic document"),
        ("synthetic=1", "no price of a real document"),
        ("real=-1,synthetic=1", "got real='-1', expected a number, more than 0"),
        ("real=0,synthetic=1", "more than 0"),
        ("real=nan,synthetic=1", "got real='nan'"),
        ("real=inf,synthetic=1", "got real='inf'"),
        ("real=1e300,synthetic=1", "up to 1e"),
        ("real=1,synthetic=x", "got synthetic='x'"),
        ("real=1,synthetic=1,real=2", "each once"),
        ("real=1,synthetic=1,label=2", "got 'label=2'"),
        ("", "got ''"),
    ],
)
def test_bad_prices_are_refused(text: str, told: str) -> None:
    """Got, expected, and an example."""
    with pytest.raises(BadConfiguration, match="--prices") as refused:
        prices_of(text)
    assert told in str(refused.value)


@pytest.mark.parametrize("budget", [-1.0, float("nan"), float("inf"), 1e13])
def test_bad_budgets_are_refused(extended: Extended, budget: float) -> None:
    """A sum of money is a number from 0 on."""
    with pytest.raises(BadConfiguration, match="--budget: got"):
        api.advise(extended[0], CHEAP, budget)
