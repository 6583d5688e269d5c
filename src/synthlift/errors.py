"""What can go wrong for a user, each with its exit code; a traceback is always a bug.

A message says what was got, what was expected and what to do. It never repeats more than `MAX_SHOWN` characters of
foreign text, and always through `show`, so that control characters cannot reach a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "BadConfiguration",
    "InputRejected",
    "NotApplicable",
    "Refused",
    "Rejection",
    "Stopped",
    "SynthliftError",
    "show",
]

MAX_SHOWN = 80
MAX_LISTED = 20


def show(value: object) -> str:
    r"""Quote foreign text for a message: escaped, and cut at `MAX_SHOWN` characters.

    >>> show("a\x1b[31mb")
    "'a\\x1b[31mb'"
    """
    text = value if isinstance(value, str) else str(value)
    cut = text[:MAX_SHOWN] + "..." if len(text) > MAX_SHOWN else text
    return ascii(cut) if any(not c.isprintable() for c in cut) else repr(cut)


class SynthliftError(Exception):
    """An error told in one message, without a traceback."""

    exit_code = 1


class BadConfiguration(SynthliftError):
    """An option or a combination of options that cannot be run."""

    exit_code = 2


class Refused(SynthliftError):
    """The run folder is locked, or belongs to other data, split, seed or method."""

    exit_code = 5


class Stopped(SynthliftError):
    """The run stopped cleanly and resumes (disk full, revoked key)."""

    exit_code = 6


class NotApplicable(Exception):
    """A classifier cannot serve a condition, for the reason given: recorded, never a failure."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rejection:
    """One fault of an input file.

    Attributes
    ----------
    file : str
        The path as the user wrote it.
    row : int
        1-based: the line of a JSONL file, the record of a CSV file (its header is row 1); 0 means the whole file.
    code : str
        A stable reason code such as ``duplicate-id``.
    message : str
        ``got ..., expected ..., do this``, foreign text already through `show`.
    """

    file: str
    row: int
    code: str
    message: str

    def __str__(self) -> str:
        """Spell as ``file:row code: message``."""
        file = self.file if self.file.isprintable() else ascii(self.file)
        return f"{file}:{self.row} {self.code}: {self.message}"


class InputRejected(SynthliftError):
    """One or more faults of input files; nothing was spent."""

    exit_code = 3

    def __init__(self, rejections: Sequence[Rejection]) -> None:
        self.rejections = tuple(rejections)
        lines = [str(rejection) for rejection in self.rejections[:MAX_LISTED]]
        if len(self.rejections) > MAX_LISTED:
            lines.append(f"... and {len(self.rejections) - MAX_LISTED} more")
        super().__init__("\n".join(lines))
