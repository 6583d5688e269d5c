"""Ask a server which models it serves: free, and the first sign that it is there at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp

from synthlift.errors import BadConfiguration, show
from synthlift.models.endpoint import Endpoint, PublicResolver, redacted
from synthlift.models.replies import body_object

__all__ = ["listed_models"]

TIMEOUT_S = 10.0
MOST_BYTES = 4_000_000


def listed_models(endpoint: Endpoint, key: str | None) -> tuple[str, ...]:
    """Return the names of the models that a server lists; empty where it lists none, as some servers do.

    Raises
    ------
    BadConfiguration
        Where nobody answers there, or the key is refused.
    """
    return asyncio.run(_listed(endpoint, key))


async def _listed(endpoint: Endpoint, key: str | None) -> tuple[str, ...]:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    connector = aiohttp.TCPConnector(resolver=PublicResolver())
    limit = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=limit, headers=headers) as session,
            session.get(f"{endpoint.url}/models", allow_redirects=False) as response,
        ):
            if response.status in {401, 403}:
                raise BadConfiguration(
                    f"{show(endpoint.host)} answers {response.status}: the key is refused; name the variable of the "
                    "right one with api_key_env"
                )
            value = body_object(await _read(response)) if response.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        said = redacted(str(error), () if key is None else (key,)) or type(error).__name__
        raise BadConfiguration(
            f"endpoint {show(endpoint.url)}: cannot be reached ({show(said)}); start the server, or correct the address"
        ) from None
    listed = value.get("data") if value is not None else None
    entries = listed if isinstance(listed, list) else []
    return tuple(str(entry["id"]) for entry in entries if isinstance(entry, Mapping) and entry.get("id"))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            break
    return bytes(body)
