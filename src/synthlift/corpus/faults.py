"""Faults of one file, gathered while it is read."""

from __future__ import annotations

from typing import NoReturn

from synthlift.errors import InputRejected, Rejection

__all__ = ["MAX_REJECTIONS", "Faults", "FieldFault"]

MAX_REJECTIONS = 100


class FieldFault(Exception):
    """A value that cannot be used, before anybody knows in which file and row it stands."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Faults:
    """The rejections of one file, in the order in which they were met.

    Attributes
    ----------
    file : str
        The path as the user wrote it.
    row : int
        The row being read, kept by whoever reads; 0 is the whole file.
    shard : str or None
        The path of the shard being read, where the file is a folder: named by faults of a shard as a whole.
    found : list of Rejection
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.row = 0
        self.shard: str | None = None
        self.found: list[Rejection] = []

    def add(self, code: str, message: str) -> None:
        """Note a fault of the row being read.

        Raises
        ------
        InputRejected
            When `MAX_REJECTIONS` are found: a file with so many is of another kind than was said.
        """
        self.found.append(Rejection(self.file, self.row, code, message))
        if len(self.found) >= MAX_REJECTIONS:
            self.settle()

    def stop(self, code: str, message: str, *, row: int | None = None) -> NoReturn:
        """Reject at once with everything found: the rest cannot be read, or would only repeat the fault."""
        row = self.row if row is None else row
        file = self.file if self.shard is None or row else self.shard
        self.found.append(Rejection(file, row, code, message))
        raise InputRejected(self.found)

    def settle(self) -> None:
        """Reject if anything was found."""
        if self.found:
            raise InputRejected(self.found)
