"""One run at a time in a folder, and no way to stay locked out of one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from synthlift.errors import Refused, Stopped
from synthlift.storage.lock import RunLock

HOLD = (
    "import sys; from pathlib import Path; from synthlift.storage.lock import RunLock\n"
    "with RunLock(Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.read()"
)


def _holder(folder, code=HOLD):
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_second_process_is_refused(tmp_path):
    """A second run is refused within a second with the pid and host of the first, and let in once that has ended."""
    child = _holder(tmp_path)
    started = time.monotonic()
    with pytest.raises(Refused) as caught, RunLock(tmp_path):
        pass
    assert time.monotonic() - started < 1.0
    assert f"process {child.pid} on {socket.gethostname()!r}" in str(caught.value)
    assert caught.value.exit_code == 5
    child.communicate()
    with RunLock(tmp_path):
        pass
    assert child.returncode == 0


def test_free_after_kill(tmp_path):
    """After kill -9 the folder is usable at once, by one; the file stays and names the new holder."""
    child = _holder(tmp_path)
    child.kill()
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    with RunLock(tmp_path):
        assert str(os.getpid()) in (tmp_path / "lock").read_text()
        with pytest.raises(Refused, match=f"process {os.getpid()} "), RunLock(tmp_path):
            pass
    assert (tmp_path / "lock").exists()


@pytest.mark.parametrize("start", ["fork", "exec"])
def test_not_inherited(tmp_path, start):
    """A child that outlives a killed run does not keep the folder locked, forked or started anew."""
    begin = {
        "fork": "if os.fork() > 0: time.sleep(60)",  # the child tells, so that it has certainly begun
        "exec": "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], close_fds=False)",
    }[start]
    code = (
        "import os, subprocess, sys, time; from pathlib import Path; from synthlift.storage.lock import RunLock\n"
        "os.setpgid(0, 0)\n"
        "lock = RunLock(Path(sys.argv[1])); lock.__enter__()\n"
        f"{begin}\n"
        "print('held', flush=True); time.sleep(60)"
    )
    child = _holder(tmp_path, code)
    try:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        with RunLock(tmp_path):
            pass
    finally:
        os.killpg(child.pid, signal.SIGKILL)  # the grandchild: it was alive all the while
        for pipe in (child.stdin, child.stdout):
            pipe.close()


def test_forked_child_does_not_unlock(tmp_path):
    """A forked child that ends leaves the lock with its parent."""
    code = (
        "import os, sys; from pathlib import Path; from synthlift.storage.lock import RunLock\n"
        "with RunLock(Path(sys.argv[1])):\n"
        "    pid = os.fork()\n"
        "    if pid == 0: os._exit(0)\n"
        "    os.waitpid(pid, 0); print('held', flush=True); sys.stdin.read()"
    )
    child = _holder(tmp_path, code)
    with pytest.raises(Refused), RunLock(tmp_path):
        pass
    child.communicate()
    assert child.returncode == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"pid": "x", "host": 1}', b"\xff\x00"])
def test_foreign_lock_file(tmp_path, content):
    """A lock file that names nobody is no hindrance, and its holder is told as another process."""
    (tmp_path / "lock").write_bytes(content)
    with RunLock(tmp_path):
        (tmp_path / "lock").write_bytes(content)
        with pytest.raises(Refused, match="in use by another process"), RunLock(tmp_path):
            pass


def test_folder_missing(tmp_path):
    """A folder that is not there stops the run with the reason."""
    with pytest.raises(Stopped, match=r"cannot lock 'lock' in .*No such file"), RunLock(tmp_path / "absent"):
        pass
