"""Whether a folder is held, asked without holding it."""

from __future__ import annotations

import pytest

from synthlift.errors import Refused
from synthlift.storage.holding import is_held
from synthlift.storage.lock import RunLock


def test_held_while_a_run_holds_it(tmp_path):
    """It is held from the moment a run takes it until it lets go, and asking changes nothing of that."""
    assert not is_held(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with RunLock(tmp_path):
        before = (tmp_path / "lock").read_bytes()
        assert is_held(tmp_path)
        assert is_held(tmp_path)
        assert (tmp_path / "lock").read_bytes() == before
        with pytest.raises(Refused), RunLock(tmp_path):  # the run still has it
            pass
    assert not is_held(tmp_path)
    with RunLock(tmp_path):  # and the next one gets it
        pass


def test_a_lock_that_is_a_link(tmp_path):
    """A link in the place of the lock is not followed: no run takes it either."""
    (tmp_path / "elsewhere").touch()
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    assert not is_held(tmp_path)
