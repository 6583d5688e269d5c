"""How far a run is, or how it ended, read from beside it: its status file, its lock and counts of its ledger."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from synthlift.run.folder import LEDGER
from synthlift.storage.counts import RECENT_S, Counts, count
from synthlift.storage.holding import is_held

__all__ = ["RunState", "State", "state_of"]

State = Literal["preparing", "asking", "running", "done", "interrupted", "stopped", "killed"]

_STATUS = "status.json"
_ON: tuple[State, ...] = ("asking", "running")
_ENDED: tuple[State, ...] = ("done", "interrupted", "stopped")


@dataclass(frozen=True)
class RunState:
    """A run as it is now.

    Attributes
    ----------
    state : str
        ``preparing``, ``asking`` and ``running`` hold the folder; the others have ended.
    done, total, failed : int or None
        Texts where it asks, trials elsewhere, as the run last wrote them; None before it has.
    seconds_since : float or None
        Since it wrote them, every few seconds at most.
    seconds_left : float or None
        Where it asks, at the pace of the last minute; where trials run, at most: as if one at a time.
    counts : Counts
    report : str or None
        Where the report is, once there is one.
    """

    state: State
    done: int | None
    total: int | None
    failed: int | None
    seconds_since: float | None
    seconds_left: float | None
    counts: Counts
    report: str | None

    @property
    def is_on(self) -> bool:
        """Whether it goes on."""
        return self.state in {"preparing", *_ON}

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


def state_of(out: Path) -> RunState:
    """Read the state of a run folder; a run in it notices nothing.

    Raises
    ------
    BadConfiguration
        Where the folder has no ledger.
    Damaged, Refused, Stopped
        Where its ledger cannot be read.
    """
    now = time.time()
    counts = count(out / LEDGER, now)
    status = _status(out)
    held = _may_be_on(out, status) and is_held(out)
    if not held:
        status = _status(out)  # it may have ended since the first look
    state = _state(out, status.get("state"), held=held)
    known = status if state != "preparing" else {}  # what an earlier run wrote is no news of this one
    done, total, failed = (_whole(known.get(name)) for name in ("done", "total", "failed"))
    written = known.get("unix_time")
    page = out / "report.html"
    return RunState(
        state=state,
        done=done,
        total=total,
        failed=failed,
        seconds_since=max(now - written, 0.0) if isinstance(written, (int, float)) else None,
        seconds_left=_seconds_left(state, done, total, counts),
        counts=counts,
        report=str(page) if page.is_file() else None,
    )


def _status(out: Path) -> Mapping[str, Any]:
    """Read ``status.json``; before a run has written one, and where it was damaged, the ledger tells the rest."""
    try:
        status = json.loads((out / _STATUS).read_bytes())
    except (OSError, ValueError):
        return {}
    return status if isinstance(status, dict) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _may_be_on(out: Path, status: Mapping[str, Any]) -> bool:
    """Whether a run took the lock, and wrote itself into it, after the last one ended: else nobody need ask."""
    if status.get("state") not in _ENDED:
        return True
    try:
        return (out / "lock").stat().st_mtime_ns > (out / _STATUS).stat().st_mtime_ns
    except OSError:
        return False


def _state(out: Path, told: object, *, held: bool) -> State:
    """Tell what is going on from what was last written, and from whether a run holds the folder."""
    if held:
        return next((name for name in _ON if name == told), "preparing")
    ended = next((name for name in _ENDED if name == told), None)
    if ended is not None:
        return ended
    # a run that ends in order, even before its end, folds its log into the ledger
    return "killed" if out.joinpath(f"{LEDGER}-wal").exists() else "stopped"


def _seconds_left(state: State, done: int | None, total: int | None, counts: Counts) -> float | None:
    if done is None or total is None or done >= total:
        return None
    requests = counts.requests
    if state == "asking" and requests is not None and requests.n_recent:
        return (total - done) * RECENT_S / requests.n_recent
    if state == "running" and counts.mean_seconds is not None:
        return (total - done) * counts.mean_seconds
    return None
