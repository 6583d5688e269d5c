"""Other real documents, these very models, several generators: what a summary says about each."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def summaries(tmp_path_factory, warm, write_corpora, tiny):
    """Audit two generators with and without validation documents, on all real documents and on part of them."""
    folder = tmp_path_factory.mktemp("robustness")
    real, synthetic = tiny(n_real=90, n_synthetic=60)
    for i, row in enumerate(synthetic):
        row["generator"] = "good" if i % 2 else "bad"
        if row["generator"] == "bad":
            row["labels"] = ["red"]
    validated = [{**row, "split": "validation"} if row["split"] == "spare" else row for row in real]

    def audited(name: str, rows: list[dict], *options: str) -> dict:
        corpora = write_corpora(folder / name, rows, synthetic)
        done = warm(*corpora.audit(folder / f"{name}-run", "--by", "generator", *options, replicates=3), plain=True)
        assert done.returncode == 0, done.stderr
        return json.loads((folder / f"{name}-run" / "summary.json").read_text())

    return {
        "spare": audited("spare", real),
        "validation": audited("validation", validated),
        "part": audited("part", real, "--regime", "20"),
    }


def test_all_real_documents_are_checked_on_draws_of_80_percent(summaries):
    """Where a regime takes the whole pool, 80 % draws of the primary cell show what other documents would do."""
    records = summaries["spare"]["sensitivity"]
    assert {(r["regime"], r["generator"], r["share"]) for r in records} == {("80% draws", "bad", 0.8)}
    assert records[0]["contrast"] == "real+synthetic - real"
    known = [r for r in records if r["value"] is not None]
    assert {r["contrast"].split(" - ")[1] for r in known} == {"real", "replicated", "replicated-matched"}
    assert all(r["low"] < r["value"] < r["high"] and r["n_real"] == 36 for r in known)


def test_a_regime_below_the_pool_is_checked_on_its_own_draws(summaries):
    """There no further trial is needed; the interval for other documents contains the one for these."""
    records = {(r["generator"], r["contrast"]): r for r in summaries["part"]["sensitivity"]}
    assert {r["regime"] for r in records.values()} == {"20"}
    checked = 0
    for e in summaries["part"]["estimates"]:
        record = records.get((e["generator"], e["contrast"]))
        if record and (e["metric"], e["threshold"]) == ("micro-F1", "tuned") and e["value"] is not None:
            assert record["value"] == pytest.approx(e["value"], abs=1e-5)
            assert record["low"] <= e["low"] + 1e-6
            assert record["high"] >= e["high"] - 1e-6
            checked += 1
    assert checked == 6


def test_validation_documents_choose_the_generator(summaries):
    """The generator with the better validation score is chosen, whatever the test documents say."""
    records = summaries["validation"]["generator_choice"]
    assert {r["chosen"] for r in records} == {"good"}
    assert all(r["validation_scores"]["good"] > r["validation_scores"]["bad"] for r in records)
    assert {r["n_validation_documents"] for r in records} == {15}


def test_without_validation_documents_the_mean_counts_and_nothing_is_chosen(summaries):
    """The mean over generators lies between the extremes and is that of the estimates; why none is chosen is said."""
    summary = summaries["spare"]
    record = next(r for r in summary["generator_choice"] if r["contrast"] == "real+synthetic - real")
    assert record["chosen"] is None
    assert "no validation documents" in record["reason"]
    values = [
        e["value"]
        for e in summary["estimates"]
        if (e["contrast"], e["metric"], e["threshold"]) == ("real+synthetic - real", "micro-F1", "tuned")
    ]
    assert record["mean"] == pytest.approx(sum(values) / 2, abs=1e-5)
    assert [record["least"], record["most"]] == sorted(values)
    assert record["low"] < record["mean"] < record["high"]


def test_randomisation_speaks_of_the_primary_metric_against_each_control(summaries):
    """Every cell has a p between its floor and 1 for each control that was run, and a reason for others."""
    for summary in summaries.values():
        records = summary["randomisation"]
        assert {r["generator"] for r in records} == {"good", "bad"}
        for r in records:
            assert (r["metric"], r["threshold"], r["smallest_p"]) == ("micro-F1", "tuned", 0.0005)
            assert (r["p"] is None) == (r["contrast"] == "real+synthetic - real+steps")
            assert r["p"] is None or 0.0005 <= r["p"] <= 1.0
            assert (r["reason"] is None) == (r["p"] is not None)


def test_each_estimate_tells_what_it_could_detect(summaries):
    """The detectable effect stands beside each estimate that has an interval, and is wider than its half width."""
    known = [e for e in summaries["spare"]["estimates"] if e["low"] is not None and e["high"] > e["low"]]
    assert known
    assert all(e["detectable"] > (e["high"] - e["low"]) / 2 for e in known)


def test_one_generator_is_no_choice(corpora, tmp_path, warm):
    """With a single generator there is nothing to choose from."""
    out = tmp_path / "run"
    assert warm(*corpora.audit(out), plain=True).returncode == 0
    assert json.loads((out / "summary.json").read_text())["generator_choice"] == []
