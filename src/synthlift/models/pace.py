"""How many requests may be on their way, and when to give up on a server.

References
----------
Chiu & Jain (1989), Analysis of the increase and decrease algorithms for congestion avoidance in computer networks.
"""

from __future__ import annotations

from collections import deque

__all__ = ["Breaker", "Pace"]


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
