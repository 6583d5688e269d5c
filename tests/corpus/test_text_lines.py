"""Lines are decoded strictly, and cut at the three line ends and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthlift.corpus.faults import Faults
from synthlift.corpus.text_lines import text_lines
from synthlift.errors import InputRejected


def lines_of(*chunks: bytes, max_line_bytes: int = 10_000) -> list[str]:
    return list(text_lines(chunks, max_line_bytes, Faults("f")))


@given(st.text(alphabet="ab\r\n\u2028\x85é\x1c"), st.integers(1, 5))
def test_chunk_borders_do_not_matter(text, size):
    """However the bytes arrive, nothing is lost and the lines are those of the whole."""
    data = text.encode()
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    lines = lines_of(*chunks)
    assert "".join(lines) == text
    assert lines == [line.decode() for line in data.splitlines(keepends=True)]


def test_unicode_line_separators_belong_to_the_text():
    """U+2028, U+0085 and the like do not end a row."""
    assert lines_of("a\u2028b\x85c\x0bd\n".encode()) == ["a\u2028b\x85c\x0bd\n"]


def test_the_byte_order_mark_goes_and_later_ones_stay():
    """Only the mark at the start of the file is no text."""
    assert lines_of(b"\xef\xbb", b"\xbfa\n\xef\xbb\xbfb") == ["a\n", "\ufeffb"]


def test_a_bad_byte_is_named_by_its_offset_in_the_file():
    """The byte order mark counts, as it does in an editor that shows offsets."""
    with pytest.raises(InputRejected, match=r"byte 0xe9 at offset 8 is not UTF-8.*save the file as UTF-8"):
        lines_of(b"\xef\xbb\xbfab\n", b"cd\xe9\n")
    with pytest.raises(InputRejected, match=r"byte 0xff at offset 5 "):
        lines_of(b"\xef\xbb\xbfab\xff\n")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_utf16_and_utf32_are_recognised(encoding):
    """With or without its mark, the encoding is told."""
    with pytest.raises(InputRejected, match=r"bad-encoding: .*UTF-16"):
        lines_of('{"text": "a"}\n'.encode(encoding))


def test_a_line_without_end_is_given_up():
    """A line is never gathered beyond its limit."""
    endless = (b"x" * 100 for _ in iter(int, 1))
    with pytest.raises(InputRejected, match=r"too-long"):
        list(text_lines(endless, 1000, Faults("f")))
