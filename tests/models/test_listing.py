"""Which models a server says it serves."""

from __future__ import annotations

import pytest

from synthlift.errors import BadConfiguration
from synthlift.models.endpoint import Endpoint
from synthlift.models.listing import listed_models


def listed(base_url: str, key: str | None = None) -> tuple[str, ...]:
    """List the models of a server."""
    return listed_models(Endpoint.parse("1", base_url), key)


def test_the_names_come_as_they_are_served(serve) -> None:
    """In the server's order; the key goes with the request."""
    fake = serve(models=("org/model-b", "a"))
    assert listed(fake.base_url, "canary") == ("org/model-b", "a")
    (hit,) = fake.hits
    assert (hit["method"], hit["path"], hit["authorization"]) == ("GET", "/v1/models", "Bearer canary")


def test_a_long_listing_is_read_to_its_end(serve) -> None:
    """Some hosts list thousands: more than one read of the socket holds."""
    names = tuple(f"organisation-{i}/a-model-with-a-long-name-{i}" for i in range(20_000))
    assert listed(serve(models=names).base_url) == names


@pytest.mark.parametrize("plan", [{"models": ()}, {"listing": "off"}, {"listing": "500"}])
def test_a_server_that_lists_nothing_is_there_all_the_same(serve, plan: dict) -> None:
    """Many have no listing; that says nothing of what they serve."""
    assert listed(serve(**plan).base_url) == ()


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"data": null}', b'{"data": {"id": "a"}}', b'{"data": ["a", {"id": null}, {}]}']
)
def test_a_listing_that_cannot_be_read_is_none(canned, body: bytes) -> None:
    """Whatever stands where the names should."""
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    assert listed(f"http://{canned(lambda _: response)}") == ()


def test_nobody_there_is_told_with_the_address(closed_port) -> None:
    """Before anything is asked: the run is not begun."""
    with pytest.raises(BadConfiguration, match=rf"127\.0\.0\.1:{closed_port}/v1.* cannot be reached"):
        listed(f"http://127.0.0.1:{closed_port}/v1", "canary")


def test_silence_is_told_after_a_while(canned, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says half a header and nothing more does not hold up a check."""
    monkeypatch.setattr("synthlift.models.listing.TIMEOUT_S", 0.2)
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"
    with pytest.raises(BadConfiguration, match="cannot be reached"):
        listed(f"http://{canned(lambda _: endless)}")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_without_the_key(canned, status: int) -> None:
    """And where to name the right one."""
    response = b"HTTP/1.1 %d No\r\nContent-Length: 6\r\n\r\ncanary" % status
    with pytest.raises(BadConfiguration, match=rf"answers {status}: the key is refused.* api_key_env") as caught:
        listed(f"http://{canned(lambda _: response)}", "canary")
    assert "canary" not in str(caught.value)


def test_a_redirect_is_not_followed(serve, canned) -> None:
    """Whoever it leads to is not told the key."""
    elsewhere = serve()
    moved = f"HTTP/1.1 301 Moved\r\nLocation: {elsewhere.base_url}/models\r\nContent-Length: 0\r\n\r\n".encode()
    assert listed(f"http://{canned(lambda _: moved)}", "canary") == ()
    assert elsewhere.hits == []
