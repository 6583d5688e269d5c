"""What an attempt came to, and what follows from it: keep, try again, record, or stop.

*Transient* faults may pass, so the request is sent again. *Item* faults are the request's own: sent again it would fail
again. *Fatal* ones concern all requests: nothing more is sent.
"""

from __future__ import annotations

import asyncio
import math
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum

import aiohttp

from synthlift.models.replies import body_object, read_reply
from synthlift.models.request import Reply

__all__ = ["Kind", "Outcome", "of_exception", "of_response", "retry_after_s"]

MAX_WAIT_S = 60.0
_FATAL = {401: "the key is refused", 402: "payment is required", 403: "access is refused", 404: "no such model or path"}
_TRANSIENT = {408, 409, 425, 429}
_TEXTLESS = {"empty-content", "reasoning-only"}
_QUOTA = ("insufficient_quota", "billing_hard_limit_reached", "quota_exceeded")


class Kind(StrEnum):
    """What follows from an attempt."""

    DONE = "done"
    TRANSIENT = "transient"
    ITEM = "item"
    FATAL = "fatal"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended.

    Attributes
    ----------
    kind : Kind
    reason : str or None
        A short code such as ``http-503`` or ``timeout``; None for a reply.
    billed : {"yes", "no", "maybe"}
        Whether a server that charges has charged for it.
    status : int or None
        HTTP status, None where no answer came.
    retry_after_s : float or None
        How long the server asks to wait, from 0 to 60 seconds.
    detail : str
        What the server said, for a message; empty where it said nothing.
    body : bytes or None
        The raw answer, where it is a reply.
    reply : Reply or None
    """

    kind: Kind
    reason: str | None
    billed: str
    status: int | None = None
    retry_after_s: float | None = None
    detail: str = ""
    body: bytes | None = None
    reply: Reply | None = None

    @property
    def is_unreachable(self) -> bool:
        """Whether no connection came about, so that the request never left."""
        return self.reason == "unreachable"

    @property
    def is_throttled(self) -> bool:
        """Whether the server asks for fewer requests at once."""
        return self.kind is Kind.TRANSIENT and self.status in {429, 503}


def of_response(key: str, status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Classify an HTTP answer that was read to its end."""
    if status == 200:
        reply = read_reply(key, body)
        if isinstance(reply, Reply):
            return Outcome(Kind.DONE, None, "yes", status, body=body, reply=reply)
        if reply in _TEXTLESS:  # a whole generation: sent again, it would be billed again for the same
            return Outcome(Kind.ITEM, reply, "yes", status)
        return Outcome(Kind.TRANSIENT, reply, "maybe", status, detail=_said(body))
    reason, said = f"http-{status}", _said(body)
    if status in _FATAL:
        return Outcome(Kind.FATAL, reason, "no", status, detail=said or _FATAL[status])
    if status == 429 and any(code in _code(body) for code in _QUOTA):
        return Outcome(Kind.FATAL, "quota", "no", status, detail=said or "the quota is used up")
    if 300 <= status < 400:
        return Outcome(Kind.FATAL, reason, "no", status, detail="it answers with a redirect, which is not followed")
    if status in _TRANSIENT or status >= 500:
        return Outcome(Kind.TRANSIENT, reason, "no", status, retry_after_s(headers), said)
    return Outcome(Kind.ITEM, reason, "no", status, detail=said)


def of_exception(error: BaseException) -> Outcome:
    """Classify what kept an answer from coming; other errors are raised again, being ours."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        return Outcome(Kind.FATAL, "tls", "no", detail="its certificate is not trusted")
    if isinstance(error, ssl.SSLError):
        return Outcome(Kind.FATAL, "tls", "no", detail="it does not speak TLS as https:// expects")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Outcome(Kind.TRANSIENT, "unreachable", "no", detail=error.strerror or "no connection")
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return Outcome(Kind.TRANSIENT, "timeout", "maybe")
    if isinstance(error, aiohttp.ClientError | OSError):
        return Outcome(Kind.TRANSIENT, "disconnected", "maybe", detail=type(error).__name__)
    raise error


def retry_after_s(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Return how long a server asks to wait, from 0 to 60 seconds; None where it does not say, or not clearly.

    Parameters
    ----------
    headers : mapping of str to str
        ``Retry-After`` in seconds or as an HTTP date, or ``retry-after-ms``.
    now : float, optional
        Unix time, for dates.

    Examples
    --------
    >>> [retry_after_s({"Retry-After": text}) for text in ("2", "300", "-1", "soon")]
    [2.0, 60.0, 0.0, None]
    >>> retry_after_s({"Retry-After": "Thu, 01 Jan 1970 00:00:10 GMT"}, now=4.0)
    6.0
    """
    milliseconds, after = headers.get("retry-after-ms"), headers.get("Retry-After")
    seconds = _number(milliseconds, 1000.0)
    if seconds is None:
        seconds = _number(after, 1.0)
    if seconds is None and after is not None:
        try:
            seconds = parsedate_to_datetime(after).timestamp() - (time.time() if now is None else now)
        except (ValueError, OverflowError):
            return None
    return None if seconds is None else min(max(seconds, 0.0), MAX_WAIT_S)


def _number(text: str | None, per_second: float) -> float | None:
    try:
        value = float(text) / per_second if text is not None and len(text) < 20 else None
    except ValueError:
        return None
    return value if value is not None and not math.isnan(value) else None


def _error(body: bytes) -> Mapping[str, object]:
    value = body_object(body) or {}
    error = value.get("error")
    return error if isinstance(error, Mapping) else {"message": error or value.get("message") or value.get("detail")}


def _code(body: bytes) -> str:
    error = _error(body)
    return f"{error.get('code')} {error.get('type')}"


def _said(body: bytes) -> str:
    message = _error(body).get("message")
    return message[:500] if isinstance(message, str) else ""
