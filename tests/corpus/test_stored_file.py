"""Bytes come out of regular files only, whole, counted and hashed."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from pathlib import Path

import pytest

from synthlift.corpus.columns import Limits
from synthlift.corpus.faults import Faults
from synthlift.corpus.stored_file import StoredFile, uncompressed
from synthlift.errors import InputRejected


def bytes_of(path: Path, *, gzipped: bool = False, limits: Limits | None = None) -> tuple[bytes, str]:
    faults = Faults(str(path))
    with StoredFile(path, faults) as stored:
        whole = b"".join(uncompressed(stored, gzipped=gzipped, limits=limits or Limits(), faults=faults))
        return whole, stored.sha256


def codes_of(path: Path, **options: object) -> list[str]:
    with pytest.raises(InputRejected) as caught:
        bytes_of(path, **options)  # type: ignore[arg-type]
    return [rejection.code for rejection in caught.value.rejections]


@pytest.mark.parametrize("size", [1, 2**18 - 1, 2**18, 2**20 + 7])
def test_the_hash_is_that_of_the_file_on_disk(tmp_path, size):
    """Every byte passes and is hashed as stored, also when it is compressed."""
    content = os.urandom(size // 2) + b"a" * (size - size // 2)
    plain, packed = tmp_path / "a", tmp_path / "a.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    assert bytes_of(plain) == (content, hashlib.sha256(content).hexdigest())
    assert bytes_of(packed, gzipped=True) == (content, hashlib.sha256(packed.read_bytes()).hexdigest())


def test_gzip_members_follow_each_other(tmp_path):
    """Concatenated members, an empty one among them, and zero padding are read as gunzip reads them."""
    path = tmp_path / "a.gz"
    members = [b"one\n", b"", b"two\n" * 200_000]
    path.write_bytes(b"".join(map(gzip.compress, members)) + b"\0" * 1024)
    assert bytes_of(path, gzipped=True)[0] == b"".join(members)


def test_every_cut_of_a_gzip_file_is_noticed(tmp_path):
    """A stream without its end is truncated, wherever it was cut."""
    whole = gzip.compress(b"some text\n" * 50)
    path = tmp_path / "a.gz"
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        assert codes_of(path, gzipped=True) == ["truncated"]


def test_a_damaged_checksum_or_another_kind_of_file_is_bad_gzip(tmp_path):
    """What zlib cannot read or verify is rejected, garbage behind the last member too."""
    whole = bytearray(gzip.compress(b"some text\n" * 50))
    path = tmp_path / "a.gz"
    whole[-6] ^= 1
    for content in (bytes(whole), b"id,text\n", gzip.compress(b"x") + b"garbage"):
        path.write_bytes(content)
        assert codes_of(path, gzipped=True) == ["bad-gzip"]


def test_a_gzip_bomb_is_stopped_while_streaming(tmp_path):
    """A gibibyte of zeros in a megabyte is given up after a few of its bytes."""
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    path = tmp_path / "a.gz"
    block = bytes(2**24)
    path.write_bytes(b"".join(engine.compress(block) for _ in range(16)) + engine.flush())
    assert codes_of(path, gzipped=True) == ["too-large"]


def test_bytes_are_counted_after_decompression(tmp_path):
    """The limit holds for what is read, not for what is stored."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"a" * 1000))
    assert codes_of(path, gzipped=True, limits=Limits(max_file_bytes=999)) == ["too-large"]
    assert len(bytes_of(path, gzipped=True, limits=Limits(max_file_bytes=1000))[0]) == 1000


def test_what_is_no_regular_file_is_not_opened(tmp_path):
    """A pipe that nobody writes to does not make the program wait."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for path in (pipe, tmp_path / "link", tmp_path, tmp_path / "missing", Path("/dev/null"), Path("a\0b")):
        assert codes_of(path) == ["unreadable"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path):
    """A file that may not be read is rejected."""
    path = tmp_path / "a"
    path.write_bytes(b"x")
    path.chmod(0)
    assert codes_of(path) == ["unreadable"]


def test_an_empty_file_is_unreadable(tmp_path):
    """No bytes at all, stored or after decompression, are no corpus."""
    path = tmp_path / "a"
    path.write_bytes(b"")
    assert codes_of(path) == ["unreadable"]
    assert codes_of(path, gzipped=True) == ["unreadable"]
    path.write_bytes(gzip.compress(b""))
    assert codes_of(path, gzipped=True) == ["unreadable"]


def test_a_file_that_grows_while_it_is_read_is_rejected(tmp_path):
    """Half of one version and half of another is no corpus."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 2**19)
    faults = Faults(str(path))
    with StoredFile(path, faults) as stored:
        chunks = stored.chunks()
        next(chunks)
        with path.open("ab") as more:
            more.write(b"y")
        with pytest.raises(InputRejected, match=r"changed-while-read"):
            list(chunks)
