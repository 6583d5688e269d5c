"""Tell whether LLM-generated training text helps a multi-label classifier beyond what any extra volume would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthlift.api import audit as audit

__all__ = ["__version__", "audit"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import `audit` when it is asked for: the command line must not pay for it."""
    if name == "audit":
        from synthlift.api import audit

        return audit
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
