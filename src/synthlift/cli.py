"""The command line. Nothing heavy is imported before a command needs it.

Over 300 lines because a command is mostly the list of its options, and these are best read side by side.
"""

from __future__ import annotations

import functools
import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast

import typer

from synthlift.errors import BadConfiguration, SynthliftError
from synthlift.errors import show as shown
from synthlift.run.executors import THREAD_VARIABLES
from synthlift.run.progress import until_unread

if TYPE_CHECKING:
    from synthlift.api import Fresh, Plan
    from synthlift.report.summary import Summary
    from synthlift.run.progress import Tally

__all__ = ["app", "main"]

Command = TypeVar("Command", bound=Callable[..., None])

app = typer.Typer(
    name="synthlift",
    help="Does LLM-generated text help your multi-label classifier, or would any extra volume have done the same?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
FAILED_SHARE = 0.01


def _told(command: Command) -> Command:
    """Make every expected error one message and an exit code."""

    @functools.wraps(command)
    def told(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except SynthliftError as error:
            _complain(str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            _complain("interrupted; run the same command again to go on")
            raise typer.Exit(130) from None

    return cast("Command", told)


@app.command()
@_told
def audit(
    real: Annotated[Path, typer.Argument(help="Labelled real documents: .csv, .tsv, .jsonl (also .gz), .parquet.")],
    synthetic: Annotated[Path, typer.Argument(help="Synthetic documents, from any tool.")],
    out: Annotated[Path, typer.Option(help="Run folder; run again, it resumes.")],
    test: Annotated[Path | None, typer.Option(help="File of test documents.")] = None,
    text_column: Annotated[str, typer.Option(help="Column of the text.")] = "text",
    labels_column: Annotated[str, typer.Option(help="Column of the labels.")] = "labels",
    id_column: Annotated[str, typer.Option(help="Column of the id, used where present.")] = "id",
    group_column: Annotated[str, typer.Option(help="Column of the family, used where present.")] = "group",
    parent_column: Annotated[str, typer.Option(help="Column of the source's id, used where present.")] = "origin_id",
    label_delimiter: Annotated[str | None, typer.Option(help="Separates labels in a cell, e.g. ';'.")] = None,
    csv_delimiter: Annotated[str | None, typer.Option(help="Separates CSV columns.")] = None,
    label_columns: Annotated[str | None, typer.Option(help="One column per label: a,b,c.")] = None,
    split_column: Annotated[str | None, typer.Option(help="Column of train/validation/spare/test.")] = None,
    split_values: Annotated[str | None, typer.Option(help="train=seed,spare=pool,test=test.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="Keep synthetic rows with KEY=VALUE.")] = None,
    real_where: Annotated[list[str] | None, typer.Option(help="Keep real rows with KEY=VALUE.")] = None,
    by: Annotated[str | None, typer.Option(help="Columns whose values are compared: generator,mode.")] = None,
    regime: Annotated[list[str] | None, typer.Option(help="Real documents: 165, 0.1, 1:10, all.")] = None,
    classifier: Annotated[list[str] | None, typer.Option(help="linear, embedding or encoder.")] = None,
    model: Annotated[str | None, typer.Option(help="Weights of embedding and encoder: folder or Hub name.")] = None,
    revision: Annotated[str | None, typer.Option(help="Commit of the Hub, 40 digits.")] = None,
    encoder: Annotated[list[str] | None, typer.Option(help="Setting of the encoder: epochs=3.")] = None,
    condition: Annotated[list[str] | None, typer.Option(help="Condition to run; all but mixings and masked.")] = None,
    replicates: Annotated[int, typer.Option(help="Draws and seeds to average over.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 2,
    delta: Annotated[float, typer.Option(help="Smallest gain worth having.")] = 0.01,
    analyzer: Annotated[Literal["word", "char"], typer.Option(help="What texts are cut into.")] = "word",
    descriptions: Annotated[Path | None, typer.Option(help="What labels mean: .json or .csv.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of text vectors that runs share.")] = None,
    fidelity_model: Annotated[str | None, typer.Option(help="Sentence encoder to measure likeness with.")] = None,
    fidelity_revision: Annotated[str | None, typer.Option(help="Its commit, 40 digits.")] = None,
    *,
    mixing: Annotated[bool, typer.Option("--mixing", help="Also mix in other ways than shuffled.")] = False,
    leakage: Annotated[bool, typer.Option("--leakage", help="Also take label names out of synthetic text.")] = False,
    audit_numerics: Annotated[
        bool, typer.Option("--audit-numerics", help="Run trials again in fp32 with plain attention.")
    ] = False,
    grid: Annotated[bool, typer.Option("--grid", help="Also train on a grid of volumes, for advise.")] = False,
    drop_empty: Annotated[bool, typer.Option("--drop-empty", help="Drop empty real texts, counted.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, say what the run could see, write nothing.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the report.")] = False,
) -> None:
    """Tell whether SYNTHETIC helps a classifier trained on REAL beyond what any extra volume would do."""
    from synthlift.api import plan
    from synthlift.corpus.columns import Columns
    from synthlift.corpus.reading import parse_where
    from synthlift.corpus.splits import parse_split_values
    from synthlift.run.folder import check_free
    from synthlift.study.input import Input

    if split_values is not None and split_column is None:
        raise BadConfiguration("--split-values: got no --split-column, expected the column they are values of")
    columns = Columns(
        text=text_column,
        labels=labels_column,
        id=id_column,
        group=group_column,
        parent=parent_column,
        split=split_column,
        label_delimiter=label_delimiter,
        csv_delimiter=csv_delimiter,
        label_columns=tuple(label_columns.split(",")) if label_columns else (),
    )
    given = Input(
        real=real,
        synthetic=synthetic,
        test=test,
        columns=columns,
        where=parse_where(where or []),
        real_where=parse_where(real_where or []),
        split_values=parse_split_values(split_values) if split_values is not None else None,
        by=by,
        drop_empty=drop_empty,
        analyzer=analyzer,
        descriptions=descriptions,
    )
    if not dry_run:
        check_free(out)
    planned = plan(
        given,
        regimes=regime or ["all"],
        classifiers=classifier or ["linear"],
        replicates=replicates,
        seed=seed,
        delta=delta,
        conditions=_conditions(condition, mixing=mixing, leakage=leakage),
        classifier_settings=_classifier_settings(classifier or [], model, revision, encoder or []),
        audit_numerics=audit_numerics,
        grid=grid,
        fidelity_model=fidelity_model,
        fidelity_revision=fidelity_revision,
    )
    if not quiet:
        _say_plan(planned)
    if dry_run:
        _say_foresight(planned)
        return
    _carry_out(planned, out, workers, cache=cache, quiet=quiet, as_json=as_json, show=show)


@app.command()
@_told
def demo(
    out: Annotated[Path, typer.Option(help="Run folder; run again, it resumes.")] = Path("synthlift-demo"),
    seed: Annotated[int, typer.Option(help="Seed of everything random.", min=0)] = 0,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 2,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Two generators, one classifier.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the report.")] = False,
) -> None:
    """Audit simulated patents, whose truth is known, and show it beside each estimate: no file, key or network."""
    from synthlift.demo import FULL, QUICK, simulated_study
    from synthlift.run.folder import check_free
    from synthlift.terminal import demo_lines, next_lines

    check_free(out)
    planned, fresh = simulated_study(out, QUICK if quick else FULL, seed)
    if not quiet:
        _complain("\n".join(demo_lines(planned)))
        _say_plan(planned)
    _carry_out(planned, out, workers, fresh=fresh, quiet=quiet, as_json=as_json, show=show)
    if not quiet:
        _complain("\n".join(next_lines()))


@app.command("run")
@_told
def run_(
    study: Annotated[Path, typer.Argument(help="Study file, in TOML.")],
    out: Annotated[Path, typer.Option(help="Run folder; run again, it resumes.")],
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 2,
    allow_host: Annotated[list[str] | None, typer.Option(help="Host that may be told the key.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of text vectors that runs share.")] = None,
    *,
    accept_model_change: Annotated[
        bool, typer.Option("--accept-model-change", help="Go on where a server answers as another model.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the report.")] = False,
) -> None:
    """Have language models write what STUDY asks for, filter it, and audit what is left."""
    from synthlift.run.progress import observer
    from synthlift.study_run import run_study

    with observer(quiet=quiet) as observe:
        summary, tally = run_study(
            study,
            out,
            workers=workers,
            observe=observe,
            allowed_hosts=_allowed(allow_host),
            accept_model_change=accept_model_change,
            announce=_silent if quiet else _say_plan,
            cache=cache,
        )
    _tell(summary, tally, out, as_json=as_json, show=show)


@app.command()
@_told
def check(
    study: Annotated[Path, typer.Argument(help="Study file, in TOML.")],
    allow_host: Annotated[list[str] | None, typer.Option(help="Host that may be told the key.")] = None,
    *,
    prompts: Annotated[bool, typer.Option("--prompts", help="Show a prompt of each generator.")] = False,
) -> None:
    """Find what is wrong with STUDY before the first token is bought, and say what it will ask for."""
    from synthlift.study_run import check_study
    from synthlift.terminal import checked_lines

    checked = check_study(study, _allowed(allow_host))
    with until_unread(sys.stdout):
        typer.echo("\n".join(checked_lines(checked, prompts=prompts)))


@app.command()
@_told
def models() -> None:
    """List the open models that a study can name, and how each is served."""
    from synthlift.models.presets import model_lines
    from synthlift.terminal import wrapped

    with until_unread(sys.stdout):
        typer.echo(
            "\n".join(part for line in model_lines() for part in wrapped(line, " " * 12 * line.startswith("  ")))
        )


@app.command()
@_told
def report(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the report.")] = False,
) -> None:
    """Rebuild summary and report from the run folder alone."""
    from synthlift.api import rebuild

    _say(rebuild(run), run, as_json=as_json)
    if show:
        typer.launch(str((run / "report.html").resolve()))


@app.command()
@_told
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


def _conditions(named: list[str] | None, *, mixing: bool, leakage: bool) -> list[str]:
    from synthlift.study.catalog import DEFAULT_CONDITIONS, LEAKAGE, MIXINGS

    return [*(named or DEFAULT_CONDITIONS), *(MIXINGS if mixing else ()), *(LEAKAGE if leakage else ())]


def _classifier_settings(
    classifiers: list[str], model: str | None, revision: str | None, encoder: list[str]
) -> dict[str, dict[str, Any]]:
    """Return the settings of the classifiers that load weights."""
    weights = {name: value for name, value in (("model", model), ("revision", revision)) if value is not None}
    if weights and not {"embedding", "encoder"} & set(classifiers):
        raise BadConfiguration("--model: got no classifier with weights, expected --classifier encoder or embedding")
    if encoder and "encoder" not in classifiers:
        raise BadConfiguration("--encoder: got settings of an encoder, expected --classifier encoder with them")
    pairs = [pair.partition("=") for pair in encoder]
    for pair, (key, _, value) in zip(encoder, pairs, strict=True):
        if not key or not value:
            raise BadConfiguration(f"--encoder: got {shown(pair)}, expected SETTING=VALUE, such as epochs=3")
    own = {"encoder": {key: _scalar(value) for key, _, value in pairs}, "embedding": {}}
    settings = {name: {**weights, **own[name]} for name in own if name in classifiers}
    return {name: one for name, one in settings.items() if one}


def _scalar(value: str) -> int | float | str:
    """Read a number where one is written, so that however it was given the setting is the same."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(value)
    return value


def _carry_out(
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
    _tell(summary, tally, out, as_json=as_json, show=show)


def _tell(summary: Summary, tally: Tally, out: Path, *, as_json: bool, show: bool) -> None:
    """Say what came out, and exit with 4 where too much failed."""
    _say(summary, out, as_json=as_json)
    if show:
        typer.launch(str((out / "report.html").resolve()))
    if tally.failed:
        _say_failed(summary, tally.failed, tally.total)
    _say_unanswered(summary)


def _allowed(hosts: list[str] | None) -> frozenset[str]:
    """Return the hosts that the user, and no study file, allows to be told a key."""
    from synthlift.models.endpoint import ALLOWED_HOSTS_VARIABLE

    named = os.environ.get(ALLOWED_HOSTS_VARIABLE, "").replace(",", " ").split()
    return frozenset([*(hosts or []), *named])


def _complain(message: str) -> None:
    with until_unread(sys.stderr):
        typer.echo(message, err=True)


def _silent(planned: Plan) -> None:
    """Say nothing."""


def _say_plan(planned: Plan) -> None:
    from synthlift.terminal import plan_lines

    _complain("\n".join(plan_lines(planned)))


def _say_foresight(planned: Plan) -> None:
    from synthlift.api import foresight
    from synthlift.terminal import foresight_lines

    _complain("\n".join(foresight_lines(foresight(planned))))


def _say(summary: Summary, out: Path, *, as_json: bool) -> None:
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
        _complain("Texts that were asked for never came; run the same command again to ask for them.")
        raise typer.Exit(4)


def _say_failed(summary: Summary, n_failed: int, n_total: int) -> None:
    """Exit with 4 where failures are many, or touch the primary contrast."""
    touched = any(warning.code == "failed-primary" for warning in summary.warnings)
    if touched or n_failed > FAILED_SHARE * n_total:
        _complain(f"{n_failed} of {n_total} trials failed; run the same command again to retry them.")
        raise typer.Exit(4)


def main() -> None:
    """Run the command line."""
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # one thread also makes sums repeatable
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # one way to end, whoever asks
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a label must not stop the run
    app()
