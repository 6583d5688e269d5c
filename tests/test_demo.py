"""`synthlift demo`: a story from nothing, with its truth beside it, that resumes like any run."""

from __future__ import annotations

import json

import pytest

# the whole demo, at a size that a test can wait for
SMALL = """
import synthlift.demo as d
d.N_TRAIN, d.N_TEST, d.N_SPARE, d.N_SYNTHETIC, d.REPLICATES = 60, 80, 70, 60, 2
d.QUICK = d.Scale(("faithful", "copycat"), ("linear",), 300, 2, has_grid=True)
d.FULL = d.Scale(("faithful", "copycat"), ("linear", "embedding"), 300, 2, has_grid=True)
"""


@pytest.fixture(scope="module")
def finished_demo(tmp_path_factory, warm):
    out = tmp_path_factory.mktemp("demo") / "run"
    return out, warm("demo", "--quick", "--out", str(out), "--workers", "1", before=SMALL, env={"COLUMNS": "80"})


def test_a_demo_tells_the_truth_beside_each_estimate(finished_demo):
    """It exits 0, prints verdict, estimates with their truth and what to run next; every comparison has a truth."""
    out, done = finished_demo
    assert done.returncode == 0, done.stderr
    summary = json.loads((out / "summary.json").read_text())
    planted = {(r["generator"], r["contrast"]): r for r in summary["planted"]}
    assert set(planted) == {
        (generator, f"real+synthetic - {control}")
        for generator in ("faithful", "copycat")
        for control in ("real", "real+steps", "replicated", "replicated-matched")
    }
    for (_, contrast), record in planted.items():
        if contrast.endswith("real+steps"):
            assert record["truth"] is None
            assert record["reason"]
            continue
        assert (record["n_documents"], record["n_runs"]) == (300, 2)
        assert record["covered"] == (record["low"] <= record["truth"] <= record["high"])
        assert record["standard_error"] >= 0.0
    faithful, copycat = (planted[name, "real+synthetic - real"]["truth"] for name in ("faithful", "copycat"))
    assert faithful > 0.02 > abs(copycat)
    assert "the planted truth (linear)" in done.stdout
    assert f"truth {faithful:+.3f}" in done.stdout
    assert "synthlift audit REAL.csv" in done.stderr
    assert all(len(line) <= 80 for line in done.stdout.splitlines()[:-1])


def test_its_generators_after_the_first_have_the_controls_alone(finished_demo):
    """The first generator climbs the whole ladder, the others treatment and controls, and nothing is a gap."""
    summary = json.loads((finished_demo[0] / "summary.json").read_text())
    found = {
        name: {s["condition"] for s in summary["scores"] if s["generator"] == name} for name in ("faithful", "copycat")
    }
    assert found["copycat"] == {"real+steps", "replicated", "replicated-matched", "real+synthetic"}
    assert {"real+ngram", "real+eda", "placebo", "real+real"} < found["faithful"]
    assert {v["generator"]: v["outcome"] for v in summary["verdicts"]}["copycat"] != "helps"


def test_the_page_shows_what_was_planted(finished_demo):
    """The report has a section of its own for it; a real corpus has none (tests/report)."""
    assert b'id="planted"' in (finished_demo[0] / "report.html").read_bytes()


def test_its_advice_is_checked_against_the_truth(finished_demo):
    """Of the advised way to spend, and of real documents for all of it."""
    summary = json.loads((finished_demo[0] / "summary.json").read_text())
    found = {r["split"]: r for r in summary["planted_advice"]}
    assert set(found) == {"advised", "real alone", "advised - real alone"}
    for record in found.values():
        assert record["covered"] == (record["low"] <= record["truth"] <= record["high"])
    advised, alone, more = found.values()
    assert advised["truth"] - alone["truth"] == pytest.approx(more["truth"], abs=1e-5)
    assert 0 < advised["n_synthetic"] <= 60
    assert advised["n_real"] + 0.25 * advised["n_synthetic"] <= 61
    assert alone["n_real"] == 60
    assert b"How far is the advice off?" in (finished_demo[0] / "report.html").read_bytes()


def test_a_demo_resumes_to_the_same_bytes(finished_demo, warm, tmp_path):
    """Run again it finds everything done, and another folder gets the same summary."""
    out, _ = finished_demo
    before = (out / "summary.json").read_bytes()
    again = warm("demo", "--quick", "--quiet", "--out", str(out), "--workers", "1", before=SMALL, plain=True)
    assert again.returncode == 0, again.stderr
    assert (out / "summary.json").read_bytes() == before
    other = warm("demo", "--quick", "--quiet", "--out", str(tmp_path / "x"), "--workers", "1", before=SMALL, plain=True)
    assert other.returncode == 0
    assert (tmp_path / "x" / "summary.json").read_bytes() == before


def test_its_files_are_there_to_be_audited_by_hand(finished_demo, warm, tmp_path):
    """The command that the documentation of a demo leads to reads the demo's own files."""
    folder = finished_demo[0] / "artefacts"
    files = (str(folder / "real.jsonl"), str(folder / "synthetic.jsonl"))
    done = warm(
        "audit", *files, "--split-column", "split", "--by", "generator", "--dry-run", "--out", str(tmp_path / "r")
    )
    assert done.returncode == 0, done.stderr
    assert "faithful: 60 of 60 kept" in done.stderr
    assert "power" in done.stderr


def test_another_seed_is_another_demo(finished_demo, warm):
    """A folder belongs to one seed."""
    refused = warm("demo", "--quick", "--quiet", "--seed", "1", "--out", str(finished_demo[0]), before=SMALL)
    assert refused.returncode == 5
    assert "seed" in refused.stderr
