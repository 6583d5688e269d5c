"""Studies: files that say which models write what, and what it is compared with."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from synthlift.cli.app import app, told
from synthlift.cli.telling import say_nothing_to_do, say_plan, silent, tell
from synthlift.errors import show as shown
from synthlift.run.progress import until_unread

__all__ = ["check", "init", "models", "plan", "run_"]


@app.command()
@told
def init(
    corpus: Annotated[Path, typer.Argument(help="Labelled real documents: .csv, .tsv, .jsonl (also .gz), .parquet.")],
    out: Annotated[Path, typer.Option(help="Study file to write.")] = Path("study.toml"),
    test: Annotated[Path | None, typer.Option(help="File of test documents.")] = None,
    text_column: Annotated[str | None, typer.Option(help="Column of the text; text.")] = None,
    labels_column: Annotated[str | None, typer.Option(help="Column of the labels; labels.")] = None,
    label_delimiter: Annotated[str | None, typer.Option(help="Separates labels in a cell, e.g. ';'.")] = None,
    csv_delimiter: Annotated[str | None, typer.Option(help="Separates CSV columns.")] = None,
    label_columns: Annotated[str | None, typer.Option(help="One column per label: a,b,c.")] = None,
    split_column: Annotated[str | None, typer.Option(help="Column of train/validation/spare/test.")] = None,
) -> None:
    """Write a first study file for CORPUS, with a comment at each choice."""
    from synthlift.study_run import draft_study
    from synthlift.terminal import wrapped

    given = {
        "real": str(corpus),
        "test": None if test is None else str(test),
        "text_column": text_column,
        "labels_column": labels_column,
        "label_delimiter": label_delimiter,
        "csv_delimiter": csv_delimiter,
        "label_columns": label_columns.split(",") if label_columns else None,
        "split_column": split_column,
    }
    side = draft_study({name: value for name, value in given.items() if value is not None}, out)
    n_train, n_test = side.rows("train").size, side.rows("test").size
    lines = [
        f"{n_train} train, {n_test} test documents of {len(side.corpus.labels)} labels ({side.split.description})",
        f"wrote {out}: say in it which model writes, then run synthlift check {out}",
    ]
    with until_unread(sys.stdout):
        typer.echo("\n".join(part for line in lines for part in wrapped(line, "  ")))


@app.command("run")
@told
def run_(
    study: Annotated[Path, typer.Argument(help="Study file, in TOML.")],
    out: Annotated[Path, typer.Option(help="Run folder; run again, it resumes.")],
    workers: Annotated[int | None, typer.Option(help="Workers; 2 of this machine, all of a cluster.", min=1)] = None,
    executor: Annotated[Literal["process", "ray"] | None, typer.Option(help="What the workers are of.")] = None,
    address: Annotated[str | None, typer.Option(help="HOST:PORT of a Ray cluster.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Run trials with KEY=VALUE alone: classifier=linear.")] = None,
    allow_host: Annotated[list[str] | None, typer.Option(help="Host that may be told the key.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of text vectors that runs share.")] = None,
    *,
    accept_model_change: Annotated[
        bool, typer.Option("--accept-model-change", help="Go on where a server answers as another model.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, say what the folder has, ask and write nothing.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the report.")] = False,
) -> None:
    """Have language models write what STUDY asks for, filter it, and audit what is left."""
    from synthlift.run.progress import observer
    from synthlift.run.selection import Selection
    from synthlift.study.study_file import read_study_file
    from synthlift.study_run import run_study, workers_of

    who = workers_of(read_study_file(study), workers, executor, address)
    selection = Selection.parse(only or [])
    if dry_run:
        _say_what_lacks(study, out, allow_host)
        return
    with observer(quiet=quiet) as observe:
        summary, tally = run_study(
            study,
            out,
            workers=who,
            only=selection,
            observe=observe,
            allowed_hosts=allowed_hosts(allow_host),
            accept_model_change=accept_model_change,
            announce=silent if quiet else say_plan,
            cache=cache,
        )
    if tally.resumed == tally.total:
        say_nothing_to_do(tally, quiet=quiet)
    tell(summary, tally, out, as_json=as_json, show=show)


def _say_what_lacks(study: Path, out: Path, allow_host: list[str] | None) -> None:
    """Say what a study asks for and compares, and how much of it the folder holds."""
    from synthlift.cli.run_lines import state_lines
    from synthlift.run.folder import LEDGER
    from synthlift.run.state import state_of
    from synthlift.study_run import check_study
    from synthlift.terminal import checked_lines

    lines = [*checked_lines(check_study(study, allowed_hosts(allow_host)))]
    if (out / LEDGER).is_file():
        lines += ["", f"What {shown(str(out))} holds:", *state_lines(state_of(out))]
    with until_unread(sys.stdout):
        typer.echo("\n".join(lines))


@app.command()
@told
def check(
    study: Annotated[Path, typer.Argument(help="Study file, in TOML.")],
    allow_host: Annotated[list[str] | None, typer.Option(help="Host that may be told the key.")] = None,
    *,
    prompts: Annotated[bool, typer.Option("--prompts", help="Show a prompt of each generator.")] = False,
) -> None:
    """Find what is wrong with STUDY before the first token is bought, and say what it will ask for."""
    from synthlift.study_run import check_study
    from synthlift.terminal import checked_lines

    checked = check_study(study, allowed_hosts(allow_host))
    with until_unread(sys.stdout):
        typer.echo("\n".join(checked_lines(checked, prompts=prompts)))


@app.command()
@told
def plan(
    study: Annotated[Path, typer.Argument(help="Study file, in TOML.")],
    workers: Annotated[int, typer.Option(help="Processes that the study will have.", min=1)] = 2,
    allow_host: Annotated[list[str] | None, typer.Option(help="Host that may be told the key.")] = None,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Check STUDY, and say what it will take: requests, tokens, cost, hours here, disk, and the gain it could see."""
    from synthlift.run.progress import Timed, observer
    from synthlift.study_run import plan_study
    from synthlift.terminal import checked_lines, forecast_lines

    with observer(quiet=quiet) as observe:
        checked, seen = plan_study(study, allowed_hosts(allow_host), lambda done, total: observe(Timed(total, done)))
    with until_unread(sys.stdout):
        typer.echo("\n".join([*checked_lines(checked), *forecast_lines(seen, workers)]))


@app.command()
@told
def models() -> None:
    """List the open models that a study can name, and how each is served."""
    from synthlift.models.presets import model_lines
    from synthlift.terminal import wrapped

    with until_unread(sys.stdout):
        typer.echo(
            "\n".join(part for line in model_lines() for part in wrapped(line, " " * 12 * line.startswith("  ")))
        )


def allowed_hosts(hosts: list[str] | None) -> frozenset[str]:
    """Return the hosts that the user, and no study file, allows to be told a key."""
    from synthlift.models.endpoint import ALLOWED_HOSTS_VARIABLE

    named = os.environ.get(ALLOWED_HOSTS_VARIABLE, "").replace(",", " ").split()
    return frozenset([*(hosts or []), *named])
