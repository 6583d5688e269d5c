"""What asking costs: caps that the user sets, prices that the user knows, and how far the asking is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from synthlift.models.request import ChatRequest

__all__ = ["DEFAULT_COMPLETION_TOKENS", "Caps", "Price", "Spending", "estimated_tokens"]

CHARS_PER_TOKEN = 3.0
DEFAULT_COMPLETION_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, as the user states them; hardware of one's own costs 0."""

    input_per_million: float = 0.0
    output_per_million: float = 0.0

    def cost_usd(self, n_prompt_tokens: int, n_completion_tokens: int) -> float:
        """Return what so many tokens cost.

        >>> Price(0.5, 2.0).cost_usd(1_000_000, 500_000)
        1.5
        """
        return (n_prompt_tokens * self.input_per_million + n_completion_tokens * self.output_per_million) / 1e6


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that a whole run may ask for, over all its resumptions (hours: of one); None is no limit."""

    requests: int | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    hours: float | None = None


def estimated_tokens(request: ChatRequest) -> tuple[int, int]:
    """Return about how many tokens a request has and at most gets: three characters a token, errs on the high side."""
    n_chars = sum(len(content) for _, content in request.messages)
    most = request.sampling.get("max_tokens")
    return int(n_chars / CHARS_PER_TOKEN) + 1, most if isinstance(most, int) else DEFAULT_COMPLETION_TOKENS


@dataclass
class Spending:
    """Requests, tokens and money of a run so far, and how fast it goes.

    Attributes
    ----------
    caps : Caps
    prices : mapping of str to Price
        By pool; what has no price costs nothing.
    total, done, failed, resumed : int
        Requests of this round; `resumed` were answered before and are part of `done`.
    n_sent, n_tokens, cost_usd
        Attempts, tokens and money of the whole run, earlier rounds and resumptions among them.
    reserved_tokens, reserved_usd
        What requests in flight may still cost.
    n_unknown : int
        Answers whose tokens the server did not count; counted by `estimated_tokens` against the caps.
    faults : Counter of str
        Failed attempts by reason.
    """

    caps: Caps = field(default_factory=Caps)
    prices: Mapping[str, Price] = field(default_factory=dict)
    total: int = 0
    done: int = 0
    failed: int = 0
    resumed: int = 0
    in_flight: int = 0
    n_sent: int = 0
    n_tokens: int = 0
    cost_usd: float = 0.0
    n_unknown: int = 0
    reserved_tokens: int = 0
    reserved_usd: float = 0.0
    n_new_tokens: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)
    round_started: float = field(default_factory=time.monotonic)

    def begin(self, total: int, done: int) -> None:
        """Start a round of `total` requests, `done` of which are answered already."""
        self.total, self.done, self.resumed, self.failed, self.n_new_tokens = total, done, done, 0, 0
        self.round_started = time.monotonic()

    def over(self, request: ChatRequest) -> str | None:
        """Name the cap that one more request could break; None where it may be sent."""
        n_prompt, n_completion = estimated_tokens(request)
        tokens = self.n_tokens + self.reserved_tokens + n_prompt + n_completion
        usd = self.cost_usd + self.reserved_usd + self._cost_usd(request, n_prompt, n_completion)
        if self.caps.requests is not None and self.n_sent >= self.caps.requests:
            return f"caps.requests = {self.caps.requests}"
        if self.caps.tokens is not None and tokens > self.caps.tokens:
            return f"caps.tokens = {self.caps.tokens}"
        if self.caps.cost_usd is not None and usd > self.caps.cost_usd * (1 + 1e-9):  # sums of floats
            return f"caps.cost_usd = {self.caps.cost_usd}"
        if self.caps.hours is not None and time.monotonic() - self.started > 3600 * self.caps.hours:
            return f"caps.hours = {self.caps.hours}"
        return None

    def send(self, request: ChatRequest) -> None:
        """Reserve what a request may cost."""
        n_prompt, n_completion = estimated_tokens(request)
        self.n_sent += 1
        self.reserved_tokens += n_prompt + n_completion
        self.reserved_usd += self._cost_usd(request, n_prompt, n_completion)

    def unsend(self, request: ChatRequest) -> None:
        """Take back what never left."""
        self.n_sent -= 1
        self.settle(request, "no", None, None)

    def settle(self, request: ChatRequest, billed: str, n_prompt: int | None, n_completion: int | None) -> None:
        """Replace what was reserved by what was counted; what may be billed and was not counted stays as estimated."""
        most_prompt, most_completion = estimated_tokens(request)
        self.reserved_tokens -= most_prompt + most_completion
        self.reserved_usd -= self._cost_usd(request, most_prompt, most_completion)
        if billed == "no":
            return
        self.n_unknown += n_prompt is None or n_completion is None
        known = most_prompt if n_prompt is None else n_prompt, most_completion if n_completion is None else n_completion
        self.n_tokens += sum(known)
        self.n_new_tokens += sum(known)
        self.cost_usd += self._cost_usd(request, *known)

    def _cost_usd(self, request: ChatRequest, n_prompt: int, n_completion: int) -> float:
        return self.prices.get(request.pool, Price()).cost_usd(n_prompt, n_completion)

    @property
    def seconds(self) -> float:
        """Since this round began."""
        return max(time.monotonic() - self.round_started, 1e-9)

    @property
    def seconds_left(self) -> float | None:
        """Time left at the pace so far; None before the first answer."""
        fresh = self.done - self.resumed
        return (self.total - self.done) * self.seconds / fresh if fresh else None

    @property
    def projected_usd(self) -> float | None:
        """What the whole will have cost at the present price a request; None before the first answer."""
        fresh = self.done - self.resumed
        return self.cost_usd + (self.total - self.done) * self.cost_usd / self.done if fresh and self.done else None
