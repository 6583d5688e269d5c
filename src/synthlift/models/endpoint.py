"""Where requests go, and to whom a key may be told."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
import socket
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from synthlift.errors import BadConfiguration, show

__all__ = ["ALLOWED_HOSTS_VARIABLE", "Endpoint", "PublicResolver", "read_key", "redacted"]

ALLOWED_HOSTS_VARIABLE = "SYNTHLIFT_ALLOWED_HOSTS"
HIDDEN = "[redacted]"
_KEY_LIKE = re.compile(r"(?i)\bbearer\s+\S+|\b(?:sk|hf|gsk|pk|rk|api|key)[-_][A-Za-z0-9_\-]{12,}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server that speaks the chat completions protocol.

    Attributes
    ----------
    name : str
        ``1``, ``2`` ... within its pool: what the ledger and the report call it.
    url : str
        Base, as in ``http://127.0.0.1:8000/v1``, without a slash at its end.
    host : str
    """

    name: str
    url: str
    host: str

    @classmethod
    def parse(cls, name: str, url: str) -> Endpoint:
        """Check an address.

        Raises
        ------
        BadConfiguration
            For another scheme than http(s), a user, password, query or fragment in it, or a link-local address, where
            clouds keep the secrets of a machine.
        """
        expected = "expected an address such as http://127.0.0.1:8000/v1"
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise BadConfiguration(f"endpoint: got {show(redacted(url, ()))}, {expected}") from None
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise BadConfiguration(
                f"endpoint on {show(host or '')}: got a user, a query or a fragment in the address, {expected}: "
                "name the environment variable of a key with api_key_env"
            )
        if parts.scheme not in {"http", "https"} or not host or not url.isascii() or any(c <= " " for c in url):
            raise BadConfiguration(f"endpoint: got {show(url)}, {expected}")
        if host.replace(".", "").isdigit() and not _is_address(host):  # an address spelt to look like none
            raise BadConfiguration(f"endpoint: got the host {show(host)}, {expected}")
        if _is_link_local(host):
            raise BadConfiguration(f"endpoint: got the link-local address {show(host)}, {expected}")
        return cls(name, url.rstrip("/"), host)

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_link_local(address: str) -> bool:
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(known, "ipv4_mapped", None)
    return known.is_link_local or (mapped is not None and mapped.is_link_local)


class PublicResolver(AbstractResolver):
    """Looks a host up, and hides link-local addresses behind whatever name (or odd spelling) leads there."""

    def __init__(self) -> None:
        self._resolver = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host that may be connected to.

        Raises
        ------
        OSError
            Where there are none.
        """
        found = [each for each in await self._resolver.resolve(host, port, family) if not _is_link_local(each["host"])]
        if not found:
            raise OSError(None, "it has no address that may be used")
        return found

    async def close(self) -> None:
        """Let go."""
        await self._resolver.close()


def read_key(variable: str | None, endpoints: Iterable[Endpoint], allowed_hosts: Collection[str]) -> str | None:
    """Return the key that an environment variable holds, if all endpoints may be told it.

    A study file may be somebody else's: that it names a key and a host is no leave to send the one to the other. Only
    this machine is allowed without being named.

    Parameters
    ----------
    variable : str or None
        None where no key is needed.
    endpoints : iterable of Endpoint
    allowed_hosts : collection of str
        Hosts that the user, not the study file, has named.

    Raises
    ------
    BadConfiguration
        For a host that is not allowed, and a variable that is not set or holds no key.
    """
    if variable is None:
        return None
    for endpoint in endpoints:
        if not endpoint.is_loopback and endpoint.host not in allowed_hosts:
            raise BadConfiguration(
                f"api_key_env: {show(endpoint.host)} may not be told the key in {show(variable)}: if it is yours to "
                f"send there, give --allow-host {endpoint.host}, or name it in {ALLOWED_HOSTS_VARIABLE}"
            )
    key = os.environ.get(variable, "").strip()
    if not key:
        raise BadConfiguration(f"api_key_env: got no {show(variable)} in the environment, expected the key: export it")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise BadConfiguration(f"api_key_env: {show(variable)} holds no key, expected printable ASCII without blanks")
    return key


def redacted(text: str, keys: Collection[str]) -> str:
    """Hide keys, in the forms that servers echo, and whatever else looks like one.

    >>> redacted("wrong key Bearer abc, q%2F1", ["q/1"])
    'wrong key [redacted] [redacted]'
    """
    for key in keys:
        forms = {key, quote(key, safe=""), quote(key), base64.b64encode(key.encode()).decode()}
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, HIDDEN)
    return _KEY_LIKE.sub(HIDDEN, text)
