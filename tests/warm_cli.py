"""A command line that is imported once and forked for every command: a real process each, imports paid once.

Started as a script it reads one JSON request a line and answers with one: ``{"returncode": ..., "n_failpoints": ...}``.
Only the tests use it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path

HEAVY = (
    "aiohttp",
    "pyarrow.parquet",
    "sklearn.feature_extraction.text",
    "synthlift.api",
    "synthlift.cli",
    "synthlift.run.tasks",
    "synthlift.study_run",
    "synthlift.terminal",
)


def import_all() -> None:
    """Import what commands need; nothing that starts a thread, since threads do not survive a fork."""
    from synthlift.study import catalog

    places = {
        place.partition(":")[0] for kind in ("conditions", "classifiers") for place in catalog.names(kind).values()
    }
    for name in sorted({*HEAVY, *places}):
        importlib.import_module(name)


def child(request: dict) -> None:
    """Run one command in a forked child, and never return."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.update(request["env"])
    from synthlift import cli
    from synthlift.storage import failpoint

    code = 1
    try:
        exec(request["before"], {})  # noqa: S102 (a test's own lines: what it breaks before the command starts)
        sys.argv = ["synthlift", *request["args"]]
        cli.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 (as the interpreter would)
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    Path(request["calls"]).write_text(str(next(failpoint._calls) - 1))
    os._exit(code)


def serve() -> None:
    """Answer requests until there are no more."""
    import_all()
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            child(request)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        calls = Path(request["calls"])
        answer = {"returncode": code, "n_failpoints": int(calls.read_text()) if calls.exists() else None}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
