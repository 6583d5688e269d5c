"""What a ledger holds, counted by SQLite alone: no array, score or answer is read, so a large one answers at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synthlift.storage.connection import Connection

__all__ = ["Counts", "FailedAlike", "Requests", "count"]

MOST_REASONS = 5
RECENT_S = 60.0


@dataclass(frozen=True, slots=True)
class FailedAlike:
    """Trials that failed for one reason, and the name of one of them."""

    reason: str
    n_trials: int
    example: str


@dataclass(frozen=True, slots=True)
class Requests:
    """What was asked of models: answered, on its way, or without an answer so far, and the tokens that were counted.

    Attributes
    ----------
    n_recent : int
        Answers of the last `RECENT_S` seconds.
    cost_usd : float or None
        Of the texts of the finished round, at the prices of the study; None before its end.
    """

    n_requests: int
    n_answered: int
    n_open: int
    n_maybe_billed: int
    prompt_tokens: int
    completion_tokens: int
    n_recent: int
    cost_usd: float | None

    @property
    def n_unanswered(self) -> int:
        """Requests that have no answer and are not on their way: failed, or waiting to be sent again."""
        return max(self.n_requests - self.n_answered - self.n_open, 0)


@dataclass(frozen=True, slots=True)
class Counts:
    """Trials by status, the commonest reasons of failed ones, and requests.

    Attributes
    ----------
    n_reasons : int
        How many reasons there are; `failures` has the `MOST_REASONS` commonest.
    mean_seconds : float or None
        Of a trial that was done, in the worker that ran it.
    """

    trials: Mapping[str, int]
    failures: tuple[FailedAlike, ...]
    n_reasons: int
    mean_seconds: float | None
    requests: Requests | None


_STATUSES = "SELECT status, count(*) FROM trial GROUP BY status ORDER BY status"
_SECONDS = "SELECT avg(seconds) FROM trial WHERE status = 'done'"
_FAILURES = (
    "SELECT coalesce(reason, 'no reason was recorded'), count(*), min(name) FROM trial WHERE status = 'failed' "
    "GROUP BY 1 ORDER BY 2 DESC, 1"
)
_ATTEMPTS = (
    "SELECT count(DISTINCT CASE WHEN outcome = 'done' THEN request_id END), "
    "count(DISTINCT CASE WHEN outcome IS NULL THEN request_id END), sum(billed = 'maybe'), sum(prompt_tokens), "
    "sum(completion_tokens), sum(outcome = 'done' AND opened + seconds > ?) FROM attempt"
)
_COST = (
    "SELECT sum(json_extract(each.value, '$.cost_usd')) FROM meta, "
    "json_each(CASE WHEN json_valid(meta.value) THEN meta.value ELSE '[]' END) AS each WHERE meta.name = 'writing'"
)


def count(path: Path, now: float) -> Counts:
    """Count what a ledger holds, also while a run writes to it; `now` is in Unix seconds.

    Rows are not checked against their hashes, which would mean to read them all: a report does.

    Raises
    ------
    BadConfiguration, Damaged, Refused, Stopped
        As `Connection.open_readonly`.
    """
    connection = Connection.open_readonly(path)
    try:
        with connection.reading() as reading:
            failures = reading.execute(_FAILURES).fetchall()
            (mean_seconds,) = reading.execute(_SECONDS).fetchone()
            return Counts(
                trials={str(status): n for status, n in reading.execute(_STATUSES)},
                failures=tuple(FailedAlike(str(why), n, str(name)) for why, n, name in failures[:MOST_REASONS]),
                n_reasons=len(failures),
                mean_seconds=mean_seconds,
                requests=_requests(reading, now),
            )
    finally:
        connection.close()


def _requests(reading: sqlite3.Connection, now: float) -> Requests | None:
    (n_requests,) = reading.execute("SELECT count(*) FROM request").fetchone()
    if not n_requests:
        return None
    row = reading.execute(_ATTEMPTS, (now - RECENT_S,)).fetchone()
    answered, opened, maybe, prompt, completion, recent = (n or 0 for n in row)
    (cost,) = reading.execute(_COST).fetchone()
    return Requests(n_requests, answered, opened, maybe, prompt, completion, recent, cost)
