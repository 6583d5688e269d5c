"""Run folders: their report made anew, and what follows from it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from synthlift.cli.app import app, told
from synthlift.cli.telling import say
from synthlift.run.progress import until_unread

__all__ = ["advise", "report"]


@app.command()
@told
def report(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the report.")] = False,
) -> None:
    """Rebuild summary and report from the run folder alone."""
    from synthlift.api import rebuild

    say(rebuild(run), run, as_json=as_json)
    if show:
        typer.launch(str((run / "report.html").resolve()))


@app.command()
@told
def advise(
    run: Annotated[Path, typer.Argument(help="Run folder of an audit with --grid.")],
    prices: Annotated[str, typer.Option(help="Of one document: real=2.50,synthetic=0.003,audit=0.10.")],
    budget: Annotated[float, typer.Option(help="Money to be spent, beyond what the run owns.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Say what to buy next, real documents or synthetic ones, and what it should do."""
    from synthlift.api import advise as advise_on
    from synthlift.report.publish import json_bytes
    from synthlift.terminal import advice_lines

    advice = advise_on(run, prices, budget)
    with until_unread(sys.stdout):
        if as_json:
            typer.echo(json_bytes(advice), nl=False)
        else:
            typer.echo("\n".join(advice_lines(advice)))
