"""One spelling for each JSON value, so that equal values have equal hashes."""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeAlias

__all__ = ["JSON", "canonical", "sha256"]

JSON: TypeAlias = Any
"""What JSON can spell: `canonical` is the check, since a type that says it makes every reader narrow what it wrote."""


def canonical(value: JSON) -> str:
    """Spell a value with sorted keys and no blanks.

    Raises
    ------
    ValueError
        For NaN, infinity and text that UTF-8 cannot hold: each would come back as something else.
    TypeError
        For what JSON does not know.

    Examples
    --------
    >>> canonical({"b": (1, None), "a": "ä"})
    '{"a":"ä","b":[1,null]}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    text.encode()  # lone surrogates fail here, before a transaction is open
    return text


def sha256(content: str | bytes) -> str:
    """Return the SHA-256 of text (as UTF-8) or bytes, in hex."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()
