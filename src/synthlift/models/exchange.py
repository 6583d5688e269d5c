"""One round of questions: who is sent what and when, until each has an answer or a recorded reason for having none."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp
import orjson

from synthlift.errors import Refused, Stopped, SynthliftError, show
from synthlift.models.commits import GroupCommit, Journal
from synthlift.models.endpoint import Endpoint, PublicResolver, redacted
from synthlift.models.outcomes import Kind, Outcome, of_exception, of_response
from synthlift.models.pace import Breaker, Limits
from synthlift.models.request import ChatRequest, Reply, Unanswered
from synthlift.models.server import Server, wait_s
from synthlift.models.spending import Spending
from synthlift.storage.exchanges import Closed, Opened

__all__ = ["Exchange", "changed_model"]

MOST_BYTES = 4_000_000
TICK_S = 0.1


@dataclass(order=True)
class _Job:
    """A request that waits to be sent, `ready_at` the earliest."""

    ready_at: float
    order: int
    request: ChatRequest = field(compare=False)
    n: int = field(compare=False)
    n_failures: int = field(default=0, compare=False)


class Exchange:
    """Send requests until each has an answer, or cannot have one; parameters as of `ServerModel`.

    Parameters
    ----------
    requests : sequence of ChatRequest
        Distinct and unanswered.
    n_before : mapping of str to int
        Earlier attempts of each.
    served : set of str
        Model names of earlier answers; those of new ones are added.
    reached : bool
        Whether the servers have answered in this run.
    """

    def __init__(
        self,
        requests: Sequence[ChatRequest],
        n_before: Mapping[str, int],
        endpoints: Sequence[Endpoint],
        journal: Journal,
        spending: Spending,
        *,
        key: str | None,
        limits: Limits,
        served: set[str],
        reached: bool,
        accepts_change: bool,
        watch: Callable[[Spending], None],
        interrupted: Callable[[], bool],
    ) -> None:
        self._ready = deque(_Job(0.0, i, r, n_before.get(r.key, 0)) for i, r in enumerate(requests))
        self._later: list[_Job] = []
        self._servers = [Server(endpoint, limits.concurrency) for endpoint in endpoints]
        self._journal = journal
        self._spending = spending
        self._key = key
        self._limits = limits
        self._served = served
        self._reached = reached
        self._accepts_change = accepts_change
        self._watch = watch
        self._interrupted = interrupted
        self._breaker = Breaker()
        self._found: dict[str, Reply | Unanswered] = {}
        self._stopped: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._session: aiohttp.ClientSession
        self._commits: GroupCommit

    async def run(self) -> dict[str, Reply | Unanswered]:
        """Return the answers by key.

        Raises
        ------
        Stopped, Refused, KeyboardInterrupt
            As `ServerModel.ask`, after what was in flight has come or failed.
        """
        headers = {"Content-Type": "application/json", "User-Agent": "synthlift"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        connector = aiohttp.TCPConnector(limit=0, resolver=PublicResolver())
        cookies, no_limit = aiohttp.DummyCookieJar(), aiohttp.ClientTimeout(None)  # the deadline is ours
        session = aiohttp.ClientSession(connector=connector, headers=headers, timeout=no_limit, cookie_jar=cookies)
        async with session, GroupCommit(self._journal) as commits:
            self._session, self._commits = session, commits
            while not self._over():
                self._changed.clear()
                self._start()
                self._tick()
                await self._rest()
            while self._tasks:  # what is in flight may be paid for: wait for it
                await asyncio.wait(self._tasks, timeout=TICK_S)
                self._tell()
        self._tell()
        if self._stopped is not None:
            raise self._stopped
        return self._found

    def _over(self) -> bool:
        return self._stopped is not None or not (self._ready or self._later or self._tasks)

    async def _rest(self) -> None:
        """Sleep until nothing is left on its way, a waiting request is due, or it is time to look at the clock."""
        until_due = self._later[0].ready_at - time.monotonic() if self._later else TICK_S
        try:
            async with asyncio.timeout(min(max(until_due, 0.001), TICK_S)):
                await self._changed.wait()
        except TimeoutError:
            pass

    def _tell(self) -> None:
        self._spending.in_flight = sum(server.pace.in_flight for server in self._servers)
        self._watch(self._spending)

    def _tick(self) -> None:
        self._tell()
        if self._interrupted():
            self._stop(KeyboardInterrupt())
        now = time.monotonic()
        down = [server for server in self._servers if server.down_since is not None]
        if len(down) < len(self._servers):
            return
        names = ", ".join(show(server.endpoint.host) for server in down)
        if not (self._reached or any(server.answered for server in self._servers)):
            self._stop(Stopped(f"cannot reach {names}: nothing was asked. Start the server, or correct its address"))
        elif all(now - (server.down_since or now) > self._limits.max_outage_s for server in down):
            gone = f"{names} gone for more than {self._limits.max_outage_s:g} s (max_outage_s)"
            self._stop(Stopped(f"{gone}: what was answered is kept; run again when it is back"))

    def _start(self) -> None:
        """Open as many attempts as the servers take."""
        now = time.monotonic()
        while self._later and self._later[0].ready_at <= now:
            self._ready.append(heapq.heappop(self._later))
        while self._ready and self._stopped is None:
            takers = [server for server in self._servers if server.takes(now)]
            if not takers:
                return
            cap = self._spending.over(self._ready[0].request)
            if cap is not None:
                if not self._tasks:  # what is in flight may cost less than is reserved for it
                    self._stop(Stopped(f"{cap} is reached: what was answered is kept; raise it to go on"))
                return
            server = max(takers, key=lambda each: each.pace.limit - each.n_opened)
            self._open(self._ready.popleft(), server)

    def _open(self, job: _Job, server: Server) -> None:
        server.n_opened += 1
        self._spending.send(job.request)
        task = asyncio.create_task(self._attempt(job, server))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._stop(error)
        if self._ready and self._stopped is None:
            self._start()  # at once: at a thousand answers a second nobody can wake for each
        if self._stopped is not None or not self._tasks:
            self._changed.set()

    async def _attempt(self, job: _Job, server: Server) -> None:
        """Write the row, send, write what came, and decide what follows."""
        job.n += 1
        request, n = job.request, job.n
        try:
            spec = request.written if n == 1 else None
            await self._write(Opened(request.key, n, server.endpoint.name, time.time(), spec))
            await server.enter()
            try:
                if self._stopped is not None:
                    await self._write(Closed(request.key, n, "unsent", None, None, "no", None, None, None, None))
                    self._spending.unsend(request)
                    return
                sent_at = time.monotonic()
                outcome = await self._send(request, server.endpoint)
                server.note(outcome, sent_at)
                if outcome.kind is Kind.FATAL:  # before anybody else is let in
                    self._stop(self._fatal(outcome, server.endpoint))
                with server.unwritten():
                    await self._write(_closed(request.key, n, outcome, time.monotonic() - sent_at))
            finally:
                server.leave()
        finally:
            server.n_opened -= 1
        self._settle(job, outcome, server)

    async def _write(self, event: Opened | Closed) -> None:
        try:
            await self._commits.write(event)
        except SynthliftError as error:  # before anybody else is let in
            self._stop(error)
            raise

    async def _send(self, request: ChatRequest, endpoint: Endpoint) -> Outcome:
        url = f"{endpoint.url}/chat/completions"
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                content = orjson.dumps(request.body)
                async with self._session.post(url, data=content, allow_redirects=False) as response:
                    body = bytearray()
                    async for chunk in response.content.iter_any():
                        body += chunk
                        if len(body) > MOST_BYTES:
                            return Outcome(Kind.ITEM, "too-large", "yes", response.status)
                    return of_response(request.key, response.status, response.headers, bytes(body))
        except Exception as error:  # noqa: BLE001 (sorted there, and raised again where it is ours)
            return of_exception(error)

    def _settle(self, job: _Job, outcome: Outcome, server: Server) -> None:
        request, reply = job.request, outcome.reply
        counts = (reply.n_prompt_tokens, reply.n_completion_tokens) if reply else (None, None)
        self._spending.settle(request, outcome.billed, *counts)
        is_too_fast = outcome.is_throttled and server.pace.limit > 1  # fewer at once may do
        if not (outcome.is_unreachable or is_too_fast):
            self._breaker.note(failed=outcome.kind is not Kind.DONE)
        if reply is not None:
            self._spending.done += 1
            self._found[request.key] = reply
            self._check_served(reply)
            return
        self._spending.faults[outcome.reason or "unknown"] += 1
        if self._limits.breaks and self._breaker.is_open:
            failed = f"{self._breaker.n_failed} of the last 50 attempts failed, the last one as {outcome.reason}"
            self._stop(Stopped(f"{failed}: look at the server; what was answered is kept, run again to go on"))
        self._again(job, outcome)

    def _again(self, job: _Job, outcome: Outcome) -> None:
        """Send it again later, or record that it has no answer."""
        job.n_failures += not outcome.is_unreachable
        if outcome.kind is Kind.TRANSIENT and job.n_failures < self._limits.max_attempts:
            asked = outcome.retry_after_s
            wait = asked if asked is not None else wait_s(job.n_failures)
            job.ready_at = time.monotonic() + (0.0 if outcome.is_unreachable else wait)
            heapq.heappush(self._later, job)
        elif outcome.kind is not Kind.FATAL:
            self._spending.done += 1
            self._spending.failed += 1
            self._found[job.request.key] = Unanswered(job.request.key, outcome.reason or "unknown")

    def _check_served(self, reply: Reply) -> None:
        if reply.model is None or reply.model in self._served:
            return
        self._served.add(reply.model)
        if len(self._served) > 1 and not self._accepts_change:
            self._stop(changed_model(self._served))

    def _fatal(self, outcome: Outcome, endpoint: Endpoint) -> SynthliftError:
        said = redacted(outcome.detail, () if self._key is None else (self._key,))
        told = f" ({show(said)})" if said else ""
        return Stopped(
            f"{show(endpoint.host)} answers {outcome.reason}{told}: nothing more was sent. What was answered is kept: "
            "correct the key, the model's name or the address, then run again to go on"
        )

    def _stop(self, reason: BaseException) -> None:
        if self._stopped is None:
            self._stopped = reason


def changed_model(names: set[str]) -> Refused:
    """Tell that a server answers under another model name than before."""
    known = " and ".join(show(name) for name in sorted(names))
    return Refused(
        f"the server's answers name {known} as their model, expected one: texts of two models cannot be told apart "
        "later. Begin a run folder of its own for one of them, or give --accept-model-change to take both (the report "
        "will say so)"
    )


def _closed(key: str, n: int, outcome: Outcome, seconds: float) -> Closed:
    reply = outcome.reply
    tokens = (reply.n_prompt_tokens, reply.n_completion_tokens) if reply is not None else (None, None)
    return Closed(key, n, outcome.kind, outcome.status, outcome.reason, outcome.billed, seconds, *tokens, outcome.body)
