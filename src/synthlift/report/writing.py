"""From what a run recorded of its writers to the Summary: the same values, with a reason for what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from synthlift.report.summary_writing import WrittenBy

__all__ = ["written_by"]

_WRITER = {"revision": "the study names no commit of the weights", "output_licence": "the study states none"}
_FAMILY = {"prompt": "no text was asked for with it"}
_SERVER = {"model": "its answers carry no name"}


def written_by(recorded: Sequence[Mapping[str, Any]]) -> Iterator[WrittenBy]:
    """Yield a record per generator, in the order of the study; an audit has none."""
    for each in recorded:
        families = [_with_reason(family, _FAMILY) for family in each["families"]]
        servers = [_with_reason(server, _SERVER) for server in each["servers"]]
        yield WrittenBy.model_validate({**_with_reason(each, _WRITER), "families": families, "servers": servers})


def _with_reason(record: Mapping[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    told = [f"{name}: {reason}" for name, reason in reasons.items() if record[name] in (None, [])]
    return {**record, "reason": "; ".join(told) or None}
