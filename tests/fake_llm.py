"""A server that speaks chat completions and breaks as real ones do: on purpose, repeatably, with a log of every hit.

``python tests/fake_llm.py --port 0 --log LOG.jsonl`` prints its port and serves until its parent ends; `FakeServer`
does so from a test, `serving` within the test's own loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self, cast

sys.path.append(str(Path(__file__).parent))  # the tests are no package

from fake_llm_answers import KINDS, Answer, Plan, answer, error_body, hit_key

__all__ = ["CHAT", "KINDS", "MODELS", "Fake", "FakeServer", "Plan", "hit_key", "read_hits", "serving"]

CHAT, MODELS, CONTROL = "/v1/chat/completions", "/v1/models", "/control"
DRIP_S = 0.1
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback needs no proxy


class Fake:
    """The server's memory: its plan, and every hit in order.

    A hit is a dict: `order` from 1; `method`, `path`, `host`, `authorization` as they came; of a chat request its
    `key`, `attempt` from 1, `model` and `fault`; `billed` once a completion was generated, wanted or not; `received`
    and `answered` (its first byte; None where none was sent) in Unix seconds.

    Parameters
    ----------
    plan : Plan
    log : Path, optional
        Each hit is a line when it comes and another when it is answered. One that is there already is continued.
    """

    def __init__(self, plan: Plan, log: Path | None = None) -> None:
        self.plan = plan
        self.hits = read_hits(log) if log is not None and log.exists() else []
        self.port = 0
        self.connections: set[_Connection] = set()
        self._attempts = Counter(hit["key"] for hit in self.hits if hit["key"])
        self._n_chats = self._attempts.total()
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if log is not None else None

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return f"http://127.0.0.1:{self.port}/v1"

    def receive(self, connection: _Connection, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Answer a request, in time."""
        if path == CONTROL:
            self.plan = Plan(**json.loads(body))
            connection.send(Answer(200, b"{}"))
            return
        hit = {"order": len(self.hits) + 1, "method": method, "path": path, "key": None, "attempt": None}
        hit |= {"model": None, "fault": None, "billed": False, "host": headers.get("host")}
        hit |= {"authorization": headers.get("authorization"), "received": time.time(), "answered": None}
        wait, reply = 0.0, self._listing() if (method, path) == ("GET", MODELS) else Answer(404, error_body("no_path"))
        if (method, path) == ("POST", CHAT):
            reply = self._chat(hit, body)
            wait = self.plan.wait_s(str(hit["key"]), hit["attempt"] or 0)
        self.hits.append(hit)
        self._write(hit)
        if wait:
            asyncio.get_running_loop().call_later(wait, self._reply, connection, hit, reply)
        else:
            self._reply(connection, hit, reply)

    def _chat(self, hit: dict[str, Any], body: bytes) -> Answer:
        try:
            request = json.loads(body)
            key = hit_key(request)
            self._attempts[key] += 1
            self._n_chats += 1
            hit |= {"key": key, "attempt": self._attempts[key], "model": request.get("model")}
            hit["fault"] = self.plan.fault(key, hit["attempt"], self._n_chats)
            return answer(self.plan, request, hit["fault"], hit["attempt"])
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            return Answer(400, error_body(f"bad request: {error!r}"))

    def _listing(self) -> Answer:
        if self.plan.listing == "on":
            listed = [{"id": name, "object": "model"} for name in self.plan.models]
            return Answer(200, json.dumps({"object": "list", "data": listed}).encode())
        status = 500 if self.plan.listing == "500" else 404
        return Answer(status, error_body("no_listing"))

    def _reply(self, connection: _Connection, hit: dict[str, Any], reply: Answer) -> None:
        hit["billed"] = reply.billed
        if connection.is_open and reply.wire not in {"hang", "reset"}:
            hit["answered"] = time.time()
        self._write({name: hit[name] for name in ("order", "billed", "answered")})
        connection.send(reply)

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._log is not None:
            os.write(self._log, json.dumps(line).encode() + b"\n")

    def close(self) -> None:
        """Cut every connection."""
        for connection in tuple(self.connections):
            connection.transport.abort()
        if self._log is not None:
            os.close(self._log)
            self._log = None


