"""The peers of the client benchmark: each asks a server for N completions, C at a time, and tells what that took.

It runs in the peers' environment, where synthlift is not installed, one peer per process:
``client_peers.py PEER BASE_URL N C``; the answer is one line of JSON. A peer that is not installed or fails says so in
`failed`. Whole pipelines are first run on one request: what that takes, their start, is taken off.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

__all__ = ["PEERS", "measure"]

MODEL, KEY, MOST_TOKENS = "fake", "no-secret", 300
SYSTEM = "You write short technical texts. Answer with the text alone: no title, no comment, no list. " * 3
TASK = "Write about eighty words on a machine, in the manner of a patent abstract; here is a note. " * 7
LIMITLESS = 10**9


def requests(n: int) -> list[tuple[str, int]]:
    """Return the user messages and seeds of `n` distinct requests of about 1 kB."""
    return [(f"Number {i}. {TASK}", i) for i in range(n)]


def _parameters(task: str, seed: int) -> dict[str, Any]:
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": task}]
    return {"model": MODEL, "messages": messages, "temperature": 1.0, "max_tokens": MOST_TOKENS, "seed": seed}


async def _work(
    tasks: list[tuple[str, int]], concurrency: int, ask: Callable[[str, int], Coroutine[Any, Any, str]]
) -> int:
    """Ask with so many workers on one queue; return the number of texts."""
    queue = iter(tasks)

    async def worker() -> int:
        return sum([bool(await ask(task, seed)) for task, seed in queue])

    return sum(await asyncio.gather(*(worker() for _ in range(concurrency))))


def bare_aiohttp(base_url: str, n: int, concurrency: int) -> int:
    """Post, read, parse: the least that a client in Python can do."""
    import aiohttp  # type: ignore[import-not-found,unused-ignore]
    import orjson  # type: ignore[import-not-found,unused-ignore]

    async def run() -> int:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(headers=headers, connector=connector) as session:

            async def ask(task: str, seed: int) -> str:
                body = orjson.dumps(_parameters(task, seed))
                async with session.post(f"{base_url}/chat/completions", data=body) as response:
                    return str(orjson.loads(await response.read())["choices"][0]["message"]["content"])

            return await _work(requests(n), concurrency, ask)

    return asyncio.run(run())


def openai_sdk(base_url: str, n: int, concurrency: int, *, by_aiohttp: bool = False) -> int:
    """Ask by the official client, without its retries; httpx or, as an extra of its own, aiohttp carries it."""
    from openai import AsyncOpenAI, DefaultAioHttpClient  # type: ignore[import-not-found,unused-ignore]

    async def run() -> int:
        transport = DefaultAioHttpClient() if by_aiohttp else None
        async with AsyncOpenAI(base_url=base_url, api_key=KEY, max_retries=0, http_client=transport) as client:

            async def ask(task: str, seed: int) -> str:
                answer = await client.chat.completions.create(**_parameters(task, seed))
                return answer.choices[0].message.content or ""

            return await _work(requests(n), concurrency, ask)

    return asyncio.run(run())


def distilabel(base_url: str, n: int, concurrency: int) -> int:
    """Run a pipeline of one step; a batch is what it asks at once."""
    from distilabel.models import OpenAILLM  # type: ignore[import-not-found,unused-ignore]
    from distilabel.pipeline import Pipeline  # type: ignore[import-not-found,unused-ignore]
    from distilabel.steps import LoadDataFromDicts  # type: ignore[import-not-found,unused-ignore]
    from distilabel.steps.tasks import TextGeneration  # type: ignore[import-not-found,unused-ignore]

    rows = [{"instruction": task} for task, _ in requests(n)]
    parameters = {"temperature": 1.0, "max_new_tokens": MOST_TOKENS}
    llm = OpenAILLM(
        model=MODEL, base_url=base_url, api_key=KEY, max_retries=0, timeout=120, generation_kwargs=parameters
    )
    with Pipeline(name="peer") as pipeline:
        load = LoadDataFromDicts(data=rows, batch_size=concurrency)
        load >> TextGeneration(llm=llm, system_prompt=SYSTEM, input_batch_size=concurrency)
    written = pipeline.run(use_cache=False)["default"]["train"]
    return sum(bool(text) for text in written["generation"])


def curator(base_url: str, n: int, concurrency: int) -> int:
    """Ask by its own online processor, with limits out of the way and no retries."""
    # it counts tokens by a file from the network, which litellm, that it stands on, has with it
    litellm = importlib.util.find_spec("litellm")
    if litellm is not None and litellm.origin is not None:
        os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(litellm.origin).parent / "litellm_core_utils" / "tokenizers")
    from bespokelabs.curator import LLM  # type: ignore[import-not-found,unused-ignore]

    limits = {"max_requests_per_minute": LIMITLESS, "max_tokens_per_minute": LIMITLESS, "max_retries": 0}
    llm = LLM(
        model_name=MODEL,
        system_prompt=SYSTEM,
        backend="openai",
        backend_params={"base_url": base_url, "max_concurrent_requests": concurrency, **limits},
        generation_params={"temperature": 1.0, "max_tokens": MOST_TOKENS},
    )
    written = llm([task for task, _ in requests(n)])
    return sum(bool(text) for text in written.dataset["response"])


# and what is installed under which name, and whether its start is taken off
PEERS: dict[str, tuple[Callable[[str, int, int], int], str, bool]] = {
    "aiohttp": (bare_aiohttp, "aiohttp", False),
    "openai": (openai_sdk, "openai", False),
    "openai-aiohttp": (functools.partial(openai_sdk, by_aiohttp=True), "openai", False),
    "distilabel": (distilabel, "distilabel", True),
    "curator": (curator, "bespokelabs-curator", True),
}


def measure(peer: str, base_url: str, n: int, concurrency: int) -> dict[str, object]:
    """Return requests per second, CPU seconds per request and peak memory of a peer, or why there are none."""
    run, package, has_start = PEERS[peer]
    told: dict[str, object] = {"peer": peer, "version": None}
    try:
        told["version"] = importlib.metadata.version(package)
        run(base_url, 1, 1)  # imports are nobody's start
        start = _timed(run, base_url, 1, 1) if has_start else (0.0, 0.0)
        whole = _timed(run, base_url, n, concurrency)
    except Exception as error:  # noqa: BLE001 (whatever a peer fails with is a row of the table)
        return {**told, "failed": f"{type(error).__name__}: {str(error)[:300]}"}
    seconds, cpu = (part - first for part, first in zip(whole, start, strict=True))
    if seconds <= 0 or cpu <= 0:
        return {**told, "failed": f"{n} requests took no longer than its start: ask for more"}
    per_request = {"requests_per_s": n / seconds, "cpu_s_per_request": cpu / n}
    return {**told, **per_request, "rss_mb": _peak_mb(), "start_s": start[0]}


def _timed(run: Callable[[str, int, int], int], base_url: str, n: int, concurrency: int) -> tuple[float, float]:
    """Return the seconds and the CPU seconds of a run, its processes' too."""
    began, cpu = time.perf_counter(), _cpu_s()
    n_texts = run(base_url, n, concurrency)
    if n_texts != n:
        raise RuntimeError(f"{n_texts} texts for {n} requests")
    return time.perf_counter() - began, _cpu_s() - cpu


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in used)


def _peak_mb() -> float:
    """Return the peak memory of this process and of its largest child."""
    per_mb = 2**20 if sys.platform == "darwin" else 2**10
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / per_mb


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Keep the progress of peers, and of their processes, out of the answer."""
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def main() -> None:
    """Measure the peer that the command line names."""
    peer, base_url, n, concurrency = sys.argv[1:]
    with tempfile.TemporaryDirectory() as home, _stdout_to_stderr():
        # no reports home, no cached answers of an earlier run
        quiet = {"TELEMETRY_ENABLED": "false", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        os.environ.update(
            {
                **quiet,
                "HOME": home,
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                "CURATOR_DISABLE_CACHE": "1",
                "OPENAI_API_KEY": KEY,
            }
        )
        told = measure(peer, base_url, int(n), int(concurrency))
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
