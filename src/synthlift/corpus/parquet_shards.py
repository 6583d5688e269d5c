"""Which Parquet files a path stands for: itself, or the shards in a folder."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from synthlift.corpus.faults import Faults
from synthlift.corpus.records import TEXT_SUFFIXES
from synthlift.errors import show

__all__ = ["parquet_shards"]

SUFFIX = ".parquet"
_NUMBERED = re.compile(r"(?P<stem>.*)-(?P<number>\d{1,9})-of-(?P<total>\d{1,9})(?P<rest>\D.*)?\.parquet", re.DOTALL)


def parquet_shards(path: str | os.PathLike[str], faults: Faults) -> tuple[Path, ...]:
    """Return the Parquet files to read, a folder's in the order of their names; none where the path is of another kind.

    Raises
    ------
    InputRejected
        ``unreadable`` for a folder without Parquet files, ``missing-shard`` where names say that there should be more.
    """
    name = os.fspath(path).lower()
    try:
        is_folder = Path(path).is_dir()
        if not is_folder or name.endswith(TEXT_SUFFIXES):
            return (Path(path),) if name.endswith(SUFFIX) else ()
        entries = sorted(entry.name for entry in Path(path).iterdir() if entry.suffix.lower() == SUFFIX)
    except OSError as error:
        faults.stop("unreadable", f"cannot be listed ({error.strerror}): check its permissions", row=0)
    except ValueError:  # told as every other path that no file can have
        return ()
    # what begins with a dot is a leftover of an operating system, or of a writer that was stopped
    entries = [entry for entry in entries if not entry.startswith(".")]
    if not entries:
        faults.stop(
            "unreadable", "is a folder without .parquet files: name a file, or the folder that holds them", row=0
        )
    _must_be_complete(entries, faults)
    return tuple(Path(path, entry) for entry in entries)


def _must_be_complete(names: Iterable[str], faults: Faults) -> None:
    """Reject a folder that holds, say, two of ``train-00000-of-00003.parquet`` and its like."""
    numbers: dict[tuple[str, int], set[int]] = defaultdict(set)
    for name in names:
        if (match := _NUMBERED.fullmatch(name)) is not None:
            numbers[match["stem"], int(match["total"])].add(int(match["number"]))
    for (stem, total), found in numbers.items():
        # some writers count from 0, some from 1
        if len(found) < total:
            got = f"{len(found)} of the {total} shards {show(stem)} are there"
            faults.stop("missing-shard", f"{got}: copy the others too", row=0)