class _Connection(asyncio.Protocol):
    """One client: requests one after the other, as long as it stays."""

    transport: asyncio.Transport

    def __init__(self, fake: Fake) -> None:
        self.is_open = False
        self._fake = fake
        self._received = bytearray()
        self._is_busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.is_open = cast("asyncio.Transport", transport), True
        self._fake.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (as asyncio calls it)
        self.is_open = False
        self._fake.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._is_busy:
            self._next()

    def _next(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self._received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        whole = end + 4 + int(headers.get("content-length", 0))
        if len(self._received) < whole:
            return
        method, path, _ = first.split(" ", 2)
        body = bytes(self._received[end + 4 : whole])
        del self._received[:whole]
        self._is_busy = True
        self._fake.receive(self, method, path, headers, body)

    def send(self, reply: Answer) -> None:
        """Send an answer, well or as its wire says."""
        if not self.is_open or reply.wire == "hang":
            return
        n_bytes = len(reply.body) // 2 if reply.wire == "short-length" else len(reply.body)
        more = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        status = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        kind = "text/html" if reply.body.startswith(b"<") else "application/json"
        head = f"{status}Content-Type: {kind}\r\nContent-Length: {n_bytes}\r\n{more}\r\n".encode("latin-1")
        if reply.wire == "reset":
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()
        elif reply.wire == "truncated":
            self.transport.write(head + reply.body[: len(reply.body) // 2])
            self.transport.close()
        elif reply.wire == "slow-headers":
            self._drip(head + reply.body)
        elif reply.wire == "drip":
            self.transport.write(head)
            self._drip(reply.body)
        else:
            self.transport.write(head + reply.body)
            self._done()

    def _drip(self, data: bytes) -> None:
        if not self.is_open:
            return
        self.transport.write(data[:1])
        if data[1:]:
            asyncio.get_running_loop().call_later(DRIP_S, self._drip, data[1:])
        else:
            self._done()

    def _done(self) -> None:
        self._is_busy = False
        if self._received:
            self._next()


@asynccontextmanager
async def serving(plan: Plan, *, port: int = 0, log: Path | None = None) -> AsyncIterator[Fake]:
    """Serve in the running loop until the block ends; `hits` of the `Fake` are its log."""
    fake = Fake(plan, log)
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(fake), "127.0.0.1", port, backlog=1024)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        fake.close()
        await asyncio.sleep(0)  # what was cut is closed in the loop's next turn


def read_hits(log: Path) -> list[dict[str, Any]]:
    """Return the hits of a log in order; a line that was torn by a kill is not read."""
    hits: dict[int, dict[str, Any]] = {}
    for line in log.read_bytes().split(b"\n")[:-1]:
        entry = json.loads(line)
        hits.setdefault(entry["order"], {}).update(entry)
    return list(hits.values())


class FakeServer:
    """The server in a process of its own.

    Parameters
    ----------
    log : Path
        Of all its hits, over restarts too; the plan is written beside it.
    **plan
        As `Plan`.
    """

    def __init__(self, log: Path, **plan: object) -> None:
        self._log, self._plan = log, plan
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        """What a client is given; the same after a restart."""
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        self.restart()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def restart(self) -> None:
        """Start on the same port, with the last plan and the old log."""
        path = self._log.with_suffix(".plan.json")
        path.write_text(json.dumps(self._plan), encoding="utf-8")
        options = ("--port", str(self._port), "--plan", str(path), "--log", str(self._log))
        self._process = subprocess.Popen([sys.executable, __file__, *options], stdout=subprocess.PIPE, text=True)
        self._port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """End it at once, whatever is on its way."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def set(self, **plan: object) -> None:
        """Follow another plan from the next request on; what it does not name is as by default."""
        self._plan = plan
        url = f"http://127.0.0.1:{self._port}{CONTROL}"
        _OPENER.open(urllib.request.Request(url, json.dumps(plan).encode()), timeout=10).close()

    def hits(self, path: str | None = CHAT) -> list[dict[str, Any]]:
        """Return the hits on a path in order, or those on all."""
        return [hit for hit in read_hits(self._log) if path in {None, hit["path"]}]


async def _serve(options: argparse.Namespace) -> None:
    given = json.loads(options.plan.read_bytes()) if options.plan is not None else {}
    plan = Plan(**{**given, **({} if options.latency is None else {"latency": options.latency})})
    async with serving(plan, port=options.port, log=options.log) as fake:
        print(fake.port, flush=True)  # noqa: T201 (its parent reads it)
        parent = os.getppid()
        while os.getppid() == parent:  # a killed test leaves no server behind
            await asyncio.sleep(1)


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, help="seconds; goes before the plan's")
    parser.add_argument("--plan", type=Path, help="JSON, as Plan")
    parser.add_argument("--log", type=Path)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
