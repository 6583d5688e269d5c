"""One server of a model: how much it takes, and whether it is there."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from synthlift.models.endpoint import Endpoint
from synthlift.models.outcomes import Kind, Outcome
from synthlift.models.pace import Pace

__all__ = ["Server", "wait_s"]

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0


class Server:
    """One endpoint, with what is known of its health.

    The disk must not leave places empty. So some attempts more than may be in flight have their rows written ahead,
    and of many places a sixteenth may be given on while the answers that held them are on their way to the disk.
    """

    def __init__(self, endpoint: Endpoint, most: int) -> None:
        self.endpoint = endpoint
        self.pace = Pace(most)
        self.n_opened = 0
        self.answered = False
        self.down_since: float | None = None
        self.retry_at = 0.0
        self.n_refused = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._n_given_on = 0

    def takes(self, now: float) -> bool:
        """Whether another attempt may be opened here."""
        if self.down_since is not None:
            return self.n_opened == 0 and now >= self.retry_at
        return self.n_opened < self.pace.limit + max(self.pace.limit // 4, 1)

    async def enter(self) -> None:
        """Wait for a place among the requests in flight."""
        if self.pace.free > 0:
            self.pace.in_flight += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        await place

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        """Hold the place of an answer that is being written, or give it on and have it back."""
        if self._n_given_on >= self.pace.limit // 16:
            yield
            return
        self._n_given_on += 1
        self.leave()
        try:
            yield
        finally:
            self._n_given_on -= 1
            self.pace.in_flight += 1

    def leave(self) -> None:
        """Give the place to whoever waits."""
        self.pace.in_flight -= 1
        while self._waiting and self.pace.free > 0:
            place = self._waiting.popleft()
            if not place.done():
                self.pace.in_flight += 1
                place.set_result(None)

    def note(self, outcome: Outcome, sent_at: float) -> None:
        """Learn from an attempt how much the server can take, and whether it is there."""
        now = time.monotonic()
        if outcome.is_unreachable:
            self.down_since = self.down_since if self.down_since is not None else sent_at
            if now >= self.retry_at:  # those that were refused together are one refusal
                self.n_refused += 1
                self.retry_at = now + wait_s(self.n_refused)
            return
        self.down_since, self.n_refused = None, 0
        self.answered = self.answered or outcome.status is not None
        if outcome.kind is Kind.DONE:
            self.pace.widen()
        elif outcome.is_throttled:
            self.pace.narrow(sent_at=sent_at, now=now)


def wait_s(n_failures: int) -> float:
    """Return how long to wait: exponential, with full jitter, so that clients do not come back all at once."""
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(n_failures, 10))
    return random.uniform(0.1 * longest, longest)  # noqa: S311 (not a secret, and no result depends on it)
