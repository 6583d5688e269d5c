"""What follows from an attempt."""

from __future__ import annotations

import json

import pytest

from synthlift.models.outcomes import Kind, of_exception, of_response, retry_after_s

REPLY = json.dumps({"choices": [{"message": {"content": "A fan."}}]}).encode()


def error(code: str) -> bytes:
    return json.dumps({"error": {"message": f"so: {code}", "code": code, "type": code}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (200, REPLY, Kind.DONE, None),
        (200, b"<html>", Kind.TRANSIENT, "not-json"),
        (200, error("x"), Kind.TRANSIENT, "error-body"),
        (301, b"", Kind.FATAL, "http-301"),
        (400, error("context_length_exceeded"), Kind.ITEM, "http-400"),
        (401, b"", Kind.FATAL, "http-401"),
        (402, b"", Kind.FATAL, "http-402"),
        (403, b"", Kind.FATAL, "http-403"),
        (404, error("model_not_found"), Kind.FATAL, "http-404"),
        (408, b"", Kind.TRANSIENT, "http-408"),
        (409, b"", Kind.TRANSIENT, "http-409"),
        (422, b"", Kind.ITEM, "http-422"),
        (429, error("rate_limit_exceeded"), Kind.TRANSIENT, "http-429"),
        (429, error("insufficient_quota"), Kind.FATAL, "quota"),
        (500, b"", Kind.TRANSIENT, "http-500"),
        (503, b"", Kind.TRANSIENT, "http-503"),
    ],
)
def test_a_status_is_sorted(status: int, body: bytes, kind: Kind, reason: str | None) -> None:
    """What may pass is sent again, the request's own fault is recorded, what concerns all stops the run."""
    outcome = of_response("k", status, {}, body)
    assert (outcome.kind, outcome.reason, outcome.status) == (kind, reason, status)
    assert (outcome.reply is not None) == (outcome.body is not None) == (kind is Kind.DONE)


def test_what_may_have_been_generated_may_be_billed() -> None:
    """An answer at 200 that cannot be read was made by a model, an error status was not."""
    assert of_response("k", 200, {}, b"").billed == "maybe"
    assert of_response("k", 500, {}, b"").billed == "no"
    assert of_response("k", 200, {}, REPLY).billed == "yes"
    assert of_exception(TimeoutError()).billed == "maybe"


def test_an_error_of_ours_is_raised_again() -> None:
    """A bug must not pass for a fault of the network."""
    with pytest.raises(ZeroDivisionError):
        of_exception(ZeroDivisionError())
    assert of_exception(ConnectionResetError()).reason == "disconnected"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "300"}, 60.0),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, 60.0),
        ({"Retry-After": "9" * 400}, None),
        ({"retry-after-ms": "250", "Retry-After": "7"}, 0.25),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:30 GMT"}, 20.0),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:01 GMT"}, 0.0),
        ({"Retry-After": "Thu, 99 Jan 1970 00:00:01 GMT"}, None),
    ],
)
def test_the_wait_that_a_server_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    """All forms of Retry-After are read and capped at a minute; what cannot be read is no wait of ours to guess."""
    assert retry_after_s(headers, now=10.0) == seconds
