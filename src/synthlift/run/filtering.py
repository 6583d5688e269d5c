"""The filters of a study, in their order, each given what it needs and nothing more."""

from __future__ import annotations
