"""What is wrong with a study file, told with its place, what was got and what was expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import ValidationError

from synthlift.errors import show

__all__ = ["told_faults"]

Location: TypeAlias = Sequence[str | int]
Nearest: TypeAlias = Callable[[Location], str]


def told_faults(file: str, error: ValidationError, nearest: Nearest) -> list[str]:
    """Return one line a fault; `nearest` says of an unknown key which known one is near to it."""
    faults: list[Mapping[str, Any]] = list(error.errors())
    # a list whose items are at fault is empty to pydantic, which is no second fault
    own = [f for f in faults if f["type"] != "too_short" or not any(_holds(f["loc"], g["loc"]) for g in faults)]
    return list(dict.fromkeys(_told(file, each, nearest) for each in own))


def _holds(place: Location, other: Location) -> bool:
    return len(other) > len(place) and tuple(other[: len(place)]) == tuple(place)


def _told(file: str, fault: Mapping[str, Any], nearest: Nearest) -> str:
    place = _place(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{file}: {place}: unknown key{nearest(fault['loc'])}"
    if fault["type"] == "missing":
        return f"{file}: {place}: is missing, and needed"
    message = str(fault["msg"]).removeprefix("Value error, ").replace("Input should be", "expected")
    if fault["type"] == "value_error":
        return f"{file}: {place + ': ' if place else ''}{message}"
    got = fault["input"]
    shown = f"got {show(got) if isinstance(got, str) else got}, " if isinstance(got, str | int | float) else ""
    return f"{file}: {place}: {shown}{message[0].lower() + message[1:]}"


def _place(location: Location) -> str:
    """Spell a place in the file.

    >>> _place(("generators", 0, "n")), _place(("models", "small", "endpoints", 1))
    ('generators[0].n', 'models.small.endpoints[1]')
    """
    spelled = ""
    for part in location:
        if isinstance(part, int):
            spelled += f"[{part}]"
        elif part.isidentifier() or part.replace("-", "_").isidentifier():
            spelled += f".{part}" if spelled else part
        else:
            spelled += f"[{show(part)}]"
    return spelled
