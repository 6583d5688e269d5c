"""Attempts as values, before and after, and what all of them add up to."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Account", "Closed", "Opened", "account_of", "as_real"]


@dataclass(frozen=True, slots=True)
class Opened:
    """An attempt that is about to be sent.

    Attributes
    ----------
    request_key : str
    n : int
        1, 2, ... of this request.
    endpoint : str
        A short name such as ``1``, never a host.
    opened : float
        Unix seconds.
    spec : str or None
        The request itself, as canonical JSON whose SHA-256 is the key, at its first attempt.
    """

    request_key: str
    n: int
    endpoint: str
    opened: float
    spec: str | None


@dataclass(frozen=True, slots=True)
class Closed:
    """What came of an attempt.

    Attributes
    ----------
    request_key, n
        Of which.
    outcome : str
        ``done``, ``transient``, ``item``, ``fatal``, ``unsent`` or ``lost``.
    status : int or None
        HTTP status.
    reason : str or None
        Why there is no answer.
    billed : {"yes", "no", "maybe"}
    seconds : float or None
    prompt_tokens, completion_tokens : int or None
    content : bytes or None
        The raw answer of a done attempt.
    """

    request_key: str
    n: int
    outcome: str
    status: int | None
    reason: str | None
    billed: str
    seconds: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    content: bytes | None

    @property
    def told(self) -> tuple[Any, ...]:
        """What its columns say, in their order."""
        tokens = (self.prompt_tokens, self.completion_tokens)
        seconds = None if self.seconds is None else as_real(self.seconds)
        return (self.outcome, self.status, self.reason, self.billed, seconds, *tokens)


@dataclass(frozen=True)
class Account:
    """Sums over all attempts, of all runs of a folder; `by_pool` has those of each model."""

    n_requests: int = 0
    n_answered: int = 0
    n_attempts: int = 0
    n_by_outcome: Mapping[str, int] = field(default_factory=dict)
    n_maybe_billed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    n_unknown_usage: int = 0
    by_pool: Mapping[str, Account] = field(default_factory=dict)


def as_real(value: float) -> float:
    """Return a number as SQLite gives it back: not as an integer, and without the sign of a zero."""
    return float(value) + 0.0


def account_of(connection: sqlite3.Connection) -> Account:
    """Add up all attempts."""
    query = (
        "SELECT json_extract(request.spec, '$.pool'), outcome, billed, count(*), sum(prompt_tokens), "
        "sum(completion_tokens), sum(outcome = 'done' AND (prompt_tokens IS NULL OR completion_tokens IS NULL)) "
        "FROM attempt LEFT JOIN request ON id = request_id GROUP BY 1, 2, 3"
    )
    counted = (
        "SELECT json_extract(spec, '$.pool'), count(*), count(request_id) "
        "FROM request LEFT JOIN response ON request_id = id GROUP BY 1"
    )
    rows = connection.execute(query).fetchall()
    counts = {pool: tuple(of_pool) for pool, *of_pool in connection.execute(counted)}
    pools = sorted(pool for pool in counts if isinstance(pool, str))
    by_pool = {pool: _sum([row for row in rows if row[0] == pool], *counts[pool]) for pool in pools}
    n_requests, n_answered = map(sum, zip(*counts.values(), strict=True)) if counts else (0, 0)
    return _sum(rows, n_requests, n_answered, by_pool)


def _sum(
    rows: Sequence[tuple[Any, ...]],
    n_requests: int,
    n_answered: int,
    by_pool: Mapping[str, Account] | None = None,
) -> Account:
    outcomes: dict[str, int] = {}
    for _, outcome, _, n, *_ in rows:
        outcomes[outcome or "open"] = outcomes.get(outcome or "open", 0) + n
    return Account(
        n_requests=n_requests,
        n_answered=n_answered,
        n_attempts=sum(row[3] for row in rows),
        n_by_outcome=dict(sorted(outcomes.items())),
        n_maybe_billed=sum(row[3] for row in rows if row[2] == "maybe"),
        prompt_tokens=sum(row[4] or 0 for row in rows),
        completion_tokens=sum(row[5] or 0 for row in rows),
        n_unknown_usage=sum(row[6] or 0 for row in rows),
        by_pool=by_pool or {},
    )
