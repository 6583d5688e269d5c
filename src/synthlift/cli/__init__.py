"""The command line, one module a group of commands. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import io
import os
import signal
import sys

from synthlift.cli import audits, runs, studies  # whose commands register themselves, in the order of --help
from synthlift.cli.app import app
from synthlift.run.executors import THREAD_VARIABLES

__all__ = ["app", "audits", "main", "runs", "studies"]


def main() -> None:
    """Run the command line."""
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # one thread also makes sums repeatable
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # one way to end, whoever asks
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a label must not stop the run
    app()
