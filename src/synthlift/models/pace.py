"""How many requests may be on their way, and when to give up on a server.

References
----------
Chiu & Jain (1989), Analysis of the increase and decrease algorithms for congestion avoidance in computer networks.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

__all__ = ["Breaker", "Limits", "Pace"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard and how long a server is asked.

    Attributes
    ----------
    concurrency : int
        Most requests in flight at each server.
    timeout_s : float
        Of one attempt, from sending to the last byte.
    max_attempts : int
        Of one request that fails for reasons which may pass; attempts without a connection do not count.
    max_outage_s : float
        How long a server that has answered before may be gone.
    breaks : bool
        Whether to stop where nine in ten of the last 50 attempts failed.
    """

    concurrency: int = 16
    timeout_s: float = 120.0
    max_attempts: int = 6
    max_outage_s: float = 300.0
    breaks: bool = True


class Pace:
    """Additive increase, multiplicative decrease of the requests in flight at one server.

    Parameters
    ----------
    most : int
        As many as there may ever be, and how many it starts with.

    Examples
    --------
    >>> pace = Pace(8)
    >>> pace.narrow(sent_at=1.0, now=2.0); pace.limit
    4
    >>> pace.narrow(sent_at=1.5, now=2.5); pace.limit  # sent before the first was told: it says nothing new
    4
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(most)
        self._lowered_at = float("-inf")
        self.in_flight = 0

    @property
    def limit(self) -> int:
        """How many may be in flight; never fewer than 1."""
        return max(1, int(self._allowed))

    @property
    def free(self) -> int:
        """How many more may be sent now."""
        return self.limit - self.in_flight

    def widen(self) -> None:
        """Allow a little more after an answer: one more per round of answers."""
        self._allowed = min(float(self._most), self._allowed + 1.0 / self._allowed)

    def narrow(self, *, sent_at: float, now: float) -> None:
        """Allow half as many; once for all requests that were in flight when the server first complained."""
        if sent_at > self._lowered_at:
            self._allowed = max(1.0, self._allowed / 2.0)
            self._lowered_at = now


class Breaker:
    """Opens where nine in ten of the last attempts failed: a server that answers nothing is not worth its bill.

    Parameters
    ----------
    window : int
        Attempts that are looked back at.
    share : float
        Failed share of them at which it opens.
    """

    def __init__(self, window: int = 50, share: float = 0.9) -> None:
        self._failed: deque[bool] = deque(maxlen=window)
        self._share = share

    def note(self, *, failed: bool) -> None:
        """Count one attempt."""
        self._failed.append(failed)

    @property
    def n_failed(self) -> int:
        """Failed attempts among those that are looked back at."""
        return sum(self._failed)

    @property
    def is_open(self) -> bool:
        """Whether to stop."""
        return len(self._failed) == self._failed.maxlen and self.n_failed >= self._share * len(self._failed)
