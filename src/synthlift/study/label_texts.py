"""What labels mean, and which label sets to write for, from files beside the study."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping
from pathlib import Path

from synthlift.errors import BadConfiguration, show

__all__ = ["read_descriptions", "read_label_sets"]

MAX_BYTES = 50_000_000


def read_descriptions(
    given: Path | Mapping[str, str] | None, known: Collection[str], key: str = "corpus.descriptions"
) -> dict[str, str]:
    """Return the description of each label that has one.

    Parameters
    ----------
    given : Path, mapping or None
        A JSON object from label to text, a CSV file with the columns ``label`` and ``description``, or the study
        file's own table.
    known : collection of str
        The labels of the corpus.
    key : str
        What `given` is called where the user wrote it.

    Raises
    ------
    BadConfiguration
        For a file that cannot be read, and one that describes none of the labels.
    """
    if given is None:
        return {}
    found = dict(given) if isinstance(given, Mapping) else _pairs(given, key)
    described = {label: text.strip() for label, text in found.items() if label in known and text.strip()}
    if not described:
        raise BadConfiguration(
            f"{key}: describes {', '.join(map(show, list(found)[:3])) or 'nothing'}, expected the labels "
            f"of the corpus, such as {show(min(known, default=''))}: spell labels as the corpus does"
        )
    return described


def _pairs(path: Path, key: str) -> dict[str, str]:
    place = f"{key}: {show(path.name)}"
    text = _text(path, key)
    if path.suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
        if not rows or not {"label", "description"} <= set(rows[0]):
            raise BadConfiguration(f"{place}: expected the columns label and description, and a row for each label")
        return {f"{row['label']}": f"{row['description'] or ''}" for row in rows}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise BadConfiguration(f"{place}: is no JSON, expected an object from label to text") from None
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise BadConfiguration(f"{place}: expected a JSON object from label to text")
    return value


def read_label_sets(path: Path, known: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return label sets, one JSON list a line, in order.

    Raises
    ------
    BadConfiguration
        For anything else, an unknown label, or no set at all; the line is named.
    """
    place = f"label_sets: {show(path.name)}"
    found = []
    for number, line in enumerate(_text(path, "label_sets").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            labels = json.loads(line)
        except (ValueError, RecursionError):
            labels = None
        if not isinstance(labels, list) or not labels or not all(isinstance(label, str) for label in labels):
            raise BadConfiguration(f'{place}:{number}: expected a JSON list of labels, such as ["A", "B"]')
        unknown = [label for label in labels if label not in known]
        if unknown:
            raise BadConfiguration(f"{place}:{number}: got {show(unknown[0])}, expected labels of the corpus")
        found.append(tuple(sorted(set(labels))))
    if not found:
        raise BadConfiguration(f"{place}: is empty, expected one JSON list of labels a line")
    return tuple(found)


def _text(path: Path, key: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise BadConfiguration(f"{key}: {show(path.name)} is larger than {MAX_BYTES:,} bytes")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise BadConfiguration(f"{key}: cannot read {show(path)} ({error.strerror}); correct the path") from None
    except UnicodeDecodeError:
        raise BadConfiguration(f"{key}: {show(path.name)} is not UTF-8; save it as UTF-8") from None
