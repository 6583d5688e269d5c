"""A few of the simulated studies of `benchmarks/run.py calibration`, by the same code, at a fixed seed."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def records():
    """Audit copies and true texts a few times each, against a truth from fewer documents and runs."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(Path(__file__).resolve().parents[1] / "benchmarks"))
        import calibration
        import calibration_tables

        patched.setattr(calibration, "N_FRESH", 1500)
        patched.setattr(calibration, "N_RUNS", 5)
        pools = [calibration.Pool(0, "copycat", False, 4), calibration.Pool(5, "faithful", False, 4)]
        found = [record for pool in pools for record in calibration.run_pool(pool)]
        return found, calibration_tables.checks_of(found), calibration_tables.confusion(found)


def test_copies_never_help_and_true_texts_do(records):
    """With no content planted the verdict is never *helps*; with much of it, it is in most studies."""
    found, _, _ = records
    outcomes = {name: [r["outcome"] for r in found if r["generator"] == name] for name in ("copycat", "faithful")}
    assert "helps" not in outcomes["copycat"]
    assert outcomes["faithful"].count("helps") >= 3
    assert {r["true_outcome"] for r in found if r["generator"] == "faithful"} == {"helps"}


def test_intervals_hold_their_truth(records):
    """Of the eight studies' intervals against real documents at least six hold the planted truth."""
    held = [r["contrasts"]["real"] for r in records[0]]
    assert sum(c["low"] <= c["truth"] <= c["high"] for c in held) >= 6


def test_the_tables_count_what_was_recorded(records):
    """Shares are counts over studies, each with a Wilson interval around it."""
    found, checks, confused = records
    by_what = {check.what: check for check in checks}
    copies = by_what["false *helps*: copies of the training documents"]
    assert copies.value == 0.0
    assert copies.holds is True
    assert copies.reason.startswith("0 of 4: [0.000, 0.")
    assert sum(int(cell) for line in confused.splitlines()[2:] for cell in line.split("|")[2:-1]) == len(found)
