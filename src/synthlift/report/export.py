"""A run as files for other tools: tidy tables as Parquet and CSV, and the documents that the run folder has."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from synthlift.corpus.spreadsheet import spreadsheet_csv
from synthlift.errors import BadConfiguration, show
from synthlift.report.summary import Summary
from synthlift.report.summary_cells import Record
from synthlift.storage.files import is_leftover, write_atomic

__all__ = ["KINDS", "TABLES", "export", "read_summary"]

KINDS = ("scores", "csv", "synthetic")
TABLES = ("verdicts", "estimates", "ladder", "labels", "fidelity")
# names what was exported before, so that nothing else is ever overwritten
MANIFEST = "export.json"
_SYNTHETIC = Path("artefacts", "synthetic")


def read_summary(out: Path) -> Summary:
    """Read the summary of a run folder.

    Raises
    ------
    BadConfiguration
        Where there is none, or not as this version writes it.
    """
    path = out / "summary.json"
    try:
        return Summary.model_validate_json(path.read_bytes())
    except OSError:
        raise BadConfiguration(
            f"{show(out)}: got no summary.json, expected a run with a report: finish the run, or `synthlift report` it"
        ) from None
    except ValidationError:
        raise BadConfiguration(
            f"{show(path)}: got a summary of another version or a damaged one, expected one that this version wrote: "
            "`synthlift report` writes it anew"
        ) from None


def export(out: Path, folder: Path, kinds: Iterable[str] = KINDS) -> list[str]:
    """Write what a run found to a folder of its own; exported again, its files are replaced.

    Parameters
    ----------
    out : Path
        Run folder; only read.
    folder : Path
        Made where it is missing.
    kinds : iterable of str
        ``scores``: scores and tables as Parquet; ``csv``: the same as CSV that is safe to open in a spreadsheet;
        ``synthetic``: documents.csv and, of a study, its data set.

    Returns
    -------
    list of str
        The files, by their names in the folder.

    Raises
    ------
    BadConfiguration
        Where the run has no summary, or the folder holds other files or another run's.
    Stopped
        Where the folder cannot be written.
    """
    summary = read_summary(out)
    made = dict(_files(out, summary, set(kinds)))
    run = summary.method.declared.config_sha256
    known = _enter(folder, run, made)
    # first: what a killed export leaves is its own, too
    manifest = {"run": run, "files": sorted({*known, *made})}
    write_atomic(folder / MANIFEST, json.dumps(manifest, indent=1).encode() + b"\n")
    for name, content in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / name, content)
    return list(made)


def _enter(folder: Path, run: str, names: Iterable[str]) -> Sequence[str]:
    """Make the folder, or find that it is one's own; return what was exported to it before."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = [path for path in folder.iterdir() if not is_leftover(path)]
    except OSError as error:
        raise BadConfiguration(f"--to: cannot use {show(folder)} ({error.strerror}); name another folder") from None
    before = _manifest(folder)
    if others and before is None:
        raise BadConfiguration(
            f"--to: {show(folder)} holds other files, expected a new folder or one exported before: name another"
        )
    known = before["files"] if before is not None else []
    if before is not None and before["run"] != run:
        raise BadConfiguration(
            f"--to: {show(folder)} holds the export of another run or declaration, expected one of this: name another"
        )
    for name in names:
        if name not in known and os.path.lexists(folder / name):
            raise BadConfiguration(
                f"--to: {show(folder / name)} was not exported, expected no such file: move it, or name another folder"
            )
    return known


def _manifest(folder: Path) -> Mapping[str, Any] | None:
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
        return {"run": str(found["run"]), "files": [str(name) for name in found["files"]]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _files(out: Path, summary: Summary, kinds: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files by name."""
    if kinds & {"scores", "csv"}:
        for name, content, rows in _tables(out, summary):
            if "scores" in kinds:
                yield f"{name}.parquet", content
            if "csv" in kinds:
                yield f"{name}.csv", spreadsheet_csv(rows.column_names, (row.values() for row in rows.to_pylist()))
    if "synthetic" in kinds:
        yield "documents.csv", _read(out / "documents.csv")
        root = out / _SYNTHETIC
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.is_symlink() and not is_leftover(path):
                yield f"synthetic/{path.relative_to(root).as_posix()}", _read(path)


def _tables(out: Path, summary: Summary) -> Iterator[tuple[str, bytes, Any]]:
    """Yield each table's name, its Parquet, and the same as an Arrow table."""
    import pyarrow as pa
    from pyarrow import parquet

    scores = _read(out / "scores.parquet")
    yield "scores", scores, parquet.read_table(pa.BufferReader(scores))
    for name in TABLES:
        (record,) = get_args(Summary.model_fields[name].annotation)
        table = _table(record, getattr(summary, name))
        sink = pa.BufferOutputStream()
        parquet.write_table(table, sink)
        yield name, bytes(sink.getvalue()), table


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise BadConfiguration(
            f"{show(path)}: got no such file, expected a run with a report: finish the run, or `synthlift report` it"
        ) from None


def _table(kind: type[Record], records: Sequence[Record]) -> Any:
    """Return records as an Arrow table: a column each field, its reason last, lists as JSON text, nulls as nulls."""
    import pyarrow as pa

    arrow = {"integer": pa.int64(), "number": pa.float64()}
    described = kind.model_json_schema()["properties"]
    fields = []
    for name in sorted(described, key="reason".__eq__):
        kinds = [each.get("type") for each in described[name].get("anyOf", [described[name]])]
        fields.append((name, arrow.get(kinds[0], pa.string())))
    rows = [{name: _cell(value) for name, value in record.model_dump(mode="json").items()} for record in records]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
