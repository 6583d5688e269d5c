"""The bytes of a file on disk: opened safely, hashed while read, decompressed under a count."""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from synthlift.corpus.columns import Limits
from synthlift.corpus.faults import Faults

__all__ = ["FREE_BYTES", "MAX_RATIO", "StoredFile", "uncompressed"]

CHUNK_BYTES = 2**18
# Text compresses 3 to 20 times, one short row over and over 300 times, zeros 1,032. Past `FREE_BYTES` a ratio that no
# corpus has is a bomb, and need not be inflated up to `max_file_bytes` to be known as one.
MAX_RATIO = 100
FREE_BYTES = 16 * 2**20
GZIP_WINDOW = 31


class StoredFile:
    """An open regular file whose bytes are hashed as they pass; a context manager.

    Attributes
    ----------
    n_bytes : int
        Bytes read so far, as stored on disk.

    Raises
    ------
    InputRejected
        ``unreadable``: missing, no permission, or not a regular file (which is not opened: a FIFO would wait forever).
    """

    def __init__(self, path: str | os.PathLike[str], faults: Faults) -> None:
        self._faults = faults
        self._hash = hashlib.sha256()
        self.n_bytes = 0
        try:
            self._must_be_regular(Path(path).stat())
            # Not blocking, and looked at again: the path may have become a FIFO in between.
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            self._before = os.fstat(self._descriptor)
        except FileNotFoundError:
            faults.stop("unreadable", "no such file: check the path", row=0)
        except OSError as error:
            faults.stop("unreadable", f"cannot be opened ({error.strerror}): check its permissions", row=0)
        except ValueError:
            faults.stop("unreadable", "the path holds characters that no file name can: check the path", row=0)

    def _must_be_regular(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, socket or device"
            self._faults.stop("unreadable", f"is {kind}, expected a regular file: name a file", row=0)

    def __enter__(self) -> Self:
        try:
            self._must_be_regular(self._before)
        except BaseException:
            os.close(self._descriptor)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes read so far."""
        return self._hash.hexdigest()

    def chunks(self) -> Iterator[bytes]:
        """Yield the stored bytes to the end; reject a file that changed meanwhile."""
        while True:
            try:
                chunk = os.read(self._descriptor, CHUNK_BYTES)
            except OSError as error:
                self._faults.stop("unreadable", f"reading failed ({error.strerror}): check the disk")
            if not chunk:
                break
            self.n_bytes += len(chunk)
            self._hash.update(chunk)
            yield chunk
        self.must_be_unchanged()

    @contextmanager
    def whole(self) -> Iterator[BinaryIO]:
        """Read and hash the stored bytes, then give them to be read in any order."""
        for _ in self.chunks():
            pass
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            yield file

    def must_be_unchanged(self) -> None:
        """Reject a file that was written to since it was opened."""
        after = os.fstat(self._descriptor)
        if (after.st_size, after.st_mtime_ns) != (self._before.st_size, self._before.st_mtime_ns):
            self._faults.stop(
                "changed-while-read", "was written to while it was read: run again when it is done", row=0
            )


def uncompressed(stored: StoredFile, *, gzipped: bool, limits: Limits, faults: Faults) -> Iterator[bytes]:
    """Yield the bytes of the corpus, decompressed where `gzipped`, counting them.

    Raises
    ------
    InputRejected
        ``too-large``, ``truncated``, ``bad-gzip``, or ``unreadable`` for an empty file.
    """
    n_bytes = 0
    for chunk in _inflated(stored, faults) if gzipped else stored.chunks():
        n_bytes += len(chunk)
        if n_bytes > limits.max_file_bytes:
            advice = "take a part of it"
            faults.stop("too-large", f"over {limits.max_file_bytes:,} bytes after decompression: {advice}")
        if gzipped and n_bytes > max(FREE_BYTES, MAX_RATIO * stored.n_bytes):
            advice = "no text compresses so well; unpack it by hand if it is what you mean"
            faults.stop("too-large", f"over {MAX_RATIO} times larger than stored: {advice}")
        yield chunk
    if n_bytes == 0:
        faults.stop("unreadable", "is empty, expected rows: check that it was written to the end", row=0)


def _inflated(stored: StoredFile, faults: Faults) -> Iterator[bytes]:
    """Yield the decompressed bytes of every gzip member; each member's checksum is verified by zlib."""
    engine = zlib.decompressobj(GZIP_WINDOW)
    between = False  # after a whole member, where zero padding or another member may follow
    for stored_chunk in stored.chunks():
        rest = stored_chunk
        while rest:
            if between:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                engine, between = zlib.decompressobj(GZIP_WINDOW), False
            try:
                out = engine.decompress(rest, CHUNK_BYTES)
                # All input may be taken while output is still due: ask until none comes.
                while out:
                    yield out
                    out = engine.decompress(engine.unconsumed_tail, CHUNK_BYTES) if not engine.eof else b""
            except zlib.error:
                faults.stop("bad-gzip", "is not a gzip file, or a damaged one: check its suffix, or write it again")
            rest, between = engine.unused_data, engine.eof
    if not between and stored.n_bytes:
        faults.stop("truncated", "the gzip stream ends early: copy or write the file again")
