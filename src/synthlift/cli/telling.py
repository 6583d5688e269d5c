"""What commands say, on which stream, and with which exit code they end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from synthlift.run.progress import until_unread

if TYPE_CHECKING:
    from synthlift.api import Fresh, Plan
    from synthlift.report.summary import Summary
    from synthlift.run.progress import Tally

__all__ = ["carry_out_and_tell", "complain", "say", "say_foresight", "say_nothing_to_do", "say_plan", "silent", "tell"]

FAILED_SHARE = 0.01


def carry_out_and_tell(
    planned: Plan,
    out: Path,
    workers: int,
    *,
    fresh: Fresh | None = None,
    cache: Path | None = None,
    quiet: bool,
    as_json: bool,
    show: bool,
) -> None:
    """Run what is planned with its progress shown, and say what came out."""
    from synthlift.api import carry_out
    from synthlift.run.progress import observer

    with observer(quiet=quiet) as observe:
        summary, tally = carry_out(planned, out, workers=workers, observe=observe, fresh=fresh, cache=cache)
    tell(summary, tally, out, as_json=as_json, show=show)


def tell(summary: Summary, tally: Tally, out: Path, *, as_json: bool, show: bool) -> None:
    """Say what came out, and exit with 4 where too much failed."""
    say(summary, out, as_json=as_json)
    if show:
        typer.launch(str((out / "report.html").resolve()))
    if tally.failed:
        _say_failed(summary, tally.failed, tally.total)
    _say_unanswered(summary)


def complain(message: str) -> None:
    """Say something beside the result."""
    with until_unread(sys.stderr):
        typer.echo(message, err=True)


def silent(planned: Plan) -> None:
    """Say nothing."""


def say_plan(planned: Plan) -> None:
    """Say what was read and what will be compared."""
    from synthlift.terminal import plan_lines

    complain("\n".join(plan_lines(planned)))


def say_foresight(planned: Plan) -> None:
    """Say what a run could see."""
    from synthlift.api import foresight
    from synthlift.terminal import foresight_lines

    complain("\n".join(foresight_lines(foresight(planned))))


def say_nothing_to_do(tally: Tally, *, quiet: bool) -> None:
    """Say that the very same was finished before."""
    if not quiet:
        complain(f"Nothing to do: the folder holds all {tally.total:,} trials of the same files and options.")


def say(summary: Summary, out: Path, *, as_json: bool) -> None:
    """Say what came out, as text or as the bytes of `summary.json`."""
    from synthlift.report.publish import json_bytes
    from synthlift.terminal import summary_lines

    with until_unread(sys.stdout):
        if as_json:
            typer.echo(json_bytes(summary), nl=False)  # as bytes: the very ones of summary.json, in any locale
        else:
            typer.echo("\n".join(summary_lines(summary, out)))


def _say_unanswered(summary: Summary) -> None:
    """Exit with 4 where many texts never came."""
    if any(warning.code == "texts-unanswered" for warning in summary.warnings):
        complain("Texts that were asked for never came; run the same command again to ask for them.")
        raise typer.Exit(4)


def _say_failed(summary: Summary, n_failed: int, n_total: int) -> None:
    """Exit with 4 where failures are many, or touch the primary contrast."""
    touched = any(warning.code == "failed-primary" for warning in summary.warnings)
    if touched or n_failed > FAILED_SHARE * n_total:
        complain(f"{n_failed} of {n_total} trials failed; run the same command again to retry them.")
        raise typer.Exit(4)
