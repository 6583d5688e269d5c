"""Lines of text out of chunks of bytes: strict UTF-8, any of the three line ends."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from synthlift.corpus.faults import Faults

__all__ = ["MAX_EMPTY_LINES", "text_lines"]

MAX_EMPTY_LINES = 10_000
UTF8_HINT = "save the file as UTF-8"


def text_lines(chunks: Iterable[bytes], max_line_bytes: int, faults: Faults) -> Iterator[str]:
    r"""Yield decoded lines with their line ends; a byte order mark is left out.

    Raises
    ------
    InputRejected
        ``bad-encoding`` with the offset of the byte, or ``too-long``; the row is the one in `faults`.

    Examples
    --------
    >>> list(text_lines([b"\xef\xbb\xbfa\r", b"\nb\rc"], 99, Faults("f")))
    ['a\r\n', 'b\r', 'c']
    """
    offset = 0
    for line in _byte_lines(chunks, max_line_bytes, faults):
        body = line
        if offset == 0:
            _refuse_utf16(line, faults)
            body = line.removeprefix(codecs.BOM_UTF8)
        try:
            yield body.decode()
        except UnicodeDecodeError as error:
            at = offset + len(line) - len(body) + error.start
            got = f"byte 0x{body[error.start]:02x} at offset {at:,} is not UTF-8"
            faults.stop("bad-encoding", f"{got} (Latin-1 or Windows-1252?): {UTF8_HINT}")
        offset += len(line)


def _byte_lines(chunks: Iterable[bytes], max_line_bytes: int, faults: Faults) -> Iterator[bytes]:
    """Cut at LF, CRLF and lone CR (all three may not occur raw inside a character or a JSON string), ends kept."""
    pending = b""
    for chunk in chunks:
        lines = (pending + chunk).splitlines(keepends=True)
        # A last line that ends in CR may go on with the LF of the next chunk.
        pending = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        for line in lines:
            _check_length(line, max_line_bytes, faults)
            yield line
        # Those before it are yielded first, so that the row is right.
        _check_length(pending, max_line_bytes, faults)
    if pending:
        yield pending


def _check_length(line: bytes, max_line_bytes: int, faults: Faults) -> None:
    if len(line) > max_line_bytes:
        faults.stop("too-long", f"a line of over {max_line_bytes:,} bytes: cut the text, and write one document a line")


def _refuse_utf16(start: bytes, faults: Faults) -> None:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        faults.stop("bad-encoding", f"offset 0 holds the byte order mark of UTF-16, expected UTF-8: {UTF8_HINT}", row=0)
    if b"\0" in start[:4]:
        at = start.index(b"\0")
        faults.stop("bad-encoding", f"a zero byte at offset {at}, as in UTF-16 or UTF-32: {UTF8_HINT}", row=0)
