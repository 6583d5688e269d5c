"""Addresses and keys."""

from __future__ import annotations

import asyncio
import base64

import pytest

from synthlift.errors import BadConfiguration
from synthlift.models.endpoint import Endpoint, PublicResolver, read_key, redacted

LOCAL = Endpoint.parse("1", "http://127.0.0.1:8000/v1/")


def test_an_address_is_kept_without_its_last_slash() -> None:
    """Paths are appended to it."""
    assert (LOCAL.url, LOCAL.host, LOCAL.is_loopback) == ("http://127.0.0.1:8000/v1", "127.0.0.1", True)
    assert not Endpoint.parse("1", "https://example.org/v1").is_loopback


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "file:///etc/passwd",
        "unix:/run/x.sock",
        "ftp://example.org",
        "http://",
        "http://example.org:port/v1",
        "http://user@example.org/v1",
        "http://user:secret@example.org/v1",
        "http://example.org/v1?key=secret",
        "http://example.org/v1#x",
        "http://169.254.169.254/latest",
        "http://2852039166/latest",
        "http://169.254.43518/latest",
        "http://0251.0376.0251.0376/latest",
        "http://[fe80::1]/v1",
        "http://[::ffff:169.254.169.254]/v1",
        "http://exa mple.org/v1",
        "http://exämple.org/v1",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    """Other schemes, secrets in the address and link-local hosts are told without repeating a secret."""
    with pytest.raises(BadConfiguration) as caught:
        Endpoint.parse("1", url)
    assert "secret" not in str(caught.value)
    assert "expected" in str(caught.value)


@pytest.mark.parametrize("spelling", ["2852039166", "0xA9FEA9FE", "169.254.43518"])
def test_a_link_local_address_hides_behind_no_spelling(spelling: str) -> None:
    """The system's resolver takes odd forms of an address; what they lead to is what counts."""
    with pytest.raises(OSError, match="no address that may be used"):
        asyncio.run(_resolved(spelling))


async def _resolved(host: str) -> object:
    resolver = PublicResolver()
    try:
        return await resolver.resolve(host, 80)
    finally:
        await resolver.close()


def test_a_key_goes_to_this_machine_and_to_hosts_that_the_user_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study file alone cannot send a key anywhere else."""
    monkeypatch.setenv("SOME_KEY", "abc")
    far = Endpoint.parse("1", "https://example.org/v1")
    assert read_key(None, [far], ()) is None
    assert read_key("SOME_KEY", [LOCAL], ()) == "abc"
    assert read_key("SOME_KEY", [LOCAL, far], ("example.org",)) == "abc"
    with pytest.raises(BadConfiguration, match=r"--allow-host example\.org"):
        read_key("SOME_KEY", [LOCAL, far], ("other.org",))


@pytest.mark.parametrize("value", [None, "", "  ", "a b", "a\nb", "ä"])
def test_a_variable_without_a_key_is_refused(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is sent; a line break in a key could add a header."""
    monkeypatch.delenv("SOME_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SOME_KEY", value)
    with pytest.raises(BadConfiguration, match="SOME_KEY"):
        read_key("SOME_KEY", [LOCAL], ())


def test_keys_are_hidden_in_every_form_that_a_server_may_echo() -> None:
    """As it is, URL-coded, in base64, after Bearer, and what only looks like a key."""
    key = "canary/key+1"
    coded = base64.b64encode(key.encode()).decode()
    text = f"{key} canary%2Fkey%2B1 {coded} Bearer {key} sk-abcdefghijklmnop"
    assert redacted(text, [key]) == "[redacted] [redacted] [redacted] [redacted] [redacted]"
    assert redacted("a plain message", [key]) == "a plain message"
