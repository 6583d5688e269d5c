"""Servers on loopback in a thread of their own, a ledger, and the questions that pass between them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from fake_llm import Fake, Plan, serving
from synthlift.models.client import ServerModel
from synthlift.models.endpoint import Endpoint
from synthlift.models.pace import Limits
from synthlift.models.request import ChatRequest, ModelPool
from synthlift.models.spending import Spending
from synthlift.storage.exchanges import Exchanges

POOL = ModelPool("small", "fake", None, {"temperature": 1.0, "max_tokens": 200})


@contextmanager
def in_thread(server: Callable[[], AbstractAsyncContextManager[Any]]) -> Iterator[Any]:
    """Run a server in a loop of its own until the block ends; give what it gives."""
    given: list[Any] = []
    ready, loop = threading.Event(), asyncio.new_event_loop()
    end = asyncio.Event()

    async def run() -> None:
        try:
            async with server() as value:
                given.append(value)
                ready.set()
                await end.wait()
        finally:
            ready.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    ready.wait()
    try:
        yield given[0]
    finally:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Fake]]:
    """Give the maker of fake servers, from a plan's fields; its `plan` may be replaced at any time."""
    with contextlib.ExitStack() as stack:
        yield lambda **plan: stack.enter_context(in_thread(lambda: serving(Plan(**plan))))


@pytest.fixture
def canned() -> Iterator[Callable[[Callable[[bytes], bytes]], str]]:
    """Give the maker of servers that answer what they read by a function; an address has no scheme yet."""

    def start(answer: Callable[[bytes], bytes]) -> str:
        @contextlib.asynccontextmanager
        async def server() -> Any:
            async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                with suppress(ConnectionError):
                    writer.write(answer(await reader.read(2**16)))
                    await writer.drain()
                writer.close()

            async with await asyncio.start_server(talk, "127.0.0.1", 0) as listening:
                yield listening.sockets[0].getsockname()[1]
                await asyncio.sleep(0.01)  # what was closed ends in the loop's next turns

        return f"127.0.0.1:{stack.enter_context(in_thread(server))}/v1"

    with contextlib.ExitStack() as stack:
        yield start


class Book:
    """A ledger, what it holds, and models that write into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.exchanges = Exchanges.open(path)

    def model(
        self, *urls: str, spending: Spending | None = None, limits: dict[str, Any] | None = None, **options: Any
    ) -> ServerModel:
        """Return a model behind these servers; attempts end after two seconds unless `limits` say otherwise."""
        endpoints = [Endpoint.parse(str(number), url) for number, url in enumerate(urls, start=1)]
        spent = Spending() if spending is None else spending
        return ServerModel(
            endpoints, self.exchanges, spent, limits=Limits(**{"timeout_s": 2.0, **(limits or {})}), **options
        )

    def attempts(self) -> list[dict[str, Any]]:
        """Return all attempt rows, oldest first, with the key of their request."""
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            query = "SELECT * FROM attempt JOIN request ON id = request_id ORDER BY opened, n"
            return [dict(row) for row in connection.execute(query)]

    def reopen(self) -> None:
        """Begin another run on the same folder."""
        self.exchanges.close()
        self.exchanges = Exchanges.open(self.path)
        assert self.exchanges.discard_damaged() == 0


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Give an empty ledger."""
    made = Book(tmp_path / "ledger.db")
    yield made
    made.exchanges.close()


@pytest.fixture
def questions() -> Callable[..., Sequence[ChatRequest]]:
    """Give the maker of `n` distinct requests."""

    def make(n: int, what: str = "text") -> list[ChatRequest]:
        return [POOL.request("", f"Write {what} number {i}.", seed=i, ordinal=f"{what}/{i}") for i in range(n)]

    return make


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait milliseconds where a server would be given seconds."""
    monkeypatch.setattr("synthlift.models.server.FIRST_WAIT_S", 0.02)


@pytest.fixture
def closed_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
