"""Audits of texts that are there already: one's own, and the demo's."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from synthlift.cli.app import app, told
from synthlift.cli.telling import carry_out_and_tell, complain, say_foresight, say_nothing_to_do, say_plan, tell
from synthlift.errors import BadConfiguration
from synthlift.errors import show as shown

__all__ = ["audit", "demo"]


@app.command()
@told
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
    from synthlift.api import Options, finished, plan
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
    options = Options(
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
    if not dry_run:
        check_free(out)
        before = finished(given, options, out)
        if before is not None:
            say_nothing_to_do(before[1], quiet=quiet)
            tell(*before, out, as_json=as_json, show=show)
            return
    planned = plan(given, options)
    if not quiet:
        say_plan(planned)
    if dry_run:
        say_foresight(planned)
        return
    carry_out_and_tell(planned, out, workers, cache=cache, quiet=quiet, as_json=as_json, show=show)


@app.command()
@told
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
        complain("\n".join(demo_lines(planned)))
        say_plan(planned)
    carry_out_and_tell(planned, out, workers, fresh=fresh, quiet=quiet, as_json=as_json, show=show)
    if not quiet:
        complain("\n".join(next_lines()))


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
