"""The synthetic corpus as a data set of its own: Parquet and JSON lines in the Hugging Face layout, with a card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthlift.storage.files import write_atomic

__all__ = ["write_dataset"]

PARQUET = "train-00000-of-00001.parquet"


def write_dataset(folder: Path, rows: Sequence[Mapping[str, Any]], records: Sequence[Mapping[str, Any]]) -> None:
    """Write kept documents with all that is known of how each came about.

    Parameters
    ----------
    folder : Path
        Gets ``data/``, ``synthetic.jsonl`` and ``README.md``; made where it is missing.
    rows : sequence of mapping
        One per kept document, all with the same keys.
    records : sequence of mapping
        One per generator, as the report has them.

    Raises
    ------
    Stopped
        Where the disk is full or read-only.
    """
    (folder / "data").mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows]
    write_atomic(folder / "synthetic.jsonl", "".join(lines).encode())
    write_atomic(folder / "data" / PARQUET, _parquet(rows))
    write_atomic(folder / "README.md", card(rows, records).encode())


def _parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    lists = {"labels", "parents", "notes"}
    names = list(rows[0])
    kinds = {"seed": pa.int64(), "family_version": pa.int64(), "n_completion_tokens": pa.int64()}
    fields = [(name, pa.list_(pa.string()) if name in lists else kinds.get(name, pa.string())) for name in names]
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(fields)), sink)
    return bytes(sink.getvalue())


def card(rows: Sequence[Mapping[str, Any]], records: Sequence[Mapping[str, Any]]) -> str:
    """Return the dataset card: Markdown in which no foreign text can be markup."""
    licences = sorted({record["output_licence"] for record in records if record["output_licence"]})
    head = [
        "---",
        f"license_name: {json.dumps('; '.join(licences) or 'not stated')}",
        "license: other",
        "task_categories: [text-classification]",
        f"size_categories: [{_size(len(rows))}]",
        "tags: [synthetic]",
        "configs:",
        "- config_name: default",
        "  data_files: data/*.parquet",
        "---",
        "",
        "# Synthetic documents",
        "",
        (
            f"{len(rows)} documents that language models wrote for a study of synthlift, with the labels that each was "
            "written for. No person has checked these labels."
        ),
        "",
        (
            "Columns: the text, its labels, the generator, and how it came about: model, revision, prompt family, the "
            "SHA-256 of the prompt, sampling, seed, and the ids of the real documents shown to the model (`parents`)."
        ),
        "",
    ]
    return "\n".join([*head, *(line for record in records for line in _section(record))]) + "\n"


def _section(record: Mapping[str, Any]) -> list[str]:
    families = ", ".join(f"{_code(each['name'])} version {each['version']}" for each in record["families"])
    lost = {**record["unanswered"], **record["dropped"]}
    return [
        f"## {_plain(record['generator'])}",
        "",
        f"- Model: {_code(record['model'])}, revision {_code(record['revision'] or 'not stated')}, answered as "
        + (", ".join(map(_code, record["served_models"])) or "not stated"),
        f"- Way of writing: {record['mode']}; prompts: {families}",
        f"- Sampling: {_code(json.dumps(record['sampling'], sort_keys=True))}",
        f"- Documents: {record['n_asked']} asked for, {record['n_kept']} kept"
        + (": " + ", ".join(f"{n} {reason}" for reason, n in lost.items()) + " dropped" if lost else ""),
        f"- Licence of the model's output, as its user states it: {_plain(record['output_licence'] or 'not stated')}",
        "",
    ]


def _plain(text: str) -> str:
    """Return foreign text as one line without anything that Markdown or HTML would obey."""
    flat = " ".join(text.split())
    return "".join(f"&#{ord(c)};" if c in "&<>`*_[]()#|!\\~" or not c.isprintable() else c for c in flat)


def _code(text: str) -> str:
    flat = " ".join(text.split()).replace("`", "'")
    return f"`{''.join(c for c in flat if c.isprintable())}`"


def _size(n: int) -> str:
    """Return the size category that the hub knows.

    >>> _size(660), _size(20_000)
    ('n<1K', '10K<n<100K')
    """
    steps = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((name for most, name in steps if n < most), "1M<n<10M")
