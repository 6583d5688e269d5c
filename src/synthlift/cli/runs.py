"""Run folders: how far a run is, its report made anew or beside another's, its files for other tools, and advice."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthlift.cli.app import app, told
from synthlift.cli.telling import complain, say
from synthlift.errors import BadConfiguration
from synthlift.run.progress import until_unread

if TYPE_CHECKING:
    from synthlift.run.state import RunState

__all__ = ["advise", "export", "report", "status"]

WATCH_EVERY_S = 2.0


@app.command()
@told
def status(
    run: Annotated[Path, typer.Argument(help="Run folder, also of a run that goes on.")],
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Go on telling until the run ends.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Say how far a run is, or how it ended; the run notices nothing."""
    from synthlift.run.state import state_of

    state = state_of(run)
    shown = _show(state, 0, as_json=as_json)
    with suppress(KeyboardInterrupt):
        while watch and state.is_on:
            time.sleep(WATCH_EVERY_S)
            state = state_of(run)
            shown = _show(state, shown, as_json=as_json)


@app.command()
@told
def report(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    against: Annotated[Path | None, typer.Option(help="Another run: compare, and write nothing.")] = None,
    to: Annotated[Path | None, typer.Option(help="With --against: write the comparison as a page.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json, or the comparison.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the report.")] = False,
) -> None:
    """Rebuild summary and report from the run folder alone, or compare two runs."""
    if against is not None:
        page = _compare(run, against, to, as_json=as_json)
    elif to is not None:
        raise BadConfiguration("--to: got no run to compare with, expected --against OTHER beside it")
    else:
        from synthlift.api import rebuild

        say(rebuild(run), run, as_json=as_json)
        page = run / "report.html"
    if show and page is not None:
        typer.launch(str(page.resolve()))


@app.command()
@told
def export(
    run: Annotated[Path, typer.Argument(help="Run folder with a report.")],
    to: Annotated[Path | None, typer.Option(help="Folder for the files.")] = None,
    mlflow: Annotated[str | None, typer.Option(help="Log it there too: a tracking server, or file:FOLDER.")] = None,
    *,
    scores: Annotated[bool, typer.Option("--scores", help="Only scores and tables, as Parquet.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Only the same as CSV, safe for spreadsheets.")] = False,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Only the documents.")] = False,
) -> None:
    """Write scores, tables and documents as files for other tools; all of them unless some are named."""
    from synthlift.report.export import KINDS, export, read_summary

    if to is None and mlflow is None:
        raise BadConfiguration("got no place to export to, expected --to FOLDER or --mlflow URI")
    named = [kind for kind, chosen in zip(KINDS, (scores, csv, synthetic), strict=True) if chosen]
    if named and to is None:
        raise BadConfiguration("got kinds of files and no folder for them, expected --to FOLDER")
    if to is not None:
        files = export(run, to, named or KINDS)
        if "documents.csv" in files and not any(name.startswith("synthetic/") for name in files):
            complain("An audit keeps no texts in its run folder: documents.csv has ids, and why some were dropped.")
        with until_unread(sys.stdout):
            typer.echo("\n".join(str(to / name) for name in files))
    if mlflow is not None:
        from synthlift.report.mlflow_log import log_to_mlflow

        run_id = log_to_mlflow(read_summary(run), _study(run), run, mlflow)
        with until_unread(sys.stdout):
            typer.echo(f"mlflow run {run_id}")


@app.command()
@told
def advise(
    run: Annotated[Path, typer.Argument(help="Run folder of an audit with --grid.")],
    budget: Annotated[float, typer.Option(help="Money to be spent, beyond what the run owns.")],
    prices: Annotated[
        str | None, typer.Option(help="Of one document: real=2.50,synthetic=0.003,audit=0.10; the study file's.")
    ] = None,
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


def _show(state: RunState, n_lines: int, *, as_json: bool) -> int:
    """Print a state, on a terminal in place of the `n_lines` of the last one; return how many lines it has."""
    from synthlift.cli.run_lines import state_lines

    lines = json.dumps(state.as_json(), indent=1).split("\n") if as_json else list(state_lines(state))
    with until_unread(sys.stdout):
        if n_lines:
            typer.echo(f"\x1b[{n_lines}F\x1b[J" if sys.stdout.isatty() else "\n", nl=False)
        typer.echo("\n".join(lines))
    return len(lines)


def _compare(run: Path, other: Path, to: Path | None, *, as_json: bool) -> Path | None:
    """Say what differs between two runs; return the page, where one is wanted."""
    from synthlift.cli.run_lines import comparison_lines
    from synthlift.report.comparison import Side, compare
    from synthlift.report.comparison_page import render_comparison
    from synthlift.report.publish import json_bytes
    from synthlift.run.folder import LEDGER
    from synthlift.storage.files import write_atomic
    from synthlift.storage.ledger import Ledger

    sides = []
    for folder in (run, other):
        with Ledger.open_readonly(folder / LEDGER) as ledger:
            sides.append(Side.load(ledger))
    comparison = compare(*sides)
    if to is not None:
        write_atomic(to, render_comparison(comparison))
    with until_unread(sys.stdout):
        if as_json:
            typer.echo(json_bytes(comparison), nl=False)
        else:
            typer.echo("\n".join(comparison_lines(comparison)))
    return to


def _study(run: Path) -> dict[str, object]:
    """Return the configuration of a run."""
    from synthlift.run.folder import LEDGER
    from synthlift.storage.ledger import Ledger

    with Ledger.open_readonly(run / LEDGER) as ledger:
        return dict(ledger.get("study") or {})
