"""`audit --grid` and `advise`: from files to what to buy next, on the command line."""

from __future__ import annotations

import json

import pytest

PRICES = ("--prices", "real=2.50,synthetic=0.003")


@pytest.fixture(scope="module")
def advised(tmp_path_factory, warm, corpora):
    """Give the folder of a run on a grid, and what its command said."""
    out = tmp_path_factory.mktemp("grid") / "run"
    few = ("--condition", "replicated", "--condition", "real+synthetic", "--grid")
    done = warm(*corpora.audit(out, *few, replicates=2), plain=True)
    assert done.returncode == 0, done.stderr
    return out, done


def test_the_plan_says_how_many_points_a_grid_adds(advised, warm, corpora, tmp_path):
    """Before anything is trained, and without one it says nothing of grids."""
    out, done = advised
    points = json.loads((out / "summary.json").read_text())["surface"]
    assert f"{len(points)} points of a grid" in " ".join(done.stderr.split())
    plain = warm(*corpora.audit(tmp_path / "run", "--dry-run"))
    assert "grid" not in plain.stderr


def test_advice_is_told_and_given_as_json(advised, warm):
    """The same numbers for people and for programs; the folder is only read."""
    out, _ = advised
    before = (out / "ledger.db").read_bytes()
    told = warm("advise", str(out), *PRICES, "--budget", "50", env={"COLUMNS": "80"})
    assert told.returncode == 0, told.stderr
    assert "owned      30 real and" in told.stdout
    assert all(len(line) <= 80 for line in told.stdout.splitlines())
    given = warm("advise", str(out), *PRICES, "--budget", "50", "--json")
    assert given.returncode == 0, given.stderr
    advice = json.loads(given.stdout)
    assert (advice["owned_real"], advice["price_real"], advice["budget"]) == (30, 2.5, 50.0)
    assert (advice["buy_real"] is None) == ("no advice" in told.stdout)
    assert all(value is not None or advice["reason"] for value in advice.values())
    assert (out / "ledger.db").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--prices", "real=2.50", "--budget", "50"), "--prices: got no price of a synthetic document"),
        (("--prices", "real=a\x1b[31m,synthetic=1", "--budget", "50"), "--prices: got real="),
        ((*PRICES, "--budget", "-1"), "--budget: got -1, expected a number, 0 to"),
        ((*PRICES, "--budget", "nan"), "--budget: got nan"),
    ],
)
def test_bad_prices_and_budgets_exit_with_2(advised, warm, options, told):
    """Got and expected, in one message, and nothing that a terminal might obey."""
    done = warm("advise", str(advised[0]), *options)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())
    assert "\x1b" not in done.stderr


def test_a_folder_without_a_grid_or_without_a_run_exits_with_2(finished, tmp_path, warm):
    """And says what to do."""
    done = warm("advise", str(finished), *PRICES, "--budget", "50")
    assert done.returncode == 2
    assert "again with --grid, on the same folder" in " ".join(done.stderr.split())
    absent = warm("advise", str(tmp_path / "nothing"), *PRICES, "--budget", "50")
    assert absent.returncode == 2
    assert "no run in" in absent.stderr
