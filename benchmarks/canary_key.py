"""Give a study a key that is like no other text, have servers repeat it, and look for it everywhere: promise R11."""

from __future__ import annotations

import base64
import json
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from checks import Check, at_least, at_most
from killed_studies import FakeServer, write_study
from tiny_audit import Warm

__all__ = ["run"]

VARIABLE, KEY = "CANARY_KEY", "canary/7f3c+key=with&signs%of~its-own"
VOLUMES = (8, 4)
CONDITIONS = ("real", "replicated", "real+synthetic")
FAULTS = dict.fromkeys(("500", "html", "truncated", "error-at-200"), 0.1)
# of each the same words: what a server may say with the key in it
STATUSES = (400, 401, 403, 404)


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of the promise."""
    statuses = STATUSES[1:2] if quick else STATUSES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "warm").mkdir()
        warm = Warm(folder / "warm")
        try:
            with FakeServer(folder / "hits.jsonl", latency=0.0, rates=FAULTS) as server:
                found = _leaks(folder / "served", server.base_url, warm)
                n_told = sum(hit["authorization"] == f"Bearer {KEY}" for hit in server.hits())
            for status in statuses:
                with _echo(status) as (url, heard):
                    found += _leaks(folder / f"echo-{status}", url, warm)
                n_told += heard.count(f"Bearer {KEY}")
            with _echo(200) as (url, heard):
                written = _leaks(folder / "echo-200", url, warm)
        finally:
            warm.close()
    told = f"{1 + len(statuses)} studies; servers repeat it in errors {', '.join(map(str, statuses))}"
    forms = "looked for plain, in base64, as in URLs, hex and JSON"
    return [
        at_least(1, "R11: requests with the canary key", n_told, told),
        at_most(0, "R11: files and outputs with the key", len(found), "; ".join(found) or forms),
        at_most(0, "R11: the same where a server writes it as a text", len(written), "; ".join(written) or forms),
    ]


def _leaks(folder: Path, url: str, warm: Warm) -> list[str]:
    """Run a study with the key, and return where it is found afterwards."""
    study = write_study(folder, url, VOLUMES, conditions=CONDITIONS)
    content = study.read_text(encoding="utf-8")
    study.write_text(content.replace("endpoints =", f'api_key_env = "{VARIABLE}"\nendpoints ='), encoding="utf-8")
    done = warm("run", str(study), "--out", str(folder / "run"), "--workers", "1", env={VARIABLE: KEY})
    told = {"standard output": done.stdout.encode(), "standard error": done.stderr.encode()}
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return [f"{folder.name}: {name}" for name, text in (told | files).items() if any(form in text for form in _forms())]


def _forms() -> Sequence[bytes]:
    """Return the key as it may be written; of base64 the part that is the same whatever stands before it."""
    coded = [base64.b64encode(b"-" * shift + KEY.encode())[4 : 4 * (len(KEY) // 3)] for shift in range(3)]
    plain = (KEY, quote(KEY, safe=""), quote(KEY), quote_plus(KEY), json.dumps(KEY)[1:-1], KEY.encode().hex())
    return [*(form.encode() for form in plain), *coded]


def _completion() -> dict[str, Any]:
    message = {"role": "assistant", "content": f"A valve comprising a seat and a spring of {KEY}. " + "It holds. " * 20}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {"id": "1", "object": "chat.completion", "model": "fake", "choices": [choice], "data": [{"id": "fake"}]}


def _error(header: str) -> dict[str, Any]:
    coded = base64.b64encode(KEY.encode()).decode()
    return {"error": {"message": f"no: {header}, {KEY}, {quote(KEY, safe='')}, {coded}", "type": KEY, "code": KEY}}


@contextmanager
def _echo(status: int) -> Iterator[tuple[str, list[str]]]:
    """Serve answers that repeat the key, errors plain and coded; give the address and what was heard there."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            header = self.headers.get("Authorization", "")
            heard.append(header)
            body = json.dumps(_completion() if status == 200 else _error(header)).encode()
            self.send_response(status, f"no {KEY}")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815 (as the standard library calls them)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
