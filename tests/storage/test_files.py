"""Files exist whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from synthlift.errors import Stopped
from synthlift.storage import failpoint as armed
from synthlift.storage.files import is_leftover, write_atomic

OLD, NEW = b"old" * 1000, b"new" * 70000


def _listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_writes_and_replaces(tmp_path):
    """A file is made, then replaced by longer and by shorter content, and nothing else is left in the folder."""
    path = tmp_path / "summary.json"
    for content in (OLD, NEW, b""):
        write_atomic(path, content)
        assert path.read_bytes() == content
    assert _listing(tmp_path) == ["summary.json"]


@pytest.mark.parametrize("name", ["write", "fsync", "rename", "fsync-folder"])
def test_full_disk(tmp_path, monkeypatch, name):
    """A full disk at any step stops the run; the file is the old one or the new one, and no other is left."""
    path = tmp_path / "report.html"
    write_atomic(path, OLD)
    k = ["write", "fsync", "rename", "fsync-folder"].index(name) + 1
    monkeypatch.setattr(armed, "_calls", itertools.count(1))
    monkeypatch.setenv("SYNTHLIFT_FAIL_AT", str(k))
    with pytest.raises(Stopped, match=r"cannot write 'report.html' in .*No space left.*make room") as caught:
        write_atomic(path, NEW)
    assert name in str(caught.value)
    assert path.read_bytes() == (NEW if name == "fsync-folder" else OLD)
    assert _listing(tmp_path) == ["report.html"]


def test_killed_at_each_step(tmp_path):
    """After kill -9 at each step the file is the old one or the new one; the next write leaves nothing behind."""
    code = (
        "import sys; from pathlib import Path; from synthlift.storage.files import write_atomic\n"
        "write_atomic(Path(sys.argv[1]), b'new' * 70000)"
    )
    path = tmp_path / "report.html"
    seen = []
    for k in range(1, 6):
        write_atomic(path, OLD)
        env = {**os.environ, "SYNTHLIFT_CRASH_AT": str(k)}
        child = subprocess.run([sys.executable, "-c", code, str(path)], env=env)
        assert child.returncode == (-signal.SIGKILL if k <= 4 else 0)
        seen.append(path.read_bytes())
        assert all(name == "report.html" or is_leftover(tmp_path / name) for name in _listing(tmp_path))
        write_atomic(path, b"later")
        assert path.read_bytes() == b"later"
        assert _listing(tmp_path) == ["report.html"]
    assert seen == [OLD, OLD, OLD, NEW, NEW]


def test_two_writers(tmp_path):
    """Of two processes that write one file over and over, a reader never sees a mixture."""
    code = (
        "import sys; from pathlib import Path; from synthlift.storage.files import write_atomic\n"
        "for _ in range(150): write_atomic(Path(sys.argv[1]), sys.argv[2].encode() * int(sys.argv[3]))"
    )
    path = tmp_path / "shared.npy"
    write_atomic(path, b"a" * 300_000)
    arguments = [("a", "300000"), ("b", "200001")]
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), *each]) for each in arguments]
    whole = {b"a" * 300_000, b"b" * 200_001}
    while any(writer.poll() is None for writer in writers):
        assert path.read_bytes() in whole
    assert [writer.returncode for writer in writers] == [0, 0]
    assert path.read_bytes() in whole
    assert _listing(tmp_path) == ["shared.npy"]


def test_a_real_limit(tmp_path):
    """A write that the kernel cuts short half-way stops the run and leaves the old content."""
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from synthlift.errors import Stopped; from synthlift.storage.files import write_atomic\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "try: write_atomic(Path(sys.argv[1]), b'new' * 70000)\n"
        "except Stopped as stop: print(stop); sys.exit(stop.exit_code)"
    )
    path = tmp_path / "report.html"
    write_atomic(path, OLD)
    child = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert child.returncode == 6, child.stderr
    assert "cannot write 'report.html'" in child.stdout
    assert path.read_bytes() == OLD
    assert _listing(tmp_path) == ["report.html"]


def test_folder_missing(tmp_path):
    """A folder that is not there is told, with the reason of the system."""
    with pytest.raises(Stopped, match="No such file or directory"):
        write_atomic(tmp_path / "absent" / "x.json", b"x")


def test_planted_link(tmp_path):
    """A link in place of the temporary file is not followed: nothing is written outside the folder."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / ".x.json.part").symlink_to(outside)
    with pytest.raises(Stopped):
        write_atomic(folder / "x.json", b"x")
    assert outside.read_bytes() == b"precious"
