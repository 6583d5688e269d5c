"""Group commits: many writers wait for one transaction, written in a thread beside the event loop.

There is no window to wait for: a commit takes what came while the one before it was on its way to the disk, so a quiet
run commits at once and a busy one in groups.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Protocol, Self

from synthlift.storage.exchanges import Closed, Opened

__all__ = ["GroupCommit", "Journal"]

Event = Opened | Closed


class Journal(Protocol):
    """Where events go for good."""

    def write(self, events: Sequence[Event]) -> None:
        """Write all of them in one transaction; on disk when it returns."""
        ...


class GroupCommit:
    """Asynchronous writes to a journal; one thread, so one transaction at a time.

    Parameters
    ----------
    journal : Journal
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._waiting: list[tuple[Event, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, event: Event) -> None:
        """Return when the event is on disk.

        Raises
        ------
        Stopped
            Where the disk is full or read-only; nothing of the group is written.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._drain())
        await done

    async def _drain(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            events = [event for event, _ in group]
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._journal.write, events)
            except Exception as error:  # noqa: BLE001 (handed to whoever waits)
                for _, done in group:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in group:
                    if not done.done():
                        done.set_result(None)
        self._writer = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True)
