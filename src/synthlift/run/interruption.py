"""Ctrl-C, once and twice: stop accepting, then stop at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruptible"]

FINISH_S = 10


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C or SIGTERM into a flag and a deadline; the second, or the deadline, interrupts at once."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted  # only the main thread may set signal handlers
        return

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if interrupted.is_set() or number == signal.SIGALRM:
            raise KeyboardInterrupt
        interrupted.set()
        signal.alarm(FINISH_S)

    handled = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = {number: signal.signal(number, on_signal) for number in handled}
    try:
        yield interrupted
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
