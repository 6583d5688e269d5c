"""Failpoints do nothing until a test arms them."""

from __future__ import annotations

import errno
import itertools
import os
import signal
import subprocess
import sys

import pytest

from synthlift.storage import failpoint as armed
from synthlift.storage.failpoint import failpoint


def test_unarmed(monkeypatch):
    """Without the two variables a failpoint neither fails nor counts."""
    monkeypatch.delenv("SYNTHLIFT_CRASH_AT", raising=False)
    monkeypatch.delenv("SYNTHLIFT_FAIL_AT", raising=False)
    monkeypatch.setattr(armed, "_calls", itertools.count(1))
    for _ in range(10):
        failpoint("write")
    assert next(armed._calls) == 1


def test_fails_at_the_kth_call_alone(monkeypatch):
    """SYNTHLIFT_FAIL_AT=2 raises the error of a full disk at the second call, and at no other."""
    monkeypatch.setattr(armed, "_calls", itertools.count(1))
    monkeypatch.setenv("SYNTHLIFT_FAIL_AT", "2")
    failpoint("first")
    with pytest.raises(OSError, match="failpoint second") as caught:
        failpoint("second")
    assert caught.value.errno == errno.ENOSPC
    failpoint("third")


def test_kills_at_the_kth_call():
    """SYNTHLIFT_CRASH_AT=2 ends the process by SIGKILL at the second call."""
    code = (
        "from synthlift.storage.failpoint import failpoint\n"
        "failpoint('a'); print('one', flush=True); failpoint('b'); print('two', flush=True)"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "SYNTHLIFT_CRASH_AT": "2"}, capture_output=True, text=True
    )
    assert child.returncode == -signal.SIGKILL
    assert child.stdout == "one\n"
