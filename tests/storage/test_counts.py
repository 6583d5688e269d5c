"""Counts of a ledger: right, read-only, quick, and of any version."""

from __future__ import annotations

import sqlite3
import time

import pytest

from synthlift.errors import BadConfiguration
from synthlift.storage.counts import MOST_REASONS, FailedAlike, Requests, count
from synthlift.storage.exchanges import Closed, Exchanges, Opened
from synthlift.storage.ledger import Ledger, TrialResult


def _trial(number: int, status: str = "done", reason: str | None = None, seconds: float = 0.5) -> TrialResult:
    spec = {"replicate": number}
    return TrialResult(f"{number:064x}", f"trial {number:02}", spec, status, reason, seconds=seconds)


@pytest.fixture
def path(tmp_path):
    """Name a ledger that is not there yet."""
    return tmp_path / "ledger.db"


def test_trials_by_status_and_failures_by_reason(path):
    """The commonest reason comes first, each with the first trial's name; the mean is of done trials alone."""
    failed = [_trial(n, "failed", "out of memory" if n % 3 else "timeout", seconds=99.0) for n in range(10, 16)]
    with Ledger.open(path) as ledger:
        ledger.record([_trial(0, seconds=1.0), _trial(1, seconds=2.0), _trial(2, "not-applicable", "convex"), *failed])
    counts = count(path, 0.0)
    assert counts.trials == {"done": 2, "failed": 6, "not-applicable": 1}
    assert counts.failures == (FailedAlike("out of memory", 4, "trial 10"), FailedAlike("timeout", 2, "trial 12"))
    assert (counts.n_reasons, counts.mean_seconds, counts.requests) == (2, 1.5, None)


def test_of_many_reasons_the_commonest_are_listed(path):
    """Reasons are many where each names its trial: some are listed, and how many there are is told."""
    with Ledger.open(path) as ledger:
        ledger.record([_trial(n, "failed", f"reason {n}") for n in range(9)])
    counts = count(path, 0.0)
    assert [each.reason for each in counts.failures] == [f"reason {n}" for n in range(MOST_REASONS)]
    assert counts.n_reasons == 9


def test_requests_by_what_came_of_them(path):
    """A request that was tried again and answered counts once; recent are answers of the last minute."""
    with Exchanges.open(path) as exchanges:
        exchanges.write([Opened(f"k{n}", 1, "1", 100.0 + 50 * n, "{}") for n in range(4)])
        exchanges.write(
            [
                Closed("k0", 1, "done", 200, None, "yes", 2.0, 10, 5, b"{}"),
                Closed("k1", 1, "transient", 503, "busy", "maybe", 1.0, None, None, None),
                Closed("k2", 1, "item", 400, "refused", "no", 1.0, None, None, None),
            ]
        )
        exchanges.write([Opened("k1", 2, "1", 170.0, None)])
        exchanges.write([Closed("k1", 2, "done", 200, None, "yes", 1.0, 20, 7, b"{}")])
        requests = count(path, now=180.0).requests  # while the writer is there
    assert requests == Requests(4, 2, 1, 1, 30, 12, n_recent=1, cost_usd=None)
    assert requests.n_unanswered == 1


def test_cost_is_what_the_finished_round_wrote_down(path):
    """The costs of all generators are added up, and a value of another form costs nothing."""
    with Exchanges.open(path) as exchanges, Ledger.open(path) as ledger:
        exchanges.write([Opened("k", 1, "1", 1.0, "{}")])
        ledger.put("writing", [{"cost_usd": 0.25}, {"cost_usd": 0.5}, {}])
        assert count(path, 2.0).requests.cost_usd == 0.75


def test_a_ledger_of_version_1(path):
    """A ledger of a time when nothing was asked is counted as it is, and stays so."""
    with Ledger.open(path) as ledger:
        ledger.record([_trial(0)])
    connection = sqlite3.connect(path)
    for name in ("request", "attempt", "response"):
        connection.execute(f"DROP TABLE {name}")
    connection.execute("PRAGMA user_version=1")
    connection.close()
    before = path.read_bytes()
    counts = count(path, 0.0)
    assert (counts.trials, counts.requests) == ({"done": 1}, None)
    assert path.read_bytes() == before


def test_no_ledger(path):
    """A folder without a ledger is no run."""
    with pytest.raises(BadConfiguration, match="no run in"):
        count(path, 0.0)
    assert not path.exists()


def test_ten_thousand_trials_in_a_second(path):
    """What grows with trials is never read: arrays and scores."""
    with Ledger.open(path) as ledger:
        ledger.record([_trial(0)])
    connection = sqlite3.connect(path)
    rows = (
        (f"{n:064x}", f"trial {n}", "{}" * 200, "failed", f"reason {n % 7}", "{}", 1.0, 1, "", "")
        for n in range(1, 10_000)
    )
    connection.executemany("INSERT INTO trial VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    blobs = ((f"{n:064x}", "predicted", bytes(5_000), "") for n in range(10_000))
    connection.executemany("INSERT INTO artefact VALUES (?, ?, ?, ?)", blobs)
    connection.commit()
    connection.close()
    began = time.monotonic()
    counts = count(path, 0.0)
    assert time.monotonic() - began < 1.0
    assert counts.trials == {"done": 1, "failed": 9_999}
    assert counts.n_reasons == 7
