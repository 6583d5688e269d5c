"""Tell whether LLM-generated training text helps a multi-label classifier beyond what any extra volume would do."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
